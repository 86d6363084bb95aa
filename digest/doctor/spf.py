"""SPF (RFC 7208): what a domain says about who may send for it, and whether an address may.

The libraries for it are unmaintained or bring a resolver of their own; what is needed here is small.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal

from digest.doctor.lookup import Lookup

Result = Literal["pass", "fail", "softfail", "neutral", "none", "permerror"]
QUALIFIERS: dict[str, Result] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
TERM = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|exists)(?::([^/\s]+))?((?:/\d{1,2})?(?://\d{1,3})?)", re.IGNORECASE
)
NETWORK = re.compile(r"([+?~-]?)ip[46]:(\S+)", re.IGNORECASE)
MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(\S*)", re.IGNORECASE)
MOST_LOOKUPS = 10
MOST_VOID = 2
MOST_EXCHANGERS = 10


class BrokenError(Exception):
    """The record cannot be used (permerror): receivers ignore it or refuse the mail."""


@dataclass(slots=True)
class Spf:
    """One evaluation. ``address`` None matches nothing: the walk then meets every term and ends at ``all``."""

    lookup: Lookup
    address: str | None = None
    lookups: int = 0
    void: int = 0
    unclear: list[str] = field(default_factory=list)  # terms with macros, which depend on each message

    def check(self, domain: str) -> tuple[Result, str]:
        """The result for mail from ``domain``, and for permerror the reason."""
        try:
            return self._domain(domain), ""
        except BrokenError as error:
            return "permerror", str(error)

    def _domain(self, domain: str) -> Result:
        found = records(self.lookup, domain)
        if not found:
            return "none"
        if len(found) > 1:
            raise BrokenError(f"{domain} has {len(found)} SPF records, and may have one")
        redirect = ""
        for term in found[0].split()[1:]:
            modifier = MODIFIER.fullmatch(term)
            if modifier:
                redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
            elif (result := self._term(term, domain)) is not None:
                return result
        return self._redirected(redirect) if redirect else "neutral"

    def _redirected(self, domain: str) -> Result:
        self._count(domain)
        result = self._domain(domain)
        if result == "none":
            raise BrokenError(f"redirect={domain} leads to no SPF record")
        return result

    def _term(self, term: str, domain: str) -> Result | None:
        """The result where a mechanism matches, None where it does not."""
        if network := NETWORK.fullmatch(term):
            return QUALIFIERS[network[1] or "+"] if self._in(network[2]) else None
        found = TERM.fullmatch(term)
        if found is None or (found[2].lower() in {"include", "exists"} and not found[3]):
            raise BrokenError(f"{term!r} is not understood")
        if "%" in term:
            self.unclear.append(term)
            self._count(term)
            return None
        matches = self._matches(found[2].lower(), found[3] or domain, found[4])
        return QUALIFIERS[found[1] or "+"] if matches else None

    def _matches(self, name: str, target: str, lengths: str) -> bool:
        if name == "all":
            return True
        self._count(target)
        if name == "include":
            result = self._domain(target)
            if result == "none":
                raise BrokenError(f"include:{target} leads to no SPF record")
            return result == "pass"
        if name == "a":
            return self._any(self._asked(self.lookup.addresses(target)), lengths)
        if name == "mx":
            hosts = self._asked([host for host in self.lookup.exchangers(target) if host])
            if len(hosts) > MOST_EXCHANGERS:
                raise BrokenError(f"mx:{target} has more than {MOST_EXCHANGERS} hosts")
            return any(self._any(self.lookup.addresses(host), lengths) for host in hosts)
        if name == "exists":
            return self.address is not None and bool(self._asked(self.lookup.addresses(target)))
        return False  # ptr: deprecated, and ignored by many

    def _asked(self, found: list[str]) -> list[str]:
        """An answer; too many empty ones break the record (RFC 7208 section 4.6.4)."""
        if not found:
            self.void += 1
            if self.void > MOST_VOID:
                raise BrokenError(f"more than {MOST_VOID} of its names do not exist")
        return found

    def _count(self, what: str) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise BrokenError(f"it needs more than {MOST_LOOKUPS} lookups (at {what})")

    def _any(self, addresses: list[str], lengths: str) -> bool:
        four, _, six = lengths.removeprefix("/").partition("//")
        if lengths.startswith("//"):
            four, six = "", lengths.removeprefix("//")
        return any(self._in(f"{a}/{(six or 128) if ':' in a else (four or 32)}") for a in addresses)

    def _in(self, network: str) -> bool:
        try:
            parsed = ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise BrokenError(f"{network!r} is no network") from None
        return self.address is not None and ipaddress.ip_address(self.address) in parsed


def records(lookup: Lookup, domain: str) -> list[str]:
    """The SPF records of a domain."""
    return [t for t in lookup.texts(domain) if t.lower() == "v=spf1" or t.lower().startswith("v=spf1 ")]
