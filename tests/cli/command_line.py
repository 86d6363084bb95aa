"""What the tests of the command line share: how a command ended, and a config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Digest = Callable[..., Result]

CONFIG = """\
# The paper's own words
newsletters:
  daily:
    title: The Daily
    timezone: Europe/Luxembourg
    slots: {morning: "06:30", evening: "17:30"}
    sender: {address: daily@paper.example}
    sections:
      - name: World
        feeds: [one]   # in order
      - name: And else
feeds:
  one: {url: "https://one.example/rss", paper: One}
  two:
    url: https://user:hunter2@two.example/rss
    paper: Two   # keep me
demo: {now: "2026-11-23T12:00:00Z"}
"""
