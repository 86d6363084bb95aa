"""`digest group FILE.jsonl`: the stories of entries in a file, without a store, for tests and for other programs."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from digest.errors import UsageError
from digest.model import Entry

if TYPE_CHECKING:
    from digest.group import Grouping

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def run(
    file: Path,
    output: Path | None = None,
    background: Path | None = None,
    *,
    across_languages: bool = False,
    explain: bool = False,
) -> int:
    """Write one JSON object a line for every entry of ``file``: its id, story, role and, on wish, reasons.

    ``file`` and ``background`` hold one JSON object a line with ``title`` and, where known, ``id``,
    ``summary``, ``source`` (the paper), ``feed``, ``url``, ``published`` (seconds since 1970 or ISO 8601)
    and ``lang``; "-" reads standard input. Returns the exit code.
    """
    from digest.group import group

    grouping = group(
        read_entries(file),
        background=read_entries(background) if background else (),
        across_languages=across_languages,
    )
    if output is None:
        _write(grouping, sys.stdout, explain=explain)
        return 0
    with output.open("w", encoding="utf-8") as stream:
        _write(grouping, stream, explain=explain)
    return 0


def read_entries(file: Path) -> list[Entry]:
    """The entries of a JSONL file; raises UsageError with the line that is not an entry."""
    try:
        if str(file) == "-":
            return list(_entries(sys.stdin, "standard input"))
        with file.open(encoding="utf-8", errors="replace") as lines:
            return list(_entries(lines, str(file)))
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}.", "Give the path of a JSONL file."
        ) from error


def _entries(lines: Iterable[str], name: str) -> Iterator[Entry]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield _entry(row, number)
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise UsageError(
                f"Line {number} of {name} is not an entry: {error}.",
                'Each line is one JSON object: {"id": …, "title": …, "summary": …, "source": …}.',
            ) from error


def _entry(row: Any, number: int) -> Entry:
    title, paper = _text(row.get("title")), _text(row.get("source") or row.get("paper"))
    url = _text(row.get("url"))
    when = _instant(row.get("published"))
    return Entry(
        id=_text(row.get("id")) or blake2b(f"{number} {url} {title}".encode(), digest_size=8).hexdigest(),
        feed=_text(row.get("feed")) or paper,
        paper=paper,
        url=url,
        title=title,
        standfirst=_text(row.get("summary") or row.get("standfirst")),
        text=_text(row.get("text")),
        published=when,
        first_seen=when,
        language=_text(row.get("lang") or row.get("language")),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(str(value).encode("utf-8", "replace").decode().split())


def _instant(value: Any) -> dt.datetime:
    if value in (None, ""):
        return _EPOCH
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        when = dt.datetime.fromisoformat(value)
        return when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    return dt.datetime.fromtimestamp(float(value), dt.UTC)


def _write(grouping: Grouping, stream: TextIO, *, explain: bool) -> None:
    for story in grouping.stories:
        for member in story.members:
            row: dict[str, Any] = {"id": member.entry.id, "story": story.id, "role": member.role}
            if explain:
                row["title"] = member.entry.title
                row["reasons"] = [
                    {"kind": r.kind, "text": r.text, "value": r.value, "threshold": r.threshold}
                    for r in member.reasons
                ]
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
