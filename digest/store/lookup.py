"""Deliveries looked at and put right by people: list, retry, resolve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa

from digest.errors import UsageError
from digest.store.partitions import of_edition
from digest.store.tables import deliveries, editions, subscribers


def listed(
    connection: sa.Connection,
    edition: str,
    *,
    states: Sequence[str] = (),
    key: str | None = None,
    limit: int | None = None,
) -> list[sa.Row[Any]]:
    """Deliveries of an edition with the people's addresses, by id. ``key`` is an address key."""
    column = deliveries.c
    query = (
        sa.select(
            column.id,
            subscribers.c.address,
            column.state,
            column.attempts,
            column.code,
            column.enhanced,
            column.reply,
            column.not_before,
            column.changed,
        )
        .select_from(deliveries.outerjoin(subscribers, subscribers.c.id == column.subscriber))
        .where(of_edition(connection, edition))
        .order_by(column.id)
        .limit(limit)
    )
    if states:
        query = query.where(column.state.in_(states))
    if key is not None:
        query = query.where(subscribers.c.address_key == key)
    return list(connection.execute(query))


def latest(connection: sa.Connection, newsletter: str | None = None) -> str:
    """The edition that was queued last. Raises UsageError when there is none."""
    query = sa.select(editions.c.id).where(editions.c.audience_at.is_not(None))
    if newsletter:
        query = query.where(editions.c.newsletter == newsletter)
    found: str | None = connection.execute(query.order_by(editions.c.audience_at.desc()).limit(1)).scalar()
    if found is None:
        raise UsageError("No edition has been sent yet.", "See what comes next: digest status")
    return found


def newsletter_of(connection: sa.Connection, edition: str) -> str:
    """The newsletter an edition is of. Raises UsageError when there is no such edition."""
    found: str | None = connection.execute(
        sa.select(editions.c.newsletter).where(editions.c.id == edition)
    ).scalar()
    if found is None:
        raise UsageError(f"There is no edition {edition!r}.", "See them all: digest editions list")
    return found


def audience(connection: sa.Connection, edition: str) -> int | None:
    """How many people the edition goes to; None while that is being fixed. Raises UsageError without one."""
    query = sa.select(editions.c.audience).where(editions.c.id == edition)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UsageError(f"There is no edition {edition!r}.", "See them all: digest editions list")
    size: int | None = row[0]
    return size


def retry(connection: sa.Connection, edition: str, states: Sequence[str], now: dt.datetime) -> int:
    """Make deliveries ready again now: deferred, expired or bounced ones, never those who have their copy."""
    _only(states, {"deferred", "expired", "bounced"}, "retried")
    column = deliveries.c
    again = deliveries.update().where(of_edition(connection, edition), column.state.in_(states))
    values = {"state": "ready", "attempts": 0, "not_before": None, "changed": now}
    return int(connection.execute(again.values(values)).rowcount)


def resolve(
    connection: sa.Connection, ids: Sequence[int], to: Literal["accepted", "resend"], now: dt.datetime
) -> int:
    """Decide uncertain deliveries: they arrived, or send them once more with the same Message-ID and Date."""
    column = deliveries.c
    open_ones = deliveries.update().where(column.id.in_(ids), column.state == "uncertain")
    if to == "accepted":
        values: dict[str, Any] = {"state": "accepted", "changed": now}
    else:
        values = {"state": "ready", "resent": True, "not_before": None, "changed": now}
    return int(connection.execute(open_ones.values(values)).rowcount)


def _only(states: Sequence[str], allowed: set[str], verb: str) -> None:
    """Refuse states that must not be touched."""
    wrong = sorted(set(states) - allowed)
    if wrong:
        raise UsageError(
            f"Deliveries that are {wrong[0]} cannot be {verb}.",
            f"Only {', '.join(sorted(allowed))}; uncertain ones are for: digest deliveries resolve",
        )
