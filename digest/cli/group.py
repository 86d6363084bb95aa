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
_REASON = ("kind", "text", "value", "threshold")
Row = tuple[Any, Entry]  # the id as it stands in the file, and the entry


def run(
    file: Path, output: Path | None = None, background: Path | None = None, *, across_languages: bool = False
) -> int:
    """Write one JSON object a line for every line of ``file``, in its order: id, story, role, and why.

    ``file`` and ``background`` hold one JSON object a line with ``id`` and ``title`` and, where known,
    ``summary``, ``source`` (the paper), ``feed``, ``url``, ``published`` (seconds since 1970 or ISO 8601)
    and ``lang``; "-" reads standard input. Returns the exit code.
    """
    from digest.group import group

    rows = read_rows(file)
    grouping = group(
        [entry for _, entry in rows],
        background=[entry for _, entry in read_rows(background)] if background else (),
        across_languages=across_languages,
    )
    if output is None:
        _write(rows, grouping, sys.stdout)
        return 0
    try:
        with output.open("w", encoding="utf-8") as stream:
            _write(rows, grouping, stream)
    except OSError as error:
        raise UsageError(
            f"{output} cannot be written: {error.strerror}.", "Give a path in a folder that exists."
        ) from error
    return 0


def read_rows(file: Path) -> list[Row]:
    """The ids as given and the entries of a JSONL file; raises UsageError with the line that is not an entry."""
    try:
        if str(file) == "-":
            return list(_rows(sys.stdin, "standard input"))
        with file.open(encoding="utf-8", errors="replace") as lines:
            return list(_rows(lines, str(file)))
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}.", "Give the path of a JSONL file."
        ) from error


def _rows(lines: Iterable[str], name: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            entry = _entry(row, number)
            yield row.get("id", entry.id), entry
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


def _write(rows: Iterable[Row], grouping: Grouping, stream: TextIO) -> None:
    where = {m.entry.id: (story.id, m) for story in grouping.stories for m in story.members}
    for given, entry in rows:
        story, member = where[entry.id]
        why = [
            {name: value for name in _REASON if (value := getattr(reason, name)) is not None}
            for reason in member.reasons
        ]
        row = {"id": given, "story": story, "role": member.role, "why": why}
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")
