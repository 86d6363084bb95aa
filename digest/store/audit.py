"""The audit log: who asked, approved, held, paused, cancelled, tried and corrected what, and when."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from digest.store.tables import audit

What = Literal[
    "composed",
    "asked",
    "approved",
    "taken back",
    "sent unasked",
    "missed",
    "failed",
    "paused",
    "resumed",
    "cancelled",
    "tested",
    "corrected",
    "signed in",
    "signed out",
    "refused",
]
PROGRAM = "digest"  # who did it when nobody did


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the log."""

    id: int
    when: dt.datetime
    who: str
    newsletter: str
    slot: str  # Edition.id, "" for what concerns no edition
    what: What
    detail: str = ""


_NAMES = tuple(field.name for field in dataclasses.fields(Step))
_COLUMNS = tuple(audit.c[name] for name in _NAMES)


def note(
    connection: sa.Connection,
    when: dt.datetime,
    who: str,
    what: What,
    *,
    newsletter: str = "",
    slot: str = "",
    detail: str = "",
) -> None:
    """Add a line."""
    row = {"when": when, "who": who, "what": what, "newsletter": newsletter, "slot": slot, "detail": detail}
    connection.execute(audit.insert(), row)


def of_slot(connection: sa.Connection, slot: str) -> tuple[Step, ...]:
    """Every line about one slot's edition, oldest first."""
    return _read(connection, sa.select(*_COLUMNS).where(audit.c.slot == slot).order_by(audit.c.id))


def recent(connection: sa.Connection, newsletter: str | None = None, limit: int = 50) -> tuple[Step, ...]:
    """The newest lines, newest first."""
    query = sa.select(*_COLUMNS)
    query = query if newsletter is None else query.where(audit.c.newsletter == newsletter)
    return _read(connection, query.order_by(audit.c.id.desc()).limit(limit))


def since(connection: sa.Connection, what: What, when: dt.datetime) -> tuple[Step, ...]:
    """The lines of one kind since then, oldest first."""
    query = sa.select(*_COLUMNS).where(audit.c.what == what, audit.c.when >= when)
    return _read(connection, query.order_by(audit.c.id))


def last(connection: sa.Connection, slot: str, what: What) -> dt.datetime | None:
    """When that was last done to a slot's edition; None when never."""
    query = sa.select(audit.c.when).where(audit.c.slot == slot, audit.c.what == what)
    return connection.execute(query.order_by(audit.c.id.desc()).limit(1)).scalar()


def _read(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Step, ...]:
    return tuple(Step(*row) for row in connection.execute(query))
