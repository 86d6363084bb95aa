"""A daemon in hand: its clock stands still, its feeds are made up, its mail goes into a folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digest.daemon.service import Daemon
from digest.model import Entry, Feed, FeedState
from digest.pipeline.gather import Gathered
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.regroup import Regroup
from digest.pipeline.rehearse import Hand
from digest.store import entries, feeds

CONFIG = """\
newsletters:
  city:
    title: The City
    timezone: Europe/Luxembourg
    slots: {morning: "06:30", evening: "17:30"}
    sender: {address: letter@city.example}
    feeds: [one, two]
  sea:
    title: The Sea
    timezone: America/New_York
    slots: {noon: "12:00"}
    sender: {address: letter@sea.example}
    feeds: [two]
feeds:
  one: {url: "https://one.example/feed", paper: One}
  two: {url: "https://two.example/feed", paper: Two}
site: {url: "https://letters.example"}
daemon: {listen: ""}
"""

SYLLABLES = [
    "har",
    "mo",
    "stei",
    "vel",
    "lun",
    "kro",
    "bas",
    "ter",
    "fin",
    "gal",
    "bor",
    "rin",
    "mel",
    "tun",
    "dos",
    "gat",
    "lem",
    "pis",
    "wax",
    "zor",
]
WORDS = [one + two + end for one in SYLLABLES for two in SYLLABLES for end in ("", "en", "is")]


def news(feed: Feed, now: dt.datetime) -> list[Entry]:
    """What a feed says at ``now``: six stories nobody told before, others every quarter of an hour."""
    quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    return [story(feed, quarter, number, now) for number in range(6)]


def story(feed: Feed, quarter: dt.datetime, number: int, now: dt.datetime) -> Entry:
    key = f"{feed.url} {quarter} {number}"
    words = random.Random(key).sample(WORDS, 24)
    return Entry(
        id=hashlib.sha256(key.encode()).hexdigest()[:16],
        feed=feed.url,
        paper=feed.paper,
        url=f"{feed.url}/{quarter:%Y%m%d%H%M}/{number}",
        title=" ".join(words[:7]).capitalize(),
        standfirst=" ".join(words[7:]).capitalize() + ".",
        published=quarter,
        first_seen=now,
        language="en",
        position=number,
    )


@dataclass
class Feeds:
    """In place of ``gather``: made-up feeds, each pull remembered."""

    pulls: list[tuple[dt.datetime, str]] = field(default_factory=list)
    down: bool = False

    async def __call__(
        self, newsroom: Newsroom, *, now: dt.datetime, feeds: Sequence[Feed], regroup: Regroup, **_: object
    ) -> Gathered:
        self.pulls += [(now, feed.url) for feed in feeds]
        outcomes = {"failed" if self.down else "new": len(feeds)}
        with newsroom.stage("pull"), newsroom.store.begin() as connection:
            for feed in feeds:
                self.pull(connection, feed, now)
        regroup(newsroom, now)
        return Gathered(len(feeds), outcomes, 0, 0, 0, 0, 0)

    def pull(self, connection: object, feed: Feed, now: dt.datetime) -> None:
        state = FeedState(feed.url, last_pull=now, last_success=None if self.down else now)
        feeds.save_states(connection, [state])  # type: ignore[arg-type]
        if not self.down:
            entries.save_entries(connection, news(feed, now), now)  # type: ignore[arg-type]
            feeds.note_carried(connection, {feed.url: len(news(feed, now))})  # type: ignore[arg-type]


class NoLock:
    """The right to lead, given or not."""

    leads = True

    def take(self) -> bool:
        return self.leads

    def release(self) -> None:
        self.leads = False


@dataclass
class Bench:
    """A daemon and its surroundings."""

    daemon: Daemon
    hand: Hand
    feeds: Feeds
    folder: Path

    async def at(self, now: dt.datetime) -> None:
        """One turn at ``now``, and all the work it starts."""
        self.hand.now = now
        await self.daemon.turn()
        await self.daemon.idle()

    def restart(self) -> None:
        """The process dies and another one starts: what it had in memory is gone."""
        old = self.daemon
        self.daemon = Daemon(old.newsroom, old.lock, old.health, old.metrics, old.work)

    @property
    def mails(self) -> list[Path]:
        return sorted((self.folder / "var" / "outbox").rglob("*.eml"))


Make = Callable[..., Bench]
