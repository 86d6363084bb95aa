"""OPML, the list of feeds that readers exchange: read tolerantly, written by the book (OPML 2.0).

Of 118 files of one popular collection 80 are not well-formed: bare ampersands, ``<`` and quotes inside
attributes. They are mended as text before lxml sees them; what is still broken then, it skips.
"""

from __future__ import annotations

import codecs
import datetime as dt
import html.entities
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from digest.errors import DigestError
from digest.names import short_name, unique
from digest.text import clean

LARGEST = 20_000_000  # bytes; 10,000 feeds take about 3 MB

_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(\[.*?\])?[^>]*>", re.DOTALL | re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding=["']([A-Za-z0-9._-]+)["']""")
_DECLARATION = re.compile(r"^\s*<\?xml.*?\?>", re.DOTALL)
_AMPERSAND = re.compile(
    r"&(?!(?:#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)(?:([A-Za-z0-9]{2,31});)?"
)
# A tag ends behind a quote and before the next tag: descriptions hold ">" and quotes of their own.
_TAG = re.compile(r"""<outline\b(\s*|.{1,30000}?["']\s*)(/?)>(?=\s*(?:<|$))""", re.DOTALL | re.IGNORECASE)
_NEXT = r"(?=\s+[A-Za-z_][\w:.-]*\s*=|\s*$)"
_ATTRIBUTE = re.compile(
    rf"""([A-Za-z_][\w:.-]*)\s*=\s*(?:"(.{{0,20000}}?)"{_NEXT}|'(.{{0,20000}}?)'{_NEXT})""", re.DOTALL
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in an OPML file."""

    name: str  # a short name, unique in the file
    url: str
    title: str = ""
    site: str = ""
    language: str = ""
    folder: str = ""  # the folder it lies in, the innermost one


def read(path: Path) -> tuple[Outline, ...]:
    """The feeds of an OPML file; raises DigestError when there is no such file or no feed in it."""
    try:
        if path.stat().st_size > LARGEST:
            raise DigestError(f"{path} is larger than {LARGEST // 1_000_000} MB.", "Split it.")
        found = parse(path.read_bytes())
    except OSError as error:
        raise DigestError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    if not found:
        raise DigestError(f"{path} names no feed.", "An OPML file holds <outline xmlUrl=…> elements.")
    return found


def parse(body: bytes) -> tuple[Outline, ...]:
    """The feeds of an OPML document, in its order, each address once; empty when it has none."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(mended(_decoded(body)).encode(), parser)
    except etree.XMLSyntaxError:
        return ()
    return tuple(_named(_feeds(root))) if root is not None else ()


def _decoded(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    declared = _DECLARED.match(body)
    for encoding in ("utf-8-sig", declared[1].decode() if declared else "cp1252"):
        try:
            return body.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("cp1252", "replace")


def mended(text: str) -> str:
    """The document with what people get wrong put right: ampersands, ``<`` and quotes inside attributes."""
    text = _CONTROL.sub("", _DOCTYPE.sub("", _DECLARATION.sub("", text, count=1), count=1))
    return _TAG.sub(_mended_tag, _AMPERSAND.sub(_mended_ampersand, text))


def _mended_ampersand(found: re.Match[str]) -> str:
    # XML knows five names; people write HTML's as well: &nbsp; and &eacute;.
    character = html.entities.html5.get(f"{found[1]};") if found[1] else None
    return escape(character) if character else "&amp;" + found[0][1:]


def _mended_tag(found: re.Match[str]) -> str:
    attributes: dict[str, str] = {}
    for one in _ATTRIBUTE.finditer(found[1]):
        value = one[2] if one[2] is not None else one[3]
        attributes.setdefault(one[1].lower(), value.replace("<", "&lt;").replace('"', "&quot;"))
    body = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<outline{body}{found[2]}>"


def _feeds(root: Any) -> Iterator[Outline]:
    """Each outline with an address, the folder being the nearest outline above it that has none."""
    for element in root.iter("{*}outline"):
        url = (element.get("xmlurl") or "").strip()
        if not url.startswith(("http://", "https://", "feed:", "file:", "demo:")):
            continue
        title = _line(element.get("title") or element.get("text"))
        above = [a for a in element.iterancestors("{*}outline") if not a.get("xmlurl")]
        yield Outline(
            name="",
            url=re.sub(r"^feed:(//)?(?!https?:)", "http://", url).removeprefix("feed:"),
            title=title,
            site=(element.get("htmlurl") or "").strip(),
            language=_line(element.get("language")),
            folder=_line(above[0].get("title") or above[0].get("text")) if above else "",
        )


def _named(outlines: Iterable[Outline]) -> Iterator[Outline]:
    names: set[str] = set()
    urls: set[str] = set()
    for o in outlines:
        if o.url in urls:
            continue
        name = unique(short_name(o.title) or short_name(urlsplit(o.url).hostname or "") or "feed", names)
        names.add(name)
        urls.add(o.url)
        yield Outline(name, o.url, o.title, o.site, o.language, o.folder)


def _line(text: str | None) -> str:
    return clean(text or "")


def write(outlines: Iterable[Outline], title: str, now: dt.datetime) -> str:
    """An OPML 2.0 document; feeds in a folder stand in an outline of their own."""
    folders: dict[str, list[str]] = {}
    for outline in outlines:
        folders.setdefault(outline.folder, []).append(_element(outline))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{escape(title)}</title><dateCreated>{format_datetime(now)}</dateCreated></head>",
        "  <body>",
    ]
    for folder, elements in folders.items():
        if folder:
            lines.append(f"    <outline{_attributes(text=folder, title=folder)}>")
        lines += [f"    {'  ' if folder else ''}{element}" for element in elements]
        if folder:
            lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _element(o: Outline) -> str:
    title = o.title or o.name
    attributes = _attributes(
        type="rss", text=title, title=title, xmlUrl=o.url, htmlUrl=o.site, language=o.language
    )
    return f"<outline{attributes}/>"


def _attributes(**values: str) -> str:
    """Attributes that are not empty, quoted."""
    return "".join(
        f' {name}="{escape(_CONTROL.sub("", value), {chr(34): "&quot;", chr(10): " "})}"'
        for name, value in values.items()
        if value
    )
