"""`digest correct` and the log of it, on a day of the sample newsroom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Digest

pytestmark = pytest.mark.slow


@pytest.fixture
def edition(digest: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The newest edition that went out."""
    assert digest("demo").code == 0
    monkeypatch.setenv("DIGEST_CONFIG", str(folder / "digest-demo" / "config.yaml"))
    return str(json.loads(digest("editions", "list", "--json").out)[0]["id"])


def test_an_edition_is_mended_taken_down_mailed_and_logged(digest: Digest, edition: str) -> None:
    listed = digest("correct", edition)
    first, second = (line.split()[0] for line in listed.out.splitlines()[1:3])
    unsaid = digest("correct", edition, "--story", first, "--headline", "Put right")
    assert unsaid.code == 2
    assert "note is missing" in unsaid.err
    done = digest("correct", edition, "--story", first, "--headline", "Put right", "--note", "A wrong name.")
    assert done.code == 0, done.err
    assert "is mended on the page" in done.out
    assert "Put right" in digest("correct", edition).out
    assert "taken down" in digest("correct", edition, "--story", second, "--remove").out
    assert second not in digest("correct", edition).out
    assert "carries the correction" in digest("correct", edition, "--mail").out
    shown = digest("editions", "show", edition)
    assert "A wrong name." in shown.out
    log = digest("editions", "log")
    assert log.out.count("corrected") == 3


def test_a_story_must_be_named(digest: Digest, edition: str) -> None:
    asked = digest("correct", edition, "--headline", "Put right", "--note", "x")
    assert asked.code == 2
    assert f"digest correct {edition}" in asked.err
