"""One leader a database; the next one takes over when it is gone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.daemon.lead import AdvisoryLock, FileLock, Lock, lock_for
from digest.errors import StoreError
from digest.store.engine import Store, open_store


def takes(lock: Lock, seconds: float = 5) -> bool:
    """Whether the lock can be had within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if lock.take():
            return True
        time.sleep(0.02)
    return False


def test_one_leads_and_the_other_takes_over_when_it_lets_go(store: Store) -> None:
    first, second = lock_for(store), lock_for(store)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.release()
    assert takes(second)
    assert not first.take()
    second.release()


def test_each_engine_has_its_own_lock(store: Store) -> None:
    assert isinstance(lock_for(store), FileLock if store.dialect == "sqlite" else AdvisoryLock)


def test_a_killed_leader_frees_the_lock(database_url: str) -> None:
    code = f"""
import time
from digest.store.engine import open_store
from digest.daemon.lead import lock_for
lock = lock_for(open_store({database_url!r}))
print(lock.take(), flush=True)
time.sleep(60)
"""
    with open_store(database_url) as store:
        leader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert leader.stdout is not None
        assert leader.stdout.readline() == "True\n"
        lock = lock_for(store)
        assert not lock.take()
        leader.kill()
        leader.communicate()
        assert takes(lock)
        lock.release()


def test_a_leader_whose_server_restarts_notices(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        lock = lock_for(store)
        assert lock.take()
        with store.begin() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(sa.text(others + " AND datname = current_database()"))
        with pytest.raises(StoreError, match="server is gone"):
            lock.take()
        assert takes(lock)
        lock.release()


def test_a_folder_that_may_not_be_written_is_an_error_with_advice(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        FileLock(tmp_path / "gone" / "digest.lock").take()
