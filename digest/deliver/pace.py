"""How fast: a rate for all, and a number of letters under way at once for each receiving domain."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from digest.model import Recipient

MOMENT = 0.05  # seconds; what timers may be late


class Pace:
    """Says when the next letter may go and which of those waiting it is."""

    def __init__(self, rate: float | None, per_domain: int) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._next = 0.0
        self._per_domain = per_domain
        self._under_way: Counter[str] = Counter()

    async def turn(self) -> None:
        """Wait for the next turn of the rate. A turn missed by more than a moment is not made up for."""
        if not self._gap:
            return
        now = asyncio.get_running_loop().time()
        mine = max(self._next, now - MOMENT)
        self._next = mine + self._gap
        if mine > now:
            await asyncio.sleep(mine - now)

    def pick(self, waiting: deque[Recipient]) -> Recipient | None:
        """Take the first of ``waiting`` whose domain has room; None when none has."""
        for index, recipient in enumerate(waiting):
            if self._under_way[domain(recipient)] < self._per_domain:
                del waiting[index]
                return recipient
        return None

    def take_off(self, recipient: Recipient) -> None:
        """One more under way."""
        self._under_way[domain(recipient)] += 1

    def land(self, recipient: Recipient) -> None:
        """One less under way."""
        name = domain(recipient)
        self._under_way[name] -= 1
        if not self._under_way[name]:
            del self._under_way[name]


def domain(recipient: Recipient) -> str:
    """The receiving domain, as far as limits go."""
    return recipient.address.rpartition("@")[2].lower()
