"""Dates from an iCalendar file (RFC 5545): the days of its events."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from digest.errors import DigestError

LAST_YEAR = 2100  # until then a yearly event is spelled out
_DAY = dt.timedelta(days=1)


def load(path: Path) -> frozenset[dt.date]:
    """The dates of a file; raises DigestError when it cannot be read or is not what it should be."""
    try:
        return read(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise DigestError(f"{path} cannot be read: {error.strerror}.", "Correct holidays_file.") from error
    except ValueError as error:
        raise DigestError(
            f"{path} is no calendar of holidays: {error}.", "Export it as iCalendar."
        ) from error


def read(text: str) -> frozenset[dt.date]:
    """Every day of every event, a yearly one until 2100.

    Raises ValueError for a file without events, a date that is none, or a rule that is not plainly yearly.
    """
    events = list(_events(text))
    if not events:
        raise ValueError("it holds no events")
    return frozenset(date for event in events for date in _dates(event))


def _events(text: str) -> Iterator[dict[str, str]]:
    """The properties of each VEVENT by name, parameters left off."""
    event: dict[str, str] | None = None
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():  # RFC 5545 section 3.1: folded lines
        name, _, value = line.partition(":")
        name = name.split(";")[0].strip().upper()
        if (name, value.strip().upper()) == ("BEGIN", "VEVENT"):
            event = {}
        elif (name, value.strip().upper()) == ("END", "VEVENT") and event is not None:
            yield event
            event = None
        elif event is not None:
            event.setdefault(name, value.strip())


def _dates(event: Mapping[str, str]) -> Iterator[dt.date]:
    start = _date(event.get("DTSTART", ""))
    # RFC 5545 section 3.6.1: DTEND is the first day after; without it the event lasts one day.
    end = max(_date(event["DTEND"]), start + _DAY) if "DTEND" in event else start + _DAY
    for first in _starts(start, event.get("RRULE", "")):
        yield from (first + n * _DAY for n in range((end - start).days))


def _starts(start: dt.date, rule: str) -> Iterator[dt.date]:
    if not rule:
        yield start
        return
    parts = dict(part.split("=", 1) for part in rule.upper().split(";") if "=" in part)
    until = _date(parts.pop("UNTIL")) if "UNTIL" in parts else dt.date.max
    same = {"BYMONTH": str(start.month), "BYMONTHDAY": str(start.day), "INTERVAL": "1", "FREQ": "YEARLY"}
    if parts.get("FREQ") != "YEARLY" or any(same.get(key) != value for key, value in parts.items()):
        raise ValueError(f"the rule {rule} is not plainly yearly; write its dates out")
    for year in range(start.year, LAST_YEAR):
        try:
            date = start.replace(year=year)
        except ValueError:  # 29 February: RFC 5545 section 3.3.10 leaves such years out
            continue
        if date <= until:
            yield date


def _date(value: str) -> dt.date:
    found = re.match(r"(\d{4})(\d{2})(\d{2})(?:T|$)", value)
    if not found:
        raise ValueError(f"{value or 'an event without DTSTART'} is not a date")
    return dt.date(*map(int, found.groups()))
