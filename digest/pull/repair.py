"""XML that is not well-formed, made so where its meaning is plain: stray ampersands, undeclared prefixes, cut ends."""

from __future__ import annotations

import html.entities
import re

from digest.errors import ParseError

# Namespaces that feeds use without declaring them.
_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "xlink": "http://www.w3.org/1999/xlink",
    "yt": "http://www.youtube.com/xml/schemas/2015",
}
# What never ends goes to the end of the text: looked for again at every "<!--", it would take quadratic time.
_OWN = {"amp", "lt", "gt", "quot", "apos"}
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(#\d{1,8};|#[xX][0-9A-Fa-f]{1,8};|[A-Za-z][A-Za-z0-9]{1,30};)?",
    re.DOTALL,
)
_START_TAG = re.compile(r"<[A-Za-z_][\w.:-]*")
_USED_PREFIX = re.compile(
    r"</?([A-Za-z_][\w.-]*):[A-Za-z_]|\s([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*=\s*[\"']"
)
_DECLARED_PREFIX = re.compile(r"xmlns:([A-Za-z_][\w.-]*) ?=")
_MOST_PREFIXES = 200
_ENTRY_END = re.compile(r"</(?:[A-Za-z_][\w.-]*:)?(?:item|entry)\s*>", re.IGNORECASE)
_ENTRY_START = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)\b", re.IGNORECASE)
_TAGS = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<(/?)([A-Za-z_][\w.:-]*)[^<>]*?(/?)>",
    re.DOTALL,
)

_ASIDES = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)


def mended(text: str) -> str:
    """The text with stray ampersands escaped, HTML's named characters put in and known prefixes declared.

    Raises ParseError where there are too many to declare.
    """
    return _with_prefixes(_AMPERSAND.sub(_ampersand, text))


def _ampersand(found: re.Match[str]) -> str:
    whole, reference = found[0], found[1]
    if whole[0] != "&":
        return whole  # CDATA and comments stay as they are
    if not reference:
        return "&amp;"
    if reference[0] == "#":
        return whole if _allowed(reference) else ""
    name = reference[:-1]
    if name in _OWN:
        return whole
    known = html.entities.html5.get(reference)
    return known.replace("&", "&amp;").replace("<", "&lt;") if known else f"&amp;{reference}"


def _allowed(reference: str) -> bool:
    """Whether a character reference names a character of XML 1.0 (section 2.2)."""
    digits = reference[1:-1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    return (
        code in {9, 10, 13}
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )


def _with_prefixes(text: str) -> str:
    root = _START_TAG.search(text)
    if not root:
        return text
    used = {a or b for a, b in _USED_PREFIX.findall(text)} - {"xml", "xmlns"}
    missing = sorted(used - set(_DECLARED_PREFIX.findall(text)))
    if len(missing) > _MOST_PREFIXES:  # feedparser looks through all of them at each element
        raise ParseError("The feed uses too many prefixes that it does not declare.", kind="hostile")
    # An unknown prefix gets a name of its own: what stands in it is skipped, what stands around it is read.
    declared = "".join(f' xmlns:{p}="{_PREFIXES.get(p.lower(), f"urn:undeclared:{p}")}"' for p in missing)
    return text[: root.end()] + declared + text[root.end() :]


def entries(text: str) -> int:
    """How many entries the text closes."""
    return sum(1 for _ in _ENTRY_END.finditer(text))


def first(text: str, most: int) -> str:
    """The text with only its first ``most`` entries; the rest is cut before any parser spends time on it."""
    ends = [found.end() for found, _ in zip(_ENTRY_END.finditer(text), range(most + 1), strict=False)]
    return text if len(ends) <= most else _closed(text, ends[most - 1])


def tags(text: str) -> int:
    """How many tags the text has at most; what stands in CDATA is text."""
    return _ASIDES.sub("", text).count("<")


def without_cut_entry(text: str) -> str:
    """A text that breaks off, up to its last whole entry, and closed there; "" when it has none."""
    end = max((found.end() for found in _ENTRY_END.finditer(text)), default=0)
    return _closed(text, end) if end else ""


def _closed(text: str, end: int) -> str:
    """The text up to ``end``, with the elements closed that were open around its first entry."""
    start = _ENTRY_START.search(text)
    open_tags: list[str] = []
    for found in _TAGS.finditer(text, 0, start.start() if start else 0):
        if found[2] and not found[3]:
            if not found[1]:
                open_tags.append(found[2])
            elif found[2] in open_tags:
                del open_tags[len(open_tags) - 1 - open_tags[::-1].index(found[2]) :]
    return text[:end] + "".join(f"</{tag}>" for tag in reversed(open_tags))
