"""What is forgotten when, in short transactions; and the space given back."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy as sa

from digest.config.settings import Config
from digest.errors import StoreError
from digest.slots import FINISHED
from digest.store import alerts, entries, partitions
from digest.store.engine import Store
from digest.store.tables import (
    decisions,
    deliveries,
    editions,
    paces,
    sent_items,
    slots,
    soft_bounces,
    subscribers,
    subscriptions,
)

MEMORY = dt.timedelta(days=90)  # of stories told, decisions made and alerts sent
SETTLED = dt.timedelta(hours=1)  # clocks of machines differ, never so much
CHUNK = 5000
SOME = 20  # editions of a quarter of a megabyte
LEFT_OUT = '"left_out":[{'  # as editions.to_json writes what an edition left out, when there is some


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long what is kept."""

    entries: dt.timedelta  # since a feed last carried them
    deliveries: dt.timedelta
    unconfirmed: dt.timedelta = dt.timedelta(days=30)  # people who asked and never confirmed
    bounces: dt.timedelta = dt.timedelta(days=14)  # full mailboxes


def configured(config: Config) -> Keep:
    """What the operator wants kept."""
    settings, window = config.daemon, config.deliver.soft_bounce_window
    return Keep(config.pull.keep, settings.keep_deliveries, settings.keep_unconfirmed, window)


def forget(store: Store, now: dt.datetime, keep: Keep) -> dict[str, int]:
    """Delete what is older than it is kept; how many rows of what. Editions stay: they are the archive."""
    with store.begin() as connection:
        gone = {
            "entries": entries.prune(connection, now - keep.entries),
            "alerts": alerts.prune(connection, now - MEMORY),
        }
        for table, old in (
            (sent_items, sent_items.c.sent < now - MEMORY),
            (decisions, sa.and_(decisions.c.slot != "", decisions.c.when < now - MEMORY)),
            (soft_bounces, soft_bounces.c.when <= now - keep.bounces),
            (paces, paces.c.free_at < now - SETTLED),
        ):
            gone[table.name] = connection.execute(table.delete().where(old)).rowcount
        gone["unconfirmed subscribers"] = _forget_unconfirmed(connection, now - keep.unconfirmed)
    gone["reasons of editions"] = _forget_left_out(store, now - keep.entries)
    return gone | {"deliveries": _forget_deliveries(store, now - keep.deliveries)}


def _forget_left_out(store: Store, before: dt.datetime) -> int:
    """What old editions left out and why: two thirds of their size, and the entries it names are forgotten too."""
    lately = editions.c.due.between(before - MEMORY, before)
    wordy = sa.select(editions.c.id, editions.c.edition).where(
        lately, editions.c.edition.contains(LEFT_OUT, autoescape=True)
    )
    total = 0
    while True:
        with store.begin() as connection:
            some = connection.execute(wordy.limit(SOME)).all()
            for name, text in some:
                slim = json.dumps(
                    json.loads(text) | {"left_out": []}, ensure_ascii=False, separators=(",", ":")
                )
                connection.execute(editions.update().where(editions.c.id == name).values(edition=slim))
        total += len(some)
        if len(some) < SOME:
            return total


def _forget_unconfirmed(connection: sa.Connection, before: dt.datetime) -> int:
    """People who were asked to confirm and never did: nobody may keep an address for longer than that takes."""
    waiting = subscribers.c.state == "pending", subscribers.c.created < before
    asked_since = sa.exists().where(
        subscriptions.c.subscriber == subscribers.c.id, subscriptions.c.since >= before
    )
    return connection.execute(subscribers.delete().where(*waiting, ~asked_since)).rowcount


def _forget_deliveries(store: Store, before: dt.datetime) -> int:
    """On PostgreSQL whole days are dropped; what is left of others goes row by row."""
    with store.begin() as connection:
        total = partitions.drop_before(connection, before)
    finished = (
        sa.select(editions.c.id)
        .join(slots, slots.c.id == editions.c.slot)
        .where(editions.c.due < before, slots.c.state.in_(sorted(FINISHED)))
    )
    some = sa.select(deliveries.c.id).where(deliveries.c.edition.in_(finished)).limit(CHUNK)
    with store.read() as connection:
        old = partitions.until(
            connection, before
        )  # said twice, or all the younger ones would be walked through
    gone = CHUNK
    while gone == CHUNK:  # ten million rows in one transaction would keep every writer waiting
        with store.begin() as connection:
            these = deliveries.delete().where(old, deliveries.c.id.in_(some.where(old)))
            gone = connection.execute(these).rowcount
        total += gone
    return total


def tidy(store: Store) -> None:
    """Give freed pages back and refresh the planner's figures; PostgreSQL's autovacuum does it by itself."""
    _pragmas(store, "PRAGMA incremental_vacuum", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)")


def vacuum(store: Store) -> None:
    """Rewrite the whole SQLite file without its gaps. Needs as much room again; nobody writes meanwhile."""
    _pragmas(store, "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")


def _pragmas(store: Store, *statements: str) -> None:
    if store.file is None:
        return
    try:
        with closing(sqlite3.connect(store.file, timeout=30, isolation_level=None)) as connection:
            for statement in statements:
                # A script runs to its end; execute() would stop incremental_vacuum after its first page.
                connection.executescript(statement)
    except sqlite3.Error as error:
        raise StoreError(
            f"The database {store.file} could not be tidied: {error}.", "Try again later."
        ) from error
