"""Which mail clients ignore which HTML and CSS of a mail: a table condensed from Can I email's data (MIT)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import etree

from digest.checks.draft import Draft, Finding

_MSO = re.compile(r"<!--\[if.*?<!\[endif\]-->", re.DOTALL)
_MEDIA = re.compile(r"@(media|supports)([^{]*)\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}", re.DOTALL)
_RULES = re.compile(r"\{([^{}]*)\}")
_CONDITION = re.compile(r"\(\s*([a-z-]+)")
# Clients put a mail into a page of their own: body and style go, and what they say is said again in the text.
HARMLESS = frozenset({"html-html", "html-head", "html-body", "html-style", "html-doctype"})
NAMED = 6  # features that a finding names


@dataclass(frozen=True, slots=True)
class Table:
    """The table: for each feature one letter a client; y yes, a in part, n no, u unknown."""

    source: str
    licence: str
    date: str
    clients: tuple[str, ...]
    features: dict[str, str]


@lru_cache(maxsize=1)
def table() -> Table:
    """The table that comes with the program."""
    found = json.loads(Path(__file__).with_name("support.json").read_text(encoding="utf-8"))
    return Table(found["source"], found["licence"], found["date"], tuple(found["clients"]), found["features"])


@dataclass(frozen=True, slots=True)
class Uses:
    """The features that a document uses: those that stand in the elements, and those that only style sheets have."""

    inline: frozenset[str]
    sheets: frozenset[str]


@lru_cache(maxsize=1024)  # a mail says the same few hundreds of times
def declared(css: str) -> frozenset[str]:
    """The features of a list of declarations."""
    names = (part.partition(":")[0].strip().lower() for part in css.split(";"))
    return frozenset(f"css-{name}" for name in names if name and not name.startswith(("mso-", "-")))


@lru_cache(maxsize=2)  # the desk asks twice for each edition
def used(html: str) -> Uses:
    """What ``html`` uses, outside of what only Outlook reads."""
    tree = etree.fromstring(_MSO.sub("", html).encode(), etree.HTMLParser(encoding="utf-8"))
    inline: set[str] = set()
    sheets: set[str] = set()
    for element in tree.iter(etree.Element):
        inline.add(f"html-{element.tag}")
        inline |= {"html-srcset"} if "srcset" in element.attrib else set()
        inline |= declared(element.get("style", ""))
        if element.tag == "style":
            sheets |= ruled(element.text or "")
    return Uses(frozenset(inline - HARMLESS), frozenset(sheets))


def ruled(sheet: str) -> set[str]:
    """The features of a style sheet."""
    found: set[str] = set()
    for kind, condition, rules in _MEDIA.findall(sheet):
        found |= {f"css-at-{kind}", *(f"css-at-{kind}-{name}" for name in _CONDITION.findall(condition))}
        found |= declared(";".join(_RULES.findall(rules)))
    return found | declared(";".join(_RULES.findall(_MEDIA.sub("", sheet))))


def support(draft: Draft) -> Iterator[Finding]:
    """One note a client: what of the mail it ignores. Sheets are there to be ignored; elements matter more."""
    known, uses = table(), used(draft.html)
    for place, client in enumerate(known.clients):
        inline = [
            name for name in sorted(uses.inline) if known.features.get(name, "")[place : place + 1] == "n"
        ]
        if inline:
            message = f"{client} ignores {_names(inline)} in the text."
            yield Finding("note", "support", message, f"Can I email, {known.date}")
        elif "css-at-media-prefers-color-scheme" in uses.sheets and _lacks(known, place):
            yield Finding("note", "support", f"{client} shows its own dark colours, or none.", known.date)


@dataclass(frozen=True, slots=True)
class Client:
    """How much of a mail one client understands."""

    name: str
    used: int  # features that the mail uses and the table knows
    ignored: tuple[str, ...]
    partly: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clients:
    """Every client, with where the figures are from."""

    rows: tuple[Client, ...]
    source: str
    licence: str
    date: str


def clients(html: str) -> Clients:
    """What each client understands of what stands in the elements of ``html``; style sheets may be ignored."""
    known = table()
    features = sorted(name for name in used(html).inline if name in known.features)
    rows = [
        Client(
            client,
            len(features),
            tuple(f.partition("-")[2] for f in features if known.features[f][place] == "n"),
            tuple(f.partition("-")[2] for f in features if known.features[f][place] == "a"),
        )
        for place, client in enumerate(known.clients)
    ]
    return Clients(tuple(rows), known.source, known.licence, known.date)


def _lacks(known: Table, place: int) -> bool:
    return known.features["css-at-media-prefers-color-scheme"][place] == "n"


def _names(features: list[str]) -> str:
    short = [name.partition("-")[2] for name in features]
    more = len(short) - NAMED
    return ", ".join(short[:NAMED]) + (f" and {more} more" if more > 0 else "")
