"""Deliveries by the day on PostgreSQL: an id tells its day, each day is a partition, and forgetting drops it.

SQLite keeps one plain table. There ids count from 1 and every span is the whole of it.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from digest.slots import FINISHED
from digest.store.tables import EPOCH, deliveries, editions, slots

BITS = 32  # of an id count within a day; those above are the days since 1970
RECENT = dt.timedelta(days=7)  # in which a claim can still be alive
_REST = "deliveries_rest"  # the default partition: rows from before there were days
_SCHEMA = sa.text("SELECT pg_advisory_xact_lock(hashtext('digest partitions'))")


def day(moment: dt.datetime) -> int:
    """The UTC day of an instant, counted from 1970."""
    return (moment - EPOCH).days


def span(due: dt.datetime) -> tuple[int, int]:
    """The first and the last id that a delivery of an edition due then can have on PostgreSQL."""
    first = day(due) << BITS
    return first, first + (1 << BITS) - 1


def within(connection: sa.Connection, due: dt.datetime | None) -> sa.ColumnElement[bool]:
    """Only ids of editions due on that day: PostgreSQL then opens one partition and no other."""
    if connection.dialect.name != "postgresql" or due is None:
        return sa.true()
    return deliveries.c.id.between(*span(due))


def of_edition(connection: sa.Connection, edition: str) -> sa.ColumnElement[bool]:
    """The deliveries of one edition, looked for in its own partition only."""
    mine = deliveries.c.edition == edition
    if connection.dialect.name != "postgresql":
        return mine
    due = connection.execute(sa.select(editions.c.due).where(editions.c.id == edition)).scalar()
    return sa.and_(mine, within(connection, due))


def since(connection: sa.Connection, moment: dt.datetime) -> sa.ColumnElement[bool]:
    """Only ids of editions due on that day or later."""
    if connection.dialect.name != "postgresql":
        return sa.true()
    return deliveries.c.id >= span(moment)[0]


def until(connection: sa.Connection, moment: dt.datetime) -> sa.ColumnElement[bool]:
    """Only ids of editions due on the days before."""
    if connection.dialect.name != "postgresql":
        return sa.true()
    return deliveries.c.id < span(moment)[0]


def lately(connection: sa.Connection, now: dt.datetime) -> sa.ColumnElement[bool]:
    """Only ids of the last days: what is claimed is never older."""
    return since(connection, now - RECENT)


def new_id(due: dt.datetime) -> sa.ColumnElement[int]:
    """The next id of an edition due then (PostgreSQL)."""
    count = sa.func.nextval("deliveries_id_seq").op("%")(sa.literal(1 << BITS, sa.BigInteger))
    return sa.literal(span(due)[0], sa.BigInteger) + count


def newest_id(connection: sa.Connection, due: dt.datetime) -> int:
    """The id that was given last, as one of an edition due then; 0 on SQLite."""
    if connection.dialect.name != "postgresql":
        return 0
    count = connection.exec_driver_sql(
        "SELECT last_value - (NOT is_called)::int FROM deliveries_id_seq"
    ).scalar_one()
    return int(span(due)[0] + count % (1 << BITS))


# --- the partitions


def divide(connection: sa.Connection) -> None:
    """Make the plain table the default partition of a divided one. Doing it twice changes nothing."""
    if connection.dialect.name != "postgresql" or _divided(connection):
        return
    run = connection.exec_driver_sql
    run(f"ALTER TABLE deliveries RENAME TO {_REST}")
    for index in deliveries.indexes:
        run(f"DROP INDEX {index.name}")
    run(f"ALTER TABLE {_REST} DROP CONSTRAINT uq_deliveries_edition_subscriber")
    run(f"ALTER TABLE {_REST} RENAME CONSTRAINT pk_deliveries TO pk_{_REST}")
    run(
        f"CREATE TABLE deliveries (LIKE {_REST} INCLUDING DEFAULTS, CONSTRAINT pk_deliveries PRIMARY KEY (id))"
        " PARTITION BY RANGE (id)"
    )
    run(f"ALTER TABLE deliveries ATTACH PARTITION {_REST} DEFAULT")
    run("ALTER SEQUENCE deliveries_id_seq OWNED BY deliveries.id")
    for index in deliveries.indexes:
        index.create(connection)
    _once_a_person(connection, _REST)


def _divided(connection: sa.Connection) -> bool:
    kind = connection.exec_driver_sql("SELECT relkind FROM pg_class WHERE oid = 'deliveries'::regclass")
    return bool(kind.scalar() == "p")


def _once_a_person(connection: sa.Connection, table: str) -> None:
    """Promise 4, kept in each partition: an edition lies in one of them. Subscriber first serves both questions."""
    connection.exec_driver_sql(
        f"CREATE UNIQUE INDEX uq_{table}_subscriber_edition ON {table} (subscriber, edition)"
    )


def make(connection: sa.Connection, due: dt.datetime) -> str:
    """See that there is a partition for the editions due on that day; its name."""
    name = f"deliveries_{due:%Y%m%d}"
    if connection.dialect.name != "postgresql" or _exists(connection, name):
        return name
    connection.execute(_SCHEMA)
    if not _exists(connection, name):
        first, last = span(due)
        connection.exec_driver_sql(
            f"CREATE TABLE {name} PARTITION OF deliveries FOR VALUES FROM ({first}) TO ({last + 1})"
        )
        # Half of the rows of a busy day change state three times: vacuum long before a fifth of them is dead.
        connection.exec_driver_sql(
            f"ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 90)"
        )
        _once_a_person(connection, name)
    return name


def _exists(connection: sa.Connection, name: str) -> bool:
    found = connection.execute(sa.text("SELECT to_regclass(:name)"), {"name": name}).scalar()
    return found is not None


def learn(connection: sa.Connection, due: dt.datetime) -> None:
    """Tell the planner what a partition that was just filled holds; autovacuum would be minutes late."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE deliveries_{due:%Y%m%d}")


def drop_before(connection: sa.Connection, before: dt.datetime) -> int:
    """Drop the partitions of the days before, unless an edition of theirs is unfinished; how many rows (about)."""
    if connection.dialect.name != "postgresql":
        return 0
    gone = 0
    unfinished = sa.select(editions.c.due).join(slots).where(slots.c.state.not_in(sorted(FINISHED)))
    busy = {f"deliveries_{due:%Y%m%d}" for due in connection.execute(unfinished).scalars()}
    for name in sorted(_names(connection)):
        if name < f"deliveries_{before:%Y%m%d}" and name not in busy:
            gone += _rows(connection, name)
            connection.exec_driver_sql(f"DROP TABLE {name}")
    return gone


def _rows(connection: sa.Connection, name: str) -> int:
    """How many rows the planner believes a partition to have; one it never looked at is small, and counted."""
    estimate = sa.text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)")
    found = int(connection.execute(estimate, {"name": name}).scalar() or 0)
    if found < 0:
        found = int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one())
    return found


def _names(connection: sa.Connection) -> set[str]:
    """The partitions that stand for a day."""
    children = connection.exec_driver_sql(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'deliveries'::regclass"
    )
    return {name for name in children.scalars() if name.removeprefix("deliveries_").isdigit()}
