"""When a feed may be asked again: what its server says, and how long to leave one alone that fails. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping

from digest.pull import dates

LONGEST = dt.timedelta(hours=24)  # no server silences a feed for longer
FIRST_WAIT = dt.timedelta(minutes=5)
LONGEST_WAIT = dt.timedelta(hours=6)  # a twice-daily newsletter still tries a failing feed for every edition
_DIRECTIVE = re.compile(r"([a-z-]+)\s*(?:=\s*\"?([^\",]*)\"?)?", re.IGNORECASE)


def fresh_until(headers: Mapping[str, str], now: dt.datetime) -> dt.datetime | None:
    """Until when a response is fresh (RFC 9111 section 4.2), at most a day; None when it may be asked for at once."""
    given = {name.lower(): value for name, value in _DIRECTIVE.findall(headers.get("cache-control", ""))}
    if "no-cache" in given or "no-store" in given:
        return None
    if "max-age" in given:
        seconds = (_seconds(given["max-age"]) or 0) - (_seconds(headers.get("age", "")) or 0)
        lifetime = dt.timedelta(seconds=seconds)
    elif expires := dates.parse(headers.get("expires", "")):
        lifetime = expires - (dates.parse(headers.get("date", "")) or now)
    else:
        return None
    return now + min(lifetime, LONGEST) if lifetime > dt.timedelta(0) else None


def retry_after(header: str, now: dt.datetime) -> dt.timedelta:
    """How long a server asks to be left alone (RFC 9110 section 10.2.3), at most a day; zero for nonsense."""
    seconds = _seconds(header)
    if seconds is not None:
        return dt.timedelta(seconds=seconds)
    when = dates.parse(header)
    return min(max(when - now, dt.timedelta(0)), LONGEST) if when else dt.timedelta(0)


def backoff(failures: int, url: str) -> dt.timedelta:
    """How long to leave a feed alone after ``failures`` in a row: doubling, spread by a tenth so that feeds do not march in step."""
    wait = min(FIRST_WAIT * (1 << min(failures - 1, 20)), LONGEST_WAIT)
    digest = hashlib.sha256(f"{url}\n{failures}".encode("utf-8", "replace")).digest()
    return wait * (0.9 + 0.2 * digest[0] / 255)


def _seconds(written: str) -> int | None:
    """Whole seconds, capped at a day; None for anything but digits."""
    written = written.strip()
    if not written.isascii() or not written.isdigit():
        return None
    return (
        min(int(written[:12]), int(LONGEST.total_seconds()))
        if len(written) <= 12
        else int(LONGEST.total_seconds())
    )
