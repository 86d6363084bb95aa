"""What other feed parsers' own test files say that a feed means: title, link, date, author and content of each entry.

Four suites carry their expectations beside or inside the feed: feedparser (a Python expression in a comment),
gofeed (JSON), KDE Syndication (a listing) and fastfeedparser (feedparser's result as JSON).
"""

from __future__ import annotations

import ast
import datetime as dt
import email.utils
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

FIELDS = ("title", "link", "date", "author", "content")
FEEDS = frozenset({".xml", ".rss", ".atom", ".rdf", ".json"})


@dataclass(frozen=True)
class Wanted:
    """One statement of a suite: the entry at ``index`` has ``value`` as its ``field``; dates as ISO 8601 in UTC."""

    index: int
    field: str
    value: str


@dataclass(frozen=True)
class Case:
    """A feed of a suite, how it was served, and what the suite wants of it."""

    suite: str
    name: str
    body: bytes
    base: str
    content_type: str = ""
    wanted: tuple[Wanted, ...] = field(default=())


def cases(folder: Path) -> Iterator[Case]:
    """The cases of every suite in ``folder``; those without statements have none wanted."""
    for suite in sorted(f for f in folder.iterdir() if f.is_dir()):
        reader = READERS.get(suite.name, _silent)
        for file in sorted(f for f in suite.rglob("*") if f.suffix in FEEDS):
            case = reader(suite.name, file, file.relative_to(suite).as_posix())
            if case is not None:
                yield case


# --- feedparser ----------------------------------------------------------------------------------------

_EXPECT = re.compile(r"Expect:\s*(.+?)\s*(?:-->|\n\s*\n|$)", re.DOTALL)
_HEADER = re.compile(r"Header:\s*([A-Za-z-]+):\s*(.+)")
_KEYS = {
    "title": "title", "link": "link", "published_parsed": "date", "updated_parsed": "date", "created_parsed": "date",
    "author": "author", "summary": "content", "description": "content", "content": "content",
}  # fmt: skip
_DETAIL = {
    "title_detail": "title",
    "author_detail": "author",
    "authors": "author",
    "summary_detail": "content",
}


def _feedparser(suite: str, file: Path, name: str) -> Case | None:
    body = file.read_bytes()
    head = _readable(body)[:4_000]
    headers = {key.lower(): value.strip() for key, value in _HEADER.findall(head)}
    base = headers.get("content-location", f"http://127.0.0.1:8097/tests/{name}")
    found = _EXPECT.search(head)
    wanted: tuple[Wanted, ...] = ()
    if found:
        try:
            tree = ast.parse(" ".join(found[1].split()), mode="eval")
        except SyntaxError:
            tree = ast.parse("True", mode="eval")
        wanted = tuple(w for node in ast.walk(tree) if isinstance(node, ast.Compare) for w in _stated(node))
    return Case(suite, name, body, base, headers.get("content-type", ""), wanted)


def _readable(body: bytes) -> str:
    """The bytes as text, good enough for the comment at the top."""
    for encoding in ("utf-8", "utf-16", "utf-32"):
        text = body.decode(encoding, "ignore")
        if "Expect:" in text:
            return text
    return body.decode("cp037", "ignore") if body[:1] == b"\x4c" else body.decode("latin-1")


def _stated(node: ast.Compare) -> Iterator[Wanted]:
    """``entries[0]['title'] == 'x'`` as a statement; nothing for any other comparison."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq):
        return
    steps: list[Any] = []
    at: ast.expr = node.left
    while isinstance(at, ast.Subscript):
        try:
            steps.insert(0, ast.literal_eval(at.slice))
        except ValueError:
            return
        at = at.value
    if not (
        isinstance(at, ast.Name) and at.id == "entries" and len(steps) >= 2 and isinstance(steps[0], int)
    ):
        return
    try:
        value = ast.literal_eval(node.comparators[0])
    except ValueError:
        return
    kind = _field_of(steps[1:])
    if kind == "date" and isinstance(value, tuple) and len(value) >= 6:
        yield from _at(steps[0], "date", _tuple_date(value))
    elif kind and kind != "date" and isinstance(value, str):
        yield from _at(steps[0], kind, value)


def _field_of(steps: list[Any]) -> str:
    """Which of our fields a path of feedparser's means, "" for none."""
    first, rest = str(steps[0]), steps[1:]
    if first in {"title", "link", "author", "summary", "description"} or first.endswith("_parsed"):
        return _KEYS.get(first, "") if not rest else ""
    if first == "content":
        return "content" if rest[-1:] == ["value"] else ""
    return _DETAIL.get(first, "") if rest[-1:] in (["value"], ["name"]) else ""


def _tuple_date(value: tuple[int, ...]) -> str:
    try:
        return dt.datetime(*value[:6], tzinfo=dt.UTC).isoformat()  # type: ignore[misc, arg-type]
    except ValueError:
        return ""


def _at(index: int, kind: str, value: str) -> Iterator[Wanted]:
    if value.strip():
        yield Wanted(index, kind, value)


# --- gofeed and fastfeedparser: JSON beside the feed -----------------------------------------------------


def _beside(suite: str, file: Path, name: str) -> Case | None:
    """A feed with its JSON; JSON files that are expectations are no cases."""
    stem = file.with_suffix("")
    said = [
        stem.with_suffix(".json"),
        stem.with_name(f"{stem.name}_expected.json"),
        stem.with_name(f"{stem.name}.expected.json"),
    ]
    beside = next((f for f in said if f.is_file() and f != file), None)
    if beside is None:
        alone = file.suffix == ".json" and (stem.with_suffix(".xml").is_file() or "expected" in file.name)
        return None if alone else Case(suite, name, file.read_bytes(), f"http://suite.example/{name}")
    try:
        document = json.loads(beside.read_text("utf-8"))
    except ValueError:
        document = {}
    items = (document.get("items") or document.get("entries") or []) if isinstance(document, dict) else []
    wanted = tuple(w for n, item in enumerate(items) if isinstance(item, dict) for w in _json_item(n, item))
    return Case(suite, name, file.read_bytes(), f"http://suite.example/{name}", "", wanted)


def _json_item(index: int, item: dict[str, Any]) -> Iterator[Wanted]:
    yield from _at(index, "title", _text(item.get("title")))
    yield from _at(index, "link", _json_link(item))
    for key in ("publishedParsed", "pubDateParsed", "updatedParsed", "published", "updated"):
        if (when := _written(_text(item.get(key)))) and (
            key.endswith("Parsed") or f"{key}Parsed" not in item
        ):
            yield from _at(index, "date", when)
    people = [item.get("author"), *(item.get("authors") or [])]
    for person in people[:1] if people[0] else people[1:2]:
        yield from _at(
            index, "author", _text(person.get("name")) if isinstance(person, dict) else _text(person)
        )
    for key in ("summary", "description"):
        yield from _at(index, "content", _text(item.get(key)))
    content = item.get("content")
    for one in content if isinstance(content, list) else [content]:
        yield from _at(index, "content", _text(one.get("value")) if isinstance(one, dict) else _text(one))


def _json_link(item: dict[str, Any]) -> str:
    if link := _text(item.get("link") or item.get("url")):
        return link
    for link in item.get("links") or []:
        if isinstance(link, str):
            return link
        if isinstance(link, dict) and link.get("rel", "alternate") == "alternate":
            return _text(link.get("href"))
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _written(text: str) -> str:
    """An ISO date in UTC, "" for what is none."""
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat()


# --- KDE Syndication: a listing ---------------------------------------------------------------------------

_KDE = {
    "title": "title", "link": "link", "datePublished": "date", "dateUpdated": "date", "name": "author",
    "description": "content", "content": "content",
}  # fmt: skip
_LINE = re.compile(r"^(\w+): #(.*?)#$", re.DOTALL | re.MULTILINE)


def _kde(suite: str, file: Path, name: str) -> Case | None:
    listing = file.with_name(f"{file.name}.expected")
    blocks = re.split(r"# Item begin #+\n", listing.read_text("utf-8"))[1:] if listing.is_file() else []
    wanted: list[Wanted] = []
    for index, block in enumerate(blocks):
        seen: set[str] = set()
        own = re.split(r"# (?:Item|Enclosure|Category) (?:end|begin)", block)[0]
        for key, value in _LINE.findall(own):
            kind = _KDE.get(key, "")
            if not kind or (
                kind == "author" and "author" in seen
            ):  # the first person; others are contributors
                continue
            seen.add(kind)
            said = _ctime(value) if kind == "date" else unescape(value) if kind == "title" else value
            wanted += _at(index, kind, said)
    return Case(suite, name, file.read_bytes(), f"http://suite.example/{name}", "", tuple(wanted))


def _ctime(value: str) -> str:
    """``Sat Jan 10 23:12:07 2009`` as ISO in UTC."""
    parsed = email.utils.parsedate(value)
    return _tuple_date(parsed) if parsed else ""


def _silent(suite: str, file: Path, name: str) -> Case | None:
    return Case(suite, name, file.read_bytes(), f"http://suite.example/{name}")


READERS: dict[str, Callable[[str, Path, str], Case | None]] = {
    "feedparser": _feedparser,
    "gofeed": _beside,
    "fastfeedparser": _beside,
    "kde-syndication": _kde,
}
