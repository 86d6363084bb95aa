"""SIGHUP, SIGTERM and SIGKILL in each stage: every slot once, every letter at most once, by the ledger and the server."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_chaos import message_id
from daemon_stage import EVENING, MINUTE, MORNING, Stage, eventually, smtp

from digest.store.engine import open_store
from digest.testing import SmtpSink, Step

pytestmark = pytest.mark.slow

READERS = 6
SLOTS = {"city/2026-11-24/morning": "done", "city/2026-11-24/evening": "done"}


class Gate:
    """A mail server that, while shut, keeps the final reply to a letter back."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, step: Step) -> None:
        if step.verb == "dot" and not self.open.is_set():
            self.reached.set()
            self.open.wait(60)

    def shut(self) -> None:
        self.reached.clear()
        self.open.clear()


@pytest.fixture
def gate() -> Gate:
    made = Gate()
    made.open.set()
    return made


@pytest.fixture
def sink(gate: Gate) -> Iterator[SmtpSink]:
    with SmtpSink(gate) as made:
        yield made
        gate.open.set()


@pytest.fixture
def stage(tmp_path: Path, sink: SmtpSink) -> Iterator[Stage]:
    made = Stage(tmp_path)
    made.prepare(smtp(sink.port), READERS)
    made.clock.set(MORNING)
    yield made
    made.close()


@pytest.mark.parametrize("at", ["pull", "group", "compose", "render", "deliver"])
def test_a_signal_at_the_beginning_of_a_stage(stage: Stage, sink: SmtpSink, at: str) -> None:
    halted = stage.folder / "halted"

    def reached(slot: str) -> bool:
        return halted.exists() or stage.states().get(slot) == "done"

    def go_on(slot: str) -> bool:
        halted.unlink(missing_ok=True)
        return stage.states().get(slot) == "done"

    daemon = stage.start(at)
    eventually(halted.exists)
    daemon.send_signal(signal.SIGHUP)
    eventually(lambda: go_on("city/2026-11-24/morning"))
    eventually(lambda: stage.says("read its config again"))

    stage.clock.set(EVENING)
    daemon.send_signal(signal.SIGHUP)
    eventually(halted.exists)
    daemon.send_signal(signal.SIGTERM)
    halted.unlink()
    left_in_time(stage, daemon)

    daemon = stage.start(at)
    eventually(lambda: reached("city/2026-11-24/evening"))
    daemon.kill()
    daemon.wait()
    halted.unlink(missing_ok=True)

    stage.start()
    eventually(lambda: stage.states() == SLOTS)
    assert kept(stage, sink) == {"accepted": 2 * READERS}


def test_a_signal_while_letters_are_in_flight(stage: Stage, sink: SmtpSink, gate: Gate) -> None:
    gate.shut()
    daemon = stage.start()
    eventually(gate.reached.is_set)
    daemon.send_signal(signal.SIGHUP)
    eventually(lambda: stage.says("read its config again"))
    gate.open.set()
    eventually(lambda: stage.states() == {"city/2026-11-24/morning": "done"})

    gate.shut()
    stage.clock.set(EVENING)
    daemon.send_signal(signal.SIGHUP)
    eventually(gate.reached.is_set)
    daemon.send_signal(signal.SIGTERM)
    eventually(lambda: stage.says("messages in flight are finished first"))
    gate.open.set()
    left_in_time(stage, daemon)
    assert kept(stage, sink).get("uncertain", 0) == 0

    gate.shut()
    daemon = stage.start()
    eventually(gate.reached.is_set)
    daemon.kill()
    daemon.wait()
    gate.open.set()

    stage.start()
    eventually(lambda: stage.states() == SLOTS)
    found = kept(stage, sink)
    assert found["accepted"] + found["uncertain"] == 2 * READERS
    assert found["uncertain"] <= 2  # one for each connection


def test_told_to_leave_while_the_database_is_locked_it_leaves_and_the_next_one_goes_on(
    stage: Stage, sink: SmtpSink
) -> None:
    stage.config.write_text(stage.config.read_text().replace('listen: ""', 'listen: "", drain: 2s'))
    halted = stage.folder / "halted"
    daemon = stage.start("compose")
    eventually(halted.exists)
    with contextlib.closing(sqlite3.connect(stage.folder / "var" / "digest.sqlite3", timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        halted.unlink()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(25) == 0  # its own patience with a locked database is 30 s
    stage.start()
    eventually(lambda: stage.states() == {"city/2026-11-24/morning": "done"})
    assert kept(stage, sink) == {"accepted": READERS}


@pytest.mark.parametrize("moment", ["pull", "compose", "deliver", "in flight"])
def test_a_database_locked_for_a_minute_costs_time_and_nothing_else(
    stage: Stage, sink: SmtpSink, gate: Gate, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than it is waited for: 60 s beside 30 s in the long run, 3 s beside 1 s here."""
    patience, locked = (30, 60) if os.environ.get("DIGEST_WHOLE") else (1, 3)
    monkeypatch.setenv("STAGED_PATIENCE", str(patience))
    halted = stage.folder / "halted"
    if moment == "in flight":
        gate.shut()
        daemon = stage.start()
        eventually(gate.reached.is_set)
    else:
        daemon = stage.start(moment)
        eventually(halted.exists)
    with contextlib.closing(sqlite3.connect(stage.folder / "var" / "digest.sqlite3", timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        halted.unlink(missing_ok=True)
        gate.open.set()
        eventually(lambda: stage.says("is locked by another program"), 3 * patience + 60)
        threading.Event().wait(began + locked - time.monotonic())
    if locked < 60:  # the claim of whoever gave up runs out after a minute
        stage.clock.set(MORNING + 2 * MINUTE)
        daemon.send_signal(signal.SIGHUP)
    eventually(lambda: go_on(stage, halted), 240)
    assert daemon.poll() is None
    assert kept(stage, sink) == {"accepted": READERS}


def go_on(stage: Stage, halted: Path) -> bool:
    halted.unlink(missing_ok=True)
    return stage.states() == {"city/2026-11-24/morning": "done"}


def left_in_time(stage: Stage, daemon: subprocess.Popen[bytes]) -> None:
    """It said goodbye within the ten seconds of ``daemon.drain``, by its own log."""
    assert daemon.wait(60) == 0
    assert stage.seconds("stopping:", "stopped") < 10


def kept(stage: Stage, sink: SmtpSink) -> dict[str, int]:
    """The deliveries by state, after a look at what the server got: nobody twice, nobody accepted without it."""
    arrived = Counter((message_id(m.data), m.recipient) for m in sink.messages)
    assert set(arrived.values()) <= {1}
    with open_store(stage.url) as store, store.read() as connection:
        query = "SELECT state, count(*) FROM deliveries GROUP BY state"
        found: dict[str, int] = dict(connection.exec_driver_sql(query).all())
    assert found.get("accepted", 0) <= len(arrived) <= found.get("accepted", 0) + found.get("uncertain", 0)
    return found
