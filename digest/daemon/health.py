"""What the daemon knows of itself, and whether that is well: alive, ready."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from digest.daemon.wake import TICK
from digest.errors import DigestError
from digest.pipeline.newsroom import Newsroom
from digest.slots import Planned, upcoming
from digest.store.figures import Figures, figures

PATIENCE = 4 * TICK  # without a turn for so long, the daemon hangs


@dataclass(slots=True)
class Health:
    """Written by the daemon's loop, read by the threads that answer requests."""

    newsroom: Newsroom
    leader: bool = False
    held: str = ""  # why nothing is sent
    trouble: str = ""  # why the last turn failed
    turned: float = field(default_factory=time.monotonic)  # steady time of the last turn
    lock: threading.Lock = field(default_factory=threading.Lock)

    def alive(self) -> bool:
        """Whether the loop turns."""
        return time.monotonic() - self.turned < PATIENCE.total_seconds()

    def checks(self) -> Mapping[str, str]:
        """What stands in the way of readiness, by what it is about; nothing when all is well."""
        room, now = self.newsroom, self.newsroom.clock()
        found = {
            "leader": "" if self.leader else "another daemon leads; this one stands by",
            "hold": self.held,
            "turn": self.trouble,
            "slots": "" if coming(room, now) else "no slot is planned",
        }
        try:
            found["pull"] = stale(room, self.figures(), now)
        except DigestError as error:
            found["database"] = str(error)
        return {what: problem for what, problem in found.items() if problem}

    def figures(self) -> Figures:
        """The figures of the database as it is now; raises StoreError."""
        with self.lock, self.newsroom.store.read() as connection:
            return figures(connection, self.newsroom.clock())


def coming(newsroom: Newsroom, now: dt.datetime) -> tuple[Planned, ...]:
    """The next slot of each newsletter, the soonest first."""
    next_ones = (upcoming(n.name, n.settings, now, 1) for n in newsroom.newsletters.values())
    return tuple(sorted((p for some in next_ones for p in some), key=lambda p: (p.due, p.key)))


def stale(newsroom: Newsroom, found: Figures, now: dt.datetime) -> str:
    """Says so when no feed was read within the time in which even quiet ones are."""
    limit = 2 * newsroom.config.pull.at_least
    if not newsroom.feeds or (found.last_success is not None and now - found.last_success <= limit):
        return ""
    last = f"{found.last_success:%Y-%m-%d %H:%M} UTC" if found.last_success else "never"
    return f"the last time a feed was read: {last}"
