"""Opening and using the database: transactions, waiting, and errors a person can act on."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.errors import StoreError
from digest.model import FeedState
from digest.store.engine import Store, connect, open_store
from digest.store.feeds import load_states, save_states


def test_a_transaction_is_kept_at_the_end_and_dropped_on_an_error(store: Store) -> None:
    with store.begin() as connection:
        save_states(connection, [FeedState("https://a.example/feed")])
    with contextlib.suppress(ZeroDivisionError), store.begin() as connection:
        save_states(connection, [FeedState("https://b.example/feed")])
        raise ZeroDivisionError
    with store.read() as connection:
        assert set(load_states(connection)) == {"https://a.example/feed"}


def test_a_reader_sees_one_state_while_another_writes(store: Store) -> None:
    with store.read() as reader:
        assert load_states(reader) == {}
        with store.begin() as connection:
            save_states(connection, [FeedState("https://a.example/feed")])
        assert load_states(reader) == {}


def test_sqlite_is_durable_and_lets_readers_read(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/new/folder/digest.sqlite3") as store, store.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_writer_that_finds_the_database_locked_for_long_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/digest.sqlite3"
    open_store(url).close()
    patient = Store(connect(url, busy=dt.timedelta(milliseconds=50)))
    with contextlib.closing(sqlite3.connect(tmp_path / "digest.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked by another program"), patient.begin():
            pass
        other.execute("ROLLBACK")
    with patient.begin():
        pass
    patient.close()


def test_a_full_disk_is_an_error_with_advice_and_loses_nothing(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        with store.begin() as connection:
            save_states(connection, [FeedState("https://a.example/feed")])
            connection.exec_driver_sql("PRAGMA max_page_count=1")  # no more than there are
        with pytest.raises(StoreError, match="no room left"), store.begin() as connection:
            save_states(connection, [FeedState("https://b.example/feed", title="x" * 100_000)])
        with store.read() as connection:
            assert set(load_states(connection)) == {"https://a.example/feed"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://localhost/digest", "kind 'mysql' are not supported"),
        ("digest.sqlite3", "not a URL"),
        ("sqlite://", "in memory would forget"),
        ("postgresql://localhost:1/digest?connect_timeout=1", "cannot be used"),
    ],
)
def test_an_address_that_cannot_work_is_explained(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        open_store(url)
    assert caught.value.advice


def test_passwords_never_show(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://digest:hunter2@localhost:1/digest?connect_timeout=1")
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database at all, but long enough to be read as one. " * 30)
    with pytest.raises(StoreError, match="not a SQLite file"):
        open_store(f"sqlite:///{tmp_path}/notes.txt")


def test_a_database_that_should_exist_and_does_not_is_explained(tmp_path: Path, postgres_url: str) -> None:
    with pytest.raises(StoreError, match="no database at"):
        open_store(f"sqlite:///{tmp_path}/gone.sqlite3", create=False)
    with pytest.raises(StoreError, match="does not exist on the server"):
        open_store(postgres_url.replace("/test_", "/gone_"))


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"newsdigest\[postgres\]"):
        open_store("postgresql://localhost/digest")


def test_postgresql_comes_back_after_a_lost_connection(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        with pytest.raises(StoreError), store.begin() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        with store.read() as connection:
            assert load_states(connection) == {}
