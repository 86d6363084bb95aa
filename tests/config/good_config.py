"""A config that holds, for tests to break."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from digest.config.load import Loaded
from digest.errors import Problem

TODAY = dt.date(2026, 11, 23)
GOOD = """
newsletters:
  daily:
    title: The Daily
    slots: {morning: "06:30"}
    sender: {address: daily@paper.example}
    postal_address: 1 Main Street
feeds:
  one: {url: "https://one.example/rss"}
"""

Load = Callable[..., Loaded]
Problems = Callable[..., list[Problem]]
