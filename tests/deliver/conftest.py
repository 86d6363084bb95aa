"""The fixtures of delivering; what they hand out is in office.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import Office, fill

from digest.store.engine import open_store


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An edition without subscribers, on SQLite."""
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        fill(store)
        yield Office(store, tmp_path)
