"""How often somebody may ask: token buckets by address and by network, behind proxies that we are told to trust.

Each process keeps its own, which cost nothing and hold whatever the database does; those in the database hold for
all processes together.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from threading import Lock

from starlette.requests import Request

from digest.store import meter
from digest.store.engine import Store
from digest.tokens import Keyring

REMEMBERED = 100_000  # keys


@dataclass(slots=True)
class Buckets:
    """``burst`` requests at once per key, then one every ``seconds``."""

    burst: int
    seconds: float
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, key: str, now: float) -> bool:
        """Whether ``key`` may ask at ``now`` (seconds of any steady clock)."""
        level, then = self._levels.pop(key, (float(self.burst), now))
        level = min(self.burst, level + (now - then) / self.seconds)
        allowed = level >= 1 or math.isclose(level, 1)
        self._levels[key] = (level - 1 if allowed else level, now)
        while len(self._levels) > REMEMBERED:
            self._levels.popitem(last=False)
        return allowed


@dataclass(slots=True)
class Gate:
    """Slows down a line that asks too often, and a network of many lines that together do."""

    near: Buckets = field(default_factory=lambda: Buckets(burst=20, seconds=30))
    far: Buckets = field(default_factory=lambda: Buckets(burst=100, seconds=6))
    _alone: Lock = field(default_factory=Lock)  # requests are answered in several threads

    def admits(self, address: str, now: float) -> bool:
        """Whether ``address`` may ask at ``now`` (seconds of any steady clock)."""
        with self._alone:
            return self.near.take(line(address), now) and self.far.take(network(address), now)


@dataclass(frozen=True, slots=True)
class Toll:
    """The same limits, counted in the database for all the processes that serve this site.

    A page only looks whether they are reached: it changes nothing, and does not wait for whoever writes. What costs
    somebody a mail is counted, after the answer. When the database is away neither can be: both raise StoreError.
    """

    store: Store
    keys: Keyring
    gate: Gate
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)  # also where the newsroom's is pinned

    def open(self, address: str) -> bool:
        """Whether ``address`` may ask."""
        with self.store.read() as connection:
            return not any(meter.empty(connection, bucket, self.clock()) for bucket in self._buckets(address))

    def paid(self, address: str) -> bool:
        """Count that ``address`` asked; False when that was once too often."""
        with self.store.begin() as connection:
            return all(meter.take(connection, bucket, self.clock()) for bucket in self._buckets(address))

    def _buckets(self, address: str) -> Iterator[meter.Bucket]:
        for prefix, limit in ((line(address), self.gate.near), (network(address), self.gate.far)):
            yield meter.Bucket(f"visitor {self.keys.hidden(prefix)}", limit.burst, limit.seconds)


def client(request: Request, trusted: Collection[str]) -> str:
    """The address of who asks: of the connection, or the last one a trusted proxy vouches for."""
    address = request.client.host if request.client else ""
    # A proxy that adds a header of its own, instead of to the one that came, speaks last.
    told = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in told.split(",") if hop.strip()]
    while hops and _within(address, trusted):
        address = _bare(hops.pop())
    return address


def line(address: str) -> str:
    """What one subscriber line usually has: an IPv4 address, or the /64 of an IPv6 address."""
    return _prefix(address, 32, 64)


def network(address: str) -> str:
    """What one customer of a hosting company usually has: a /24 of IPv4, a /48 of IPv6."""
    return _prefix(address, 24, 48)


def _prefix(address: str, four: int, six: int) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "?"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network(f"{parsed}/{four if parsed.version == 4 else six}", strict=False))


def _bare(hop: str) -> str:
    """A hop without the port and the brackets that some proxies write: ``[2001:db8::1]:4711``."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _within(address: str, networks: Collection[str]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return any((mapped or parsed) in ipaddress.ip_network(n, strict=False) for n in networks)
