"""Where a request may go: schemes, ports and addresses, checked on the very address that is connected to.

A name is resolved once, unfit addresses are left out, and the socket is made for one that is left; so a
name that answers differently the second time, a redirect or a strange spelling cannot reach the machine,
its network or its cloud's metadata service.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from digest.errors import FetchError
from digest.pull import links

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Services that a request could harm or question: those browsers refuse (Fetch standard, "port blocking") and databases.
DENIED_PORTS = frozenset(
    {
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
        111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531,
        532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376,
        2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 5984, 6000, 6379, 6443, 6566, 6665, 6666,
        6667, 6668, 6669, 6679, 6697, 9042, 9200, 9300, 10080, 10250, 11211, 27017, 27018,
    }
)  # fmt: skip
# Beyond what Python's ipaddress calls not global (IANA's special-purpose registries).
_DENIED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "224.0.0.0/3", "2001::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
# All that IANA has given out of IPv6. Around it lie ways back into IPv4 that routers know (::ffff:0:127.0.0.1, RFC 2765).
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What allow_private opens: this machine and private networks, never link-local addresses (169.254.169.254 is metadata).
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
)


class RefusedError(OSError):
    """An address that must not be connected to."""


def is_allowed(address: str, *, allow_private: bool) -> bool:
    """Whether an IP address, as text, may be connected to."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed in _NAT64:
        parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)  # what the gateway will connect to
    return _is_public(parsed) or (allow_private and _within(parsed, _PRIVATE))


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GIVEN_OUT:
        return False
    return address.is_global and not address.is_multicast and not _within(address, _DENIED)


def _within(address: _Address, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def check_url(url: str, *, allow_private: bool) -> str:
    """The address to request, in its normal form. Raises FetchError for what must not be requested."""
    made = links.absolute(url)
    if not made:
        raise FetchError(f"{links.shown(url)} is not an http(s) address.", kind="refused")
    parts = urlsplit(made)
    if parts.port in DENIED_PORTS:
        raise FetchError(f"Port {parts.port} is not one for feeds.", kind="refused")
    host = (parts.hostname or "").rstrip(".")
    if _is_number(host) and not is_allowed(host, allow_private=allow_private):
        raise refusal(host)
    return made


def _is_number(host: str) -> bool:
    """Whether a host is an address rather than a name, in whatever spelling: 2130706433, 0x7f.1 (URL standard, 3.5)."""
    last = host.rpartition(".")[2]
    return ":" in host or last.isdecimal() or last[:2] == "0x"


def refusal(host: str) -> FetchError:
    """The error for a host whose addresses are all out of bounds."""
    return FetchError(
        f"{host} is on a private or reserved network.",
        "Set pull.allow_private if that is meant (digest init --allow-private).",
        kind="refused",
    )


class GuardedResolver(AbstractResolver):
    """Names to the addresses that may be connected to. Its own threads: a dead DNS must not stop other work."""

    def __init__(self, *, allow_private: bool, threads: int) -> None:
        self._allow_private = allow_private
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="digest-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The fit addresses of a name; RefusedError when it has only others, OSError when it has none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._look_up, host, port, family)
        fit = [info for info in found if is_allowed(str(info[4][0]), allow_private=self._allow_private)]
        if not fit:
            raise RefusedError(f"{host} has no public address")
        return [
            ResolveResult(
                hostname=host,
                host=str(info[4][0]),
                port=port,
                family=info[0],
                proto=info[2],
                flags=socket.AI_NUMERICHOST,
            )
            for info in fit
        ]

    def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[Any]:
        return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)

    async def close(self) -> None:
        """Let go of the threads without waiting for a DNS that does not answer."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def guarded_socket(*, allow_private: bool) -> Any:
    """A socket factory for aiohttp: the last check, on the address that is about to be connected to."""

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_allowed(str(address[0]), allow_private=allow_private):
            raise RefusedError(f"{address[0]} is out of bounds")
        return socket.socket(family, kind, protocol)

    return make
