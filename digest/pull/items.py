"""Our own pass over an entry's element: what is a plain string in every format, and the pictures.

feedparser reads the same, more slowly, and mixes up the words of Media RSS.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from digest.pull import mediarss
from digest.pull.candidates import Candidate

_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_KEYWORDS = frozenset({"keywords", "itunes:keywords"})
_DATES = {"pubdate": 1, "published": 1, "issued": 1, "date": 2, "updated": 3, "modified": 3, "created": 4}
_PARTS = {
    "link": "link",
    **dict.fromkeys(("guid", "id"), "guid"),
    **dict.fromkeys(("category", "subject", "media:category", "itunes:category", *_KEYWORDS), "category"),
    **dict.fromkeys(("author", "creator", "itunes:author"), "author"),
    **dict.fromkeys(_DATES, "date"),
    "media:title": "title",
    "media:group": "group",
}


class Item(NamedTuple):
    """What our own pass takes from an item element."""

    title: str  # of its Media RSS, for feeds that have no other
    link: str
    page: str  # its address where a link element holds it as text, as in RSS
    guid: str
    guid_is_link: bool
    pictures: list[Candidate]
    categories: list[str]
    authors: list[str]
    dates: list[str]
    video: str = ""  # what a video site says of a video, for entries that say nothing else


def read(element: Any, base: str) -> Item:
    """An ``item`` or ``entry`` element of a document at ``base``."""
    children = [(mediarss.name(child), child) for child in element]
    parts: defaultdict[str, list[tuple[str, Any]]] = defaultdict(list)
    for kind, child in children:
        if part := _PARTS.get(kind):
            parts[part].append((kind, child))
    links = [child for _, child in parts["link"]]
    guid, guid_is_link = _guid(parts["guid"])
    return Item(
        title=next((child.text for _, child in parts["title"] if child.text), ""),
        link=next(filter(None, ((e.get("href") or e.text or "").strip() for e in links)), ""),
        page=next(filter(None, ((e.text or "").strip() for e in links)), ""),
        guid=guid or element.get(_ABOUT) or "",
        guid_is_link=guid_is_link,
        pictures=mediarss.find(children, base),
        categories=[term for kind, child in parts["category"] for term in _terms(kind, child)],
        authors=[_author(child) for _, child in parts["author"]],
        dates=_dates(element, parts["date"]),
        video=next(filter(None, (mediarss.video_text(child) for _, child in parts["group"])), ""),
    )


def _guid(found: list[tuple[str, Any]]) -> tuple[str, bool]:
    """The last of them, and whether it is an address."""
    if not found:
        return "", True
    _, element = found[-1]
    return (element.text or "").strip(), element.get("isPermaLink", "true").lower() == "true"


def _terms(kind: str, element: Any) -> list[str]:
    if kind in _KEYWORDS:
        return (element.text or element.get("text") or "").split(",")
    text = (element.text or "").strip()
    return [element.get("label") or text or element.get("term") or element.get("text") or ""]


def _author(element: Any) -> str:
    """An Atom person's name, or an RSS author: "jo@paper.example (Jo Poe)" is Jo Poe."""
    for child in element if len(element) else ():
        if mediarss.name(child) == "name":
            return child.text or ""
    return "".join(element.itertext()).strip()  # "by <a>Jo Poe</a>" is about


def _dates(item: Any, found: list[tuple[str, Any]]) -> list[str]:
    """The dates as written: publication, then update; CDF writes one as an attribute of the item."""
    dates = [(3, item.get("LASTMOD") or item.get("lastmod") or "")]
    dates += [(_DATES[kind], (child.text or "").strip()) for kind, child in found]
    return [date for _, date in sorted(dates, key=lambda ranked: ranked[0]) if date]
