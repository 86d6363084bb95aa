"""SQL that the two engines spell differently."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def upsert(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, keep: Iterable[str] = ()
) -> None:
    """Insert rows, or update the columns they carry where the primary key exists; ``keep`` is never updated."""
    if rows:
        connection.execute(_upsert(connection.dialect.name, table, tuple(rows[0]), tuple(keep)), rows)


@lru_cache(maxsize=64)
def _upsert(dialect: str, table: sa.Table, names: tuple[str, ...], keep: tuple[str, ...]) -> sa.Insert:
    """The statement, made once: making it costs as much as running it, and a pull runs it for every feed."""
    keys = [column.name for column in table.primary_key]
    statement = _insert(dialect, table)
    changed = {name: statement.excluded[name] for name in names if name not in {*keys, *keep}}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert the rows that collide with no unique key of the table."""
    if rows:
        connection.execute(_insert(connection.dialect.name, table).on_conflict_do_nothing(), rows)


def insert_many(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows of which none is there yet, all with the same columns: by COPY on PostgreSQL."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(table.insert(), rows)
        return
    names = list(rows[0])
    binders = [
        table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for name in names
    ]
    columns = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(
                [bind(row[name]) if bind else row[name] for name, bind in zip(names, binders, strict=True)]
            )


def _insert(dialect: str, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def one_of(
    connection: sa.Connection, column: sa.ColumnElement[Any], values: Iterable[Any]
) -> sa.ColumnElement[bool]:
    """Whether a column has one of many values: on PostgreSQL as one array, whose statement is prepared once.

    A thousand parameters of their own cost more to write and to read than their rows to find.
    """
    if connection.dialect.name == "postgresql":
        kind = postgresql.ARRAY(column.type)
        if isinstance(column.type, sa.Integer):  # written here: the driver looks at each for what to quote
            return column == sa.any_(sa.cast(sa.literal(f"{{{','.join(map(str, values))}}}", sa.Text), kind))
        return column == sa.any_(sa.literal(list(values), kind))
    return column.in_(list(values))


def as_table(
    connection: sa.Connection, columns: Mapping[str, sa.types.TypeEngine[Any]], rows: Sequence[Row]
) -> sa.TableValuedAlias:
    """Rows as a table of a statement on PostgreSQL: one statement for all of them, whose text is always the same.

    Sent as JSON, which is written ten times as fast as arrays of text.
    """
    dialect = connection.dialect
    binders = {name: kind.dialect_impl(dialect).bind_processor(dialect) for name, kind in columns.items()}
    plain = [{name: bind(row[name]) if bind else row[name] for name, bind in binders.items()} for row in rows]
    named = [sa.column(name, kind) for name, kind in columns.items()]
    given = sa.func.json_to_recordset(sa.cast(sa.literal(json.dumps(plain), sa.Text), postgresql.JSON))
    return given.table_valued(*named, name="given").render_derived(with_types=True)


def chunks(values: Iterable[Any], size: int = 1000) -> Iterator[list[Any]]:
    """Lists of at most ``size``: both engines limit the parameters of one statement."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
