"""A daemon and two workers, as processes: from feeds to mail, everybody once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import Stage, faults, finished, living, until

from digest.store.engine import open_store
from digest.testing import SmtpSink

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
