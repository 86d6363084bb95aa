"""Whom an edition goes to: fixed when sending starts, queued in batches, resumed after a crash."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from digest.store.engine import Store
from digest.store.sql import _insert as insert_for
from digest.store.tables import deliveries, editions, slots, subscribers, subscriptions

BATCH = 50_000
People = sa.Select[Any]  # of subscribers.id


def eligible(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether a subscriber may be written to at ``now``."""
    back = sa.and_(subscribers.c.state == "paused", subscribers.c.paused_until <= now)
    return sa.or_(subscribers.c.state == "active", back)


def takes_slot(name: str) -> sa.ColumnElement[bool]:
    """Whether a subscription is for the slot of that name; [] stands for every slot."""
    text = sa.cast(subscriptions.c.slots, sa.Text)
    return sa.or_(text == "[]", text.contains(f'"{name}"', autoescape=True))


def wanting(newsletter: str, slot: str, at: dt.datetime) -> People:
    """The ids of those who had subscribed to the slot by ``at`` and may be written to."""
    wish = subscriptions.c
    # EXISTS, not a join: each batch then walks on through the ids instead of sorting the whole newsletter.
    wants = sa.exists().where(
        wish.subscriber == subscribers.c.id,
        wish.newsletter == newsletter,
        wish.state == "active",
        wish.since <= at,
        takes_slot(slot),
    )
    return sa.select(subscribers.c.id).where(wants, eligible(at))


def reached_by(edition: str) -> sa.ColumnElement[bool]:
    """Whether a subscriber got that edition, or may have."""
    mine = (deliveries.c.edition == edition, deliveries.c.subscriber == subscribers.c.id)
    return sa.exists().where(*mine, deliveries.c.state.in_(("accepted", "uncertain")))


def fix_audience(store: Store, edition: str, now: dt.datetime, batch: int = BATCH) -> int:
    """Queue a delivery for everybody the edition goes to; how many they are.

    Each batch is a transaction; killed in the middle it goes on where it was, with the same people. Once
    complete, the audience never changes.
    """
    with store.begin() as connection:
        newsletter, slot, at, size, corrects = _edition(connection, edition)
        if size is not None:
            return int(size)
        if at is None:
            at = now
            connection.execute(editions.update().where(editions.c.id == edition).values(audience_at=now))
    people, last = wanting(newsletter, slot, at), 0
    if corrects:
        people = people.where(reached_by(corrects))
    while last >= 0:
        with store.begin() as connection:
            last = _queue(connection, edition, _after(people, last, batch), now)
    with store.begin() as connection:
        return _complete(connection, edition)


def _edition(connection: sa.Connection, edition: str) -> tuple[str, str, dt.datetime | None, int | None, str]:
    """Newsletter, slot name, cut-off and size of the audience, the edition it corrects. Locks it on PostgreSQL."""
    query = sa.select(
        editions.c.newsletter, slots.c.name, editions.c.audience_at, editions.c.audience, editions.c.corrects
    )
    joined = editions.join(slots, slots.c.id == editions.c.slot)
    row = connection.execute(
        query.select_from(joined).where(editions.c.id == edition).with_for_update(of=editions)
    ).one()
    return row[0], row[1], row[2], row[3], row[4]


def _after(people: People, last: int, batch: int) -> People:
    """The next ``batch`` of people, in the order of their ids."""
    return people.where(subscribers.c.id > last).order_by(subscribers.c.id).limit(batch)


def _queue(connection: sa.Connection, edition: str, people: People, now: dt.datetime) -> int:
    """Queue a delivery for each; the last id, -1 when there was nobody."""
    some = people.subquery()
    last = connection.execute(sa.select(sa.func.max(some.c.id))).scalar()
    instant = deliveries.c.changed.type
    rows = people.add_columns(sa.literal(edition), sa.literal("ready"), sa.literal(now, instant))
    columns = ["subscriber", "edition", "state", "changed"]
    if last is not None:
        insert = insert_for(connection.dialect.name, deliveries).from_select(columns, rows)
        connection.execute(insert.on_conflict_do_nothing())
    return -1 if last is None else int(last)


def _complete(connection: sa.Connection, edition: str) -> int:
    """Note the size of the audience."""
    count = sa.select(sa.func.count()).where(deliveries.c.edition == edition)
    size = int(connection.execute(count).scalar_one())
    connection.execute(editions.update().where(editions.c.id == edition).values(audience=size))
    return size
