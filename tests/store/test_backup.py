"""Backup, restore, retention: nothing lost that is needed, nothing kept for ever."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.errors import StoreError
from digest.model import Entry, SlotKey
from digest.slots import Planned
from digest.store import entries, figures, partitions, retention, slots
from digest.store.backup import backup, check, restore
from digest.store.engine import Store, open_store
from digest.store.schema import copy_sqlite
from digest.store.tables import deliveries, editions

NOW = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KEEP = retention.Keep(30 * DAY, 180 * DAY)


def entry(number: int, text: str = "") -> Entry:
    return Entry(
        f"{number:016x}",
        "f",
        "A",
        f"https://a.example/{number}",
        "T",
        text=text,
        published=NOW - 50 * DAY,
        first_seen=NOW,
    )


def filled(folder: Path, count: int = 1) -> Path:
    file = folder / "digest.sqlite3"
    with open_store(f"sqlite:///{file}") as store, store.begin() as connection:
        entries.save_entries(connection, map(entry, range(count)), NOW)
    return file


def count(file: Path) -> int:
    with open_store(f"sqlite:///{file}") as store, store.read() as connection:
        return entries.count(connection)


def test_a_backup_taken_in_the_middle_of_a_transaction_holds_what_was_committed(tmp_path: Path) -> None:
    file = filled(tmp_path)
    with open_store(f"sqlite:///{file}") as store, store.begin() as connection:
        entries.save_entries(connection, [entry(2)], NOW)
        backup(file, tmp_path / "copy.sqlite3")
    assert count(tmp_path / "copy.sqlite3") == 1
    assert (tmp_path / "copy.sqlite3").stat().st_mode & 0o077 == 0


def test_every_copy_of_a_database_is_its_owners_alone_from_its_first_moment(tmp_path: Path) -> None:
    """Also the one that is made before an upgrade, and while it is being written."""
    before = os.umask(0o022)
    try:
        copy_sqlite(filled(tmp_path), tmp_path / "copy")
    finally:
        os.umask(before)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_a_restored_backup_is_what_it_was_and_the_former_database_is_kept(tmp_path: Path) -> None:
    file = filled(tmp_path)
    backup(file, tmp_path / "copy.sqlite3")
    with open_store(f"sqlite:///{file}") as store, store.begin() as connection:
        entries.save_entries(connection, [entry(2)], NOW)
    former = restore(tmp_path / "copy.sqlite3", file, NOW)
    assert former is not None
    assert (count(file), count(former)) == (1, 2)


def test_nothing_is_restored_under_a_running_daemon(tmp_path: Path) -> None:
    file = filled(tmp_path)
    backup(file, tmp_path / "copy.sqlite3")
    with Path(f"{file}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="daemon is running"):
            restore(tmp_path / "copy.sqlite3", file, NOW)


def test_only_a_sound_database_of_ours_is_restored(tmp_path: Path) -> None:
    file = filled(tmp_path, 200)
    with pytest.raises(StoreError, match="no file"):
        check(tmp_path / "gone")
    sqlite3.connect(tmp_path / "other.sqlite3").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(StoreError, match="not a database of digest"):
        restore(tmp_path / "other.sqlite3", file, NOW)
    backup(file, tmp_path / "copy.sqlite3")
    body = bytearray((tmp_path / "copy.sqlite3").read_bytes())
    body[len(body) // 2 :] = b"\xff" * (len(body) - len(body) // 2)
    (tmp_path / "copy.sqlite3").write_bytes(body)
    with pytest.raises(StoreError, match=r"damaged|not a database"):
        restore(tmp_path / "copy.sqlite3", file, NOW)
    assert count(file) == 200


def test_a_backup_never_overwrites(tmp_path: Path) -> None:
    file = filled(tmp_path)
    with pytest.raises(StoreError, match="exists"):
        backup(file, file)


def edition(connection: sa.Connection, day: int, *, finished: bool) -> None:
    """An edition of ``day`` days ago with one delivery."""
    due = NOW - day * DAY
    key = SlotKey("n", due.date(), "morning")
    slots.insert_due(connection, [Planned(key, due)], due)
    slot = slots.find(connection, key)
    assert slot is not None
    if finished:
        slots.advance(connection, slot, "skipped", due)
    row = {"id": str(key), "slot": slot.id, "newsletter": "n", "due": due, "frozen": due + DAY / 1440}
    connection.execute(editions.insert(), row | {"edition": "{}", "mails": b"", "content_hash": ""})
    partitions.make(connection, due)
    delivery = {"id": partitions.span(due)[0], "edition": str(key), "subscriber": 1, "state": "ready"}
    connection.execute(deliveries.insert(), delivery | {"changed": due})


def test_what_is_older_than_it_is_kept_is_forgotten(store: Store) -> None:
    with store.begin() as connection:
        entries.save_entries(connection, [entry(1)], NOW - 40 * DAY)
        entries.save_entries(connection, [entry(2)], NOW - 20 * DAY)
        edition(connection, 200, finished=True)
        edition(connection, 201, finished=False)
        edition(connection, 100, finished=True)
    gone = retention.forget(store, NOW, KEEP)
    retention.tidy(store)
    assert (gone["entries"], gone["deliveries"]) == (1, 1)


def test_what_an_old_edition_left_out_is_forgotten_and_what_it_printed_is_not(store: Store) -> None:
    with store.begin() as connection:
        edition(connection, 40, finished=True)
        edition(connection, 20, finished=True)
        connection.execute(editions.update().values(edition='{"sections":["Ü"],"left_out":[{"a":1}]}'))
    assert retention.forget(store, NOW, KEEP)["reasons of editions"] == 1
    assert retention.forget(store, NOW, KEEP)["reasons of editions"] == 0
    with store.read() as connection:
        found = connection.execute(sa.select(editions.c.edition).order_by(editions.c.due)).scalars().all()
    assert found == ['{"sections":["Ü"],"left_out":[]}', '{"sections":["Ü"],"left_out":[{"a":1}]}']


def test_freed_pages_are_given_back(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        with store.begin() as connection:
            entries.save_entries(connection, [entry(n, "x" * 3000) for n in range(1000)], NOW - 40 * DAY)
        retention.tidy(store)
        assert store.file is not None
        before = store.file.stat().st_size
        retention.forget(store, NOW, KEEP)
        retention.tidy(store)
        assert store.file.stat().st_size < before / 4
        retention.vacuum(store)


def test_the_installation_in_figures(store: Store) -> None:
    with store.begin() as connection:
        entries.save_entries(connection, [entry(1)], NOW)
        edition(connection, 1, finished=False)
        found = figures.figures(connection, NOW)
    assert (found.entries, found.stories, found.deliveries) == (1, 0, {"ready": 1})
    assert found.waiting_since == NOW - DAY
    assert found.slots == {("n", "due"): 1}
    assert found.lateness == {"n": 60.0}
