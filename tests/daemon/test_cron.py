"""`digest send --due` from a crontab: runs that overlap, and one that is killed, send every letter once."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from daemon_stage import eventually

from digest.config.load import load
from digest.pipeline.newsroom import open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due
from digest.store import slots
from digest.testing import SmtpSink

EVENING = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
READERS = 20
CONFIG = """
feeds:
  courier: {{url: "demo:lakeside-courier", paper: Lakeside Courier}}
  bulletin: {{url: "demo:stad-bulletin", paper: Stad Bulletin}}
newsletters:
  evening:
    title: The Evening
    timezone: Europe/Luxembourg
    slots: {{evening: "17:30"}}
    min_stories: 1
    sender: {{address: letter@evening.example}}
    postal_address: The Evening, 1 Main Street, 1000 Example
site: {{url: "https://evening.example"}}
deliver: {{transport: smtp, smtp: {{host: 127.0.0.1, port: {port}, tls: none, connections: 2}}}}
"""
SEND = """
import asyncio, datetime as dt, sys
from pathlib import Path
from digest.config.load import load
from digest.pipeline.newsroom import open_newsroom
from digest.pipeline.rehearse import Hand
from digest.pipeline.shift import shift
now = dt.datetime.fromisoformat(sys.argv[2])
with open_newsroom(load(Path(sys.argv[1]), {}), clock=Hand(now)) as room:
    asyncio.run(shift(room))
"""


def send(file: Path, now: dt.datetime = EVENING) -> subprocess.Popen[bytes]:
    """What `digest send --due` does, at a time of ours."""
    return subprocess.Popen([sys.executable, "-c", SEND, str(file), now.isoformat()], stderr=subprocess.PIPE)


@pytest.mark.slow
def test_runs_that_overlap_and_one_that_is_killed_send_every_letter_once(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    with SmtpSink() as sink:
        file.write_text(CONFIG.format(port=sink.port))
        before = EVENING - dt.timedelta(hours=1)
        with open_newsroom(load(file, {}), clock=Hand(before)) as room:
            subscribe_readers(room, before, [f"reader{n}@example.org" for n in range(READERS)])
            note_due(room, before)
            first, *others = [send(file) for _ in range(3)]
            eventually(lambda: len(sink.messages) > 0)
            first.kill()
            for process in (first, *others):
                process.communicate(timeout=60)
            assert [process.returncode for process in others] == [0, 0]
            for minutes in (5, 10):  # the crontab's next turns
                last = send(file, EVENING + dt.timedelta(minutes=minutes))
                assert (last.communicate(timeout=60)[1], last.returncode) == (b"", 0)
            with room.store.read() as connection:
                (slot,) = slots.past(connection)
                query = "SELECT state, count(*) FROM deliveries GROUP BY state"
                counted: dict[str, int] = dict(connection.exec_driver_sql(query).all())
        arrived = Counter(message.recipient for message in sink.messages)
    assert slot.state == "done"
    assert set(arrived.values()) == {1}
    assert counted.get("accepted", 0) + counted.get("uncertain", 0) == READERS
    assert counted.get("accepted", 0) <= len(arrived) <= READERS
