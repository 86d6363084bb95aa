"""RSS, RDF and Atom to drafts: feedparser reads them, our own pass over the XML pairs the pictures.

lxml goes first. It tells whether the XML is well-formed, finds the pictures, and hands feedparser a lean
document without the elements that feedparser mixes up (Media RSS captions become text) or that cost time
for nothing. What cannot be made well-formed goes to feedparser's loose parser as it is.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

from digest.errors import ParseError
from digest.pull import links, mediarss, repair
from digest.pull.candidates import Candidate
from digest.pull.draft import Draft, DraftFeed

# The namespaces feedparser takes for RSS and Atom themselves (feedparser/mixin.py).
_BASE = frozenset(
    {
        "",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://example.com/newformat#",
        "http://example.com/necho",
        "http://purl.org/echo/",
        "uri/of/echo/namespace#",
        "http://purl.org/pie/",
        "http://purl.org/atom/ns#",
        "http://www.w3.org/2005/atom",
        "http://purl.org/rss/1.0/modules/rss091#",
    }
)
_DUBLIN = frozenset(
    {"creator", "author", "date", "issued", "created", "modified", "title", "language", "description"}
)
_KEPT = {
    "http://purl.org/dc/elements/1.1/": _DUBLIN,
    "http://purl.org/dc/terms/": _DUBLIN,
    "http://purl.org/rss/1.0/modules/content/": {"encoded"},
    "http://www.w3.org/1999/xhtml": {"body", "div"},
    "http://rssnamespace.org/feedburner/ext/1.0": {"origlink"},
    "http://www.itunes.com/dtds/podcast-1.0.dtd": {"summary", "subtitle", "title"},
}
_MOST_ATTRIBUTES = 50
_MOST_TAGS = 150_000  # of the entries that are read: a parser takes a kilobyte for each element
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_CATEGORIES = frozenset({"category", "subject", "media:category", "itunes:category"})
_KEYWORDS = frozenset({"keywords", "itunes:keywords"})
_DUBLIN_PREFIXES = frozenset({"dc", "dcterms"})  # of Dublin Core 1.0 and other spellings of its namespace
_AUTHORS = frozenset({"author", "creator", "itunes:author"})
_DATES = {"pubdate": 1, "published": 1, "issued": 1, "date": 2, "updated": 3, "modified": 3, "created": 4}
_DROPPED = frozenset(
    """
    category keywords enclosure comments image thumbnail thumb picture photo img cloud textinput skiphours skipdays docs
    generator ttl rating copyright rights webmaster logo icon items contributor source
    width height guid id author creator pubdate published issued date updated modified created lastbuilddate expirationdate
    """.split()  # noqa: SIM905 - words of a format read better in a row
)
_MEDIA_WORDS = re.compile(
    r"<(media:(?:description|title|text|credit|content|group|thumbnail))\b[^>]*?(?:/>|>.*?</\1\s*>)",
    re.DOTALL | re.IGNORECASE,
)


class _Item(NamedTuple):
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


def read(text: str, url: str, most: int) -> DraftFeed:
    """The feed in the text of an XML document from ``url``, with its first ``most`` entries."""
    text, note = repair.first(text, most), ""
    if text.count("<") > _MOST_TAGS and repair.tags(text) > _MOST_TAGS:
        raise ParseError("The feed has too many elements.", "Lower pull.max_entries.", kind="hostile")
    root, errors = _tree(text)
    if errors:
        text = repair.mended(text)
        root, errors = _tree(text)
    if "ERR_TAG_NOT_FINISHED" in errors and (whole := repair.without_cut_entry(text)):
        cut_root, cut_errors = _tree(whole)
        if not cut_errors:
            text, root, errors, note = whole, cut_root, [], "The feed is cut off; its last entry is left out."
    if root is None:
        raise ParseError("What came is not XML.", kind="not_a_feed")
    found = _items(root, url)
    document = _loose(text) if errors else _lean(root)
    parsed = _feedparser(document, url)
    if not parsed["entries"] and not parsed.get("version"):
        raise ParseError(
            "What came is not a feed.",
            "Check the address; a site's own page often names its feed.",
            kind="not_a_feed",
        )
    return _feed(parsed, found, note)


def _tree(text: str) -> tuple[Any, list[str]]:
    """The root element as far as it can be read, and the names of what is wrong."""
    from lxml import etree

    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, collect_ids=False, encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    errors = [str(e.type_name) for e in parser.error_log if e.level > etree.ErrorLevels.WARNING]
    if "ERR_NO_MEMORY" in errors:
        raise MemoryError
    if "ERR_RESOURCE_LIMIT" in errors:
        raise ParseError("The feed nests elements too deeply or holds an endless text.", kind="hostile")
    return root, errors if root is not None else ["ERR_DOCUMENT_EMPTY"]


def _items(root: Any, base: str) -> list[_Item]:
    """Our own pass: the pictures, categories and link of each entry, in the order feedparser will meet them."""
    found = []
    for element in root.iter():
        tag = element.tag
        if not isinstance(tag, str):
            continue
        space, _, local = tag.rpartition("}")
        if local.lower() in {"item", "entry"} and _is_base(space[1:]):
            found.append(_item(element, _base(element, base)))
    return found


def _is_base(space: str) -> bool:
    return space.lower() in _BASE or "backend.userland.com/rss" in space


def _base(element: Any, base: str) -> str:
    own = element.base  # xml:base of the element or the nearest above it
    return links.absolute(own, base) or base if own else base


def _item(element: Any, base: str) -> _Item:
    """What is a plain string in every format: id, authors, dates, categories. feedparser reads the same, more slowly."""
    title, link, page, guid, guid_is_link, video = "", "", "", "", True, ""
    categories: list[str] = []
    authors: list[str] = []
    dates = [(3, element.get("LASTMOD") or element.get("lastmod") or "")]  # CDF
    for child in element:
        kind = mediarss.name(child)
        if kind == "link":
            link = link or (child.get("href") or child.text or "").strip()
            page = page or (child.text or "").strip()
        elif kind in {"guid", "id"}:
            guid, guid_is_link = (
                (child.text or "").strip(),
                child.get("isPermaLink", "true").lower() == "true",
            )
        elif kind in _CATEGORIES:
            categories.append(_term(child))
        elif kind in _KEYWORDS:
            categories += (child.text or child.get("text") or "").split(",")
        elif kind == "media:title":
            title = title or child.text or ""
        elif kind == "media:group":
            video = video or mediarss.video_text(child)
        elif kind in _AUTHORS:
            authors.append(_author(child))
        elif rank := _DATES.get(kind):
            dates.append((rank, (child.text or "").strip()))
    written = [date for _, date in sorted(dates, key=lambda d: d[0]) if date]
    return _Item(
        title,
        link,
        page,
        guid or element.get(_ABOUT) or "",
        guid_is_link,
        mediarss.find(element, base),
        categories,
        authors,
        written,
        video,
    )


def _term(element: Any) -> str:
    text = (element.text or "").strip()
    return element.get("label") or text or element.get("term") or element.get("text") or ""


def _author(element: Any) -> str:
    """An Atom person's name, or an RSS author: "jo@paper.example (Jo Poe)" is Jo Poe."""
    for child in element if len(element) else ():
        if mediarss.name(child) == "name":
            return child.text or ""
    return "".join(element.itertext()).strip()  # "by <a>Jo Poe</a>" is about


def _lean(root: Any) -> bytes:
    """The document as feedparser needs it: only the elements it reads well, no white space between them."""
    from lxml import etree

    for crowded in root.xpath(f"//*[count(@*) > {_MOST_ATTRIBUTES}]"):
        crowded.attrib.clear()  # feedparser's time is quadratic in them
    for parent in [root, *root.iter("{*}channel", "{*}item", "{*}entry")]:
        for child in list(parent):
            if isinstance(child.tag, str) and not _reads_well(child):
                parent.remove(child)
            elif parent is not root:
                child.tail = None
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def _reads_well(element: Any) -> bool:
    space, _, local = element.tag.rpartition("}")
    space, local = space[1:].lower(), local.lower()
    if _is_base(space):
        return local not in _DROPPED
    if space in _KEPT:
        return local in _KEPT[space]
    if element.prefix in _DUBLIN_PREFIXES:
        return local in _DUBLIN
    return len(element) > 0 and _holds_entries(element)


def _holds_entries(element: Any) -> bool:
    return next(element.iter("{*}item", "{*}entry"), None) is not None


def _loose(text: str) -> bytes:
    """A document that is not well-formed, without the Media RSS that feedparser would take for text."""
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + _MEDIA_WORDS.sub("", text).encode("utf-8", "replace")


def _feedparser(document: bytes, url: str) -> Mapping[str, Any]:
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


def _feed(parsed: Mapping[str, Any], found: list[_Item], note: str) -> DraftFeed:
    entries = parsed["entries"]
    feed = parsed["feed"]
    language = _get(feed, "language") or _detail_language(feed)
    drafts = [
        _draft(entry, item, language) for entry, item in zip(entries, _matched(entries, found), strict=True)
    ]
    return DraftFeed(_get(feed, "title"), _get(feed, "link"), language, drafts, note)


def _matched(entries: list[Any], found: list[_Item]) -> list[_Item | None]:
    """Our own reading of each entry: by order, or by link where broken XML made the two readings differ."""
    if len(entries) == len(found):
        return list(found)
    by_link = {item.link: item for item in found if item.link}
    return [by_link.get(_get(entry, "link")) for entry in entries]


def _draft(entry: Any, item: _Item | None, feed_language: str) -> Draft:
    contents = [c.get("value") or "" for c in dict.get(entry, "content") or () if c.get("value")]
    language = _get(entry, "language") or _detail_language(entry)
    own = item or _from_feedparser(entry)
    return Draft(
        guid=own.guid,
        guid_is_link=own.guid_is_link,
        links=_links(entry, own.page),
        title=_get(entry, "title") or own.title,
        summary=_get(entry, "summary") or own.video,
        content=max(contents, key=len, default=""),
        authors=own.authors,
        dates=own.dates,
        categories=own.categories,
        language="" if language == feed_language else language,
        pictures=own.pictures,
    )


def _from_feedparser(entry: Any) -> _Item:
    """An entry of a document so broken that our own pass did not find it."""
    dates = [written for key in ("published", "updated", "created") if (written := _get(entry, key))]
    tags = [tag.get("label") or tag.get("term") or "" for tag in dict.get(entry, "tags") or ()]
    return _Item(
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


def _links(entry: Any, page: str) -> list[str]:
    """The original link behind FeedBurner's first, then the entry's own, then its other pages.

    feedparser takes the last link without a ``rel``: in RSS of El País an atom:link to another article.
    """
    others = [
        link.get("href") or ""
        for link in dict.get(entry, "links") or ()
        if link.get("rel") in {"alternate", "related", "via"}
    ]
    own = page if page in others else ""
    found = [_get(entry, "feedburner_origlink"), own, _get(entry, "link"), *others]
    return list(dict.fromkeys(filter(None, found)))


def _authors(entry: Any) -> list[str]:
    names = [author.get("name") or "" for author in dict.get(entry, "authors") or ()]
    names = [name for name in names if name]
    return names or [name for name in [_get(entry, "author")] if name]
