"""Two daemons, a mail server, a clock moved from slot to slot, and kill -9 at random times.

daemon_chaos.py [--days 30] [--kills 200] [--seed N] [--database URL] prints what it found and fails when a promise was broken. The
promises are checked from the database and from the mail server, never from our own logs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from daemon_stage import DAWN, Stage, smtp

from digest.config.load import load, newsletters
from digest.slots import FINISHED, Planned, due_between
from digest.store.engine import Store, open_store
from digest.testing import SmtpSink, Step

READERS = 20
PATIENCE = 90.0  # real seconds for one slot, restarts included


@dataclass
class Chaos:
    """One run."""

    folder: Path
    days: int
    kills: int
    seed: int
    url: str = ""  # an empty PostgreSQL database; else SQLite in the folder
    killed: int = 0
    late: list[str] = field(default_factory=list)  # slots that did not finish in time

    def run(self) -> Report:
        """Everything, and what it came to."""
        self.dice = random.Random(self.seed)
        with SmtpSink(slowly) as sink:
            self.stage = Stage(self.folder, self.url)
            self.stage.prepare(smtp(sink.port), READERS)
            self.daemons = [self.stage.start(), self.stage.start()]
            try:
                planned = self.planned()
                for number, slot in enumerate(planned):
                    self.live_through(slot, (number + 1) * self.kills // len(planned))
            finally:
                self.stage.close()
            return Report.of(self, planned, sink)

    def planned(self) -> list[Planned]:
        loaded = load(self.stage.config, {})
        end = DAWN + self.days * dt.timedelta(days=1)
        rooms = newsletters(loaded.config, loaded.folder).values()
        return sorted(
            (p for n in rooms for p in due_between(n.name, n.settings, DAWN, end)),
            key=lambda p: (p.due, p.key),
        )

    def live_through(self, slot: Planned, kills: int) -> None:
        """Move the clock to a slot, and kill until ``kills`` were made in all and the slot is finished."""
        self.stage.clock.set(slot.due)
        end = time.monotonic() + PATIENCE
        next_kill = time.monotonic() + self.dice.uniform(0, 1)
        with open_store(self.stage.url) as store:
            while time.monotonic() < end:
                if self.killed < kills and time.monotonic() >= next_kill:
                    self.kill()
                    next_kill = time.monotonic() + self.dice.uniform(0.1, 3)
                elif self.killed >= kills and finished(store, str(slot.key)):
                    return
                self.poke()
                time.sleep(0.1)
        self.late.append(str(slot.key))

    def poke(self) -> None:
        """Wake the daemons: their own tick would come within half a minute."""
        for daemon in self.daemons:
            if daemon.poll() is None and ready(daemon):
                daemon.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """Kill one of the two, mostly the leader, and start another. One in four is only told to leave."""
        lock = self.folder / "var" / "digest.sqlite3.lock"
        leader = int((lock.read_text() if lock.exists() else "") or 0)
        victims = (
            [n for n, d in enumerate(self.daemons) if d.pid == leader] if self.dice.random() < 0.8 else []
        )
        number = victims[0] if victims else self.dice.randrange(2)
        victim = self.daemons[number]
        victim.send_signal(signal.SIGTERM if self.dice.random() < 0.25 else signal.SIGKILL)
        victim.wait(60)
        self.daemons[number] = self.stage.start()
        self.killed += 1


def slowly(step: Step) -> None:
    """A mail server that takes its time, so that kills meet letters in flight."""
    if step.verb == "dot":
        time.sleep(0.03)


def ready(daemon: subprocess.Popen[bytes]) -> bool:
    """Whether it handles SIGHUP yet: before, the signal would end it (SigCgt in /proc, bit 1)."""
    try:
        status = Path(f"/proc/{daemon.pid}/status").read_text()
    except OSError:
        return False
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & 1)


def finished(store: Store, key: str) -> bool:
    """Whether the ledger says that the slot is over."""
    return states(store).get(key, "").partition(" ")[0] in FINISHED


def states(store: Store) -> dict[str, str]:
    with store.read() as connection:
        query = "SELECT newsletter || '/' || date || '/' || name, state || ' ' || reason FROM slots"
        return {key: state.strip() for key, state in connection.exec_driver_sql(query)}


@dataclass
class Report:
    """What a run came to."""

    slots: int
    kills: int
    seconds: float
    letters: int
    uncertain: int
    broken: list[str]

    @staticmethod
    def of(chaos: Chaos, planned: list[Planned], sink: SmtpSink) -> Report:
        """Check every promise."""
        with open_store(chaos.stage.url) as store:
            found = states(store)
            with store.read() as connection:
                counts = connection.exec_driver_sql(
                    "SELECT edition, state, count(*) FROM deliveries GROUP BY edition, state"
                ).all()
        per_edition: dict[str, Counter[str]] = {}
        for edition, state, number in counts:
            per_edition.setdefault(edition, Counter())[state] = number
        broken = [
            f"{key} is {found.get(key)}"
            for key in map(str, (p.key for p in planned))
            if found.get(key) != "done"
        ]
        broken += [f"{key} was never planned" for key in set(found) - {str(p.key) for p in planned}]
        broken += [f"{key} took more than {PATIENCE} s" for key in chaos.late]
        broken += [
            f"{e}: {dict(c)}" for e, c in per_edition.items() if c["accepted"] + c["uncertain"] != READERS
        ]
        broken += twice(sink)
        uncertain = sum(c["uncertain"] for c in per_edition.values())
        accepted = sum(c["accepted"] for c in per_edition.values())
        if not accepted <= len(sink.messages) <= accepted + uncertain:
            broken.append(f"{len(sink.messages)} letters arrived; {accepted} accepted, {uncertain} uncertain")
        return Report(len(planned), chaos.killed, 0, len(sink.messages), uncertain, broken)


def twice(sink: SmtpSink) -> list[str]:
    """The letters that arrived more than once, by receiver and Message-ID."""
    seen = Counter((m.recipient, message_id(m.data)) for m in sink.messages)
    return [f"{name} came {number} times to one reader" for (_, name), number in seen.items() if number > 1]


def message_id(data: bytes) -> str:
    head = data.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    return next(line for line in head.splitlines() if line.lower().startswith("message-id:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2), "big"))
    parser.add_argument("--database", default="", help="the URL of an empty PostgreSQL database")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Chaos(Path(folder), options.days, options.kills, options.seed, options.database).run()
    report.seconds = round(time.monotonic() - began, 1)
    print(f"seed {options.seed}: {report}")  # noqa: T201
    sys.exit(bool(report.broken))


if __name__ == "__main__":
    main()
