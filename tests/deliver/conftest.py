"""The fixtures of delivering; what they hand out is in office.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import Office, fill

from digest.store.engine import Store, open_store


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
