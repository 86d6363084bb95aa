"""A web page where a feed should be: the feeds it names (RSS autodiscovery)."""

from __future__ import annotations

import re

from digest.pull import links, markup
from digest.pull.parsed import Alternate

MOST = 20  # feeds taken from one page
HEAD = 300_000  # characters of a page read; some put <link> late

_TYPES = re.compile(
    r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)|application/json|(?:text|application)/xml",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"\bcomments?\b|kommentare|commentaires|comentarios", re.IGNORECASE)
_LINK = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_BASE = re.compile(r"<base\b[^>]*?href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)


def alternates(html: str, url: str) -> tuple[Alternate, ...]:
    """The feeds that ``<link rel="alternate">`` names, in the page's order; those of comments last."""
    head = html[:HEAD]
    base = links.absolute(found[1], url) if (found := _BASE.search(head)) else ""
    made: dict[str, Alternate] = {}
    for tag in _LINK.findall(head):
        values = {name.lower(): markup.line(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag)}
        kind = values.get("type", "").partition(";")[0].lower()
        if not {"alternate", "feed"} & set(values.get("rel", "").lower().split()) or not _TYPES.fullmatch(
            kind
        ):
            continue
        address = links.absolute(values.get("href", ""), base or url)
        if address and (kind != "application/json" or "feed" in address):  # WordPress names its own API so
            made.setdefault(address, Alternate(address, values.get("title", ""), kind))
    return tuple(sorted(made.values(), key=lambda a: bool(_COMMENTS.search(a.title + a.url)))[:MOST])


def title(html: str) -> str:
    """The page's title."""
    found = _TITLE.search(html[:HEAD])
    return markup.line(found[1]) if found else ""
