"""What a sending run is told and what it tells: limits, progress, summary."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from digest.deliver.pace import DomainPace
from digest.model import DeliveryState

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sending is, four times a second."""

    edition: str
    counts: Mapping[DeliveryState, int]  # of this run, by what became of the letters
    total: int  # letters of this run, 0 until they are counted
    seconds: float

    @property
    def done(self) -> int:
        """Letters that left the run, whatever became of them."""
        return sum(self.counts.values())

    @property
    def rate(self) -> float:
        """Letters a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until the end at this rate; None while nobody can tell."""
        return max(0, self.total - self.done) / self.rate if self.total and self.done else None


@dataclass(frozen=True, slots=True)
class Summary:
    """How one run ended."""

    edition: str
    run: Mapping[DeliveryState, int]  # what this run did
    ledger: Mapping[DeliveryState, int]  # where every delivery of the edition stands
    seconds: float
    halted: str = ""  # why it stopped before the end, "" when it did not
    next_try: dt.datetime | None = None  # when the first deferred delivery is due
    refusing: Mapping[str, str] = field(
        default_factory=dict
    )  # domains that refused everything, and their words
    database: bool = False  # whether it was the database that halted it, not the mail

    @property
    def finished(self) -> bool:
        """Whether nothing of the edition is left to send, now or later."""
        return not any(self.ledger.get(s, 0) for s in ("ready", "claimed", "in_flight", "deferred"))


@dataclass(frozen=True, slots=True)
class Limits:
    """How the loop behaves; the defaults are for people, tests shorten them."""

    retry: tuple[dt.timedelta, ...] = (dt.timedelta(minutes=30),)
    rate: float | None = None  # letters a second
    domain_connections: int = 20
    domains: Mapping[str, DomainPace] = field(default_factory=dict)  # those with limits of their own
    chunk: int = 1000  # claims at once, at most
    least: int = 0  # and at least, where there are so many
    flush: float = 0.25  # seconds between two reports to the ledger, at most
    batch: int = 10_000  # results that are reported at once, at most
    lease: dt.timedelta = dt.timedelta(minutes=15)  # longer than the wait for the final reply
    first_wait: float = 0.5  # seconds after a lost connection, doubled each time up to a minute
    linger: float = (
        0.5  # seconds with letters to domains with a rate alone before they go back, for others to come
    )
    stay: float = math.inf  # seconds of the same before the run ends
    standstill: float = 20.0  # seconds without a share of any limit before claims go back
    patience: int = 6  # lost connections in a row before the run gives up
    domain_refusals: int = 5  # refusals by one domain in a row before its other letters are put off
    refusals: int = 20  # refusals of content or sender in a row before the run gives up
