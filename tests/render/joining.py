"""Putting a subscriber's values into a Mail, as the contract in ``digest.model.Mail`` says."""

from __future__ import annotations

from digest.model import Mail, Token

VALUES: dict[Token, str] = {
    "to": "Anna Muller <anna@reader.example>",
    "message_id": "moselle.2026-11-23.evening.x7Kq2@moselle.example",
    "unsubscribe_url": "https://moselle.example/u/Zt3kQ9wX2bL7mPq=",
    "unsubscribe_mailto": "mailto:leave+Zt3kQ9wX2bL7mPq@moselle.example",
    "preferences_url": "https://moselle.example/p/Zt3kQ9wX2bL7mPq=",
}


def join(mail: Mail, values: dict[Token, str] = VALUES) -> bytes:
    parts = [mail.segments[0]]
    for token, quoted, segment in zip(mail.tokens, mail.quoted, mail.segments[1:], strict=True):
        value = values[token].replace("=", "=3D") if quoted else values[token]
        parts += [value.encode("ascii"), segment]
    return b"".join(parts)
