"""A ledger, a meter and a transport in memory that note what is asked of them and do as they are told."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from digest.deliver.journal import Journal
from digest.deliver.letter import Letter
from digest.deliver.outcome import Outcome, Reply
from digest.errors import StoreError
from digest.model import Attempt, DeliveryState, Recipient
from digest.shares import Shares

NOW = dt.datetime(2026, 1, 2, 6, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
AWAY = StoreError("The database is away.", "Start it.")
ACCEPTED = Outcome("accepted", Reply(250, "ok"))


def person(number: int, domain: str = "x.example") -> Recipient:
    return Recipient(number, 3, number, f"t{number}", f"p{number}@{domain}")


class Book:
    """A ledger that notes what is asked of it and in which thread, and may be away."""

    def __init__(self, *people: Recipient, away: bool = False, going: bool = True) -> None:
        self.waiting = list(people)
        self.asked: list[tuple[Any, ...]] = []
        self.threads: set[str] = set()
        self.away, self.going = away, going
        self.now: Mapping[DeliveryState, int] = {}  # what it says of the edition
        self.then: Callable[[str], object] = lambda _name: None  # called first, with the name of the question

    def _ask(self, *what: Any) -> None:
        self.threads.add(threading.current_thread().name)
        self.then(what[0])
        if self.away:
            raise AWAY
        self.asked.append(what)

    def of(self, *names: str) -> list[tuple[Any, ...]]:
        """What was asked under those names, in order."""
        return [what for what in self.asked if what[0] in names]

    def claim(self, edition: str, owner: str, limit: int, **times: dt.datetime) -> Sequence[Recipient]:
        self._ask("claim", edition, owner, limit, times)
        found, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return found

    def renew(self, owner: str, lease: dt.datetime) -> None:
        self._ask("renew", owner, lease)

    def record(self, attempts: Sequence[Attempt], now: dt.datetime) -> None:
        self._ask("record", list(attempts), now)

    def release(self, owner: str, to: str, now: dt.datetime) -> int:
        self._ask("release", owner, to, now)
        return 0

    def sending(self, edition: str) -> bool:
        self._ask("sending", edition)
        return self.going

    def counts(self, edition: str) -> Mapping[DeliveryState, int]:
        self._ask("counts", edition)
        return self.now

    def next_try(self, edition: str) -> dt.datetime:
        self._ask("next_try", edition)
        return LATER


class Gauge:
    """A meter that gives all it is asked for, and notes it where a book does."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.nothing = False  # it is all with others

    def turns(self, name: str, gap: float, number: int) -> float:
        self.book._ask("turns", name, gap, number)
        return 0.0

    turns_now = turns

    def shares(self, used: Mapping[int, int]) -> Shares:
        self.book._ask("shares", dict(used))
        return Shares({limit: 0 if self.nothing else limit for limit in used}, 1, settled=not self.nothing)

    def runs(self) -> int:
        self.book._ask("runs")
        return 1

    def close(self) -> None:
        self.book._ask("close")


class Post:
    """A transport of some connections that takes every letter, once ``then`` is done."""

    announces = False

    def __init__(self, connections: int = 1, closing: float = 0.0) -> None:
        self.connections = connections
        self.closing = closing  # seconds that a goodbye takes
        self.opened = self.closed = 0
        self.sent: list[int] = []

    async def then(self, _letter: Letter, _journal: Journal) -> Outcome:
        """What happens to a letter; a test puts its own here."""
        await asyncio.sleep(0)
        return ACCEPTED

    async def connect(self) -> Post:
        self.opened += 1
        return self

    async def send(self, letter: Letter, journal: Journal, _following: Letter | None = None) -> Outcome:
        journal.starts(letter.recipient.delivery, letter.recipient.fence)
        outcome = await self.then(letter, journal)
        self.sent.append(letter.recipient.delivery)
        return outcome

    async def close(self) -> None:
        await asyncio.sleep(self.closing)
        self.closed += 1
