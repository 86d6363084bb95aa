"""How often somebody may ask: token buckets by network, behind proxies that we are told to trust."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field

from starlette.requests import Request

REMEMBERED = 100_000  # networks


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


def client(request: Request, trusted: Collection[str]) -> str:
    """The address of who asks: of the connection, or the last one a trusted proxy vouches for."""
    address = request.client.host if request.client else ""
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and _within(address, trusted):
        address = hops.pop()
    return address


def network(address: str) -> str:
    """What one subscriber line usually has: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "?"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)


def _within(address: str, networks: Collection[str]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in ipaddress.ip_network(n, strict=False) for n in networks)
