"""The schema's version: made, compared and upgraded. Alembic is imported only when there is something to upgrade."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from digest.errors import StoreError
from digest.store import instance, partitions
from digest.store.engine import connect, explain
from digest.store.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"

# Alembic's own table, so that both ways of making a database leave the same.
_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


@cache
def revisions() -> tuple[str, ...]:
    """The names of the migrations in order; a revision is called as its file."""
    return tuple(sorted(file.stem for file in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def current(connection: sa.Connection) -> str | None:
    """The database's revision; None when it holds nothing of ours."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(sa.select(_VERSION.c.version_num)).scalar()


def ensure(engine: sa.Engine, *, create: bool, upgrade: bool | None) -> None:
    """Bring the schema to this program's revision, or raise StoreError saying why not.

    ``upgrade`` None means: SQLite yes, PostgreSQL no.
    """
    found = _read(engine)
    if found == revisions()[-1]:
        return
    if found is None:
        _create(engine, allowed=create)
    elif found not in revisions():
        raise StoreError(
            f"The database was made by another version of digest (its schema is {found}).",
            "Install the newer version, or restore the backup made before the upgrade.",
        )
    elif upgrade or (upgrade is None and engine.dialect.name == "sqlite"):
        migrate(engine, found)
    else:
        raise StoreError(
            f"The database's schema {found} is older than the program's {revisions()[-1]}.",
            "Stop every digest process and run: digest db upgrade.",
        )


def _read(engine: sa.Engine) -> str | None:
    try:
        with engine.connect().execution_options(write=False) as connection, connection.begin():
            return current(connection)
    except sa.exc.DBAPIError as error:
        raise explain(error, engine.url) or error from error


def _create(engine: sa.Engine, *, allowed: bool) -> None:
    if not allowed:
        raise StoreError("The database is empty.", "It is filled by the first `digest pull` or `digest run`.")
    try:
        with engine.begin() as connection:
            _lock(connection)
            if current(connection) is None:  # another process may have been first
                create(connection)
    except sa.exc.DBAPIError as error:
        raise explain(error, engine.url) or error from error


def create(connection: sa.Connection) -> None:
    """Every table and the newest revision. A test proves that the migrations lead to the same."""
    metadata.create_all(connection)
    partitions.divide(connection)
    _VERSION.create(connection)
    connection.execute(_VERSION.insert(), {"version_num": revisions()[-1]})
    instance.register(connection)


def migrate(engine: sa.Engine, found: str) -> Path | None:
    """Upgrade from revision ``found``; returns the backup made before, for SQLite."""
    copy = _backup(Path(str(engine.url.database)), found) if engine.dialect.name == "sqlite" else None
    with engine.begin() as connection:
        _lock(connection)
        run_migrations(connection)
    return copy


def run_migrations(connection: sa.Connection, target: str = "head") -> None:
    """Run Alembic on an open transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
    partitions.divide(connection)


def _lock(connection: sa.Connection) -> None:
    # SQLite's BEGIN IMMEDIATE holds the file already.
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('digest schema'))"))


def _backup(path: Path, found: str) -> Path:
    target = path.with_name(f"{path.name}.before-{revisions()[-1]}-from-{found}")
    copy_sqlite(path, target)
    return target


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite database that may be in use (SQLite's online backup), its owner's alone."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600))  # from its first moment: it holds addresses
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, whatever becomes of -wal and -shm


def upgrade(url: str) -> tuple[str | None, str]:
    """``digest db upgrade``: from which revision to which."""
    engine = connect(url)
    try:
        found = _read(engine)
        ensure(engine, create=True, upgrade=True)
    finally:
        engine.dispose()
    return found, revisions()[-1]
