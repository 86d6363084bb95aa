"""A daemon and two workers, as processes: from feeds to mail, everybody once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import Stage, faults, finished, living, until

from digest.store.engine import open_store
from digest.testing import Received, SmtpSink

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
PEOPLE = 1600


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as running:
        yield running


@pytest.fixture
def stage(tmp_path: Path, postgres_url: str, sink: SmtpSink) -> Iterator[Stage]:
    smtp = f"{{host: 127.0.0.1, port: {sink.port}, tls: none, connections: 4, messages_per_connection: 1000}}"
    made = Stage(tmp_path, postgres_url, smtp)
    yield made
    made.end()


def test_two_workers_send_an_edition_that_a_daemon_leads(stage: Stage, sink: SmtpSink) -> None:
    stage.prepare(PEOPLE)
    workers = [stage.start("worker", name) for name in ("one", "two")]
    with open_store(stage.url) as store:
        until("both workers live", lambda: living(store) == 2, 60)
        daemon = stage.start("daemon", "leader")
        until("the edition is done", lambda: finished(store), 60)
        arrived = Counter(message.recipient for message in sink.messages)
        assert faults(store, arrived, PEOPLE) == []
    for hand in (daemon, *workers):
        hand.terminate()
        assert hand.wait(20) == 0
    assert "pulled" in (stage.folder / "one.log").read_text() + (stage.folder / "two.log").read_text()
    assert "handed out" in (stage.folder / "leader.log").read_text()


class Clocked(list[Received]):
    """What arrived, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.when: dict[str, list[float]] = {}

    def append(self, message: Received) -> None:
        super().append(message)
        self.when.setdefault(message.recipient.partition("@")[2], []).append(time.monotonic())


def most_within(times: list[float], seconds: float) -> int:
    """The most that arrived in so long, wherever it begins."""
    return max(sum(start <= when < start + seconds for when in times) for start in times)


def test_a_domains_own_rate_and_a_relays_hold_for_two_workers_together(stage: Stage, sink: SmtpSink) -> None:
    clocked = sink.messages = Clocked()
    stage.smtp = stage.smtp.replace("connections: 4", "connections: 4, rate: 200")
    stage.deliver = (
        ", domains: {d1.example: {connections: 5, rate: 3}, d2.example: {connections: 5, rate: 20}}"
    )
    people = 1100
    stage.prepare(people)
    for name in ("one", "two"):
        stage.start("worker", name)
    with open_store(stage.url) as store:
        until("both workers live", lambda: living(store) == 2, 60)
        stage.start("daemon", "leader")
        until("the edition is done", lambda: finished(store), 60)
        assert faults(store, Counter(message.recipient for message in clocked), people) == []
    every = sorted(when for times in clocked.when.values() for when in times)
    slow, faster = clocked.when["d1.example"], clocked.when["d2.example"]
    assert len(slow) == 12
    assert slow[-1] - slow[0] >= 11 / 3 - 0.3
    assert most_within(slow, 1) <= 3 + 1  # the network moves one over the edge of a second
    assert most_within(faster, 1) <= 20 + 5
    assert most_within(every, 1) <= 200 + 50 + 5
