"""The mill, and the style elements that a calm edition has."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.model import Section
from tests.hostile.mill import Mill
from tests.pull.conftest import Newsstand, real_parsers, stand
from tests.render.conftest import receive
from tests.render.newsroom import LEAD, edition, newsletter

__all__ = ["real_parsers", "stand"]


@pytest.fixture
def mill(stand: Newsstand, tmp_path: Path) -> Mill:
    return Mill(stand, tmp_path / "mill")


@pytest.fixture(scope="session")
def styles() -> frozenset[str]:
    """The style elements of an edition of harmless news: hostile ones must have these and no others."""
    calm = receive(edition(Section("", (LEAD,))), newsletter())
    return frozenset(str(e.text) for e in calm.tree.iter("style"))
