"""``digest check``: what the desk's preflight says, for CI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest.cli.frame import run


def test_an_edition_without_enough_stories_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        'feeds: {a: {url: "demo:lakeside-courier"}}\n'
        "newsletters:\n  evening:\n    title: The Evening\n    slots: {evening: '17:30'}\n"
        "    sender: {address: a@evening.example}\n"
    )
    assert run(["check", "--config", str(config), "--edition", "evening", "--no-spam", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {f["check"] for f in found if f["level"] == "error"} >= {"stories", "unsubscribe"}


def test_a_newsletter_that_is_not_there_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        'feeds: {a: {url: "demo:lakeside-courier"}}\n'
        "newsletters:\n  evening: {title: T, slots: {evening: '17:30'}, sender: {address: a@evening.example}}\n"
    )
    assert run(["check", "--config", str(config), "--edition", "morning"]) == 2
    assert "morning" in capsys.readouterr().err
