"""Headers that receivers look for: the way out, the sender, the identity of the list."""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.draft import Draft, Finding

WAYS_OUT = ("List-Unsubscribe", "List-Unsubscribe-Post")  # RFC 8058; Gmail and Yahoo ask for both


def headers(draft: Draft) -> Iterator[Finding]:
    """Missing headers, and a way out that leads nowhere."""
    has = {name.lower(): value for name, value in draft.headers}
    for name in WAYS_OUT:
        if name.lower() not in has:
            yield Finding("error", "unsubscribe", f"The header {name} is missing.", "Set site.url.")
    if "https://" not in has.get("list-unsubscribe", ""):
        yield Finding(
            "error",
            "unsubscribe",
            "There is no https address to unsubscribe at in one click.",
            "Set site.url, and run `digest serve` there.",
        )
    for name in ("From", "Subject", "Date", "Message-ID", "List-Id"):
        if name.lower() not in has:
            yield Finding("error", "headers", f"The header {name} is missing.")
    if not draft.newsletter.settings.postal_address.strip():
        yield Finding(
            "warning",
            "address",
            "The footer has no postal address.",
            "Law in many places asks for one: postal_address.",
        )
