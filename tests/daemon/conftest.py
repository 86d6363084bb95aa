"""A daemon on the bench: ``make(now)``."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
from daemon_bench import CONFIG, Bench, Feeds, Make, NoLock

from digest.config.load import load
from digest.daemon.health import Health
from digest.daemon.metrics import Metrics
from digest.daemon.service import Daemon, Work
from digest.pipeline import tick
from digest.pipeline.newsroom import open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers


@pytest.fixture
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """``make(now)`` -> a daemon that begins at ``now``, with two subscribers."""
    opened: list[object] = []

    def make(now: dt.datetime, config: str = CONFIG, url: str = "", **work: object) -> Bench:
        folder = tmp_path_factory.mktemp("bench")
        file = folder / "config.yaml"
        file.write_text(config + (f"database: {url}\n" if url else ""))
        file.chmod(0o600)
        hand, pulls = Hand(now), Feeds()
        manager = open_newsroom(load(file, {}), clock=hand)
        newsroom = manager.__enter__()
        opened.append(manager)
        subscribe_readers(newsroom, now, ("one@example.org", "two@example.org"))
        health = Health(newsroom)
        doing = dataclasses.replace(Work(gather=pulls), **work)  # type: ignore[arg-type]
        daemon = Daemon(newsroom, NoLock(), health, Metrics(health), doing)
        tick.note_due(newsroom, now)  # its slots are active from now on
        return Bench(daemon, hand, pulls, folder)

    yield make
    for manager in opened:
        manager.__exit__(None, None, None)  # type: ignore[attr-defined]
