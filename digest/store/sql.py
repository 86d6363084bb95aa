"""SQL that the two engines spell differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def upsert(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, keep: Iterable[str] = ()
) -> None:
    """Insert rows, or update the columns they carry where the primary key exists; ``keep`` is never updated."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in {*keys, *keep}}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert the rows that collide with no unique key of the table."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def _insert(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def chunks(values: Iterable[Any], size: int = 1000) -> Iterator[list[Any]]:
    """Lists of at most ``size``: both engines limit the parameters of one statement."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
