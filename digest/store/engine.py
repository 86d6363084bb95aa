"""Opening the database: one set of queries for SQLite and PostgreSQL, with errors that say what to do."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event, exc

from digest.errors import StoreError

BUSY = dt.timedelta(seconds=30)  # how long a writer waits for another one
_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class Store:
    """An open database with the schema of this program."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for PostgreSQL."""
        return Path(str(self.engine.url.database)) if self.dialect == "sqlite" else None

    def begin(self) -> contextlib.AbstractContextManager[sa.Connection]:
        """A transaction that writes: committed at the end of the block, rolled back on an error."""
        return _transaction(self.engine, write=True)

    def read(self) -> contextlib.AbstractContextManager[sa.Connection]:
        """A transaction that only reads; on SQLite it never waits for a writer."""
        return _transaction(self.engine, write=False)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, create: bool = True, upgrade: bool | None = None) -> Store:
    """Open the database at a SQLAlchemy URL and see that its schema is this program's.

    A new database gets its tables when ``create`` is on. An older SQLite database is upgraded after a
    backup copy beside it; PostgreSQL only when ``upgrade`` says so (``digest db upgrade``).
    Raises StoreError when it cannot be reached, locked, newer than the program or not ours.
    """
    from digest.store import schema

    engine = connect(url, create=create)
    try:
        schema.ensure(engine, create=create, upgrade=upgrade)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def connect(url: str, *, create: bool = True, busy: dt.timedelta = BUSY) -> sa.Engine:
    """An engine with our habits; the schema is not looked at. Raises StoreError."""
    parsed = _parse(url)
    try:
        return (
            _sqlite(parsed, create=create, busy=busy) if "sqlite" in parsed.drivername else _postgres(parsed)
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            "PostgreSQL needs the psycopg library, which is not installed.",
            "pip install 'newsdigest[postgres]'",
        ) from error


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise StoreError(
            "The database address is not a URL.", "Write sqlite:///path or postgresql://user@host/name."
        ) from error
    if parsed.drivername not in _DRIVERS:
        raise StoreError(
            f"Databases of the kind {parsed.drivername!r} are not supported.",
            "Write sqlite:///path or postgresql://user@host/name.",
        )
    return parsed.set(drivername=_DRIVERS[parsed.drivername])


# --- SQLite -------------------------------------------------------------------------------------------


def _sqlite(url: sa.URL, *, create: bool, busy: dt.timedelta) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("A database in memory would forget what was sent.", "Name a file: sqlite:///path.")
    path = Path(url.database)
    if not create and not path.exists():
        raise StoreError(
            f"There is no database at {path}.", "It is made by the first `digest pull` or `digest run`."
        )
    if create:
        _make_folder(path)
    engine = sa.create_engine(url, connect_args={"timeout": busy.total_seconds()}, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():  # it will hold addresses; SQLite gives its other files the same mode
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"The folder {path.parent} for the database cannot be made: {error.strerror}.",
            "Choose another path under `database`, or make the folder with the right owner.",
        ) from error


INCREMENTAL = 2  # as PRAGMA auto_vacuum answers


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    try:
        _prepare(connection)
    except sqlite3.Error:
        connection.close()  # nobody else does: the pool has not got it yet
        raise


def _prepare(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own would begin too late
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-16000"):
        connection.execute(f"PRAGMA {pragma}")
    # Both are written into a new file once. Asked first: to set them waits for whoever writes just now.
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != INCREMENTAL:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # heeded before the first table only
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode=WAL")


def _on_begin(connection: sa.Connection) -> None:
    # A deferred transaction that turns to writing fails at once when another wrote meanwhile; IMMEDIATE waits.
    write = connection.get_execution_options().get("write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


# --- PostgreSQL ---------------------------------------------------------------------------------------


def _postgres(url: sa.URL) -> sa.Engine:
    # A server that vanished without a word is noticed within half a minute, not after TCP's two hours.
    arguments = {
        "connect_timeout": "10",
        "application_name": "digest",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "25000",
    }
    missing = {key: value for key, value in arguments.items() if key not in url.query}
    # Parameters are people's addresses and tokens: they stay out of errors, and so out of logs and tracebacks.
    return sa.create_engine(
        url.update_query_dict(missing), pool_pre_ping=True, pool_size=10, hide_parameters=True
    )


# --- transactions -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _transaction(engine: sa.Engine, *, write: bool) -> Iterator[sa.Connection]:
    options: dict[str, Any] = {"write": write}
    if not write and engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
    except exc.DBAPIError as error:
        problem = explain(error, engine.url)
        if problem is None:
            raise
        raise problem from error


_CAUSES = (  # part of the engine's own words -> ours, and what to do
    ("database is locked", "is locked by another program", "See what else has it open, and try again."),
    ("disk is full", "has no room left to grow", "Free some space; nothing was lost."),
    ("no space left", "has no room left to grow", "Free some space; nothing was lost."),
    ("readonly database", "may not be written to", "Give its file and folder to the user digest runs as."),
    ("read-only", "may not be written to", "Give digest's user the right to write."),
    (
        "unable to open",
        "cannot be opened",
        "See that its folder exists and belongs to the user digest runs as.",
    ),
    ("not a database", "is not a SQLite file", "Name another file under `database`."),
    ("malformed", "is damaged", "Restore a backup: digest restore FILE."),
    ("authentication failed", "refuses the user or password", "Correct `database` in the config."),
    ("does not exist", "does not exist on the server", "Make it: createdb NAME."),
    ("permission denied", "does not give digest's user the rights it needs", "Make that user its owner."),
    ("no such table", "lacks a table", "It was changed by hand, or by another version: digest db upgrade."),
)


def explain(error: exc.DBAPIError, url: sa.URL) -> StoreError | None:
    """The engine's error as one of ours; None for a mistake in a query, which is a bug and shows as one."""
    if isinstance(error, exc.IntegrityError | exc.ProgrammingError | exc.DataError):
        return None
    name = f"The database {url.render_as_string(hide_password=True)}"
    words = str(error.orig)
    for part, meaning, advice in _CAUSES:
        if part in words.lower():
            return StoreError(f"{name} {meaning}.", advice)
    return StoreError(f"{name} cannot be used: {words.strip().splitlines()[0]}.", "See that its server runs.")
