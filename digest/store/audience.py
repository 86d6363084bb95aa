"""Whom an edition goes to: fixed when sending starts, queued in batches, resumed after a crash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from digest.store import partitions
from digest.store.engine import Store
from digest.store.sql import _insert as insert_for
from digest.store.tables import deliveries, editions, slots, subscribers, subscriptions

BATCH = 50_000
People = sa.Select[Any]  # of subscribers.id
# newsletter, slot name, cut-off, size of the audience, the edition it corrects, due time
Asked = tuple[str, str, dt.datetime | None, int | None, str, dt.datetime]
Queued = Callable[
    [sa.Connection, int, int], None
]  # told the first and the last id, in the transaction of the rows


def eligible(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether a subscriber may be written to at ``now``."""
    back = sa.and_(subscribers.c.state == "paused", subscribers.c.paused_until <= now)
    return sa.or_(subscribers.c.state == "active", back)


def takes_slot(name: str) -> sa.ColumnElement[bool]:
    """Whether a subscription is for the slot of that name; [] stands for every slot."""
    text = sa.cast(subscriptions.c.slots, sa.Text)
    return sa.or_(text == "[]", text.contains(f'"{name}"', autoescape=True))


def wanting(newsletter: str, slot: str, at: dt.datetime, ids: tuple[int, int] | None = None) -> People:
    """The ids of those who had subscribed to the slot by ``at`` and may be written to; among ``ids`` or all."""
    wish = subscriptions.c
    wants = sa.exists().where(
        wish.subscriber == subscribers.c.id,
        wish.newsletter == newsletter,
        wish.state == "active",
        wish.since <= at,
        takes_slot(slot),
    )
    if ids is None:
        return sa.select(subscribers.c.id).where(wants, eligible(at))
    # Said of both tables: PostgreSQL carries no range from one to the other, and would read all of the second.
    wants = wants.where(wish.subscriber.between(*ids))
    return sa.select(subscribers.c.id).where(wants, subscribers.c.id.between(*ids), eligible(at))


def reached_by(edition: str) -> sa.ColumnElement[bool]:
    """Whether a subscriber got that edition, or may have."""
    mine = (deliveries.c.edition == edition, deliveries.c.subscriber == subscribers.c.id)
    return sa.exists().where(*mine, deliveries.c.state.in_(("accepted", "uncertain")))


def fix_audience(
    store: Store, edition: str, now: dt.datetime, batch: int = BATCH, queued: Queued | None = None
) -> int:
    """Queue a delivery for everybody the edition goes to; how many they are.

    Each batch is a transaction; killed in the middle it goes on where it was, with the same people. Once
    complete, the audience never changes.
    """
    with store.begin() as connection:
        newsletter, slot, at, size, corrects, due = _edition(connection, edition)
        if size is not None:
            return int(size)
        if at is None:
            at = now
            connection.execute(editions.update().where(editions.c.id == edition).values(audience_at=now))
        partitions.make(connection, due)
        last = connection.execute(sa.select(sa.func.max(subscribers.c.id))).scalar() or 0
    for first in range(1, last + 1, batch):
        people = wanting(newsletter, slot, at, (first, first + batch - 1))
        if corrects:
            people = people.where(reached_by(corrects))
        with store.begin() as connection:
            first_id, last_id = _queue(connection, edition, people, due, now)
            if queued is not None and last_id >= first_id:
                queued(connection, first_id, last_id)
    with store.begin() as connection:
        partitions.learn(connection, due)
        return _complete(connection, edition)


def _edition(connection: sa.Connection, edition: str) -> Asked:
    """What fixing the audience of an edition needs to know. Locks its row on PostgreSQL."""
    query = sa.select(
        editions.c.newsletter,
        slots.c.name,
        editions.c.audience_at,
        editions.c.audience,
        editions.c.corrects,
        editions.c.due,
    )
    joined = editions.join(slots, slots.c.id == editions.c.slot)
    row = connection.execute(
        query.select_from(joined).where(editions.c.id == edition).with_for_update(of=editions)
    ).one()
    return row[0], row[1], row[2], row[3], row[4], row[5]


def _queue(
    connection: sa.Connection, edition: str, people: People, due: dt.datetime, now: dt.datetime
) -> tuple[int, int]:
    """Queue a delivery for each, inside the database: nobody's id travels. The ids lie from the first to the last.

    Among them may be ids of another edition that is queued at the same time; on SQLite nobody asks.
    """
    instant = deliveries.c.changed.type
    rows = people.add_columns(sa.literal(edition), sa.literal("ready"), sa.literal(now, instant))
    columns = ["subscriber", "edition", "state", "changed"]
    if connection.dialect.name == "postgresql":
        rows, columns = rows.add_columns(partitions.new_id(due)), [*columns, "id"]
    before = partitions.newest_id(connection, due)
    insert = insert_for(connection.dialect.name, deliveries).from_select(columns, rows)
    connection.execute(insert.on_conflict_do_nothing())
    return before + 1, partitions.newest_id(connection, due)


def _complete(connection: sa.Connection, edition: str) -> int:
    """Note the size of the audience."""
    count = sa.select(sa.func.count()).where(partitions.of_edition(connection, edition))
    size = int(connection.execute(count).scalar_one())
    connection.execute(editions.update().where(editions.c.id == edition).values(audience=size))
    return size
