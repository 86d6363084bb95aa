"""The public functions of grouping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.group.reasons import explain
from digest.group.roles import package
from digest.model import Entry, Reason, Story


@dataclass(frozen=True, slots=True)
class Grouping:
    """Every entry in exactly one story, the biggest stories first."""

    stories: tuple[Story, ...]
    near_misses: tuple[tuple[Entry, Entry, float], ...] = ()  # likeliest pairs in different stories

    def story_of(self) -> dict[str, str]:
        """Entry id -> story id."""
        return {m.entry.id: story.id for story in self.stories for m in story.members}


def group(
    entries: Sequence[Entry],
    *,
    background: Sequence[Entry] = (),
    known: Mapping[str, str] | None = None,
    across_languages: bool = False,
    weights: Mapping[str, float] | None = None,
    near_misses: int = 0,
) -> Grouping:
    """The stories that ``entries`` tell.

    ``background`` entries (of other days) only teach which terms are common. ``known`` maps entry ids to
    the story ids they had, so that a story keeps its id from pull to pull. Entries in different languages
    are never grouped unless ``across_languages``. ``weights`` maps feed URLs to the weight of the feed when
    leads are chosen (1 where absent). ``near_misses`` says how many close calls to report.
    """
    from digest.group.index import Index

    index = Index(across_languages=across_languages)
    index.add(entries, known=known, background=background)
    by_id = {e.id: e for e in entries}
    story_of = index.story_of()
    close = index.close_calls(near_misses) if near_misses else []
    return Grouping(
        stories_of(by_id.values(), story_of, weights=weights, ties=index.ties()),
        tuple((by_id[a], by_id[b], chance) for a, b, chance in close),
    )


def stories_of(
    entries: Iterable[Entry],
    story_of: Mapping[str, str],
    *,
    weights: Mapping[str, float] | None = None,
    ties: Mapping[str, tuple[str, float, float]] | None = None,
) -> tuple[Story, ...]:
    """The stories of entries whose story ids are known, the biggest first: for a grouping read from the store.

    ``ties`` are those of ``Index.ties``; they give each member the reason of kind "score".
    """
    packages: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: (e.published, e.id)):
        packages.setdefault(story_of[entry.id], []).append(entry)
    stories = (package(name, members, weights or {}, ties or {}) for name, members in packages.items())
    return tuple(sorted(stories, key=lambda s: (-len(s.members), s.lead.published, s.id)))


def restrict(
    story: Story, keep: Callable[[Entry], bool], *, weights: Mapping[str, float] | None = None
) -> Story | None:
    """The story as seen by a newsletter that reads only some feeds: lead and roles chosen again; None if empty."""
    members = [m.entry for m in story.members if keep(m.entry)]
    if len(members) == len(story.members):
        return story
    return (
        package(story.id, sorted(members, key=lambda e: (e.published, e.id)), weights or {})
        if members
        else None
    )


def why(
    a: Entry, b: Entry, *, others: Sequence[Entry] = (), across_languages: bool = False
) -> tuple[Reason, ...]:
    """Why two entries do or do not tell one story, as data.

    The first reason has kind "score": the chance that they do, with the threshold; then, where it speaks for one
    story, the entry that has words of both ("fellow"), the shared rare terms ("term"), names ("name") and numbers ("number"), and what speaks against it ("against").
    ``others`` are the entries they are seen among, which decide how rare a term is.
    """
    from digest.group.index import Index

    index = Index(across_languages=across_languages)
    index.add([a, b, *others])
    between = index.between(a.id, b.id)
    fellow = next((e for e in others if e.id == between), None)
    return explain(a, b, index.odds(a.id, b.id), fellow)
