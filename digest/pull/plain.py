"""The words of a plain feed, read without feedparser: RSS and Atom in which nothing needs interpreting.

feedparser takes a third of the time of a pull, and in most feeds of newspapers it has nothing to decide. What it
would have to decide about (an element that is not one of these, one twice, markup in one, an attribute that
changes its meaning) makes the whole document feedparser's; ``tests/pull/test_plain.py`` holds both readings equal.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from digest.pull import vocabulary

_XML = "{http://www.w3.org/XML/1998/namespace}"
_FORMATS = {"rss": "channel", "feed": ""}  # the root, and what in it holds the entries
_LINK_ATTRIBUTES = frozenset({"href", "rel", "type", "title", "hreflang", "length"})
_TEXT_TYPES = frozenset({"text", "html", "text/plain", "text/html"})
_BESIDE = {"encoded": "content", "origlink": "original", "language": "language"}  # of other namespaces
_TYPED = frozenset({"title", "summary", "content"})
_OF_ENTRY = frozenset({"title", "summary", "content", "original"})
_OF_FEED = frozenset({"title", "language", "summary", "subtitle", "tagline", "managingeditor"})
_SILENT = frozenset(
    {"creator", "author", "date", "issued", "created", "modified"}
)  # Dublin Core: see items.py
_ODD = "?"
_PAGES = frozenset({"alternate", "related", "via"})
_PAGE_TYPES = frozenset({"html", "xhtml", "text/html", "application/xhtml+xml"})
_EXTRA_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)/+")
_BROKEN_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_UNASSIGNED = frozenset({129, 141, 143, 144, 157})
_WINDOWS = {code: bytes([code]).decode("cp1252") for code in range(128, 160) if code not in _UNASSIGNED}


class Words(NamedTuple):
    """What one entry says."""

    title: str
    summary: str
    content: str
    links: Links
    language: str


class Links(NamedTuple):
    """Where a feed or an entry links to."""

    own: str
    pages: list[str]  # alternate and related ones, in their order
    original: str = ""  # what FeedBurner's address stands for


class Told(NamedTuple):
    """What a document says."""

    title: str
    site: str
    language: str
    entries: list[Words]


def read(root: Any, entries: int) -> Told | None:
    """The words of a well-formed document with so many ``entries``; None when it is one for feedparser."""
    holder = _holder(root)
    if holder is None:
        return None
    language = root.get(f"{_XML}lang") or root.get("lang") or ""
    language = language.replace("_", "-")
    head: list[Any] = []
    words: list[Words] = []
    for child in holder:
        kind = _kind(child)
        if kind == "entry":
            made = _entry(child, language)
            if made is None:
                return None
            words.append(made)
        elif kind:
            head.append(child)
            if words:
                return None  # what comes after the entries may be another's
    found = _parts(head, _OF_FEED)
    if found is None or len(words) != entries or not words:
        return None
    texts, links = found
    return Told(texts.get("title", ""), links.own, texts.get("language") or language, words)


def _holder(root: Any) -> Any:
    """The element that holds the entries of a document of a known form."""
    space, local = vocabulary.split(root.tag)
    if not vocabulary.is_base(space) or local not in _FORMATS or root.get(f"{_XML}base") or root.get("base"):
        return None
    if not _FORMATS[local]:
        return root
    children = [child for child in root if _kind(child)]
    known = len(children) == 1 and _kind(children[0]) == _FORMATS[local] and not children[0].attrib
    return children[0] if known else None


def _kind(element: Any) -> str:
    """What an element is: a word's name, "entry", "" for what says nothing to a reader, "?" for the rest."""
    tag = element.tag
    if not isinstance(tag, str):
        return _ODD  # an entity that nobody has declared
    kind = _known(tag, element.prefix)
    return kind if kind is not None else _ODD if vocabulary.reads_well(element) else ""


@functools.lru_cache(maxsize=1_000)
def _known(tag: str, prefix: str | None) -> str | None:
    """The same by name alone, None where it depends on what stands in it."""
    known = vocabulary.known(tag, prefix)
    if not known:
        return None if known is None else ""
    space, local = vocabulary.split(tag)
    if vocabulary.is_base(space):
        return "entry" if local in {"item", "entry"} else "summary" if local == "description" else local
    return "" if local in _SILENT else _BESIDE.get(local, _ODD)


def _entry(element: Any, language: str) -> Words | None:
    found = None if element.attrib else _parts(element, _OF_ENTRY)
    if found is None:
        return None
    texts, links = found
    content = texts.get("content", "")
    told = "title" in texts or "summary" in texts
    return Words(
        texts.get("title", ""), texts.get("summary", content), content, links, language if told else ""
    )


def _parts(elements: Iterable[Any], wanted: Collection[str]) -> tuple[dict[str, str], Links] | None:
    """The texts and links among elements; None when there is anything else, or more than one of a kind."""
    texts: dict[str, str] = {}
    links: list[Any] = []
    for element in elements:
        kind = _kind(element)
        if kind == "link" and not len(element):
            links.append(element)
        elif kind and (kind not in wanted or kind in texts or not _is_text(element, kind)):
            return None
        elif kind:
            texts[kind] = _text(element)
    found = _links(links, texts.get("original", ""))
    return None if found is None else (texts, found)


def _is_text(element: Any, kind: str) -> bool:
    """Whether an element holds text alone and says nothing of it but its type."""
    if len(element):
        return False
    attributes = element.attrib
    return not attributes or (
        kind in _TYPED and len(attributes) == 1 and attributes.get("type", "").lower() in _TEXT_TYPES
    )


def _links(elements: list[Any], original: str) -> Links | None:
    own, pages = "", []
    for element in elements:
        attributes = element.attrib
        if not attributes:
            own = _address(_text(element))
            pages += [own] if own else []
        elif "href" not in attributes or not _LINK_ATTRIBUTES.issuperset(attributes):
            return None
        elif (rel := attributes.get("rel", "alternate").lower()) in _PAGES:
            pages.append(_EXTRA_SLASHES.sub(r"\1", attributes["href"]))
            if rel == "alternate" and attributes.get("type", "html").lower() in _PAGE_TYPES:
                own = pages[-1]
    return Links(own, pages, original)


def _text(element: Any) -> str:
    """The text of an element without the two mistakes that are plain: UTF-8 or Windows' characters taken for ISO-8859-1."""
    text: str = (element.text or "").strip()
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_WINDOWS)


def _address(text: str) -> str:
    return _BROKEN_REFERENCE.sub(r"&\1", _EXTRA_SLASHES.sub(r"\1", text).replace("&amp;", "&"))
