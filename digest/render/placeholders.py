"""Unguessable marks for what differs between subscribers, and cutting text at them."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import cast, get_args

from digest.model import Token


def derive(key: bytes, purpose: str, name: str) -> str:
    """32 hex digits that nobody without ``key`` can guess and that are the same every time."""
    return hmac.new(key, f"{purpose}\0{name}".encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Placeholders:
    """One edition's marks. The nonce keeps feed text from asking for a subscriber's token."""

    nonce: str

    def mark(self, token: Token) -> str:
        """What stands for ``token`` until a subscriber's value is put in."""
        return f"__{token.upper()}_{self.nonce}__"

    def split(self, text: str) -> tuple[list[str], list[Token]]:
        """The pieces of ``text`` between marks, and the tokens between the pieces."""
        names = "|".join(token.upper() for token in get_args(Token))
        parts = re.split(f"__({names})_{self.nonce}__", text)
        return parts[::2], [cast("Token", name.lower()) for name in parts[1::2]]
