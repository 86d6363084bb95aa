"""Rates and shares of limits for the sending runs of one process: several editions may go out at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from digest.shares import Shares, divided


@dataclass(slots=True)
class Book:
    """What the runs of one process share; each asks through a meter of its own, from its own thread."""

    clock: Callable[[], float] = time.monotonic
    free_at: dict[str, float] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # owner -> how many runs it knows, its rank
    alone: Lock = field(default_factory=Lock)

    def meter(self, owner: str) -> BookMeter:
        """One for a run."""
        return BookMeter(self, owner)


class BookMeter:
    """``deliver.pace.Meter`` for one run; ``store.meter.SqlMeter`` is the same over many processes."""

    def __init__(self, book: Book, owner: str) -> None:
        self._book = book
        self._owner = owner

    def turns(self, name: str, gap: float, number: int) -> float:
        """Take ``number`` turns in a row, ``gap`` seconds apart; seconds until the first of them."""
        book = self._book
        with book.alone:
            now = book.clock()
            first = max(book.free_at.get(name, now), now)
            book.free_at[name] = first + gap * number
        return first - now

    def turns_now(self, name: str, gap: float, number: int) -> float:
        """Take ``number`` turns beginning now, and return 0; where none is free, the seconds until one is."""
        book = self._book
        with book.alone:
            now = book.clock()
            wait = book.free_at.get(name, now) - now
            if wait > 0:
                return wait
            book.free_at[name] = now + gap * number
        return 0.0

    def shares(self, used: Mapping[int, int]) -> Shares:
        """What this run may have under way of each limit, where ``used`` says how much of it it has now."""
        book = self._book
        with book.alone:
            others = [place for owner, place in book.places.items() if owner != self._owner]
            names = sorted({*book.places, self._owner})
            found, place = divided(used, others, book.places.get(self._owner), names.index(self._owner))
            book.places[self._owner] = place
        return found

    def runs(self) -> int:
        """How many runs share the limits now."""
        return len(self._book.places)

    def close(self) -> None:
        """Leave the others our shares."""
        with self._book.alone:
            self._book.places.pop(self._owner, None)
