"""Backups of a SQLite database while it is in use, and the way back."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from digest.errors import StoreError
from digest.store.schema import copy_sqlite, revisions


def backup(database: Path, target: Path) -> int:
    """Copy a database that may be in use into ``target``; its size in bytes. Raises StoreError."""
    if target.exists():
        raise StoreError(f"{target} exists.", "Name another file, for instance with the date in it.")
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        copy_sqlite(database, part)
        check(part)
        part.chmod(0o600)  # it holds addresses
        part.rename(target)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"The backup {target} could not be written: {error}.", "See that there is room."
        ) from error
    return target.stat().st_size


def restore(source: Path, database: Path, now: dt.datetime) -> Path | None:
    """Put a backup in the place of a database; returns where the former one is kept. Raises StoreError.

    The restored database sends nothing until ``digest slots resume``: it is in another place than it was.
    """
    check(source)
    database.parent.mkdir(parents=True, exist_ok=True)
    with _alone(Path(f"{database}.lock")):
        part = database.with_name(database.name + ".part")
        part.unlink(missing_ok=True)
        try:
            copy_sqlite(source, part)
            former = _set_aside(database, now)
            part.rename(database)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{source} could not be restored: {error}.", "See that there is room."
            ) from error
    return former


def check(file: Path) -> str:
    """The schema's revision of a sound database of ours; raises StoreError for anything else."""
    if not file.is_file():
        raise StoreError(f"There is no file {file}.", "Name the file that `digest backup` wrote.")
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            problems = [row[0] for row in connection.execute("PRAGMA quick_check(5)")]
            (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise StoreError(f"{file} is not a database of digest: {error}.", "Name another file.") from error
    if problems != ["ok"]:
        raise StoreError(f"{file} is damaged: {problems[0]}.", "Take an older backup.")
    if found not in revisions():
        raise StoreError(f"{file} was made by another version of digest ({found}).", "Install that version.")
    return str(found)


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the daemon's lock: a database must not be changed under it."""
    file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StoreError("The daemon is running.", "Stop it first: systemctl stop digest.") from error
    finally:
        os.close(file)


def _set_aside(database: Path, now: dt.datetime) -> Path | None:
    if not database.exists():
        return None
    former = database.with_name(f"{database.name}.before-restore-{now:%Y%m%dT%H%M%S}")
    database.rename(former)
    for end in ("-wal", "-shm"):  # what is in them belongs to the former file
        with contextlib.suppress(FileNotFoundError):
            Path(f"{database}{end}").rename(f"{former}{end}")
    return former
