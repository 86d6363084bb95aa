"""How fast: a rate for all, and for each receiving domain a rate and a number of letters under way at once."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from digest.model import Recipient

MOMENT = 0.05  # seconds; what timers may be late


@dataclass(frozen=True, slots=True)
class DomainPace:
    """What one receiving domain is asked to take."""

    connections: int  # letters under way at once
    rate: float | None = None  # letters a second


class Pace:
    """Says when the next letter may go and which of those waiting it is."""

    def __init__(
        self, rate: float | None, per_domain: int, domains: Mapping[str, DomainPace] | None = None
    ) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._next = 0.0
        self._usual = DomainPace(per_domain)
        self._domains = domains or {}
        self._under_way: Counter[str] = Counter()
        self._opens: dict[str, float] = {}  # when a domain with a rate takes its next letter
        self.opens = math.inf  # when the first domain that was passed over for its rate does

    async def turn(self) -> None:
        """Wait for the next turn of the rate. A turn missed by more than a moment is not made up for."""
        if not self._gap:
            return
        now = clock()
        mine = max(self._next, now - MOMENT)
        self._next = mine + self._gap
        if mine > now:
            await asyncio.sleep(mine - now)

    def pick(self, waiting: deque[Recipient]) -> Recipient | None:
        """Take the first of ``waiting`` whose domain has room; None when none has."""
        self.opens = math.inf
        for index, recipient in enumerate(waiting):
            if self._open(domain(recipient)):
                del waiting[index]
                return recipient
        return None

    def _open(self, name: str) -> bool:
        """Whether a domain may be sent a letter now."""
        if self._under_way[name] >= self._domains.get(name, self._usual).connections:
            return False
        opens = self._opens.get(name, 0.0)
        if opens <= 0.0 or opens <= clock():
            return True
        self.opens = min(self.opens, opens)
        return False

    def take_off(self, recipient: Recipient) -> None:
        """One more under way."""
        name = domain(recipient)
        self._under_way[name] += 1
        if self._domains and (rate := self._domains.get(name, self._usual).rate):
            self._opens[name] = max(self._opens.get(name, 0.0), clock() - MOMENT) + 1 / rate

    def land(self, recipient: Recipient) -> None:
        """One less under way."""
        name = domain(recipient)
        self._under_way[name] -= 1
        if not self._under_way[name]:
            del self._under_way[name]


def clock() -> float:
    """The running loop's clock, for waiting and leases; the wall clock may jump."""
    return asyncio.get_running_loop().time()


def domain(recipient: Recipient) -> str:
    """The receiving domain, as far as limits go."""
    return recipient.address.rpartition("@")[2].lower()
