"""Which editions stand on the desk: those under way or waiting for their editors, and the next to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from digest.config.newsletter import Newsletter
from digest.pipeline.build import coming
from digest.slots import FINISHED, OPEN, RESUMED, UNBUILT, Planned, Slot, upcoming
from digest.store import editions
from digest.store import slots as ledger

FIXED = frozenset({*RESUMED, "paused"})
AHEAD = 8  # slots that are looked through for one that nothing has become of yet


@dataclass(frozen=True, slots=True)
class Stand:
    """An edition on the desk, made or not: its slot, as the ledger knows it."""

    slot: Planned
    ledger: Slot | None = None  # None when it does not know it yet

    @property
    def number(self) -> int:
        """0 for the slot's own edition, 1, 2, … for an extra one."""
        return self.ledger.number if self.ledger else 0

    @property
    def id(self) -> str:
        """The edition's id, which decisions attach to."""
        return self.slot.key.edition(self.number)

    @property
    def state(self) -> str:
        """How far the ledger is with it."""
        return self.ledger.state if self.ledger else "due"

    @property
    def open(self) -> bool:
        """Whether it is still to be made: what it prints is written down nowhere."""
        return self.state in OPEN

    @property
    def frozen(self) -> bool:
        """Whether its content is fixed: what is decided now comes too late."""
        return self.state in FIXED


def on_desk(connection: sa.Connection, newsletter: Newsletter, now: dt.datetime) -> tuple[Stand, ...]:
    """In the order they go out; the first is the one that editors work on. There is always one that is still open."""
    found = list(_under_way(connection, newsletter, now)) or [_coming(connection, newsletter, now)]
    last = max(stand.slot.due for stand in found)
    return (*found, *_after(connection, newsletter, max(last, now)))


def _under_way(connection: sa.Connection, newsletter: Newsletter, now: dt.datetime) -> Iterator[Stand]:
    for slot in ledger.unfinished(connection, newsletter.name):
        if slot.number and editions.corrects(connection, slot):
            continue  # a correction goes out by itself
        waits = slot.state in {*FIXED, "awaiting_approval", "held"}
        if waits or (slot.state in UNBUILT and slot.due <= now):
            yield Stand(Planned(slot.key, slot.due), slot)


def _coming(connection: sa.Connection, newsletter: Newsletter, now: dt.datetime) -> Stand:
    planned = coming(newsletter, now)
    known = ledger.find(connection, planned.key)
    if known is not None and known.state == "cancelled":
        planned = upcoming(newsletter.name, newsletter.settings, planned.due, count=1)[0]
        known = ledger.find(connection, planned.key)
    return Stand(planned, known)


def _after(connection: sa.Connection, newsletter: Newsletter, after: dt.datetime) -> Iterator[Stand]:
    """The next slot of which nothing has become yet; none when the calendar ends."""
    for planned in upcoming(newsletter.name, newsletter.settings, after, count=AHEAD):
        known = ledger.find(connection, planned.key)
        if known is None or known.state not in FINISHED:
            yield Stand(planned, known)
            return
