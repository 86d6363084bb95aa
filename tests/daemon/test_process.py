"""The daemon as a process: signals, standing by, a config that changes, leaving in time."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_bench import CONFIG
from daemon_stage import MINUTE, MORNING, Stage, eventually, smtp

from digest.store.engine import open_store
from digest.testing import STALL, SmtpSink, Step

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def test_it_sends_and_is_ready_and_leaves_when_told(stage: Stage) -> None:
    stage.prepare(CONFIG.replace('listen: ""', 'listen: "127.0.0.1:0"'))
    stage.clock.set(MORNING)
    daemon = stage.start()
    eventually(lambda: stage.states() == {"city/2026-11-24/morning": "done"})
    address = next(
        line["message"].split("/healthz")[0] for line in stage.log() if "/healthz" in line["message"]
    )
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as reply:
        assert reply.status == 200
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0
    assert stage.seconds("stopping", "stopped") < 10
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/healthz", timeout=1)


def test_a_second_one_stands_by_and_takes_over_within_seconds(tmp_path: Path, database_url: str) -> None:
    with contextlib.closing(Stage(tmp_path, database_url)) as stage:
        take_over(stage)


def take_over(stage: Stage) -> None:
    stage.prepare(CONFIG)
    first = stage.start()
    eventually(lambda: stage.says("leading", 0))
    stage.start()
    eventually(lambda: stage.says("standing by", 1))
    assert not stage.says("leading", 1)
    first.kill()
    killed = dt.datetime.now().astimezone()
    eventually(lambda: stage.says("leading", 1))
    assert stage.when("leading", 1) - killed < dt.timedelta(
        seconds=10
    )  # 2 on a machine with nothing else to do
    stage.clock.set(MORNING)
    os.kill(stage.running[1].pid, signal.SIGHUP)
    eventually(lambda: stage.states() == {"city/2026-11-24/morning": "done"})


def test_a_changed_config_is_read_again_and_one_with_problems_is_not(stage: Stage) -> None:
    stage.prepare(CONFIG)
    daemon = stage.start()
    eventually(lambda: stage.says("leading"))
    stage.config.write_text(CONFIG.replace('"17:30"', '"25:30"'))
    daemon.send_signal(signal.SIGHUP)
    eventually(lambda: bool(stage.troubles()))
    assert "has problems (1)" in stage.troubles()[0]
    stage.config.write_text(CONFIG.replace('"06:30"', '"07:30"'))
    daemon.send_signal(signal.SIGHUP)
    eventually(lambda: stage.troubles() == [])
    stage.clock.set(MORNING + 60 * MINUTE)
    daemon.send_signal(signal.SIGHUP)
    eventually(lambda: stage.states() == {"city/2026-11-24/morning": "done"})
    assert not stage.says("late")


def test_told_to_leave_while_a_server_keeps_silent_it_leaves_in_time_and_knows_what_is_uncertain(
    stage: Stage,
) -> None:
    def script(step: Step) -> str | None:
        if step.verb != "dot" or step.message != 1 or patient:
            return None
        stalled.append(step)
        return STALL

    patient: list[bool] = []
    stalled: list[Step] = []
    with SmtpSink(script) as sink:
        config = smtp(sink.port).replace('listen: ""', 'listen: "", drain: 4s')
        stage.prepare(config, readers=20)
        stage.clock.set(MORNING)
        daemon = stage.start()
        eventually(lambda: len(stalled) == 2)  # each of its connections
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(60) == 0
        assert stage.seconds("stopping", "stopped") < 4.5
        patient.append(True)
        stage.start()
        eventually(lambda: stage.states() == {"city/2026-11-24/morning": "done"})
        recipients = [message.recipient for message in sink.messages]
    assert len(recipients) == len(set(recipients))
    with open_store(stage.url) as store, store.read() as connection:
        counted: dict[str, int] = dict(
            connection.exec_driver_sql("SELECT state, count(*) FROM deliveries GROUP BY state").all()
        )
    assert set(counted) == {"accepted", "uncertain"}
    assert counted["uncertain"] <= 2  # one for each connection
    assert counted["accepted"] + counted["uncertain"] == 20


def test_the_command_tells_systemd_that_it_is_ready_alive_and_leaving(stage: Stage) -> None:
    stage.prepare(CONFIG.replace("listen", "drain: 5s, listen"))
    address = str(stage.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(30)
        env = os.environ | {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "500000"}
        command = [sys.executable, "-m", "digest", "--config", str(stage.config), "run"]
        daemon = subprocess.Popen(command, env=env, stderr=subprocess.PIPE)
        stage.running.append(daemon)
        told: list[str] = []
        while told.count("WATCHDOG=1") < 3 or not any(line.startswith("READY=1") for line in told):
            told.append(manager.recv(1000).decode())
        assert any("STATUS=next: " in line for line in told)
        daemon.send_signal(signal.SIGTERM)
        while told[-1] != "STOPPING=1":
            told.append(manager.recv(1000).decode())
        _, log = daemon.communicate(timeout=60)
    assert daemon.returncode == 0
    assert [line for line in log.decode().splitlines() if not line.startswith("{")] == []
