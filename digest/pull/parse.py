"""A body to what it says: a feed's clean entries, or the feeds that a page names. Runs in a worker process."""

from __future__ import annotations

from digest.errors import ParseError
from digest.pull import entries, jsonfeed, labels, links, markup, page, xmlfeed
from digest.pull.decode import decode
from digest.pull.parsed import Origin, Parsed


def parse(
    body: bytes,
    origin: Origin,
    *,
    content_type: str = "",
    max_entries: int = 500,
    max_bytes: int = 15_000_000,
) -> Parsed:
    """What a body from ``origin.base`` says, with at most ``max_entries`` entries from the top."""
    if not body.strip():
        raise ParseError("The feed is empty.", kind="empty")
    document = decode(body, content_type, max_bytes)
    if document.kind == "html":
        return Parsed(
            "page",
            page.title(document.text),
            origin.base,
            alternates=page.alternates(document.text, origin.base),
        )
    if document.kind not in {"json", "xml"}:
        raise ParseError("What came is not a feed.", "Check the address.", kind="not_a_feed")
    reader = jsonfeed if document.kind == "json" else xmlfeed
    feed = reader.read(document.text, origin.base, max_entries)
    return Parsed(
        kind="feed",
        title=markup.line(feed.title)[:200],
        site=links.absolute(feed.site, origin.base),
        language=labels.language(feed.language),
        entries=entries.build(feed, origin),
        note=feed.note,
    )
