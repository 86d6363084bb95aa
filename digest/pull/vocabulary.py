"""Which elements of a feed have words that are worth reading, by their namespaces and names."""

from __future__ import annotations

import functools
from typing import Any

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
_DUBLIN_PREFIXES = frozenset({"dc", "dcterms"})  # of Dublin Core 1.0 and other spellings of its namespace
_DROPPED = frozenset(
    """
    category keywords enclosure comments image thumbnail thumb picture photo img cloud textinput skiphours skipdays docs
    generator ttl rating copyright rights webmaster logo icon items contributor source
    width height guid id author creator pubdate published issued date updated modified created lastbuilddate expirationdate
    """.split()  # noqa: SIM905 - words of a format read better in a row
)


def is_entry(tag: str) -> bool:
    """Whether a tag is that of an entry."""
    space, local = split(tag)
    return local in {"item", "entry"} and is_base(space)


def is_base(space: str) -> bool:
    """Whether a namespace, in lower case, is one of RSS and Atom themselves."""
    return space in _BASE or "backend.userland.com/rss" in space


def split(tag: str) -> tuple[str, str]:
    """The namespace and the local name of lxml's ``{namespace}name``, in lower case."""
    space, _, local = tag.lower().rpartition("}")
    return space[1:], local


def reads_well(element: Any) -> bool:
    """Whether an element has words for a reader, or entries."""
    certain = known(element.tag, element.prefix)
    return len(element) > 0 and _holds_entries(element) if certain is None else certain


@functools.lru_cache(maxsize=1_000)
def known(tag: str, prefix: str | None) -> bool | None:
    """The same by name alone, None for a name that is known to nobody."""
    space, local = split(tag)
    if is_base(space):
        return local not in _DROPPED
    if space in _KEPT:
        return local in _KEPT[space]
    return local in _DUBLIN if prefix in _DUBLIN_PREFIXES else None


def _holds_entries(element: Any) -> bool:
    return next(element.iter("{*}item", "{*}entry"), None) is not None
