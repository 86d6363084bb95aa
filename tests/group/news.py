"""Entries for the tests of grouping."""

from __future__ import annotations

import datetime as dt
from typing import Any

from digest.model import Entry

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def entry(number: int, title: str, standfirst: str = "", *, minutes: int = 0, **fields: Any) -> Entry:
    """An English entry of a paper of its own."""
    when = NOON + dt.timedelta(minutes=minutes or number)
    values: dict[str, Any] = {
        "id": f"{number:016x}",
        "feed": f"https://{number}.example/feed",
        "paper": f"Paper {number}",
        "url": f"https://{number}.example/a",
        "published": when,
        "first_seen": when,
        "language": "en",
    }
    return Entry(title=title, standfirst=standfirst, **{**values, **fields})


QUAKE = [
    entry(
        1,
        "Earthquake of magnitude 7.1 strikes northern Chile near Iquique",
        "Thousands left the coast of Iquique.",
    ),
    entry(
        2,
        "Chile: strong quake hits Iquique, tsunami warning issued",
        "A 7.1 magnitude earthquake shook Iquique.",
    ),
]
ALONE = [
    entry(3, "Central bank of Norway keeps its interest rate", "Norges Bank left the rate where it was."),
    entry(
        4,
        "A cat that rings doorbells wins a village's heart",
        "Tom the cat has learnt to ring in Lower Slaughter.",
    ),
]
DAY = QUAKE + ALONE
