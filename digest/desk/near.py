"""What nearly was one story: the entries likeliest to belong to it that do not, with the odds and what they share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.desk.room import Sheet
from digest.model import Entry, Story

if TYPE_CHECKING:
    from digest.group.index import Index

SEEN = 2_000  # entries that are compared; the nearest in time
PIECE = 250  # of them at a time: less than a tenth of a second, in which decisions are slow
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

    item = next((i for i in sheet.built.edition.items if entry in (i.entry, *i.members)), None)
    alone = sheet.story(entry)
    own = set(item.members) if item else {e.id for e in alone.entries()} if alone else set()
    found: dict[str, Miss] = {}
    for mine in sorted(own):
        ours = sheet.member(mine)
        for other, chance in index.likeliest(mine, MISSES + len(own)) if ours and mine in index else ():
            odds, theirs, story = index.odds(mine, other), sheet.member(other), sheet.story(other)
            if other in own or chance < LEAST or odds is None or not (ours and theirs and story):
                continue
            words = tuple(reason.text for reason in shared(ours.entry, theirs.entry))[:3]
            miss = Miss(other, theirs.entry.title, theirs.entry.paper, chance, odds[1], words)
            if story.id not in found or found[story.id].chance < chance:
                found[story.id] = miss
    return tuple(sorted(found.values(), key=lambda m: (-m.chance, m.entry))[:MISSES])


@dataclass(slots=True)
class Comparison:
    """The newest entries compared with each other, a piece at a time: all at once would take a second."""

    stories: tuple[Story, ...]
    index: Index
    left: list[Entry]  # newest first

    def go_on(self) -> None:
        """Compare one piece more, the oldest first."""
        piece, self.left = self.left[-PIECE:], self.left[:-PIECE]
        self.index.add(piece)


def comparison(stories: tuple[Story, ...], *, across_languages: bool) -> Comparison:
    """A comparison that has yet to be made."""
    from digest.group.index import Index

    entries: Iterable[Entry] = (e for story in stories for e in story.entries())
    newest = sorted(entries, key=lambda e: (e.published, e.id), reverse=True)[:SEEN]
    return Comparison(stories, Index(across_languages=across_languages), newest)
