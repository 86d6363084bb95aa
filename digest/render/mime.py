"""The message around the two parts: headers, quoted-printable by segment, and cuts at the subscribers' values."""

from __future__ import annotations

import binascii
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime
from typing import Literal
from urllib.parse import quote

from digest.config.newsletter import Newsletter
from digest.config.settings import SenderSettings
from digest.errors import DigestError
from digest.model import Edition, Token
from digest.render.context import LinksView
from digest.render.placeholders import Placeholders

_NEEDS_QUOTES = re.compile(
    r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]"
)  # beyond atoms and spaces, RFC 5322 section 3.2.3
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Wire:
    """A message's bytes between subscribers' values; see ``model.Mail``."""

    segments: tuple[bytes, ...]
    tokens: tuple[Token, ...]
    quoted: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: Literal["raw", "quoted"]
    text: str


def message(
    edition: Edition,
    newsletter: Newsletter,
    *,
    subject: str,
    text: str,
    html: str,
    links: LinksView,
    marks: Placeholders,
    boundary: str,
) -> Wire:
    """multipart/alternative, plain text first (RFC 2046 section 5.1.4), CRLF throughout."""
    top = "".join(
        f"{name}: {value}\r\n" for name, value in _headers(edition, newsletter, subject, links, marks)
    )
    top += f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'
    pieces = (
        _Piece("raw", top + _part(boundary, "text/plain")),
        _Piece("quoted", text),
        _Piece("raw", "\r\n" + _part(boundary, "text/html")),
        _Piece("quoted", html),
        _Piece("raw", f"\r\n--{boundary}--\r\n"),
    )
    return _cut(pieces, marks)


def _part(boundary: str, kind: str) -> str:
    return (
        f"--{boundary}\r\nContent-Type: {kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )


def _headers(
    edition: Edition, newsletter: Newsletter, subject: str, links: LinksView, marks: Placeholders
) -> Iterator[tuple[str, str]]:
    sender = newsletter.settings.sender
    yield "From", mailbox(sender.name or newsletter.settings.title, sender.address)
    yield "To", marks.mark("to")
    if sender.reply_to:
        yield "Reply-To", ascii_address(sender.reply_to)
    yield "Subject", unstructured("Subject", subject)
    # The moment the edition is for; later than that when it was put together late.
    yield "Date", format_datetime(max(edition.due, edition.composed).astimezone(dt.UTC))
    yield "Message-ID", f"<{marks.mark('message_id')}>"
    yield "MIME-Version", "1.0"
    yield "Content-Language", edition.language or newsletter.settings.language
    yield from _list_headers(edition, newsletter, sender, links, marks)


def _list_headers(
    edition: Edition, newsletter: Newsletter, sender: SenderSettings, links: LinksView, marks: Placeholders
) -> Iterator[tuple[str, str]]:
    answers = ascii_address(sender.reply_to or sender.address)
    domain = answers.rpartition("@")[2]
    # RFC 2919 section 2. The phrase stays ASCII: no encoded word ever stands in a structured header.
    yield "List-Id", f"{_phrase(newsletter.settings.title, newsletter.name)} <{newsletter.name}.{domain}>"
    # RFC 8058 section 3.1: one https address and, RFC 2369 section 3.2, a mailto.
    yield (
        "List-Unsubscribe",
        f"<{marks.mark('unsubscribe_url')}>,\r\n <{marks.mark('unsubscribe_mailto')}>",
    )
    yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    yield "List-Help", f"<mailto:{quote(answers, safe='@.+-_')}?subject=help>"
    if links.archive:
        yield "List-Archive", f"<{links.archive}>"
    if links.subscribe:
        yield "List-Subscribe", f"<{links.subscribe}>"
    yield "List-Post", "NO"  # RFC 2369 section 3.4
    yield "Auto-Submitted", "auto-generated"  # RFC 3834 section 5
    yield "Precedence", "bulk"
    yield "X-Auto-Response-Suppress", "OOF, AutoReply"  # Exchange reads neither of the two above
    yield "Feedback-ID", feedback_id(edition, domain)


def feedback_id(edition: Edition, domain: str) -> str:
    """Gmail's "a:b:c:SenderId": slot, date and newsletter, and 5 to 15 characters that name the sender."""
    sender = re.sub(r"[^a-z0-9]+", "-", domain.lower()).strip("-")[:15].strip("-").ljust(5, "0")
    return f"{edition.slot.name}:{edition.slot.date.isoformat()}:{edition.slot.newsletter}:{sender}"


def unstructured(name: str, value: str) -> str:
    """A header's text, folded at 76 columns and encoded (RFC 2047) where it is not ASCII.

    A headline that spells an encoded word is encoded too: readers' programs would decode it, line ends and all.
    """
    clean = _CONTROL.sub(" ", value).strip()
    charset = "us-ascii" if clean.isascii() and "=?" not in clean else "utf-8"
    return Header(clean, charset, maxlinelen=76, header_name=name).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """``name <address>``: quoted or encoded as the name needs, the domain in IDNA."""
    clean = _CONTROL.sub(" ", name).strip()
    spec = ascii_address(address)
    if not clean:
        return spec
    shown = _phrase(clean, "") if clean.isascii() else unstructured("From", clean)
    gap = "\r\n " if len(shown.rpartition("\n")[2]) + len(spec) > 66 else " "
    return f"{shown}{gap}<{spec}>"


def ascii_address(address: str) -> str:
    """``address`` with its domain in ASCII (IDNA). Raises DigestError for a local part that is not."""
    local, _, domain = address.strip().rpartition("@")
    if not local.isascii():
        raise DigestError(
            f"The sender's address {address!r} has letters before the @ that many servers refuse (RFC 6531).",
            "Use an address in plain ASCII for sender.address and sender.reply_to.",
        )
    return f"{local}@{domain.encode('idna').decode('ascii') if not domain.isascii() else domain}"


def _phrase(words: str, otherwise: str) -> str:
    clean = _CONTROL.sub(" ", words).strip()
    if not clean.isascii():
        return otherwise
    if not _NEEDS_QUOTES.search(clean):
        return clean
    escaped = clean.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _cut(pieces: tuple[_Piece, ...], marks: Placeholders) -> Wire:
    segments = [b""]
    tokens: list[Token] = []
    quoted: list[bool] = []
    for piece in pieces:
        texts, found = marks.split(piece.text)
        encoded = _quote(texts) if piece.kind == "quoted" else [text.encode("ascii") for text in texts]
        segments[-1] += encoded[0]
        segments += encoded[1:]
        tokens += found
        quoted += [piece.kind == "quoted"] * len(found)
    return Wire(tuple(segments), tuple(tokens), tuple(quoted))


def _quote(texts: list[str]) -> list[bytes]:
    """Quoted-printable (RFC 2045 section 6.7), each value on a line of its own between soft breaks.

    A value then never makes a line too long, whatever its length up to 75, and no soft break falls into it.
    """
    encoded = []
    for index, text in enumerate(texts):
        body = quoted_printable(text)
        if index and not body.startswith(b"\r\n"):
            body = b"=\r\n" + body
        if index < len(texts) - 1 and body and not body.endswith(b"\r\n"):
            body += b"=\r\n"
        encoded.append(body)
    return encoded


def quoted_printable(text: str) -> bytes:
    """``text`` with CRLF line ends and lines of at most 76 bytes (RFC 2045 section 6.7)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    return re.sub(rb"\r?\n", b"\r\n", binascii.b2a_qp(lines, istext=True))
