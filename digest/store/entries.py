"""Entries in the database: saved in bulk, read fast, pruned when no feed carries them any more."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

import sqlalchemy as sa

from digest.model import Entry, Picture
from digest.store.sql import chunks, upsert
from digest.store.tables import EPOCH, Instant, entries

_NAMES = tuple(field.name for field in dataclasses.fields(Entry))
_PASSING = frozenset({"position", "first_seen", "updated"})  # may change while an entry says the same
_PICTURE = tuple(field.name for field in dataclasses.fields(Picture))

# Instants are read as the integers they are: SQLAlchemy's per-value hooks took half of the loading time.
COLUMNS = tuple(
    sa.type_coerce(column, sa.BigInteger).label(column.name) if isinstance(column.type, Instant) else column
    for column in (entries.c[name] for name in _NAMES)
)


def save_entries(connection: sa.Connection, found: Iterable[Entry], now: dt.datetime) -> int:
    """Insert or update entries that a pull found at ``now``; ``first_seen`` is kept. Returns how many."""
    rows = [to_row(entry) | {"last_seen": now} for entry in found]
    upsert(connection, entries, rows, keep=("first_seen",))
    return len(rows)


def touch(connection: sa.Connection, ids: Iterable[str], now: dt.datetime) -> None:
    """Note that a pull found these entries unchanged."""
    for some in chunks(ids):
        connection.execute(entries.update().where(entries.c.id.in_(some)).values(last_seen=now))


def touch_feed(connection: sa.Connection, feed: str, now: dt.datetime) -> None:
    """Note that a pull found the whole feed unchanged (304): what its last pull carried, it still carries."""
    last = sa.select(sa.func.max(entries.c.last_seen)).where(entries.c.feed == feed).scalar_subquery()
    connection.execute(
        entries.update().where(entries.c.feed == feed, entries.c.last_seen == last).values(last_seen=now)
    )


def of_feed(connection: sa.Connection, feed: str) -> tuple[Entry, ...]:
    """Every stored entry of a feed, newest first: what a pull compares with."""
    query = sa.select(*COLUMNS).where(entries.c.feed == feed)
    return read(connection, query.order_by(entries.c.published.desc(), entries.c.id))


def recent(
    connection: sa.Connection, since: dt.datetime, feeds: Iterable[str] | None = None
) -> tuple[Entry, ...]:
    """Entries published since ``since``, of ``feeds`` (addresses) or of all, newest first."""
    query = sa.select(*COLUMNS).where(entries.c.published >= since)
    if feeds is not None:
        query = query.where(entries.c.feed.in_(sorted(set(feeds))))
    return read(connection, query.order_by(entries.c.published.desc(), entries.c.id))


def by_id(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Entry]:
    """The entries of these ids that exist."""
    found = (
        entry
        for some in chunks(set(ids))
        for entry in read(connection, sa.select(*COLUMNS).where(entries.c.id.in_(some)))
    )
    return {entry.id: entry for entry in found}


def count(connection: sa.Connection) -> int:
    """How many entries there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(entries)).scalar_one()


def prune(connection: sa.Connection, before: dt.datetime) -> int:
    """Delete the entries that no pull has found since ``before``. One still in its feed would come back as new."""
    # Found by when they were published: an index on last_seen would be written at every pull of every entry.
    old = (entries.c.published < before, entries.c.last_seen < before)
    return connection.execute(entries.delete().where(*old)).rowcount


# --- rows ---------------------------------------------------------------------------------------------


def read(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Entry, ...]:
    """The entries of a query over ``COLUMNS``."""
    return tuple(map(to_entry, connection.execute(query)))


def to_row(entry: Entry) -> dict[str, Any]:
    """An entry as a row, without ``last_seen``."""
    row = {name: getattr(entry, name) for name in _NAMES}
    row["imprint"] = imprint(entry)
    row["pictures"] = [_picture_row(picture) for picture in entry.pictures]
    return row


def imprint(entry: Entry) -> int:
    """A number that tells whether anything about an entry changed but its place in the feed and its times there."""
    said = [getattr(entry, name) for name in _NAMES if name not in _PASSING]
    return crc32(repr(said).encode("utf-8", "replace"))


def _picture_row(picture: Picture) -> dict[str, Any]:
    return {name: value for name in _PICTURE if (value := getattr(picture, name)) not in ("", None)}


def _positions(*names: str) -> tuple[int, ...]:
    return tuple(map(_NAMES.index, names))


_INSTANTS = _positions("published", "first_seen")
_UPDATED, _PICTURES = _positions("updated", "pictures")
_LISTS = _positions("authors", "categories")


def to_entry(row: Iterable[Any]) -> Entry:
    """A row of ``COLUMNS`` as an entry."""
    values = list(row)
    for at in _INSTANTS:
        values[at] = EPOCH + dt.timedelta(microseconds=values[at])
    if values[_UPDATED] is not None:
        values[_UPDATED] = EPOCH + dt.timedelta(microseconds=values[_UPDATED])
    for at in _LISTS:
        values[at] = tuple(values[at])
    values[_PICTURES] = tuple(map(_picture, values[_PICTURES]))
    return Entry(*values)


def _picture(row: Mapping[str, Any]) -> Picture:
    return Picture(**row)
