"""Whatever happens on the way, no address of a subscriber gets into the log, nor a token."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest import log
from digest.cli.frame import run
from digest.config.load import load
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due, tick
from digest.store import consent
from digest.testing import DROP, SmtpSink, Step
from digest.tokens import seal
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish
from tests.site.conftest import served

PEOPLE = ["ada.secret@a.example", "ben.secret@b.example", "eve.secret@c.example", "örjan.secret@d.example"]
SMTP = """
deliver:
  transport: smtp
  smtp: {{host: 127.0.0.1, port: {port}, tls: none, connections: 2, timeout: 1s}}
"""


def grudging(step: Step) -> str | None:
    """A server that quotes addresses at every turn."""
    if step.verb == "rcpt" and "ada" in step.argument:
        return f"550 5.1.1 <{step.argument}> unknown"
    if step.verb == "rcpt" and "ben" in step.argument:
        return f"451 4.7.1 <{step.argument}> greylisted"
    return DROP if step.verb == "dot" and "eve" in step.argument else None


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that is logged, down to the last detail."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    log.set_up(stream, level=logging.DEBUG, people=False)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with SmtpSink(grudging) as sink:
        (tmp_path / "config.yaml").write_text(CONFIG + SMTP.format(port=sink.port))
        hand = Hand(MORNING - dt.timedelta(hours=1))
        with open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as opened:
            subscribe_readers(opened, hand.now, PEOPLE)
            note_due(opened, hand.now)
            early = MORNING - dt.timedelta(hours=2)
            publish(opened, [entry(n, title, early) for n, title in enumerate(TITLES)], hand.now)
            hand.now = MORNING
            yield opened


def test_sending_subscribing_leaving_and_bounces_write_no_address_and_no_token(
    room: Newsroom, written: io.StringIO, tmp_path: Path
) -> None:
    asyncio.run(tick(room, stop=asyncio.Event()))
    with room.store.read() as connection:
        ada = consent.by_address(connection, PEOPLE[0])
    assert ada is not None
    token = seal(room.keys, ada.token_id, "evening", "unsubscribe")
    with served(room) as browser:
        browser.post("/subscribe/evening", address="new.secret@a.example")
        browser.post("/subscribe/evening", address="ben.secret+2@b.example")
        browser.post(f"/u/{token}", leave="1")
        browser.get(f"/u/{token}x")
        browser.settle()
    bounce = tmp_path / "bounce.eml"
    bounce.write_text(
        "From: MAILER-DAEMON@mx.example\nSubject: failed\n\n550 5.1.1 <ada.secret@a.example> gone\n"
    )
    config = ["--config", str(tmp_path / "config.yaml")]
    assert run([*config, "bounces", "process", str(bounce)]) == 0
    logging.getLogger("digest.test").debug("the end")
    text = written.getvalue()
    assert '"message": "the end"' in text
    assert "secret" not in text
    assert token not in text
    assert ada.token_id not in text
