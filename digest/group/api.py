"""The public functions of grouping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from digest.model import Entry, Member, Reason, Story

THRESHOLD = 0.3


@dataclass(frozen=True, slots=True)
class Grouping:
    """Every entry in exactly one story, the biggest stories first."""

    stories: tuple[Story, ...]

    def story_of(self) -> dict[str, str]:
        """Entry id -> story id."""
        return {m.entry.id: story.id for story in self.stories for m in story.members}


def group(
    entries: Sequence[Entry],
    *,
    background: Sequence[Entry] = (),
    known: Mapping[str, str] | None = None,
    across_languages: bool = False,
) -> Grouping:
    """The stories that ``entries`` tell.

    ``background`` entries (of other days) only teach which terms are common. ``known`` maps entry ids to
    the story ids they had, so that a story keeps its id from pull to pull. Entries in different languages
    are never grouped unless ``across_languages``.
    """
    from digest.group import link, vectors, words

    del background, across_languages
    unique = {e.id: e for e in sorted(entries, key=lambda e: (e.published, e.id, e.title))}
    ordered = list(unique.values())
    if not ordered:
        return Grouping(())
    rows = vectors.tf_idf(vectors.term_rows(words.read(ordered)))
    i, j, score = vectors.neighbours(rows, most=20, least=0.05)
    labels = link.average_link(
        len(ordered), zip(i.tolist(), j.tolist(), score.tolist(), strict=True), THRESHOLD
    )
    packages: dict[int, list[Entry]] = {}
    for entry, label in zip(ordered, labels, strict=True):
        packages.setdefault(label, []).append(entry)
    ids = story_ids(list(packages.values()), known or {})
    stories = [_story(name, members) for name, members in zip(ids, packages.values(), strict=True)]
    return Grouping(tuple(sorted(stories, key=lambda s: (-len(s.members), s.id))))


def story_ids(packages: Sequence[Sequence[Entry]], known: Mapping[str, str]) -> list[str]:
    """An id for each package: the one most of its entries had, unless more of another package had it.

    A new story's id comes from its earliest entry, so that two machines give it the same.
    """
    claims: list[tuple[int, int, str]] = []
    for number, package in enumerate(packages):
        counts: dict[str, int] = {}
        for entry in package:
            if entry.id in known:
                counts[known[entry.id]] = counts.get(known[entry.id], 0) + 1
        claims += [(-count, number, name) for name, count in counts.items()]
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for _, number, name in sorted(claims):
        if number not in ids and name not in taken:
            ids[number] = name
            taken.add(name)
    return [ids.get(number) or _new_id(package, taken) for number, package in enumerate(packages)]


def _new_id(package: Sequence[Entry], taken: set[str]) -> str:
    """A story id of 16 hex digits that no other story has."""
    seed = min(package, key=lambda e: (e.published, e.id)).id
    name = blake2b(seed.encode(), digest_size=8).hexdigest()
    while name in taken:
        name = blake2b(name.encode(), digest_size=8).hexdigest()
    taken.add(name)
    return name


def _story(name: str, members: Sequence[Entry]) -> Story:
    ordered = sorted(members, key=lambda e: (e.published, e.id))
    reason = (Reason("size", f"{len(members)} entries", float(len(members))),)
    roles = [Member(ordered[0], "lead", reason)] + [Member(e, "report", reason) for e in ordered[1:]]
    return Story(name, tuple(roles))
