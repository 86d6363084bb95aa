"""One person's message: the bytes of a ``Mail`` with the person's own values put in at the cuts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.errors import DeliveryError
from digest.model import Mail, Token

LINE_END = re.compile(rb"\r\n|\r|\n")

Values = Mapping[Token, str]


@dataclass(frozen=True, slots=True)
class Cut:
    """A place where a value goes: ``index`` in the list of parts, and how it must be written there."""

    index: int
    token: Token
    quoted: bool
    line_start: bool  # a value here that begins with "." is doubled on the wire


def splice(mail: Mail, values: Values) -> bytes:
    """The complete message for one person, CRLF line ends, as it would stand in a file."""
    return Splicer(mail).message(values)


class Splicer:
    """A mail made ready once, so that each person's message costs a handful of joins."""

    def __init__(self, mail: Mail) -> None:
        if not len(mail.segments) - 1 == len(mail.tokens) == len(mail.quoted):
            raise DeliveryError(
                f"The mail of {mail.edition} ({mail.variant}) has {len(mail.segments)} segments "
                f"for {len(mail.tokens)} tokens.",
                "This is a defect of the rendering: please report it.",
            )
        segments = ended([LINE_END.sub(b"\r\n", segment) for segment in mail.segments])
        self.variant = mail.variant
        self.segments = tuple(segments)
        self.cuts = tuple(
            Cut(2 * i + 1, token, quoted, segments[i].endswith(b"\r\n") or (i == 0 and not segments[0]))
            for i, (token, quoted) in enumerate(zip(mail.tokens, mail.quoted, strict=True))
        )
        self._plain = laid_out(segments)
        self._stuffed = laid_out([stuffed(s, first=i == 0) for i, s in enumerate(segments)])
        self._stuffed[-1] += b".\r\n"

    def message(self, values: Values) -> bytes:
        """The message as it stands in a file. Raises DeliveryError for a value with control characters."""
        parts = self._plain.copy()
        for cut in self.cuts:
            parts[cut.index] = encoded(values, cut)
        return b"".join(parts)

    def wire(self, values: Values) -> bytes:
        """The message as DATA carries it: dots doubled (RFC 5321 section 4.5.2), the final dot included."""
        parts = self._stuffed.copy()
        for cut in self.cuts:
            value = encoded(values, cut)
            if not value:  # what follows may start the line instead
                return stuffed(self.message(values), first=True) + b".\r\n"
            parts[cut.index] = b"." + value if cut.line_start and value[:1] == b"." else value
        return b"".join(parts)


def encoded(values: Values, cut: Cut) -> bytes:
    """A value as it is written at ``cut``: UTF-8 in a header, quoted-printable's ``=`` as ``=3D``."""
    try:
        value = values[cut.token]
    except KeyError:
        raise DeliveryError(f"The mail needs a value for {cut.token}, none was given.") from None
    if not value.isprintable() or (cut.quoted and not value.isascii()):
        raise DeliveryError(f"A value for {cut.token} cannot stand in a mail: {value!r}.")
    return (value.replace("=", "=3D") if cut.quoted else value).encode()


def ended(segments: Sequence[bytes]) -> list[bytes]:
    """The segments with a line end at the very end, which the final dot needs before it."""
    last = segments[-1]
    return [*segments[:-1], last if last.endswith(b"\r\n") else last + b"\r\n"]


def laid_out(segments: Sequence[bytes]) -> list[bytes]:
    """Segments at the even places, room for values at the odd ones."""
    return [part for segment in segments for part in (segment, b"")][:-1]


def stuffed(segment: bytes, *, first: bool) -> bytes:
    """``segment`` with the dot at the start of a line doubled; only the ``first`` starts one itself."""
    doubled = segment.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if first and doubled.startswith(b".") else doubled
