"""The suppression list: addresses never written to again, kept as hashes so that they survive erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from digest.addresses import Address, address_hash
from digest.store.sql import chunks, insert_new
from digest.store.tables import soft_bounces, subscribers, subscriptions, suppressions

Why = Literal["hard_bounce", "soft_bounces", "complaint", "operator"]


@dataclass(frozen=True, slots=True)
class BouncePolicy:
    """When a mailbox that is full too often counts as dead."""

    limit: int = 5  # deliveries that found it full …
    window: dt.timedelta = dt.timedelta(days=14)  # … within so long


def suppress_subscribers(
    connection: sa.Connection,
    ids: Sequence[int],
    now: dt.datetime,
    why: Why = "hard_bounce",
    detail: str = "",
) -> None:
    """Never write to these subscribers again, also when they are imported anew."""
    for some in chunks(ids):
        person = subscribers.c
        keys = connection.execute(sa.select(person.address_key).where(person.id.in_(some))).scalars()
        suppress_keys(connection, list(keys), now, why, detail)
        connection.execute(subscribers.update().where(person.id.in_(some)).values(state="suppressed"))


def suppress_keys(
    connection: sa.Connection, keys: Iterable[str], now: dt.datetime, why: Why, detail: str = ""
) -> None:
    """Put addresses on the list; one that is there keeps its first reason."""
    rows = [
        {"address_hash": address_hash(k), "reason": why, "detail": detail[:500], "since": now} for k in keys
    ]
    insert_new(connection, suppressions, rows)


def suppressed_hashes(connection: sa.Connection, hashes: Collection[str]) -> set[str]:
    """Those of ``hashes`` that are on the list."""
    column = suppressions.c.address_hash
    found: set[str] = set()
    for some in chunks(hashes):
        found.update(connection.execute(sa.select(column).where(column.in_(some))).scalars())
    return found


def lift(connection: sa.Connection, address: Address) -> bool:
    """Take an address off the list, and write to its subscriber again; False when it was not there."""
    listed = suppressions.delete().where(suppressions.c.address_hash == address.digest)
    done = bool(connection.execute(listed).rowcount)
    person = subscribers.c.address_key == address.key
    mine = sa.select(subscribers.c.id).where(person).scalar_subquery()
    connection.execute(soft_bounces.delete().where(soft_bounces.c.subscriber == mine))
    again = subscribers.update().where(person, subscribers.c.state == "suppressed")
    connection.execute(again.values(state="active"))
    return done


def count_soft(
    connection: sa.Connection,
    full: Collection[tuple[int, int]],
    now: dt.datetime,
    policy: BouncePolicy | None = None,
) -> None:
    """Note the deliveries (subscriber, delivery) that found a mailbox full, each once.

    Whoever has as many of them within the policy's window as its limit is suppressed.
    """
    policy = policy or BouncePolicy()
    column = soft_bounces.c
    rows = [{"subscriber": person, "delivery": delivery, "when": now} for person, delivery in sorted(full)]
    insert_new(connection, soft_bounces, rows)
    for some in chunks({person for person, _ in full}):
        lately = sa.select(column.subscriber).where(
            column.subscriber.in_(some), column.when > now - policy.window
        )
        often = lately.group_by(column.subscriber).having(sa.func.count() >= policy.limit)
        suppress_subscribers(connection, list(connection.execute(often).scalars()), now, "soft_bounces")


def complained(connection: sa.Connection, subscriber: int, now: dt.datetime, detail: str = "") -> None:
    """Somebody called our mail spam: suppressed, and unsubscribed from everything."""
    suppress_subscribers(connection, [subscriber], now, "complaint", detail)
    ended: dict[str, Any] = {"state": "unsubscribed", "ended": now, "end_reason": "complaint"}
    mine = subscriptions.update().where(subscriptions.c.subscriber == subscriber)
    connection.execute(mine.where(subscriptions.c.state != "unsubscribed").values(ended))
