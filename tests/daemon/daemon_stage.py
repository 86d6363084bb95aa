"""Daemons as processes, on a stage: a folder, a config, a clock that is moved by hand."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from daemon_bench import CONFIG
from staged import StagedClock

from digest.config.load import load
from digest.pipeline.newsroom import open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due
from digest.store import alerts, slots
from digest.store.engine import open_store

DAWN = dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 11, 24, 5, 30, tzinfo=dt.UTC)
EVENING = dt.datetime(2026, 11, 24, 16, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
HERE = Path(__file__).parent


class Stage:
    """A folder with a config, a clock, and the daemons started in it."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.url = url or f"sqlite:///{folder}/var/digest.sqlite3"
        self.config = folder / "config.yaml"
        self.clock = StagedClock(folder / "clock")
        self.running: list[subprocess.Popen[bytes]] = []
        self.logs: list[Path] = []

    def prepare(self, config: str, readers: int = 2) -> None:
        self.config.write_text(f"{config}database: {self.url}\n")
        self.config.chmod(0o600)
        self.clock.set(DAWN)
        with open_newsroom(load(self.config, {}), clock=Hand(DAWN)) as newsroom:
            subscribe_readers(newsroom, DAWN, [f"reader{n}@example.org" for n in range(readers)])
            note_due(newsroom, DAWN)

    def start(self, halt: str = "") -> subprocess.Popen[bytes]:
        """A daemon; one that halts at the beginning of a stage makes the file ``halted``."""
        log = self.folder / f"log{len(self.logs)}"
        command = [sys.executable, str(HERE / "staged.py"), str(self.config), str(self.clock.file)]
        command += [halt] if halt else []
        root = str(HERE.parent.parent)
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stderr=stream, env={**os.environ, "PYTHONPATH": root})
        self.running.append(process)
        self.logs.append(log)
        return process

    def log(self, number: int = -1) -> list[dict[str, str]]:
        """What a daemon logged, an object a line."""
        return [
            json.loads(line) for line in self.logs[number].read_text().splitlines() if line.startswith("{")
        ]

    def says(self, words: str, number: int = -1) -> bool:
        return any(words in line["message"] for line in self.log(number))

    def seconds(self, first: str, then: str, number: int = -1) -> float:
        """Between two lines of a daemon's log: how fast it was, however busy the machine that looks on."""
        return (self.when(then, number) - self.when(first, number)).total_seconds()

    def when(self, words: str, number: int = -1) -> dt.datetime:
        """When a daemon logged a line that begins so."""
        line = next(line for line in self.log(number) if line["message"].startswith(words))
        return dt.datetime.fromisoformat(line["time"]).astimezone()

    def states(self) -> dict[str, str]:
        with open_store(self.url) as store, store.read() as connection:
            return {str(slot): slot.state for slot in slots.past(connection, limit=1000)}

    def troubles(self) -> list[str]:
        with open_store(self.url) as store, store.read() as connection:
            return [alert.message for alert in alerts.open_troubles(connection)]

    def close(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


def eventually(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def smtp(port: int) -> str:
    server = f"{{host: 127.0.0.1, port: {port}, tls: none, connections: 2}}"
    return CONFIG + f"deliver: {{transport: smtp, smtp: {server}}}\n"
