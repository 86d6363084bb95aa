"""Fixtures that every part shares."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).parent.parent


def unavailable(what: str, advice: str) -> NoReturn:
    """Skip a part that this machine cannot run, loudly; on CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: {advice}", pytrace=False)
    pytest.skip(f"NOT TESTED, {what} is missing: {advice}")


@pytest.fixture(scope="session")
def corpora() -> Path | None:
    """The folder of real feeds and checks beside the checkout, where there is one."""
    folder = REPOSITORY.parent / "shared"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium or Chrome, for Playwright's ``executable_path``."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = os.environ.get("DIGEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    return found or unavailable(
        "Chromium", "install it (Debian: apt-get install chromium) or set DIGEST_CHROMIUM"
    )
