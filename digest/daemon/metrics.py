"""Figures for Prometheus: counted as things happen, and read from the database when asked."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from digest import __version__
from digest.daemon.health import Health, coming
from digest.errors import StoreError
from digest.pipeline.newsroom import Stage
from digest.store.figures import Figures

if TYPE_CHECKING:
    from digest.pull import Pulled

SECONDS = (0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600)


class Metrics:
    """One daemon's metrics."""

    def __init__(self, health: Health) -> None:
        self.registry = CollectorRegistry()
        self.pulls = Counter("digest_pulls", "Feeds pulled, by outcome.", ["outcome"], registry=self.registry)
        self.failures = Counter(
            "digest_pull_failures",
            "Feeds that could not be pulled, by kind.",
            ["kind"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "digest_stage_seconds",
            "Seconds a stage took: pull, group, compose, render, deliver.",
            ["stage"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.errors = Counter("digest_errors", "Work that failed.", ["work"], registry=self.registry)
        self.registry.register(_State(health))

    def pulled(self, pulled: Pulled) -> None:
        """Count one feed."""
        self.pulls.labels(pulled.outcome).inc()
        if pulled.error is not None:
            self.failures.labels(getattr(pulled.error, "kind", "feed")).inc()

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Take the time of a stage, also of one that fails."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds.labels(stage).observe(time.perf_counter() - began)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)


class _State(Collector):
    """What the database and the calendar say at this moment."""

    def __init__(self, health: Health) -> None:
        self.health = health

    def describe(self) -> list[Metric]:
        """None: the database is not asked before somebody wants to know."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The gauges; without those of the database while it cannot be read."""
        now = self.health.newsroom.clock()
        yield _gauge("digest_info", "The version.", [((__version__,), 1.0)], ["version"])
        yield _gauge("digest_leader", "1 while this daemon leads.", [((), float(self.health.leader))])
        yield _gauge("digest_held", "1 while nothing may be sent.", [((), float(bool(self.health.held)))])
        soon = {p.key.newsletter: p.due for p in coming(self.health.newsroom, now)}
        rows = [((name,), due.timestamp()) for name, due in soon.items()]
        yield _gauge("digest_next_slot_timestamp_seconds", "When the next slot is due.", rows, ["newsletter"])
        try:
            found = self.health.figures()
        except StoreError:
            yield _gauge("digest_database_up", "1 while the database answers.", [((), 0.0)])
            return
        yield _gauge("digest_database_up", "1 while the database answers.", [((), 1.0)])
        yield from _figures(found, now)


def _figures(found: Figures, now: dt.datetime) -> Iterator[Metric]:
    since = (now - found.waiting_since).total_seconds() if found.waiting_since else 0.0
    plain = {
        "digest_entries": ("Entries in the database.", found.entries),
        "digest_stories": ("Stories in the database.", found.stories),
        "digest_feeds_failing": ("Feeds that could not be pulled last time.", found.feeds_failing),
        "digest_feeds_retired": ("Feeds whose server says they are gone.", found.feeds_retired),
        "digest_alerts_waiting": ("Alerts nobody could be told of yet.", found.alerts_waiting),
        "digest_queue_age_seconds": ("Age of the oldest message that is ready to go.", since),
    }
    for name, (help_text, value) in plain.items():
        yield _gauge(name, help_text, [((), float(value))])
    if found.last_success:
        rows = [((), found.last_success.timestamp())]
        yield _gauge("digest_last_pull_timestamp_seconds", "When a feed was last read.", rows)
    yield _gauge(
        "digest_deliveries",
        "Messages of the last week's editions, by state.",
        [((state,), float(number)) for state, number in sorted(found.deliveries.items())],
        ["state"],
    )
    yield _gauge(
        "digest_slots",
        "Slots of the last week, by what became of them.",
        [(key, float(number)) for key, number in sorted(found.slots.items())],
        ["newsletter", "state"],
    )
    yield _gauge(
        "digest_slot_lateness_seconds",
        "From the time a slot was due until its edition was frozen, of the newest edition.",
        [((newsletter,), seconds) for newsletter, seconds in sorted(found.lateness.items())],
        ["newsletter"],
    )


def _gauge(
    name: str, text: str, rows: Sequence[tuple[tuple[str, ...], float]], labels: list[str] | None = None
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels or [])
    for values, number in rows:
        family.add_metric(list(values), number)
    return family
