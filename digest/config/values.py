"""The types of single values in config.yaml: durations, times of day, time zones, languages, addresses.

Each refuses with a ``PydanticCustomError`` whose context carries ``advice`` for the person who typed it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from string import Formatter
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "fr": "Français",
    "de": "Deutsch",
    "lb": "Lëtzebuergesch",
    "pt": "Português",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "ar": "العربية",
}
# What people type instead of the code.
_CALLED = {name.lower(): code for code, name in LANGUAGES.items()} | dict(
    pair.split(":")
    for pair in [
        "french:fr",
        "german:de",
        "luxembourgish:lb",
        "portuguese:pt",
        "spanish:es",
        "italian:it",
        "dutch:nl",
        "polish:pl",
        "arabic:ar",
        "lu:lb",
        "uk:en",
        "gb:en",
        "us:en",
        "at:de",
        "br:pt",
    ]
)
SUBJECT_WORDS = ("lead", "title", "edition", "date", "more", "count")

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?:\d{1,9}[smhdw]\s*)+")
_LONGEST = dt.timedelta(days=3660)
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_ADDRESS = re.compile(r"[^\s@<>\",;:()\[\]\\]+@[^\s@<>\",;:()\[\]\\.]+(?:\.[^\s@<>\",;:()\[\]\\.]+)+")


def refusal(message: str, advice: str = "") -> PydanticCustomError:
    """What a validator raises: ``message`` says what is wrong, ``advice`` what to write instead."""
    # In a dictionary, so that braces in somebody's text are not taken for a format.
    return PydanticCustomError("digest", "{said}", {"said": message, "advice": advice})


def nearest(word: str, known: Iterable[str], advice: str = "did you mean {}?") -> str:
    """Advice that names the known word nearest to ``word``, "" when none is near."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return advice.format(by_lower[close[0]]) if close else ""


# --- durations and times of day ----------------------------------------------------------------------


def parse_duration(value: Any) -> dt.timedelta:
    """A duration from "24h", "90m", "2d", "20s" or "1h30m", at most ten years."""
    if isinstance(value, dt.timedelta):
        return value
    text = value.strip().lower() if isinstance(value, str) else ""
    if not _DURATION.fullmatch(text):
        number = str(value) if str(value).isdecimal() else "90"
        raise refusal(
            f"{value!r} is not a duration",
            f"write a number with its unit: {number}s, {number}m, {number}h, 2d",
        )
    seconds = sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)([smhdw])", text))
    if seconds > _LONGEST.total_seconds():
        raise refusal(f"{value} is more than ten years", "write a shorter time")
    return dt.timedelta(seconds=seconds)


def duration_text(value: dt.timedelta) -> str:
    """A timedelta in the largest unit that holds it exactly, or several: "24h", "1h30m", "0s"."""
    left, parts = int(value.total_seconds()), []
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        # "24h" and "36h" read better than "1d" and "1d12h".
        if left >= size and (unit != "d" or (left % size == 0 and left > size)):
            parts.append(f"{left // size}{unit}")
            left %= size
    return "".join(parts) or "0s"


def _positive(value: dt.timedelta) -> dt.timedelta:
    if not value:
        raise refusal("is zero", "write at least 1s")
    return value


def parse_time(value: Any) -> dt.time:
    """A time of day from "06:30" or "6:30", without seconds or zone."""
    if isinstance(value, dt.time):
        return value
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise refusal(f"{value!r} is not a time of day", 'write HH:MM on a 24-hour clock, such as "06:30"')
    return dt.time(int(found[1]), int(found[2]))


_DURATION_SCHEMA = WithJsonSchema(
    {"type": "string", "pattern": r"^(\d{1,9}[smhdw]\s*)+$", "examples": ["20s", "90m", "24h", "2d"]}
)
_AS_DURATION = PlainSerializer(duration_text, return_type=str, when_used="json")

Duration = Annotated[dt.timedelta, BeforeValidator(parse_duration), _AS_DURATION, _DURATION_SCHEMA]
LongDuration = Annotated[
    dt.timedelta,
    BeforeValidator(lambda value: _positive(parse_duration(value))),
    _AS_DURATION,
    _DURATION_SCHEMA,
]
"""A duration longer than nothing."""
TimeOfDay = Annotated[
    dt.time,
    BeforeValidator(parse_time),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$", "examples": ["06:30"]}),
]


def _aware(value: Any) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    try:
        moment = dt.datetime.fromisoformat(str(value))
    except ValueError as error:
        raise refusal(f"{value!r} is not a date and time", "write 2026-05-20T17:30:00Z") from error
    if moment.tzinfo is None:
        raise refusal(f"{value} has no zone", "add Z for UTC, or an offset such as +02:00")
    return moment


Moment = Annotated[
    dt.datetime, BeforeValidator(_aware), WithJsonSchema({"type": "string", "format": "date-time"})
]


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise refusal(f"{value!r} is not a date", "write 2026-12-25") from error


Date = Annotated[dt.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Dates = Annotated[
    frozenset[Date],
    PlainSerializer(
        lambda dates: [date.isoformat() for date in sorted(dates)], return_type=list[str], when_used="json"
    ),
]


# --- names of zones and languages --------------------------------------------------------------------


def _text(check: Callable[[str], str]) -> BeforeValidator:
    # Pydantic says itself that a list is not a text.
    return BeforeValidator(lambda value: check(value.strip()) if isinstance(value, str) else value)


def check_zone(name: str) -> str:
    """An IANA time zone that this machine knows; raises with the nearest one."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # OSError: "Europe" is a folder
        raise refusal(f"{name!r} is not a time zone", zone_advice(name)) from error
    return name


def zone_advice(name: str) -> str:
    """The zones nearest to ``name``, also by their city alone: "Luxemburg" -> Europe/Luxembourg."""
    zones = sorted(
        z for z in available_timezones() if "/" in z and not z.startswith(("posix", "right", "Etc"))
    )
    wanted = name.strip().replace(" ", "_")
    cities = {zone.rpartition("/")[2].lower(): zone for zone in zones}
    city = get_close_matches(wanted.rpartition("/")[2].lower(), cities, n=1, cutoff=0.8)
    whole = nearest(wanted, zones) if "/" in wanted else ""
    return whole or (f"did you mean {cities[city[0]]}?" if city else "write a name such as Europe/Luxembourg")


def check_language(tag: str) -> str:
    """A BCP 47 tag whose language we have words in; raises with the nearest one."""
    base = tag.partition("-")[0].lower()
    if not _TAG.fullmatch(tag) or base not in LANGUAGES:
        known = _CALLED.get(tag.lower()) or _CALLED.get(base)
        near = f"did you mean {known}?" if known else f"write one of {', '.join(LANGUAGES)}"
        raise refusal(f"{tag!r} is not a language we have words in", near)
    return tag


def check_tag(tag: str) -> str:
    """A BCP 47 tag of any language (RFC 5646 section 2.1, its shape only), or ""."""
    if tag and not _TAG.fullmatch(tag):
        raise refusal(f"{tag!r} is not a language tag", "write a code such as en, fr or pt-BR")
    return tag


Zone = Annotated[str, _text(check_zone)]
Language = Annotated[
    str,
    _text(check_language),
    WithJsonSchema({"type": "string", "pattern": f"^({'|'.join(LANGUAGES)})(-[A-Za-z0-9]+)*$"}),
]
Tag = Annotated[str, _text(check_tag)]


# --- addresses ---------------------------------------------------------------------------------------


def check_address(address: str) -> str:
    """One mail address, without a name around it."""
    if not _ADDRESS.fullmatch(address):
        raise refusal(f"{address!r} is not a mail address", "write one like news@example.org, without a name")
    return address


def _url(schemes: tuple[str, ...]) -> Callable[[str], str]:
    def check(address: str) -> str:
        if not address:
            return ""
        try:
            parts = urlsplit(address)
            parts.port  # noqa: B018 - raises on a port that is none
        except ValueError as error:
            raise refusal(f"{address!r} is not an address", str(error)) from error
        if parts.scheme not in schemes or (parts.scheme.startswith("http") and not parts.hostname):
            start = f"{schemes[0]}://" if "http" in schemes[0] else f"{schemes[0]}:"
            raise refusal(f"{address!r} is not an address", f"start it with {start}")
        return address

    return check


check_web = _url(("https", "http"))
check_feed_url = _url(("https", "http", "demo", "file"))


def check_site(address: str) -> str:
    """The site's address: https, or http on this machine alone; the slash at the end goes."""
    address = check_web(address).rstrip("/")
    if address.startswith("http://") and urlsplit(address).hostname not in ("localhost", "127.0.0.1", "::1"):
        raise refusal("is not https", "links in mail must not be read on the way: use https://")
    return address


Line = Annotated[str, _text(lambda text: " ".join(text.split()))]
"""A text on one line: it may stand in a header of the mail."""
Address = Annotated[str, _text(check_address), WithJsonSchema({"type": "string", "format": "email"})]
OptionalAddress = Annotated[str, _text(lambda address: check_address(address) if address else "")]
WebUrl = Annotated[str, _text(check_web)]
SecureUrl = Annotated[str, _text(_url(("https",)))]
SiteUrl = Annotated[str, _text(check_site)]


def _feed_url(address: str) -> str:
    if not address:
        raise refusal("is empty", "write the feed's address, or the site's")
    return check_feed_url(address)


FeedUrl = Annotated[str, _text(_feed_url)]


# --- the subject line --------------------------------------------------------------------------------


def check_subject(subject: str) -> str:
    """A subject whose placeholders are known."""
    try:
        names = [name for _, name, spec, conversion in Formatter().parse(subject) if name is not None]
    except ValueError as error:
        raise refusal(
            f"has a brace too many or too few: {error}", "write {{ for a brace of its own"
        ) from error
    for name in names:
        if name not in SUBJECT_WORDS:
            known = ", ".join(f"{{{word}}}" for word in SUBJECT_WORDS)
            near = nearest(name, SUBJECT_WORDS, "did you mean {{{}}}?") or f"there are {known}"
            raise refusal(f"{{{name}}} is not known in a subject", near)
    return subject


Subject = Annotated[str, _text(lambda subject: check_subject(" ".join(subject.split())))]
