"""The editors' decisions; an undone one keeps its row."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import sqlalchemy as sa

from digest.model import Decision
from digest.store.tables import decisions

_NAMES = tuple(field.name for field in dataclasses.fields(Decision))
_COLUMNS = tuple(decisions.c[name] for name in _NAMES)


def add(connection: sa.Connection, decision: Decision) -> Decision:
    """Record a decision; the returned one has its id."""
    row = {name: getattr(decision, name) for name in _NAMES if name != "id"}
    new = connection.execute(decisions.insert().returning(decisions.c.id), row).scalar_one()
    return dataclasses.replace(decision, id=new)


def undo(connection: sa.Connection, decision_id: int, now: dt.datetime) -> bool:
    """Take a decision back; False when there is none such in force."""
    mine = (decisions.c.id == decision_id, decisions.c.undone.is_(None))
    return connection.execute(decisions.update().where(*mine).values(undone=now)).rowcount == 1


def redo(connection: sa.Connection, decision_id: int) -> bool:
    """Bring an undone decision back; False when there is none such."""
    mine = (decisions.c.id == decision_id, decisions.c.undone.is_not(None))
    return connection.execute(decisions.update().where(*mine).values(undone=None)).rowcount == 1


def in_force(connection: sa.Connection, newsletter: str, slot: str = "") -> tuple[Decision, ...]:
    """The newsletter's decisions for ``slot`` (str(SlotKey)) and those that hold until undone, oldest first."""
    query = sa.select(*_COLUMNS).where(
        decisions.c.newsletter == newsletter, decisions.c.slot.in_({"", slot}), decisions.c.undone.is_(None)
    )
    return _read(connection, query)


def history(connection: sa.Connection, newsletter: str) -> tuple[tuple[Decision, dt.datetime | None], ...]:
    """Every decision ever made, oldest first, with the time it was undone."""
    query = sa.select(*_COLUMNS, decisions.c.undone).where(decisions.c.newsletter == newsletter)
    rows = connection.execute(query.order_by(decisions.c.id))
    return tuple((Decision(*row[:-1]), row[-1]) for row in rows)


def _read(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Decision, ...]:
    return tuple(Decision(*row) for row in connection.execute(query.order_by(decisions.c.id)))
