"""The stories that the store's entries tell: the second stage, at the cost of what is new where a process stays."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.compose.window import reach
from digest.model import Entry, Story
from digest.pipeline.newsroom import Newsroom
from digest.store import entries, stories

if TYPE_CHECKING:
    from digest.group.index import Index

WINDOW = dt.timedelta(days=3)  # entries that can still be one story: an event, its reactions, its follow-up
MOST_NEW = 0.5  # of the entries since all were grouped anew: what was rare then may be common now

Regroup = Callable[[Newsroom, dt.datetime], tuple[int, int]]
Standing = Mapping[str, tuple[int, str | None]]  # entry id -> imprint and story, as the store has them


@dataclass(frozen=True, slots=True)
class Manner:
    """What all entries are grouped anew for when it changes."""

    across_languages: bool
    weights: Mapping[str, float]  # of feeds


@dataclass(slots=True)
class Kept:
    """What was compared, and of which state of the entries."""

    manner: Manner
    index: Index
    imprints: dict[str, int]
    added: int = 0  # since all were grouped anew

    def fits(self, manner: Manner, standing: Standing) -> bool:
        """Whether it can be added to: the store has the stories we gave, and most entries are known."""
        story_of = self.index.story_of()
        if manner != self.manner or any(standing[e][1] != story_of[e] for e in story_of.keys() & standing):
            return False
        return self.added + len(self.changed(standing)) <= MOST_NEW * len(standing)

    def changed(self, standing: Standing) -> set[str]:
        """The entries that are new or say something else than before."""
        return {e for e, (imprint, _) in standing.items() if self.imprints.get(e) != imprint}


@dataclass(slots=True)
class Regrouper:
    """Groups what pulls bring. What it compared it keeps, for each circle of feeds, so that the next pull costs less.

    The first time, after a change of the config, when another process grouped meanwhile, and when half of the
    entries are new since, all entries are grouped anew.
    """

    _kept: dict[frozenset[str], Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(
        default_factory=threading.Lock
    )  # a round that took too long may still be at it

    def __call__(
        self, newsroom: Newsroom, now: dt.datetime, feeds: Iterable[str] | None = None
    ) -> tuple[int, int]:
        """Group the entries of the last days, each story keeping its id; how many entries and stories.

        ``feeds``: only theirs, which no newsletter may mix with others (see ``gather.circles``).

        A weekly newsletter may print older ones: those of a feed just added are grouped once, with their neighbours.
        """
        circle = frozenset(feeds or ())
        with self._lock, newsroom.stage("group"):
            standing = _standing(newsroom, now, circle or None)
            kept = self._kept.pop(circle, None)  # lost when anything goes wrong below
            manner = manner_of(newsroom)
            if kept is not None and kept.fits(manner, standing):
                told = _add(newsroom, kept, standing)
            else:
                kept, told = _anew(newsroom, manner, standing)
            with newsroom.store.begin() as connection:
                stories.save_grouping(connection, told)
            kept.imprints = {entry: imprint for entry, (imprint, _) in standing.items()}
            self._kept = {c: k for c, k in self._kept.items() if c <= manner.weights.keys()} | {circle: kept}
            return len(standing), len(set(kept.index.story_of().values()))


def regroup(newsroom: Newsroom, now: dt.datetime, feeds: Iterable[str] | None = None) -> tuple[int, int]:
    """Group all entries of the last days anew: for a process that does not stay."""
    return Regrouper()(newsroom, now, feeds)


def manner_of(newsroom: Newsroom) -> Manner:
    """How the newsroom's config wants entries grouped."""
    across = any(n.settings.across_languages for n in newsroom.newsletters.values())
    return Manner(across, {feed.url: feed.weight for feed in newsroom.feeds})


def _standing(newsroom: Newsroom, now: dt.datetime, feeds: AbstractSet[str] | None) -> Standing:
    longest = max((reach(n.settings) for n in newsroom.newsletters.values()), default=WINDOW)
    with newsroom.store.read() as connection:
        left = stories.ungrouped(connection, now - longest)
        since = min(now - WINDOW, left) if left else now - WINDOW
        return stories.standing(connection, since, feeds)


def _anew(newsroom: Newsroom, manner: Manner, standing: Standing) -> tuple[Kept, Sequence[Story]]:
    """All entries grouped."""
    from digest.group.api import stories_of  # brings numpy, which building from a warm store does without
    from digest.group.index import Index

    found = _read(newsroom, standing.keys())
    index = Index(across_languages=manner.across_languages)
    index.add(found, known=_known(standing))
    told = stories_of(found, index.story_of(), weights=manner.weights, ties=index.ties())
    return Kept(manner, index, {}), told


def _add(newsroom: Newsroom, kept: Kept, standing: Standing) -> Sequence[Story]:
    """The new entries grouped with those that are kept, and the old ones forgotten; gives the stories that changed."""
    from digest.group.api import stories_of

    index, changed = kept.index, kept.changed(standing)
    before = _members(index.story_of())
    index.forget((kept.imprints.keys() - standing.keys()) | changed)
    index.add(_read(newsroom, changed), known=_known(standing))
    kept.added += len(changed)
    after = _members(index.story_of())
    altered = {
        s for s, members in after.items() if before.get(s) != members or not changed.isdisjoint(members)
    }
    story_of = {entry: story for story in altered for entry in after[story]}
    return stories_of(
        _read(newsroom, story_of.keys()), story_of, weights=kept.manner.weights, ties=index.ties()
    )


def _read(newsroom: Newsroom, ids: Iterable[str]) -> list[Entry]:
    with newsroom.store.read() as connection:
        return list(entries.by_id(connection, ids).values())


def _known(standing: Standing) -> dict[str, str]:
    return {entry: story for entry, (_, story) in standing.items() if story is not None}


def _members(story_of: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry, story in story_of.items():
        found.setdefault(story, set()).add(entry)
    return found
