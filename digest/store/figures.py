"""Figures for metrics, readiness and status: small queries, no stage's business."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from digest.slots import FINISHED
from digest.store import partitions
from digest.store.tables import alerts, deliveries, editions, entries, feeds, slots, stories

LATELY = dt.timedelta(days=7)
LARGE = 30_000  # rows
_BELIEVED = sa.text("""
    SELECT c.reltuples, s.n_distinct FROM pg_class c
    LEFT JOIN pg_stats s ON s.schemaname = c.relnamespace::regnamespace::text AND s.tablename = c.relname
        AND s.attname = :column
    WHERE c.oid = to_regclass(:table)
""")


@dataclass(frozen=True, slots=True)
class Figures:
    """The installation in numbers."""

    entries: int
    stories: int
    feeds_failing: int
    feeds_retired: int
    last_success: dt.datetime | None  # of any feed
    # Of the last week's editions, by state; on PostgreSQL of those that are not finished: others may be millions.
    deliveries: Mapping[str, int]
    waiting_since: dt.datetime | None  # the oldest delivery that is ready to go
    slots: Mapping[tuple[str, str], int]  # of the last week: (newsletter, state) -> how many
    lateness: Mapping[str, float]  # newsletter -> seconds from due to frozen, of its newest edition
    alerts_waiting: int


def figures(connection: sa.Connection, now: dt.datetime) -> Figures:
    """All of them, as of ``now``."""
    since = now - LATELY
    return Figures(
        entries=_about(connection, entries),
        stories=_about(connection, stories, stories.c.story),
        feeds_failing=_count(connection, feeds, feeds.c.problem != ""),
        feeds_retired=_count(connection, feeds, feeds.c.retired),
        last_success=connection.execute(sa.select(sa.func.max(feeds.c.last_success))).scalar(),
        deliveries=_deliveries(connection, since),
        waiting_since=_waiting(connection, now),
        slots=_slots(connection, since),
        lateness=_lateness(connection, since),
        alerts_waiting=_count(connection, alerts, alerts.c.sent.is_(None)),
    )


def _about(connection: sa.Connection, table: sa.Table, of: sa.Column[str] | None = None) -> int:
    """How many rows, or different values; of a large table what PostgreSQL believes, as counting reads all of it."""
    if connection.dialect.name == "postgresql":
        names = {"table": table.name, "column": of.name if of is not None else ""}
        rows, different = connection.execute(_BELIEVED, names).one()
        if rows > LARGE:
            return int(rows if different is None else different if different > 0 else -different * rows)
    number = sa.func.count() if of is None else sa.func.count(of.distinct())
    return connection.execute(sa.select(number).select_from(table)).scalar_one()


def _count(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()


def _deliveries(connection: sa.Connection, since: dt.datetime) -> dict[str, int]:
    state = deliveries.c.state
    recent = sa.select(editions.c.id, editions.c.due).where(editions.c.due >= since)
    if connection.dialect.name == "postgresql":
        recent = recent.join(slots).where(slots.c.state.not_in(sorted(FINISHED)))
    # Named one by one: PostgreSQL then uses the index of each instead of reading a week of deliveries.
    wanted = {edition: due for edition, due in connection.execute(recent)}  # noqa: C416 - rows are no pairs to mypy
    first = min(wanted.values(), default=since)
    mine = (deliveries.c.edition.in_(list(wanted)), partitions.since(connection, first))
    query = sa.select(state, sa.func.count()).where(*mine).group_by(state)
    return {name: number for name, number in connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def _waiting(connection: sa.Connection, now: dt.datetime) -> dt.datetime | None:
    unfinished = sa.select(editions.c.id, editions.c.due).join(slots)
    rows = connection.execute(unfinished.where(slots.c.state.not_in(sorted(FINISHED)))).all()
    if not rows:
        return None
    ready = sa.or_(
        deliveries.c.state == "ready",
        sa.and_(deliveries.c.state == "deferred", deliveries.c.not_before <= now),
    )
    mine = (
        deliveries.c.edition.in_([row.id for row in rows]),
        partitions.since(connection, min(row.due for row in rows)),
    )
    query = sa.select(sa.func.min(deliveries.c.changed)).where(*mine, ready)
    return connection.execute(query).scalar()


def _slots(connection: sa.Connection, since: dt.datetime) -> dict[tuple[str, str], int]:
    keys = (slots.c.newsletter, slots.c.state)
    query = sa.select(*keys, sa.func.count()).where(slots.c.due >= since).group_by(*keys)
    return {(newsletter, state): number for newsletter, state, number in connection.execute(query)}


def _lateness(connection: sa.Connection, since: dt.datetime) -> dict[str, float]:
    query = sa.select(editions.c.newsletter, editions.c.due, editions.c.frozen).where(
        editions.c.due >= since, editions.c.frozen.is_not(None)
    )
    rows = connection.execute(query.order_by(editions.c.due))
    return {newsletter: (frozen - due).total_seconds() for newsletter, due, frozen in rows}
