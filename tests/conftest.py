"""Fixtures that every part shares."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def corpora() -> Path | None:
    """The folder of real feeds and checks beside the checkout, where there is one."""
    folder = REPOSITORY.parent / "shared"
    return folder if folder.is_dir() else None
