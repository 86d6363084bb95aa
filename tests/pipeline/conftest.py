"""A small newsroom with a clock in hand and entries put straight into its store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.config.load import load
from digest.model import Entry
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.regroup import regroup
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due
from digest.store import entries

CONFIG = """
feeds:
  courier: {url: "demo:lakeside-courier", paper: Lakeside Courier}
  bulletin: {url: "demo:stad-bulletin", paper: Stad Bulletin}
newsletters:
  evening:
    title: The Evening
    timezone: Europe/Luxembourg
    slots: {morning: "06:30", evening: "17:30"}
    min_stories: 3
    sender: {address: letter@evening.example}
    postal_address: The Evening, 1 Main Street, 1000 Example
site: {url: "https://evening.example"}
"""

DAY = dt.date(2026, 11, 23)
MORNING = dt.datetime(2026, 11, 23, 5, 30, tzinfo=dt.UTC)
EVENING = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
TITLES = (
    "Harbour reopens after the flood",
    "Orchestra names a new conductor",
    "Vineyards expect a late harvest",
    "Council votes for a night tram",
    "Rowers win by a single length",
    "Observatory sees a green comet",
)


def entry(number: int, title: str, published: dt.datetime, **more: object) -> Entry:
    feed = ("demo:lakeside-courier", "demo:stad-bulletin")[number % 2]
    values = {
        "id": f"{number:016x}",
        "feed": feed,
        "paper": ("Lakeside Courier", "Stad Bulletin")[number % 2],
        "url": f"https://paper.example/{number}",
        "title": title,
        "standfirst": f"{title}, as was told at length to those who had come early on day {number}.",
        "published": published,
        "first_seen": published,
        "language": "en",
        "position": number,
    }
    return Entry(**(values | more))  # type: ignore[arg-type]


def publish(newsroom: Newsroom, found: list[Entry], now: dt.datetime) -> None:
    """Put entries into the store, as a pull would."""
    with newsroom.store.begin() as connection:
        entries.save_entries(connection, found, now)
    regroup(newsroom, now)


@pytest.fixture
def hand() -> Hand:
    return Hand(MORNING - dt.timedelta(hours=1))


@pytest.fixture
def newsroom(tmp_path: Path, hand: Hand) -> Iterator[Newsroom]:
    """Two subscribers, six stories of the early morning, and slots that are owed from 05:30 local on."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    with open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as opened:
        subscribe_readers(opened, hand.now, ("one@example.org", "two@example.org"))
        note_due(opened, hand.now)
        early = MORNING - dt.timedelta(hours=2)
        publish(opened, [entry(n, title, early) for n, title in enumerate(TITLES)], hand.now)
        yield opened
