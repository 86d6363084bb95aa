"""What feedparser reads in a document, as drafts want it: words, links, language."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from digest.errors import ParseError
from digest.pull.items import Item
from digest.pull.plain import Links, Told, Words


def read(document: bytes, url: str) -> tuple[Told, list[Item]]:
    """The words of a document from ``url``, and what feedparser has of the rest of each entry. Raises ParseError."""
    parsed = _parsed(document, url)
    if not parsed["entries"] and not parsed.get("version"):
        raise ParseError(
            "What came is not a feed.",
            "Check the address; a site's own page often names its feed.",
            kind="not_a_feed",
        )
    feed, entries = parsed["feed"], parsed["entries"]
    language = _get(feed, "language") or _detail_language(feed)
    told = Told(_get(feed, "title"), _get(feed, "link"), language, [*map(_words, entries)])
    return told, [*map(_item, entries)]


def _parsed(document: bytes, url: str) -> Mapping[str, Any]:
    """What feedparser reads. Only bytes, never an address: it must not fetch."""
    import feedparser

    # It joins addresses for every element it meets when it knows one; without xml:base that is ours to do.
    location = {"content-location": url} if b"xml:base" in document else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecations
        try:
            parsed: Mapping[str, Any] = feedparser.parse(
                document,
                response_headers={"content-type": "application/xml; charset=utf-8", **location},
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as e:
            # An empty <width>, an <end> of an element that never began: it was not made for these.
            raise ParseError(f"The feed could not be read ({type(e).__name__}).", kind="crash") from e
    return parsed


def _words(entry: Any) -> Words:
    contents = [c.get("value") or "" for c in dict.get(entry, "content") or () if c.get("value")]
    pages = [
        link.get("href") or ""
        for link in dict.get(entry, "links") or ()
        if link.get("rel") in {"alternate", "related", "via"}
    ]
    return Words(
        title=_get(entry, "title"),
        summary=_get(entry, "summary"),
        content=max(contents, key=len, default=""),
        links=Links(_get(entry, "link"), pages, _get(entry, "feedburner_origlink")),
        language=_get(entry, "language") or _detail_language(entry),
    )


def _item(entry: Any) -> Item:
    """An entry of a document so broken that our own pass did not find it."""
    dates = [written for key in ("published", "updated", "created") if (written := _get(entry, key))]
    tags = [tag.get("label") or tag.get("term") or "" for tag in dict.get(entry, "tags") or ()]
    return Item(
        "", "", "", _get(entry, "id"), bool(dict.get(entry, "guidislink")), [], tags, _authors(entry), dates
    )


def _get(entry: Any, key: str) -> str:
    """A string of feedparser's, without its aliases: it gives the date of publication for a missing update."""
    value = dict.get(entry, key)
    return value if isinstance(value, str) else ""


def _detail_language(context: Any) -> str:
    for key in ("title_detail", "summary_detail"):
        if language := (dict.get(context, key) or {}).get("language"):
            return str(language)
    return ""


def _authors(entry: Any) -> list[str]:
    names = [author.get("name") or "" for author in dict.get(entry, "authors") or ()]
    names = [name for name in names if name]
    return names or [name for name in [_get(entry, "author")] if name]
