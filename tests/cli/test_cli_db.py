"""`digest db`, `backup` and `restore`."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from command_line import Digest

from digest.store import instance
from digest.store.engine import open_store
from digest.store.schema import revisions

NOW = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)


def database(config: Path) -> Path:
    file = config.parent / "var" / "digest.sqlite3"
    open_store(f"sqlite:///{file}").close()
    return file


def test_check_counts_and_says_whether_it_is_sound(digest: Digest, config: Path) -> None:
    database(config)
    data = json.loads(digest("db", "check", "--json").out)
    assert (data["schema"], data["entries"], data["sound"]) == (revisions()[-1], 0, "yes")


def test_upgrade_of_a_new_database_has_nothing_to_do(digest: Digest, config: Path) -> None:
    database(config)
    assert "up to date" in digest("db", "upgrade").out


def test_a_backup_is_restored_and_sends_nothing_until_resumed(digest: Digest, config: Path) -> None:
    file = database(config)
    assert digest("backup", "backups/one.sqlite3").code == 0
    assert digest("backup", "backups/one.sqlite3").code == 1
    assert digest("restore", "backups/one.sqlite3").code != 0
    told = digest("restore", "backups/one.sqlite3", "--yes")
    assert told.code == 0
    assert "digest slots resume" in told.out
    assert len(list(file.parent.glob("digest.sqlite3.before-restore-*"))) >= 1
    with open_store(f"sqlite:///{file}") as store, store.begin() as connection:
        assert "copied or moved" in instance.wake(connection, NOW)


def test_tidy_and_vacuum(digest: Digest, config: Path) -> None:
    database(config)
    gone = json.loads(digest("db", "tidy", "--json").out)
    assert gone["entries"] == 0
    assert digest("db", "vacuum").code == 0


def test_postgresql_has_its_own_tools(digest: Digest, config: Path) -> None:
    config.write_text(config.read_text() + "\ndatabase: postgresql://localhost/digest\n")
    told = digest("backup", "x")
    assert told.code == 2
    assert "pg_dump" in told.err
