"""Alerts: one per change of state, so that a feed down for a week is reported twice, not a thousand times."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from digest.store.sql import chunks
from digest.store.tables import alerts

Kind = Literal["feed", "slot", "delivery", "store", "config"]


@dataclass(frozen=True, slots=True)
class Alert:
    """A change of state that an operator should know of."""

    id: int
    when: dt.datetime
    kind: Kind
    subject: str  # the feed's address, the slot's key, …
    state: Literal["trouble", "well"]
    message: str
    advice: str = ""
    ways: Sequence[str] = ()  # in which it was told, while others failed
    sent: dt.datetime | None = None


_NAMES = tuple(field.name for field in dataclasses.fields(Alert))
_COLUMNS = tuple(alerts.c[name] for name in _NAMES)


def trouble(
    connection: sa.Connection, kind: Kind, subject: str, now: dt.datetime, *, message: str, advice: str = ""
) -> bool:
    """Report trouble with ``subject``; False when it is known already."""
    last = _last(connection, kind, subject)
    if last == "trouble":
        return False
    _add(connection, kind, subject, now, "trouble", message, advice)
    return True


def well(connection: sa.Connection, kind: Kind, subject: str, now: dt.datetime, *, message: str) -> bool:
    """Report that the trouble with ``subject`` is over; False when there was none."""
    if _last(connection, kind, subject) != "trouble":
        return False
    _add(connection, kind, subject, now, "well", message, "")
    return True


def troubled(connection: sa.Connection, kind: Kind, subjects: Sequence[str]) -> set[str]:
    """Those of the subjects whose last word is trouble."""
    newest = sa.select(sa.func.max(alerts.c.id)).where(alerts.c.kind == kind).group_by(alerts.c.subject)
    query = sa.select(alerts.c.subject).where(alerts.c.state == "trouble")
    return {
        subject
        for some in chunks(subjects)
        for subject in connection.execute(
            query.where(alerts.c.id.in_(newest.where(alerts.c.subject.in_(some))))
        ).scalars()
    }


def _last(connection: sa.Connection, kind: str, subject: str) -> str | None:
    query = sa.select(alerts.c.state).where(alerts.c.kind == kind, alerts.c.subject == subject)
    return connection.execute(query.order_by(alerts.c.id.desc()).limit(1)).scalar()


def _add(connection: sa.Connection, *values: object) -> None:
    names = ("kind", "subject", "when", "state", "message", "advice")
    connection.execute(alerts.insert(), dict(zip(names, values, strict=True)))


def unsent(connection: sa.Connection) -> tuple[Alert, ...]:
    """Those that not everybody was told of yet, oldest first."""
    return _read(connection, sa.select(*_COLUMNS).where(alerts.c.sent.is_(None)))


def mark(connection: sa.Connection, alert: int, ways: Iterable[str], sent: dt.datetime | None) -> None:
    """Note in which ways an alert was told; ``sent`` says when the last of them was."""
    connection.execute(alerts.update().where(alerts.c.id == alert).values(ways=list(ways), sent=sent))


def open_troubles(connection: sa.Connection) -> tuple[Alert, ...]:
    """What is wrong now: the last word on each subject, where it is trouble."""
    last = sa.select(sa.func.max(alerts.c.id)).group_by(alerts.c.kind, alerts.c.subject)
    return _read(connection, sa.select(*_COLUMNS).where(alerts.c.id.in_(last), alerts.c.state == "trouble"))


def prune(connection: sa.Connection, before: dt.datetime) -> int:
    """Delete told alerts older than ``before`` that are not the last word on their subject."""
    last = sa.select(sa.func.max(alerts.c.id)).group_by(alerts.c.kind, alerts.c.subject)
    old = (alerts.c.when < before, alerts.c.sent.is_not(None), alerts.c.id.not_in(last))
    return connection.execute(alerts.delete().where(*old)).rowcount


def _read(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Alert, ...]:
    return tuple(Alert(*row) for row in connection.execute(query.order_by(alerts.c.id)))
