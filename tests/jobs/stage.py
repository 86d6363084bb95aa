"""An installation for many processes: one database, one clock, a folder for each machine, and people to write to."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[2]))

from digest.config.load import load
from digest.model import FINAL
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.tick import note_due
from digest.store import workers
from digest.store.deliveries import counts
from digest.store.engine import Store
from digest.store.tables import deliveries, editions, subscribers
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish

HAND = Path(__file__).parent / "hand.py"
EDITION = "evening/2026-11-23/morning"


@dataclass
class Stage:
    """All that the machines of one installation share."""

    folder: Path
    url: str  # the database, as this process reaches it
    smtp: str  # the smtp setting, as YAML
    more: str = ""  # further lines of the config
    deliver: str = ""  # further keys of deliver, as YAML
    offset: float = 0.0  # staged time minus real time, seconds
    hands: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def machine(self, name: str, url: str = "") -> Path:
        """The config of a machine; its journals are its own, the secret key is everybody's."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        deliver = (
            f"deliver: {{transport: smtp, retry: [2s, 2s, 2s, 2s], smtp: [{self.smtp}]{self.deliver}}}\n"
        )
        daemon = "daemon: {listen: ''}\n"
        text = f"{CONFIG}database: {url or self.url}\n{deliver}{daemon}{self.more}"
        (home / "config.yaml").write_text(text)
        key = self.folder / "desk" / "var" / "secret.key"
        if key.exists() and home.name != "desk":
            (home / "var").mkdir(exist_ok=True)
            shutil.copy2(key, home / "var" / "secret.key")
        return home / "config.yaml"

    def clock(self) -> dt.datetime:
        """The staged time."""
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.offset)

    @contextlib.contextmanager
    def newsroom(self) -> Iterator[Newsroom]:
        """The installation as this process sees it."""
        with open_newsroom(load(self.machine("desk"), {}), clock=self.clock) as opened:
            yield opened

    def prepare(self, people: int) -> None:
        """Entries for an edition that is due now, and so many subscribers."""
        self.offset = (MORNING - dt.timedelta(hours=1)).timestamp() - time.time()
        with self.newsroom() as newsroom:
            note_due(newsroom, self.clock())
            early = MORNING - dt.timedelta(hours=2)
            publish(newsroom, [entry(n, title, early) for n, title in enumerate(TITLES)], self.clock())
            subscribe(newsroom.store, people)
        self.offset = MORNING.timestamp() + 1 - time.time()

    def start(self, what: str, name: str, *options: str, url: str = "") -> subprocess.Popen[bytes]:
        """A daemon or a worker on a machine of that name."""
        config = self.machine(name, url)
        command = [sys.executable, str(HAND), what, str(config), str(self.offset), name, *options]
        with (self.folder / f"{name}.log").open("ab") as log:
            hand = subprocess.Popen(command, stdout=log, stderr=log)
        self.hands.append(hand)
        return hand

    def end(self) -> None:
        """Kill whatever is left."""
        for hand in self.hands:
            if hand.poll() is None:
                hand.send_signal(signal.SIGKILL)
            hand.wait()


def subscribe(store: Store, people: int) -> None:
    """So many subscribers, made inside the database."""
    with store.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO subscribers (id, address, address_key, state, token_id, created)"
            " SELECT n, a, a, 'active', lpad(n::text, 16, '0'), 0"
            f" FROM (SELECT n, 'p' || n || '@d' || mod(n, 97) || '.example' AS a FROM generate_series(1, {people}) n)"
        )
        connection.exec_driver_sql(
            "INSERT INTO subscriptions (subscriber, newsletter, slots, state, since, consent)"
            f" SELECT n, 'evening', '[]', 'active', 0, '{{}}' FROM generate_series(1, {people}) n"
        )
        connection.exec_driver_sql("ANALYZE subscribers, subscriptions")


def until(what: str, happened: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for other processes."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)


def states(store: Store) -> dict[str, int]:
    """The edition's deliveries by state; empty while there are none, or no database."""
    with store.read() as connection:
        return {str(state): number for state, number in counts(connection, EDITION).items()}


def finished(store: Store) -> bool:
    """Whether the slot is done."""
    with store.read() as connection:
        return (
            connection.execute(sa.text("SELECT state FROM slots WHERE name = 'morning'")).scalar() == "done"
        )


def faults(store: Store, arrived: Counter[str], people: int, most_uncertain: int = 0) -> list[str]:
    """What is wrong between the ledger and what the sink took: nothing, if the promises hold."""
    joined = deliveries.join(subscribers, subscribers.c.id == deliveries.c.subscriber)
    with store.read() as connection:
        rows = connection.execute(
            sa.select(subscribers.c.address, deliveries.c.state).select_from(joined)
        ).all()
        audience = connection.execute(sa.select(editions.c.audience)).scalar()
    found = []
    if not len(rows) == audience == people:
        found.append(f"{len(rows)} deliveries, audience {audience}, {people} subscribers")
    for address, state in rows:
        number = arrived[address]
        if state not in FINAL:
            found.append(f"{address}: left {state}")
        elif state == "accepted" and number != 1:
            found.append(f"{address}: accepted, arrived {number} times")
        elif state == "uncertain" and number > 1:
            found.append(f"{address}: uncertain, arrived {number} times")
    uncertain = sum(state == "uncertain" for _, state in rows)
    if uncertain > most_uncertain:
        found.append(f"{uncertain} uncertain, at most {most_uncertain} expected")
    if arrived.total() > people:
        found.append(f"{arrived.total()} messages for {people} people")
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def living(store: Store) -> int:
    """How many workers live."""
    with store.read() as connection:
        return len(workers.living(connection))
