"""How fast: a rate for all, and for each receiving domain a rate and a number of letters under way at once.

``Pace`` keeps to them in one process. ``SharedPace`` does in many: it asks a ``Meter`` that all of them share.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from digest.errors import StoreError
from digest.model import Recipient
from digest.shares import Shares

MOMENT = 0.05  # seconds; what timers may be late
SOON, LATER = 0.05, 1.0  # seconds until shares that are not what they should be are asked for again
GLANCE = 0.25  # seconds between two looks whether somebody came or went
SURE = (
    3.0  # seconds after which shares are asked for anyway: much less than the share of a silent run is kept
)
TURNS = 0.25  # seconds' worth of turns taken at once: four questions a second, whatever the rate


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
        self._opens: dict[
            str, float
        ] = {}  # when a domain with a rate takes its next letter, or is asked again
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

    async def prepare(self) -> float:
        """See how much of the limits is ours; after how many seconds to do so again. In one process it is all of it."""
        return math.inf

    async def close(self) -> None:
        """The run is over."""

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
        if self._under_way[name] >= self._room(name):
            return False
        if not self._rate(name) or self._on_turn(name):
            return True
        self.opens = min(self.opens, self._opens.get(name, 0.0))
        return False

    def _rate(self, name: str) -> float | None:
        """The rate of a domain that has one of its own."""
        return self._domains.get(name, self._usual).rate if self._domains else None

    def slow(self, recipient: Recipient) -> bool:
        """Whether a letter goes to a domain with a rate of its own."""
        return bool(self._domains) and self._rate(domain(recipient)) is not None

    def _on_turn(self, name: str) -> bool:
        """Whether a domain with a rate takes a letter now."""
        return self._opens.get(name, 0.0) <= clock()

    def _use_turn(self, name: str, rate: float) -> None:
        self._opens[name] = max(self._opens.get(name, 0.0), clock() - MOMENT) + 1 / rate

    def _room(self, name: str) -> int:
        """How many letters to a domain may be under way."""
        return self._domains.get(name, self._usual).connections

    def take_off(self, recipient: Recipient) -> None:
        """One more under way."""
        name = domain(recipient)
        self._under_way[name] += 1
        if rate := self._rate(name):
            self._use_turn(name, rate)

    def land(self, recipient: Recipient) -> None:
        """One less under way."""
        name = domain(recipient)
        self._under_way[name] -= 1
        if not self._under_way[name]:
            del self._under_way[name]


class Meter(Protocol):
    """What all the processes that send share. Each call is short and durable."""

    def turns(self, name: str, gap: float, number: int) -> float:
        """Take ``number`` turns of ``name`` in a row, ``gap`` seconds apart; seconds until the first."""

    def turns_now(self, name: str, gap: float, number: int) -> float:
        """Take ``number`` turns beginning now, and return 0; where none is free, the seconds until one is."""

    def shares(self, used: Mapping[int, int]) -> Shares:
        """What this run may have under way of each limit, where ``used`` says how much of it it has now."""

    def runs(self) -> int:
        """How many runs share the limits now. It costs much less than ``shares``."""

    def close(self) -> None:
        """Leave the others our shares."""


Ask = Callable[[Callable[[], Any]], Awaitable[Any]]  # runs a call of the meter off the loop


class SharedPace(Pace):
    """The same limits, kept by all processes together."""

    def __init__(
        self,
        rate: float | None,
        per_domain: int,
        domains: Mapping[str, DomainPace] | None,
        *,
        meter: Meter,
        ask: Ask,
    ) -> None:
        super().__init__(rate, per_domain, domains)
        self._meter = meter
        self._ask = ask
        self._shares = Shares({}, 0, settled=False)
        self._asked = 0.0  # when for the shares
        self._wait = SOON  # until the next time, while they are not settled
        self._left = 0  # turns of the rate that are ours
        self._held: dict[str, tuple[int, float]] = {}  # turns of domains that are ours, and until when
        self._wanted: set[str] = set()  # domains with a rate that were passed over without a turn
        self._one = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for the next of our turns; when they are used up, or slept through, take a quarter second's worth.

        Turns of domains that have a rate of their own are asked for when a letter to them waits, and taken only
        when they are free now: one kept for later would be lost when no connection is free then.
        """
        if self._wanted:
            async with self._one:
                await self._ask_for_domains()
        if not self._gap:
            return
        async with self._one:
            now = clock()
            if self._left == 0 or self._next < now - MOMENT:
                self._left = max(1, int(TURNS / self._gap))
                gap, number = self._gap, self._left
                wait = await self._patiently(partial(self._meter.turns, "relay", gap, number))
                self._next = clock() + wait
            mine = self._next
            self._next, self._left = mine + self._gap, self._left - 1
        if mine > clock():
            await asyncio.sleep(mine - clock())

    async def _ask_for_domains(self) -> None:
        """Take turns of the domains that were passed over and may have some by now."""
        due = [name for name in self._wanted if self._opens.get(name, 0.0) <= clock()]
        for name in due:
            gap = 1 / (self._rate(name) or math.inf)
            number = max(1, int(TURNS / gap))
            wait = await self._patiently(partial(self._meter.turns_now, f"domain {name}", gap, number))
            self._opens[name] = clock() + wait
            if not wait:
                self._held[name] = number, clock() + TURNS
        self._wanted.difference_update(due)

    async def _patiently(self, call: Callable[[], float]) -> float:
        """Ask until the database answers. How long to be patient is the run's to say: it then ends us."""
        while True:
            try:
                return float(await self._ask(call))
            except StoreError:
                await asyncio.sleep(1)

    def _on_turn(self, name: str) -> bool:
        left, until = self._held.get(name, (0, 0.0))
        now = clock()
        if left and now <= until:
            return self._opens[name] <= now
        self._wanted.add(name)
        return False

    def _use_turn(self, name: str, rate: float) -> None:
        left, until = self._held[name]
        self._held[name] = left - 1, until
        self._opens[name] = self._opens[name] + 1 / rate if left > 1 else 0.0

    async def prepare(self) -> float:
        """Ask for our shares of the limits of domains, as they stand with so many runs.

        Who joins, and who has to make room for it, asks again at once, and then less and less often; everybody else
        only looks whether somebody came or went.
        """
        sure = self._shares.settled and clock() - self._asked < SURE
        if sure and await self._ask(self._meter.runs) == self._shares.runs:
            return GLANCE
        await self._ask_for_shares()
        self._wait = SOON if self._shares.settled else min(LATER, self._wait * 1.5)
        return GLANCE if self._shares.settled else self._wait

    async def _ask_for_shares(self) -> None:
        used = dict.fromkeys((self._usual.connections, *(d.connections for d in self._domains.values())), 0)
        for name, number in self._under_way.items():
            limit = super()._room(name)
            used[limit] = max(used[limit], number)
        self._shares = await self._ask(lambda: self._meter.shares(used))
        self._asked = clock()

    async def close(self) -> None:
        """Let the others have our shares."""
        await self._ask(self._meter.close)

    def _room(self, name: str) -> int:
        return self._shares.given.get(super()._room(name), 0)


def clock() -> float:
    """The running loop's clock, for waiting and leases; the wall clock may jump."""
    return asyncio.get_running_loop().time()


def domain(recipient: Recipient) -> str:
    """The receiving domain, as far as limits go."""
    return recipient.address.rpartition("@")[2].lower()
