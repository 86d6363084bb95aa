"""What tells that something an editor looks at has changed, whoever changed it."""

from __future__ import annotations

import datetime as dt
import hashlib

import sqlalchemy as sa

from digest.store.tables import corrections, decisions, editions, entries, slots, stories


def told(connection: sa.Connection, since: dt.datetime) -> str:
    """A fingerprint of the grouping and of the words of entries published since ``since``."""
    query = (
        sa.select(stories.c.entry, stories.c.story, stories.c.role, stories.c.rank, entries.c.updated)
        .join(entries, entries.c.id == stories.c.entry)
        .where(entries.c.published >= since)
        .order_by(stories.c.entry)
    )
    found = hashlib.blake2b(digest_size=12)
    for row in connection.execute(query):
        found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def decided(connection: sa.Connection) -> str:
    """A fingerprint of every newsletter's decisions."""
    counts = sa.select(
        sa.func.count(decisions.c.id),
        sa.func.max(decisions.c.id),
        sa.func.count(decisions.c.undone),
        sa.func.max(decisions.c.undone),
    )
    return repr(tuple(connection.execute(counts).one()))


def moved(connection: sa.Connection) -> str:
    """A fingerprint of every newsletter's slots, frozen editions and corrections."""
    queries = (
        sa.select(sa.func.count(slots.c.id), sa.func.max(slots.c.changed)),
        sa.select(sa.func.count(editions.c.id)),
        sa.select(sa.func.count(corrections.c.id)),
    )
    return repr([tuple(connection.execute(query).one()) for query in queries])
