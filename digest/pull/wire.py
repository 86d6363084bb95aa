"""What passes between the pull and its parsing processes: JSON, so that a hostile feed can never send code back."""

from __future__ import annotations

import datetime as dt
import json
import struct
from dataclasses import asdict, dataclass
from typing import Any

from digest.errors import ParseError
from digest.model import Entry, Picture
from digest.pull.identity import AHEAD
from digest.pull.parsed import Alternate, Origin, Parsed

LENGTH = struct.Struct("!I")  # stands before every message
_PUBLISHED = 6  # where an entry's list has its date


@dataclass(frozen=True, slots=True)
class Job:
    """One body to parse, without the body, which follows as bytes."""

    origin: Origin
    content_type: str = ""
    max_entries: int = 500
    max_bytes: int = 15_000_000
    seconds: float = 10.0  # of CPU


def job_to_json(job: Job) -> bytes:
    """A job for a worker."""
    return json.dumps(asdict(job)).encode()


def job_from_json(data: bytes) -> Job:
    """The job a worker got."""
    fields = json.loads(data)
    return Job(**{**fields, "origin": Origin(**fields["origin"])})


def seconds_of(header: bytes) -> float:
    """The CPU time that a job's header allows."""
    return float(json.loads(header)["seconds"])


def parsed_to_json(parsed: Parsed) -> bytes:
    """A worker's answer. Raises ValueError for half a surrogate pair, which no database takes: that feed alone fails."""
    return json.dumps(
        {
            "kind": parsed.kind,
            "title": parsed.title,
            "site": parsed.site,
            "language": parsed.language,
            "note": parsed.note,
            "alternates": [[a.url, a.title, a.type] for a in parsed.alternates],
            "entries": [_entry_to_list(e) for e in parsed.entries],
        },
        ensure_ascii=False,
    ).encode()


def error_to_json(error: ParseError) -> bytes:
    """A worker's answer when a body cannot be read."""
    return json.dumps(
        {"kind": "error", "message": error.message, "advice": error.advice, "error": error.kind}
    ).encode()


def parsed_from_json(data: bytes, origin: Origin, now: dt.datetime) -> Parsed:
    """What a worker answered, its entries first seen ``now``. Raises the ParseError it reports."""
    fields = json.loads(data)
    if fields["kind"] == "error":
        raise ParseError(fields["message"], fields["advice"], kind=fields["error"])
    return Parsed(
        kind=str(fields["kind"]),
        title=str(fields["title"]),
        site=str(fields["site"]),
        language=str(fields["language"]),
        note=str(fields["note"]) or _ahead(fields["entries"], now),
        alternates=tuple(Alternate(*map(str, a)) for a in fields["alternates"]),
        entries=tuple(_entry_from_list(e, origin, now) for e in fields["entries"]),
    )


def _entry_to_list(entry: Entry) -> list[Any]:
    return [
        entry.id,
        entry.url,
        entry.title,
        entry.standfirst,
        entry.text,
        entry.authors,
        entry.published.timestamp(),
        entry.categories,
        entry.kicker,
        entry.language,
        entry.minutes,
        entry.sponsored,
        [[p.url, p.caption, p.credit, p.alt, p.width, p.height, p.type] for p in entry.pictures],
        entry.position,
        entry.guid,
    ]


def _ahead(entries: list[list[Any]], now: dt.datetime) -> str:
    """A note where most dates lie ahead: with our clock behind, the feed has to be read again when it is right."""
    soon = (now + AHEAD).timestamp()
    ahead = sum(1 for fields in entries if fields[_PUBLISHED] > soon)
    return "Most of its dates are days ahead; is the clock here right?" if 2 * ahead > len(entries) else ""


def _entry_from_list(fields: list[Any], origin: Origin, now: dt.datetime) -> Entry:
    (id_, url, title, standfirst, text, authors, published, categories, kicker, language, minutes, sponsored, pictures,
     position, guid) = fields  # fmt: skip
    return Entry(
        id=id_,
        feed=origin.feed,
        paper=origin.paper,
        url=url,
        title=title,
        standfirst=standfirst,
        text=text,
        authors=tuple(authors),
        # A date that is missing or absurd is the time first seen, one in the future is now.
        published=min(dt.datetime.fromtimestamp(published, dt.UTC), now) if published else now,
        first_seen=now,
        categories=tuple(categories),
        kicker=kicker,
        language=language,
        minutes=minutes,
        sponsored=sponsored,
        pictures=tuple(Picture(*p) for p in pictures),
        position=position,
        guid=guid,
    )
