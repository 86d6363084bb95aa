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


def test_an_edition_that_was_made_is_checked_and_has_no_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["demo"]) == 0
    config = str(tmp_path / "digest-demo" / "config.yaml")
    capsys.readouterr()
    assert run(["editions", "list", "--json", "--config", config]) == 0
    newest = json.loads(capsys.readouterr().out)[0]["id"]
    assert run(["check", "--config", config, "--edition", newest, "--no-spam"]) == 0
    assert "contrast" in capsys.readouterr().out
    assert run(["check", "--config", config, "--edition", f"{newest}/7", "--no-spam"]) == 1
    assert "There is no edition" in capsys.readouterr().err
