"""An edition paused, resumed and cancelled from the command line while it is on its way."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from digest.cli.frame import run
from digest.config.load import load
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import Done, note_due, tick
from digest.store.deliveries import adds_up, counts
from digest.testing import SmtpSink, Step
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish

EDITION = "evening/2026-11-23/morning"
PEOPLE = [f"p{number}@a.example" for number in range(80)]
SMTP = """
deliver:
  transport: smtp
  smtp: {{host: 127.0.0.1, port: {port}, tls: none, connections: 2, rate: 100}}
"""


class Halfway:
    """A script that stops the server at the tenth message until told to go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        self._seen = 0

    def __call__(self, step: Step) -> None:
        self._seen += step.verb == "rcpt"
        if self._seen == 10:
            self.reached.set()
            self.go_on.wait(20)


@pytest.fixture
def halfway() -> Halfway:
    return Halfway()


@pytest.fixture
def sink(halfway: Halfway) -> Iterator[SmtpSink]:
    with SmtpSink(halfway) as sink:
        yield sink


@pytest.fixture
def room(tmp_path: Path, sink: SmtpSink) -> Iterator[Newsroom]:
    """Eighty subscribers, an edition that is due, and a mail server."""
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG + SMTP.format(port=sink.port))
    hand = Hand(MORNING - dt.timedelta(hours=1))
    with open_newsroom(load(file, {}), clock=hand) as opened:
        subscribe_readers(opened, hand.now, PEOPLE)
        note_due(opened, hand.now)
        early = MORNING - dt.timedelta(hours=2)
        publish(opened, [entry(n, title, early) for n, title in enumerate(TITLES)], hand.now)
        hand.now = MORNING
        yield opened


def send(room: Newsroom) -> tuple[Done, ...]:
    return tuple(asyncio.run(tick(room, stop=asyncio.Event())))


def command(room: Newsroom, *words: str) -> int:
    return run(["--config", str(room.folder / "config.yaml"), *words])


def ledger(room: Newsroom) -> dict[str, int]:
    with room.store.read() as connection:
        return dict(counts(connection, EDITION))


def interrupted(room: Newsroom, halfway: Halfway, verb: str) -> None:
    """Begin to send, and say ``verb`` when ten letters are out."""
    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(send, room)
        assert halfway.reached.wait(20)
        assert command(room, "slots", verb, EDITION, *(["--yes"] if verb == "cancel" else [])) == 0
        halfway.go_on.set()
        sending.result(30)


def test_a_paused_edition_stops_and_goes_on_where_it_was(
    room: Newsroom, sink: SmtpSink, halfway: Halfway
) -> None:
    interrupted(room, halfway, "pause")
    assert 10 <= ledger(room)["accepted"] < 80
    assert ledger(room)["ready"] == 80 - ledger(room)["accepted"]
    send(room)
    assert ledger(room)["ready"] > 0
    assert command(room, "slots", "resume", EDITION) == 0
    send(room)
    assert ledger(room) == {"accepted": 80}
    assert Counter(message.recipient for message in sink.messages) == Counter(PEOPLE)


def test_a_cancelled_edition_stops_for_good_and_its_sum_still_holds(
    room: Newsroom, sink: SmtpSink, halfway: Halfway, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(room, halfway, "cancel")
    send(room)
    found = ledger(room)
    assert found["accepted"] == len(sink.messages) < 80
    assert found["cancelled"] == 80 - found["accepted"]
    with room.store.read() as connection:
        assert adds_up(connection, EDITION)
    capsys.readouterr()
    assert command(room, "deliveries", "summary", EDITION) == 0
    assert "80 deliveries, audience 80\n" in capsys.readouterr().out
    assert command(room, "slots", "resume", EDITION) == 2
