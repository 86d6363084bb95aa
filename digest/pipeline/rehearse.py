"""The sample newsroom's day, slot by slot, with the clock in hand: what ``digest demo`` runs."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digest.addresses import parse_address
from digest.config.load import Loaded
from digest.pipeline.gather import gather
from digest.pipeline.newsroom import Newsroom, clock_of, open_newsroom
from digest.pipeline.tick import Done, note_due, tick
from digest.slots import due_between
from digest.store import consent, entries, stories
from digest.store import slots as ledger

READERS = ("first.reader@example.org", "second.reader@example.org", "third.reader@example.org")
DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class Hand:
    """A clock that stands where it was put."""

    now: dt.datetime

    def __call__(self) -> dt.datetime:
        """The time it shows."""
        return self.now


@dataclass(slots=True)
class Rehearsal:
    """What the day brought."""

    feeds: int = 0
    entries: int = 0
    stories: int = 0
    shared_stories: int = 0  # told by more than one paper
    done: list[Done] = field(default_factory=list)

    @property
    def editions(self) -> int:
        """Editions that went out."""
        return sum(d.summary is not None for d in self.done)

    @property
    def mails(self) -> int:
        """Mails written."""
        return sum(d.summary.run.get("accepted", 0) for d in self.done if d.summary)


async def rehearse(loaded: Loaded) -> Rehearsal:
    """Live the day up to the pinned clock: every slot is pulled for, built and sent; a second time nothing is."""
    until = clock_of(loaded.config)()
    hand = Hand(until - DAY)
    with open_newsroom(loaded, clock=hand) as newsroom:
        rehearsal = Rehearsal(feeds=len(newsroom.feeds))
        subscribe_readers(newsroom, hand.now)
        note_due(newsroom, hand.now)  # from here on slots are owed
        for moment in moments(newsroom, until):
            hand.now = moment
            await gather(newsroom, now=moment, force=True)
            rehearsal.done += await tick(newsroom, stop=asyncio.Event())
        count(newsroom, until, rehearsal)
    return rehearsal


def subscribe_readers(newsroom: Newsroom, now: dt.datetime, readers: Sequence[str] = READERS) -> None:
    """Confirmed subscribers to every newsletter."""
    with newsroom.store.begin() as connection:
        for text in readers:
            address = parse_address(text)
            if consent.by_address(connection, address.key) is None:
                who = consent.new_person(connection, address, now)
                for newsletter in newsroom.newsletters:
                    consent.confirm(connection, who, newsletter, {"step": "rehearsal"}, now)


def moments(newsroom: Newsroom, until: dt.datetime) -> list[dt.datetime]:
    """When the day's slots are due, without those that are over."""
    with newsroom.store.read() as connection:
        planned = [
            p
            for n in newsroom.newsletters.values()
            for p in due_between(n.name, n.settings, until - DAY, until)
            if ledger.find(connection, p.key) is None
        ]
    return sorted({p.due for p in planned})


def count(newsroom: Newsroom, until: dt.datetime, rehearsal: Rehearsal) -> None:
    """Count what the store holds at the end."""
    with newsroom.store.read() as connection:
        told = stories.load_stories(connection, until - 7 * DAY)
        rehearsal.entries = entries.count(connection)
    rehearsal.stories = len(told)
    rehearsal.shared_stories = sum(len(story.papers) > 1 for story in told)


def outbox_folder(loaded: Loaded) -> Path:
    """Where the mails are."""
    return (loaded.folder / loaded.config.deliver.outbox).resolve()
