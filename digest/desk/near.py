"""What nearly was one story: the entries likeliest to belong to it that do not, with the odds and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.desk.room import Sheet
from digest.model import Entry, Story

if TYPE_CHECKING:
    from digest.group.index import Index

SEEN = 2_000  # entries that are compared; the nearest in time
MISSES = 3
LEAST = 0.02  # below it nobody would think of merging


@dataclass(frozen=True, slots=True)
class Miss:
    """An entry of another story that came near."""

    entry: str
    title: str
    paper: str
    chance: float
    threshold: float
    shared: tuple[str, ...]


def misses(index: Index, sheet: Sheet, entry: str) -> tuple[Miss, ...]:
    """The nearest misses of the story that ``entry`` is in, one a story, likeliest first."""
    from digest.group.reasons import shared

    every = {m.entry.id: (m.entry, story) for story in sheet.built.stories for m in story.members}
    item = next((i for i in sheet.built.edition.items if entry in (i.entry, *i.members)), None)
    own = (
        set(item.members)
        if item
        else {m.entry.id for m in every[entry][1].members}
        if entry in every
        else set()
    )
    found: dict[str, Miss] = {}
    for mine in sorted(own & every.keys()):
        for other, chance in index.likeliest(mine, MISSES + len(own)) if mine in index else ():
            odds = index.odds(mine, other)
            if other in own or other not in every or chance < LEAST or odds is None:
                continue
            theirs, story = every[other]
            words = tuple(reason.text for reason in shared(every[mine][0], theirs))[:3]
            miss = Miss(theirs.id, theirs.title, theirs.paper, chance, odds[1], words)
            if story.id not in found or found[story.id].chance < chance:
                found[story.id] = miss
    return tuple(sorted(found.values(), key=lambda m: (-m.chance, m.entry))[:MISSES])


def indexed(stories: Sequence[Story], *, across_languages: bool) -> Index:
    """The comparison of the newest entries with each other; takes a second for two thousand."""
    from digest.group.index import Index

    entries: list[Entry] = [e for story in stories for e in story.entries()]
    index = Index(across_languages=across_languages)
    index.add(sorted(entries, key=lambda e: (e.published, e.id), reverse=True)[:SEEN])
    return index
