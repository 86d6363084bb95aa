"""The fixtures of delivering; what they hand out is in office.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import BOUNCING, Office, fill

from digest.store.engine import Store, open_store
from digest.store.tables import deliveries
from digest.tokens import make_key_file


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An edition without subscribers, on SQLite."""
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        fill(store)
        yield Office(store, tmp_path)


@pytest.fixture
def either(store: Store, tmp_path: Path) -> Office:
    """The same on SQLite and on PostgreSQL."""
    fill(store)
    return Office(store, tmp_path)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A folder with a config, a key, and an edition that Ada and Ben got."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(BOUNCING)
    make_key_file(tmp_path / "secret.key")
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        fill(store)
        office = Office(store, tmp_path)
        office.subscribe("ada@a.example", "ben@b.example")
        office.queue()
        with store.begin() as connection:
            connection.execute(deliveries.update().values(state="accepted"))
        yield office
