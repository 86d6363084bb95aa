"""Editions as feeds: Atom (RFC 4287) and JSON Feed 1.1, an entry for each edition, from the same blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from digest.config.newsletter import Newsletter
from digest.model import Edition
from digest.render.context import SITE, Context, Links
from digest.render.mail import values
from digest.render.present import present
from digest.render.templates import fill
from digest.render.text import summary
from digest.render.words import words

_ATOM = "http://www.w3.org/2005/Atom"
_CLASS = re.compile(r' class="[^"]*"')  # feed readers have their own style; in text a quote is escaped
_XML = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One edition in a feed."""

    id: str
    url: str
    title: str
    summary: str
    content: str  # HTML
    when: str  # RFC 3339


def atom(
    editions: Sequence[Edition],
    newsletter: Newsletter,
    *,
    site_url: str,
    template_dir: Path | None = None,
    links: Links = SITE,
) -> bytes:
    """An Atom feed of ``editions``, newest first as given. ``site_url`` must not be empty: entries need addresses."""
    entries = [_entry(edition, newsletter, site_url, template_dir, links) for edition in editions]
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    root.set(f"{_XML}lang", newsletter.settings.language)
    home, own = _places(newsletter, site_url, links, links.atom)
    _add(root, "id", _tag(newsletter, site_url, newsletter.name))
    _add(root, "title", newsletter.settings.title)
    _add(root, "updated", entries[0].when if entries else "1970-01-01T00:00:00Z")
    _add(_add(root, "author"), "name", newsletter.settings.sender.name or newsletter.settings.title)
    _add(root, "link", rel="self", type="application/atom+xml", href=own)
    _add(root, "link", rel="alternate", type="text/html", href=home)
    for entry in entries:
        node = _add(root, "entry")
        _add(node, "id", _tag(newsletter, site_url, entry.id))
        _add(node, "title", entry.title)
        _add(node, "updated", entry.when)
        _add(node, "published", entry.when)
        _add(node, "link", rel="alternate", type="text/html", href=entry.url)
        _add(node, "summary", entry.summary)
        _add(node, "content", entry.content, type="html")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def json_feed(
    editions: Sequence[Edition],
    newsletter: Newsletter,
    *,
    site_url: str,
    template_dir: Path | None = None,
    links: Links = SITE,
) -> str:
    """A JSON Feed 1.1 of ``editions``, newest first as given."""
    home, own = _places(newsletter, site_url, links, links.json)
    entries = [_entry(edition, newsletter, site_url, template_dir, links) for edition in editions]
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": newsletter.settings.title,
        "home_page_url": home,
        "feed_url": own,
        "language": newsletter.settings.language,
        "items": [
            {
                "id": _tag(newsletter, site_url, entry.id),
                "url": entry.url,
                "title": entry.title,
                "summary": entry.summary,
                "content_html": entry.content,
                "date_published": entry.when,
            }
            for entry in entries
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _entry(
    edition: Edition, newsletter: Newsletter, site_url: str, template_dir: Path | None, links: Links
) -> FeedEntry:
    context: Context = present(edition, newsletter, site_url=site_url, links=links, marks=None)
    speech = words(context.language)
    return FeedEntry(
        id=edition.id,
        url=context.links.browser,
        title=context.subject,
        summary=f"{context.date} · {summary(context, speech)}",
        content=_CLASS.sub(
            "", fill(template_dir, context.language, "feed/edition.html", values(context))
        ).strip(),
        when=edition.due.isoformat().replace("+00:00", "Z"),
    )


def _places(newsletter: Newsletter, site_url: str, links: Links, own: str) -> tuple[str, str]:
    site = site_url.rstrip("/")
    return site + links.archive.format(newsletter=newsletter.name), site + own.format(
        newsletter=newsletter.name
    )


def _tag(newsletter: Newsletter, site_url: str, name: str) -> str:
    # RFC 4151: stays the same when the archive's addresses change. The year only has to be one of ours.
    host = urlsplit(site_url).hostname or newsletter.settings.sender.address.rpartition("@")[2]
    return f"tag:{host},2026:{name}"


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    node = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    node.text = text
    return node
