"""JSON Feed 1.0 and 1.1 (jsonfeed.org) to drafts; feedparser does not read it."""

from __future__ import annotations

import json
from typing import Any

from digest.errors import ParseError
from digest.pull import links, markup
from digest.pull.candidates import Candidate
from digest.pull.draft import Draft, DraftFeed


def read(text: str, url: str, most: int) -> DraftFeed:
    """The feed in the text of a JSON document from ``url``, with its first ``most`` items."""
    feed = _load(text)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or not isinstance(items, list):
        raise ParseError("What came is JSON, but not a JSON Feed.", kind="not_a_feed")
    site = links.absolute(_string(feed, "home_page_url"), url)
    authors = _authors(feed)
    drafts = [_draft(item, url, authors) for item in items[:most] if isinstance(item, dict)]
    return DraftFeed(_string(feed, "title"), site, _string(feed, "language"), drafts)


def _load(text: str) -> Any:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(
            text
        )  # control characters in strings, junk at the end
    except (ValueError, RecursionError) as e:
        raise ParseError("What came is neither a feed nor whole JSON.", kind="not_a_feed") from e
    return value


def _draft(item: dict[str, Any], url: str, feed_authors: list[str]) -> Draft:
    own, elsewhere = _string(item, "url"), _string(item, "external_url")
    content = _string(item, "content_html") or _string(item, "content_text")
    return Draft(
        guid=_string(item, "id"),
        links=[links.absolute(link, url) for link in (own, elsewhere) if link],
        title=_string(item, "title"),
        summary=_string(item, "summary"),
        content=content,
        authors=_authors(item) or feed_authors,
        dates=[date for key in ("date_published", "date_modified") if (date := _string(item, key))],
        categories=[str(tag) for tag in _list(item, "tags") if isinstance(tag, str)],
        language=_string(item, "language"),
        pictures=_pictures(item, url),
    )


def _authors(holder: dict[str, Any]) -> list[str]:
    """``authors`` of version 1.1, ``author`` of 1.0."""
    people = [*_list(holder, "authors"), holder.get("author")]
    names = [_string(person, "name") for person in people if isinstance(person, dict)]
    return [name for name in names if name]


def _pictures(item: dict[str, Any], url: str) -> list[Candidate]:
    """The item's image and banner, and the attachments that are pictures."""
    found = [
        Candidate(made)
        for key in ("image", "banner_image")
        if (made := links.picture(_string(item, key), url))
    ]
    for attachment in _list(item, "attachments"):
        kind = _string(attachment, "mime_type") if isinstance(attachment, dict) else ""
        if kind.startswith("image/") and (made := links.picture(_string(attachment, "url"), url)):
            found.append(Candidate(made, alt=markup.line(_string(attachment, "title")), type=kind))
    return found


def _string(holder: dict[str, Any], key: str) -> str:
    """A string; numbers too, which some feeds use as ids; "" for anything else."""
    value = holder.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []
