"""Questions to the DNS, asked through dnspython; an answer that does not exist is an empty list."""

from __future__ import annotations

import ipaddress
from typing import Protocol

from digest.errors import DigestError, UsageError


class NoAnswerError(DigestError):
    """The DNS did not answer: that says nothing about what stands in it."""


class Lookup(Protocol):
    """What the doctor asks. Raises NoAnswerError when nobody answers."""

    def texts(self, name: str) -> list[str]:
        """The TXT records, each in one piece."""

    def addresses(self, name: str) -> list[str]:
        """The A and AAAA records."""

    def exchangers(self, name: str) -> list[str]:
        """The MX hosts, the best first; "" for the null MX (RFC 7505)."""

    def names(self, address: str) -> list[str]:
        """The PTR records of an address."""


class Dns:
    """The machine's own resolver, or the one at ``server`` (HOST or HOST:PORT, numeric)."""

    def __init__(self, server: str = "", seconds: float = 5.0) -> None:
        import dns.resolver

        try:
            self._resolver = dns.resolver.Resolver(configure=not server)
        except dns.resolver.NoResolverConfiguration as error:
            raise NoAnswerError(
                "This machine has no name server configured.", "Name one: --resolver 9.9.9.9"
            ) from error
        if server:
            host, port = parted(server)
            self._resolver.nameservers, self._resolver.port = [host], port
        self._resolver.lifetime = self._resolver.timeout = seconds

    def texts(self, name: str) -> list[str]:
        """See ``Lookup``."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def addresses(self, name: str) -> list[str]:
        """See ``Lookup``."""
        return [record.address for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def exchangers(self, name: str) -> list[str]:
        """See ``Lookup``."""
        found = sorted(self._ask(name, "MX"), key=lambda record: int(record.preference))
        return [record.exchange.to_text(omit_final_dot=True).lower().strip(".") for record in found]

    def names(self, address: str) -> list[str]:
        """See ``Lookup``."""
        pointer = ipaddress.ip_address(address).reverse_pointer
        return [r.target.to_text(omit_final_dot=True).lower() for r in self._ask(pointer, "PTR")]

    def _ask(self, name: str, kind: str) -> list[dns.rdata.Rdata]:  # type: ignore[name-defined]  # noqa: F821
        import dns.exception
        import dns.name
        import dns.resolver

        try:
            return list(self._resolver.resolve(dns.name.from_text(name), kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.name.LabelTooLong:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswerError(
                f"The DNS did not answer about {kind} of {name}: {type(error).__name__}.",
                "Try again, or ask another server: --resolver ADDRESS",
            ) from error


def parted(server: str) -> tuple[str, int]:
    """``9.9.9.9``, ``9.9.9.9:53``, ``2620:fe::fe`` or ``[2620:fe::fe]:53`` as address and port."""
    bare = server.strip("[]")
    try:
        return str(ipaddress.ip_address(bare)), 53
    except ValueError:
        host, _, port = server.rpartition(":")
    try:
        return str(ipaddress.ip_address(host.strip("[]"))), int(port)
    except ValueError as error:
        raise UsageError(f"{server!r} is no address of a name server.", "As in --resolver 9.9.9.9") from error
