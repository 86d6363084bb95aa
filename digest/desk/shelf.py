"""What the desk has read of the store, kept as long as it holds: stories until others come, newslists for minutes."""

from __future__ import annotations

import datetime as dt
import gc
from dataclasses import dataclass, field

from digest.compose import Newslist, newslist
from digest.config.newsletter import Newsletter
from digest.desk.stand import Stand
from digest.model import SentItem, Story
from digest.pipeline.build import remembered, since, told_to
from digest.pipeline.newsroom import Newsroom

KEPT = dt.timedelta(
    minutes=5
)  # ranks follow the clock, but minutes change little, and they take most of the time
Feeds = frozenset[tuple[str, float]]  # addresses and weights: what the stories of a newsletter depend on


@dataclass(frozen=True, slots=True)
class Kept:
    """A newslist, with what it was made from."""

    made: dt.datetime
    moved: str  # the pulse of the ledger then
    before: tuple[SentItem, ...]  # what open editions before it print
    work: Newslist


@dataclass(slots=True)
class Shelf:
    """Newslists by edition, and the stories they are made of; two newsletters of the same feeds share them."""

    _told: dict[Feeds, tuple[dt.datetime, tuple[Story, ...]]] = field(default_factory=dict)  # since when
    _kept: dict[tuple[str, int], Kept] = field(default_factory=dict)  # by Edition.id and newsletter

    @property
    def editions(self) -> set[str]:
        """The ids of the editions that something is kept of."""
        return {edition for edition, _ in self._kept}

    def work(
        self,
        newsroom: Newsroom,
        newsletter: Newsletter,
        stand: Stand,
        *,
        moved: str,
        before: tuple[SentItem, ...] = (),
    ) -> Newslist:
        """The newslist of an edition; read anew when stories came, the ledger ``moved`` or others print more."""
        now, slot, key = newsroom.clock(), stand.slot, (stand.id, id(newsletter))
        kept = self._kept.get(key)
        if kept is None or (kept.moved, kept.before) != (moved, before) or now - kept.made >= KEPT:
            earlier = (*remembered(newsroom, newsletter, slot), *before)
            told = self._stories(newsroom, newsletter, since(newsletter, slot, now, earlier))
            work = newslist(
                newsletter, slot.key, slot.due, told, earlier=earlier, now=now, number=stand.number
            )
            kept = self._kept[key] = Kept(now, moved, before, work)
        return kept.work

    def _stories(self, newsroom: Newsroom, newsletter: Newsletter, since: dt.datetime) -> tuple[Story, ...]:
        key = frozenset((feed.url, feed.weight) for feed in newsletter.feeds)
        kept = self._told.get(key)
        if kept is None or kept[0] > since:
            kept = self._told[key] = since, told_to(newsroom, newsletter, since)
            gc.freeze()  # ten thousand entries stay for hours: looking through them would take each decision 0.1 s
        return kept[1]

    def clear(self) -> None:
        """Read everything again when it is next asked for."""
        self._told.clear()
        self._kept.clear()

    def let_go(self, newsletter: str, there: set[str]) -> None:
        """Keep only the editions of a newsletter that are ``there``: the desk stays open for weeks."""
        gone = self.editions - there
        for key in [k for k in self._kept if k[0] in gone and k[0].startswith(f"{newsletter}/")]:
            del self._kept[key]
