"""A second opinion on finished mails and pages: it shares no code with what made them.

Two HTML parsers (lxml's and the standard library's) walk the same document, because what one repairs the other
may show; the bytes on the wire are read as a suspicious mail server would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from urllib.parse import urlsplit

from lxml import html as lxml_html

TAGS = frozenset(
    """
    html head meta title style link body div table tbody tr td h1 h2 h3 p a b i em strong br hr span img
    main header footer section article ul ol li time figure figcaption
    """.split()  # noqa: SIM905
)
ATTRIBUTES = frozenset(
    """
    lang dir charset name content http-equiv href src alt width height class style role align valign border
    cellpadding cellspacing bgcolor title aria-hidden aria-label aria-labelledby aria-roledescription id rel media type datetime
    """.split()  # noqa: SIM905
)
HEADERS = (  # noqa: SIM905
    "From To Subject Date Message-ID MIME-Version Content-Language List-Id List-Unsubscribe "
    "List-Unsubscribe-Post List-Help List-Archive List-Subscribe List-Post Auto-Submitted Precedence "
    "X-Auto-Response-Suppress Feedback-ID Content-Type"
).split()
# Nothing a reader sees: controls, overrides, isolates, zero width, tags, lone surrogates, noncharacters. The two bidi
# marks are our own, behind a name that runs against its line.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b\u202a-\u202e\u2060-\u206f\u2028\u2029\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
STYLE_TRICKS = re.compile(
    r"url\s*\(|expression|javascript|@import|behavior|-moz-binding|position\s*:|\\", re.IGNORECASE
)


class Tokens(HTMLParser):
    """What the standard library's parser takes for tags, comments and declarations."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.asides: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_comment(self, data: str) -> None:
        self.asides.append(data)

    def handle_pi(self, data: str) -> None:
        self.asides.append(data)

    def unknown_decl(self, data: str) -> None:
        self.asides.append(data)


def wrong_in_html(html: str, *, hosts: frozenset[str] | None = None, styles: frozenset[str]) -> list[str]:
    """What must not be in a finished document. ``styles`` are the texts of its own style elements."""
    tree = lxml_html.document_fromstring(html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    walked = [(e.tag, dict(e.attrib)) for e in tree.iter() if isinstance(e.tag, str)]
    tokens = Tokens(html)
    found = [problem for tag, attributes in (*walked, *tokens.tags) for problem in _element(tag, attributes)]
    # Only conditional comments for Outlook, and those are templates' own.
    asides = [*tokens.asides, *(str(c.text) for c in tree.iter() if not isinstance(c.tag, str))]
    found += [f"comment {a[:60]!r}" for a in asides if not re.match(r"\[if |<!\[endif\]|\[endif\]", a)]
    found += [f"style {e.text[:60]!r}" for e in tree.iter("style") if e.text not in styles]
    found += [f"unseen {hit[0]!r}" for hit in UNSEEN.finditer(html)]
    if [t for t, _ in walked].count("body") != 1 or not html.rstrip().endswith("</html>"):
        found.append("not one whole document")
    links = {urlsplit(a.get("href", "")).hostname for a in tree.iter("a")} - {None}
    found += [f"link to {host}" for host in links if hosts is not None and host not in hosts]
    return found


def _element(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    if tag not in TAGS and not tag.startswith(("o:", "xml", "noscript", "v:")):
        yield f"tag {tag}"
    for name, value in attributes.items():
        if name not in ATTRIBUTES and not name.startswith("xmlns"):
            yield f"attribute {name} of {tag}"
        if name == "href" and not re.match(r"(?:https?://|mailto:|/|#)", value):
            yield f"address {value[:60]!r}"
        if name == "src" and not re.match(r"(?:https?://|/pictures/)", value):
            yield f"picture {value[:60]!r}"
        if name == "style" and STYLE_TRICKS.search(value):
            yield f"inline style {value[:60]!r}"
        if name in {"href", "src"} and re.search(r"[\s\"'<>\x00-\x1f\\]", value):
            yield f"unescaped address {value[:60]!r}"


def wrong_on_the_wire(wire: bytes, expected: tuple[str, ...] = tuple(HEADERS)) -> list[str]:
    """What must not be in the bytes that DATA carries, the final dot included."""
    found = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", wire):
        found.append("bare CR or LF")
    if not wire.endswith(b"\r\n.\r\n") or wire.count(b"\r\n.\r\n") != 1:
        found.append("a dot alone before the end")
    if max(map(len, wire.split(b"\r\n"))) > 998:
        found.append("a line over 998 bytes")
    if re.search(rb"\r\n\.(?!\.|\r\n\Z)", wire):
        found.append("a dot that is not doubled")
    message = message_from_bytes(wire.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."), policy=default)
    names = [name for name, _ in message.items()]
    found += [f"header {name}" for name in names if name not in expected or names.count(name) > 1]
    found += [f"missing {name}" for name in expected if name not in names]
    found += [f"defect {defect}" for part in message.walk() for defect in part.defects]
    parts = [part.get_content_type() for part in message.walk()]
    if parts != ["multipart/alternative", "text/plain", "text/html"]:
        found.append(f"parts {parts}")
    return found


def wrong_in_text(text: str) -> list[str]:
    """What must not be in plain text."""
    return [f"unseen {hit[0]!r} in the plain text" for hit in UNSEEN.finditer(text)]
