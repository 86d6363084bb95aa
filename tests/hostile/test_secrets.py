"""Secrets and people: what the config knows and who reads stays out of logs, errors, --json, database and crash reports."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import os
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from digest import log
from digest.cli.frame import run
from digest.config.load import load
from digest.errors import DigestError
from digest.pipeline.gather import gather
from digest.pipeline.newsroom import open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tell import tell_all
from digest.pipeline.tick import note_due, tick
from digest.testing import SmtpSink, Step
from digest.tokens import Keyring, make_key_file, seal
from tests.hostile.test_bad_days import news
from tests.pull.conftest import Newsstand

NOW = dt.datetime(2026, 5, 4, 17, 0, tzinfo=dt.UTC)
SECRETS = ("smtp-pass-1", "feed-pass-2", "hook-token-3", "query-key-4")
READERS = ("reader.one@example.org", "reader.two@example.org", "gone@example.org")


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Path]:
    """Everything that was logged, as a daemon logs it, from the lowest level on."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    file = tmp_path / "log.jsonl"
    with file.open("w") as stream:
        log.set_up(stream, logging.DEBUG, people=False)
        yield file
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def config(tmp_path: Path, stand: Newsstand) -> Path:
    """A config that holds secrets of every kind, by the environment and in addresses."""
    server = stand.url.removeprefix("http://")
    (tmp_path / "config.yaml").write_text(
        yaml.safe_dump(
            {
                "feeds": {
                    "f0": {"url": f"http://feed-user-2:feed-pass-2@{server}/f0", "paper": "Zero"},
                    "f1": {"url": f"http://{server}/f1?api_key=query-key-4", "paper": "One"},
                },
                "newsletters": {
                    "mill": {
                        "title": "The Mill", "timezone": "UTC", "slots": {"evening": "17:00"}, "min_stories": 3,
                        "sender": {"address": "letter@mill.example"}, "postal_address": "The Mill, 1000 Example",
                    }
                },
                "pull": {"allow_private": True},
                "site": {"url": "https://mill.example", "secret_file": "secret.key"},
                "alerts": {"webhook": f"http://{server}/hook?token=hook-token-3"},
                "deliver": {"transport": "smtp", "smtp": {"host": "127.0.0.1", "port": 1, "tls": "none", "username": "digest", "password": "${SMTP_PASSWORD}"}},
            }
        )
    )  # fmt: skip
    make_key_file(tmp_path / "secret.key")
    stand.set({"/f0": news(NOW, 0), "/f1": news(NOW, 1)})
    return tmp_path / "config.yaml"


def a_bad_evening(config: Path) -> None:
    """Pull, send to a server that repeats addresses in its refusals, fail to tell by webhook."""

    def script(step: Step) -> str | None:
        return (
            f"550 5.1.1 <{READERS[2]}> unknown"
            if step.verb == "rcpt" and READERS[2] in step.argument
            else None
        )

    with SmtpSink(script) as sink:
        text = (
            config.read_text()
            .replace("port: 1", f"port: {sink.port}")
            .replace("username: digest", "username: ''")
        )
        config.write_text(text)
        hand = Hand(NOW - dt.timedelta(minutes=1))
        with open_newsroom(load(config, {"SMTP_PASSWORD": SECRETS[0]}), clock=hand) as room:
            subscribe_readers(room, hand.now, READERS)
            note_due(room, hand.now)
            asyncio.run(gather(room, now=NOW))
            hand.now = NOW
            asyncio.run(tick(room, stop=asyncio.Event()))
            for hour in range(1, 5):
                asyncio.run(gather(room, now=NOW + hour * dt.timedelta(hours=9), force=True))
                asyncio.run(tell_all(room, NOW + hour * dt.timedelta(hours=9)))
        assert len(sink.messages) == 2


def told(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_no_secret_and_no_reader_gets_into_the_log(config: Path, logged: Path, stand: Newsstand) -> None:
    stand.set({"/f0": b"no feed", "/f1": b"no feed"})
    logging.getLogger("digest.test").warning(
        "readers %s at %s", READERS[0], "http://feed-user-2:feed-pass-2@a.example/f?token=hook-token-3"
    )
    token = seal(Keyring((("a", b"k" * 32),)), "p" * 16, "evening", "unsubscribe")
    logging.getLogger("digest.test").warning("https://x.example/u/%s and %s", token, token)
    stand.set({"/f0": news(NOW, 0), "/f1": news(NOW, 1)})
    a_bad_evening(config)
    text = logged.read_text()
    assert token[:40] not in text
    assert len(text.splitlines()) > 1
    assert told(text) == []
    assert [reader for reader in READERS if reader in text] == []


def test_no_secret_gets_into_the_database_but_what_is_a_feeds_own_address(config: Path, logged: Path) -> None:
    a_bad_evening(config)
    found = b"".join(file.read_bytes() for file in config.parent.rglob("*.sqlite3*"))
    assert b"reader.one@example.org" in found  # it has to be somewhere
    assert told(found.decode("latin-1")) == ["query-key-4"]
    assert b"feed-user-2" not in found


def test_no_secret_gets_into_any_output(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_bad_evening(config)
    monkeypatch.setenv("SMTP_PASSWORD", SECRETS[0])
    for command in (
        ["config", "show"], ["config", "check"], ["config", "check", "--json"], ["feeds", "list"], ["feeds", "list", "--json"], ["feeds", "export"],
        ["status"], ["status", "--json"], ["slots", "list", "--json"], ["editions", "list", "--json"], ["deliveries", "summary", "--json"], ["db", "check", "--json"],
    ):  # fmt: skip
        run(["--config", str(config), *command])
        output = capsys.readouterr()
        allowed = (
            ["query-key-4"] if command == ["feeds", "export"] else []
        )  # an address is what an export is for
        assert told(output.out + output.err) == allowed, command
        if "--json" in command and output.out.strip():
            json.loads(output.out)


def test_a_crash_report_holds_neither(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = config.parent / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    monkeypatch.setenv("SMTP_PASSWORD", SECRETS[0])

    def broken(*_: object, **__: object) -> object:
        raise RuntimeError(f"{READERS[0]} at http://feed-user-2:feed-pass-2@a.example/?token=hook-token-3")

    monkeypatch.setattr("digest.cli.status.cli", broken)
    for verbose in ([], ["--verbose"]):
        assert run([*verbose, "--config", str(config), "status"]) == 1
    assert mode(home / "digest" / "tracebacks.log") == 0o600
    report = (home / "digest" / "tracebacks.log").read_text() + "".join(capsys.readouterr())
    assert "RuntimeError" in report
    assert told(report) == []
    assert READERS[0] not in report


def test_an_error_of_the_database_does_not_repeat_what_it_was_given(config: Path) -> None:
    with (
        open_newsroom(load(config, {"SMTP_PASSWORD": "x"}), clock=Hand(NOW)) as room,
        pytest.raises(DigestError) as caught,
        room.store.begin() as connection,
    ):
        connection.execute(sa.text("INSERT INTO none_such VALUES (:address)"), {"address": READERS[0]})
    told = "".join(traceback.format_exception(caught.value))
    assert "INSERT INTO none_such" in told
    assert READERS[0] not in told


# --- file modes -------------------------------------------------------------------------------------------


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_what_holds_people_or_keys_is_its_owners_alone(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o022)
    try:
        a_bad_evening(config)
        config.write_text(config.read_text().replace("transport: smtp", "transport: outbox"))
        with open_newsroom(
            load(config, {"SMTP_PASSWORD": "x"}), clock=Hand(NOW + dt.timedelta(days=1))
        ) as room:
            subscribe_readers(room, NOW, ("more@example.org",))
    finally:
        os.umask(before)
    held = [
        *config.parent.rglob("*.sqlite3*"),
        *config.parent.rglob("*.journal"),
        *config.parent.rglob("*.eml"),
        config.parent / "secret.key",
    ]
    assert len(held) >= 2
    assert {file.name: oct(mode(file)) for file in held if mode(file) & 0o077} == {}


def test_a_crash_report_is_not_written_through_somebody_elses_link(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digest.cli.frame import _kept

    home, target = tmp_path / "home", tmp_path / "target"
    (home / "digest").mkdir(parents=True)
    (home / "digest" / "tracebacks.log").symlink_to(target)
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    kept = _kept(RuntimeError("x"), ["status"])
    assert not target.exists()
    assert kept.parent.parent == tmp_path
    assert (mode(kept), mode(kept.parent)) == (0o600, 0o700)
