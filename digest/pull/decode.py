"""The bytes of a body to the text of a document: compression, encoding, junk around it, DOCTYPE."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import NamedTuple

from digest.errors import ParseError

# Encodings as feeds name them, and the supersets that browsers read in their place (WHATWG Encoding, section 4.2).
_SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "windows-1252", "latin-1": "windows-1252", "latin1": "windows-1252",
    "us-ascii": "windows-1252", "ascii": "windows-1252", "iso-8859-9": "windows-1254", "shift_jis": "cp932", "sjis": "cp932",
    "shift-jis": "cp932", "x-sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "big5": "big5hkscs",
    "tis-620": "cp874", "iso-8859-11": "cp874", "unicode": "utf-16", "ucs-2": "utf-16", "x-mac-roman": "mac-roman",
}  # fmt: skip
# Python's own, which no document is written in: two of them take quadratic time, two make anything of backslashes.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
_ESCAPED = frozenset({"iso-2022-jp", "iso-2022-kr", "hz", "hz-gb-2312", "utf-7"})  # whose bytes are all ASCII
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),  # "<?xm" in EBCDIC
)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{2,40})[\"']")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"<\?xml\b[^<>]*\?>")
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_WRAPPED = re.compile(r"<(feed|rss)\s[^>]*(?:http://www\.w3\.org/2005/Atom|version\s*=)")
_SKIPPED = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+([\w.-]{1,60})\s+(?:\"([^\"]*)\"|'([^']*)')\s*>")
_DECLARED_NAMES = re.compile(r"<!ENTITY\s+([\w.-]{1,60})\s")
_PLAIN_VALUE = re.compile(r"(?:[^&%<]|&#\d{1,7};|&#x[0-9A-Fa-f]{1,6};){0,200}")
_MOST_GROWTH = 1_000_000  # characters put in for entities
_MOST_ENTITIES = 300  # a DTD of HTML's named characters has 252


class Document(NamedTuple):
    """The text of a body, and what kind of document it is."""

    kind: str  # "xml", "json", "html" or "" for neither
    text: str
    root: str = ""  # the root element's local name, lower case


def decode(body: bytes, content_type: str, limit: int) -> Document:
    """The document in a body of at most ``limit`` bytes once inflated. The bytes decide, not what headers say of them."""
    body = _inflated(body, limit)
    text = _text(body, content_type).lstrip("\ufeff \t\r\n\0")
    if text[:1] in {"{", "["}:
        return Document("json", text)
    text = _DECLARATION.sub("", _NOT_XML.sub("", _from_start(text)), count=1)
    doctype, text = _split_doctype(text)
    root = _root(text)
    if not root:
        return Document("", text)
    if root == "html" and (wrapped := _unwrapped(text)):
        return wrapped
    if root == "html" or re.match(r"<!DOCTYPE\s+html\b", doctype, re.IGNORECASE):
        return Document("html", text, root)
    return Document("xml", _expanded(doctype, text) if doctype else text, root)


def _inflated(body: bytes, limit: int) -> bytes:
    """A gzip file served as it is (feed.xml.gz), unpacked."""
    if body[:2] != b"\x1f\x8b":
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit)
    except zlib.error as e:
        raise ParseError("The feed is a broken gzip file.", kind="encoding") from e
    if unpacker.unconsumed_tail:
        raise ParseError(
            f"The feed is larger than {limit:,} bytes.", "Raise pull.max_bytes.", kind="too_large"
        )
    return plain


def _text(body: bytes, content_type: str) -> str:
    """The body's text. UTF-8 that is valid is UTF-8, whatever it is declared as."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    head = body[:2_000]
    served = _CHARSET.search(content_type)
    declared = _DECLARED.match(head) or _META.search(head)
    names = ([declared[1].decode("ascii")] if declared else []) + ([served[1]] if served else [])
    names = [_SUPERSETS.get(name.lower(), name.lower()) for name in names]
    if not (names and names[0] in _ESCAPED):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for name in names:
        try:
            if codecs.lookup(name).name in _NO_CHARSETS:
                continue
            return body.decode(name)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return _guessed(body)


def _guessed(body: bytes) -> str:
    """UTF-8 with a few broken bytes (a title cut in mid-character), else the encoding of old Windows machines."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    meant = sum(1 for c in text if c > "\u007f") - broken
    return (
        text if broken <= max(3, meant // 10) and meant >= broken else body.decode("windows-1252", "replace")
    )


def _from_start(text: str) -> str:
    """The text without what programs print before a feed: warnings, blank lines, a stray line of HTML."""
    if text[:5] == "<?xml":
        return text
    start = text.find("<?xml", 0, 20_000)
    if start < 0 and text[:1] != "<":
        start = text.find("<")
    return text[start:] if start > 0 else text


def _split_doctype(text: str) -> tuple[str, str]:
    """The DOCTYPE with its internal subset, and the text without it. Quotes and brackets count, as in XML 1.0 section 2.8."""
    start = _skip(text, 0)
    if text[start : start + 9].upper() != "<!DOCTYPE":
        return "", text[start:]
    depth, quote, position = 0, "", start + 9
    for position in range(start + 9, min(len(text), start + 200_000)):
        c = text[position]
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "[]":
            depth += 1 if c == "[" else -1
        elif c == ">" and depth <= 0:
            break
    return text[start : position + 1], text[position + 1 :]


def _skip(text: str, start: int) -> int:
    while found := _SKIPPED.match(text, start):
        start = found.end()
    return start


def _root(text: str) -> str:
    found = _ROOT.match(text, _skip(text, 0))
    return found[2].lower() if found else ""


def _unwrapped(text: str) -> Document | None:
    """The feed inside a page: a blog's template put around everything, its feed too."""
    found = _WRAPPED.search(text, 0, 5_000)
    end = text.rfind(f"</{found[1]}>") if found else -1
    return (
        Document("xml", text[found.start() : end] + f"</{found[1]}>", found[1]) if found and end > 0 else None
    )


def _expanded(doctype: str, text: str) -> str:
    """The text with its own plain entities put in; those made of others, and those from elsewhere, are empty.

    Billion laughs and external entities end here: no parser ever sees a DOCTYPE.
    """
    names = list(dict.fromkeys(_DECLARED_NAMES.findall(doctype)))
    if not names:
        return text
    plain = {n: a or b for n, a, b in _ENTITY.findall(doctype) if _PLAIN_VALUE.fullmatch(a or b)}
    if len(names) > _MOST_ENTITIES:
        raise ParseError("The feed declares too many entities.", kind="hostile")
    reference = re.compile("&(" + "|".join(map(re.escape, names)) + ");")
    grown = 0

    def value(found: re.Match[str]) -> str:
        nonlocal grown
        put_in: str = plain.get(found[1], "")
        grown += len(put_in)
        if grown > _MOST_GROWTH:
            raise ParseError("The feed's entities make it many times larger.", kind="hostile")
        return put_in

    return reference.sub(value, text)
