"""RSS, RDF and Atom to drafts: our own pass over the XML pairs the pictures, feedparser reads what is not plain.

lxml goes first. It tells whether the XML is well-formed, finds the pictures, and reads the words where they are
plain. Where they are not, it hands feedparser a lean document without the elements that feedparser mixes up
(Media RSS captions become text) or that cost time for nothing. What cannot be made well-formed goes to
feedparser's loose parser as it is.
"""

from __future__ import annotations

import re
from typing import Any

from digest.errors import ParseError
from digest.pull import feedparsed, items, links, plain, repair, vocabulary
from digest.pull.draft import Draft, DraftFeed
from digest.pull.items import Item
from digest.pull.plain import Links, Told, Words

_ENTRIES = [f"{{*}}{name}" for name in ("item", "entry", "Item", "Entry", "ITEM", "ENTRY")]
_MOST_ATTRIBUTES = 50
_MOST_TAGS = 150_000  # of the entries that are read: a parser takes a kilobyte for each element
_MEDIA_WORDS = re.compile(
    r"<(media:(?:description|title|text|credit|content|group|thumbnail))\b[^>]*?(?:/>|>.*?</\1\s*>)",
    re.DOTALL | re.IGNORECASE,
)


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
    if not errors and (told := plain.read(root, len(found))):
        return _feed(told, found, note)
    told, own = feedparsed.read(_loose(text) if errors else _lean(root), url)
    return _feed(told, _matched(told.entries, found, own), note)


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


def _items(root: Any, base: str) -> list[Item]:
    """Our own pass: the pictures, categories and link of each entry, in the order feedparser will meet them."""
    return [
        items.read(element, _base(element, base))
        for element in root.iter(*_ENTRIES)
        if vocabulary.is_entry(element.tag)
    ]


def _base(element: Any, base: str) -> str:
    own = element.base  # xml:base of the element or the nearest above it
    return links.absolute(own, base) or base if own else base


def _lean(root: Any) -> bytes:
    """The document as feedparser needs it: only the elements it reads well, no white space between them."""
    from lxml import etree

    for crowded in root.xpath(f"//*[count(@*) > {_MOST_ATTRIBUTES}]"):
        crowded.attrib.clear()  # feedparser's time is quadratic in them
    for parent in [root, *root.iter("{*}channel", "{*}item", "{*}entry")]:
        for child in list(parent):
            if isinstance(child.tag, str) and not vocabulary.reads_well(child):
                parent.remove(child)
            elif parent is not root:
                child.tail = None
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def _loose(text: str) -> bytes:
    """A document that is not well-formed, without the Media RSS that feedparser would take for text."""
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + _MEDIA_WORDS.sub("", text).encode("utf-8", "replace")


def _matched(words: list[Words], found: list[Item], own: list[Item]) -> list[Item]:
    """Our own reading of each entry: by order, or by link where broken XML made the two readings differ.

    ``own``: what feedparser has of an entry in a document so broken that our pass did not find it.
    """
    if len(words) == len(found):
        return found
    by_link = {item.link: item for item in found if item.link}
    return [by_link.get(said.links.own, item) for said, item in zip(words, own, strict=True)]


def _feed(told: Told, found: list[Item], note: str) -> DraftFeed:
    drafts = [_draft(words, item, told.language) for words, item in zip(told.entries, found, strict=True)]
    return DraftFeed(told.title, told.site, told.language, drafts, note)


def _draft(words: Words, item: Item, feed_language: str) -> Draft:
    return Draft(
        guid=item.guid,
        guid_is_link=item.guid_is_link,
        links=_links(words.links, item.page),
        title=words.title or item.title,
        summary=words.summary or item.video,
        content=words.content,
        authors=item.authors,
        dates=item.dates,
        categories=item.categories,
        language="" if words.language == feed_language else words.language,
        pictures=item.pictures,
    )


def _links(written: Links, page: str) -> list[str]:
    """The original link behind FeedBurner's first, then the entry's own, then its other pages.

    feedparser takes the last link without a ``rel``: in RSS of El País an atom:link to another article.
    """
    own = page if page in written.pages else ""
    found = [written.original, own, written.own, *written.pages]
    return list(dict.fromkeys(filter(None, found)))
