"""One leader a database: a second daemon waits and takes over when the first is gone.

Only convenience rests on it. Two leaders would do no harm: the slot ledger decides who sends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from digest.errors import StoreError
from digest.store.engine import Store

_KEY = 0x64_69_67_65_73_74  # "digest"; PostgreSQL keeps the keys of each database apart
# A leader whose machine vanished is noticed by PostgreSQL after 10 + 3 × 5 seconds, not two hours.
_KEEPALIVES = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")


class Lock(Protocol):
    """The right to lead."""

    def take(self) -> bool:
        """Lead from now on, or go on leading; False while another process does."""

    def release(self) -> None:
        """Let another one lead."""


def lock_for(store: Store) -> Lock:
    """A lock file beside a SQLite database; an advisory lock in PostgreSQL."""
    return AdvisoryLock(store) if store.file is None else FileLock(Path(f"{store.file}.lock"))


class FileLock:
    """An flock: the kernel gives it back when its process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Lead; raises StoreError when the lock file cannot be made."""
        if self._file is not None:
            return True
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(
                f"The lock file {self.path} cannot be opened: {error.strerror}.",
                "Give its folder to the user digest runs as.",
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        os.truncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file
        return True

    def release(self) -> None:
        """Stop leading. The file stays: removing it would let two processes lock two files."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class AdvisoryLock:
    """A session lock of PostgreSQL, held by a connection of its own."""

    def __init__(self, store: Store) -> None:
        # Its own pool: when the server restarts, this connection must not be renewed behind our back.
        self._engine = sa.create_engine(
            store.engine.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT", pool_pre_ping=False
        )
        self._connection: sa.Connection | None = None

    def take(self) -> bool:
        """Lead; raises StoreError when the server cannot be reached."""
        try:
            if self._connection is None:
                return self._open()
            self._connection.execute(sa.text("SELECT 1"))
        except sa.exc.DBAPIError as error:
            self.release()
            raise StoreError(
                "The database server is gone.", "It is tried again until it answers; see that it runs."
            ) from error
        return True

    def _open(self) -> bool:
        connection = self._engine.connect()
        for setting in _KEEPALIVES:
            connection.execute(sa.text(f"SET {setting}"))
        if connection.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}).scalar_one():
            self._connection = connection
            return True
        connection.close()
        return False

    def release(self) -> None:
        """Stop leading; the server frees the lock with the connection."""
        if self._connection is not None:
            with contextlib.suppress(sa.exc.DBAPIError):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None
