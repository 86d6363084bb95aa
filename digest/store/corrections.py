"""What was mended in editions after they went out; the editions themselves stay as they were frozen."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from digest.model import Correction
from digest.slots import UNSENT
from digest.store.tables import corrections, editions, slots

carriers = editions.alias()
_NAMES = tuple(field.name for field in dataclasses.fields(Correction))
_COLUMNS = tuple(corrections.c[name] for name in _NAMES)


def add(connection: sa.Connection, correction: Correction) -> Correction:
    """Record a correction; the returned one has its id."""
    row = {name: getattr(correction, name) for name in _NAMES if name != "id"}
    new = connection.execute(corrections.insert().returning(corrections.c.id), row).scalar_one()
    return dataclasses.replace(correction, id=new)


def of_edition(connection: sa.Connection, edition: str) -> tuple[Correction, ...]:
    """What was mended in one edition, oldest first."""
    return _read(connection, sa.select(*_COLUMNS).where(corrections.c.edition == edition))


def untold(connection: sa.Connection, newsletter: str) -> tuple[Correction, ...]:
    """The corrections that no later edition of the newsletter has told of yet, oldest first."""
    query = sa.select(*_COLUMNS).join(editions, editions.c.id == corrections.c.edition)
    return _read(connection, query.where(editions.c.newsletter == newsletter, _in_none(corrections.c.told)))


def unmailed(connection: sa.Connection, edition: str) -> tuple[Correction, ...]:
    """The corrections of an edition that no mail has carried yet."""
    mine = (corrections.c.edition == edition, _in_none(corrections.c.mailed))
    return _read(connection, sa.select(*_COLUMNS).where(*mine))


def mark_mailed(connection: sa.Connection, ids: tuple[int, ...], edition: str) -> None:
    """Note the edition that carries these corrections by mail."""
    connection.execute(corrections.update().where(corrections.c.id.in_(ids)).values(mailed=edition))


def _in_none(carrier: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Whether no edition carries it; one that was cancelled, or never sent, has told not everybody."""
    unsent = sa.select(carriers.c.id).join(slots, slots.c.id == carriers.c.slot)
    return sa.or_(carrier == "", carrier.in_(unsent.where(slots.c.state.in_(sorted(UNSENT)))))


def _read(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Correction, ...]:
    return tuple(Correction(*row) for row in connection.execute(query.order_by(corrections.c.id)))
