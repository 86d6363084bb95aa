"""One delivery ready to leave: whom it goes to, the envelope, and the bytes when a transport asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr
from functools import cached_property
from typing import Protocol

from digest.addresses import mailbox
from digest.model import Recipient, Token
from digest.tokens import Keyring, fingerprint, return_path, seal


class Press(Protocol):
    """What turns a person's values into bytes: a splicer, or a splicer that signs."""

    def message(self, values: Mapping[Token, str]) -> bytes:
        """As it stands in a file."""

    def wire(self, values: Mapping[Token, str]) -> bytes:
        """As DATA carries it, the final dot included."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One person's copy."""

    edition: str
    recipient: Recipient
    sender: str  # of the envelope (VERP): a bounce names its delivery
    local: str  # the receiver's mailbox; not ASCII only where SMTPUTF8 is offered
    domain: str  # as the DNS knows it
    values: Mapping[Token, str]
    press: Press

    @property
    def address(self) -> str:
        """The receiver, for the envelope."""
        return f"{self.local}@{self.domain}"

    def message(self) -> bytes:
        """As it stands in a file."""
        return self.press.message(self.values)

    def wire(self) -> bytes:
        """As DATA carries it, the final dot included."""
        return self.press.wire(self.values)


@dataclass(frozen=True)
class Desk:
    """Writes the letters of one edition: the same person gets the same bytes every time."""

    edition: str
    newsletter: str
    presses: Mapping[str, Press]  # by variant ("en/front-page"), the default first
    keys: Keyring
    site: str  # the public site's address, without a slash at the end
    domain: str  # of the envelope senders and of Message-ID

    @cached_property
    def stem(self) -> str:
        """What all the edition's Message-IDs share."""
        return fingerprint(self.edition)

    def letter(self, recipient: Recipient) -> Letter:
        """One person's copy. Raises UnicodeError when the address cannot be written."""
        local, domain = mailbox(recipient.address)
        sender = f"{return_path(self.keys, recipient.delivery)}@{self.domain}"
        values = self.values(recipient, f"{local}@{domain}")
        return Letter(self.edition, recipient, sender, local, domain, values, self.press(recipient.language))

    def values(self, recipient: Recipient, address: str) -> dict[Token, str]:
        """What differs between subscribers."""
        leave = seal(self.keys, recipient.token_id, self.newsletter, "unsubscribe")
        prefer = seal(self.keys, recipient.token_id, self.newsletter, "preferences")
        return {
            "to": shown(recipient.name, address) if recipient.name else address,
            "message_id": f"{self.stem}.{recipient.token_id}@{self.domain}",
            "unsubscribe_url": f"{self.site}/u/{leave}",
            "unsubscribe_mailto": f"mailto:unsubscribe@{self.domain}?subject={leave}",
            "preferences_url": f"{self.site}/p/{prefer}",
        }

    def press(self, language: str) -> Press:
        """The variant in the person's language, else the default."""
        wanted = language.partition("-")[0]
        of_language = (press for variant, press in self.presses.items() if variant.startswith(f"{wanted}/"))
        first = next(iter(self.presses.values()))
        return next(of_language, first) if wanted else first


def shown(name: str, address: str) -> str:
    """``name <address>`` on one line, encoded (RFC 2047) where it is not ASCII, at most 100 characters of it."""
    clean = "".join(c for c in name if c.isprintable())[:100].strip()
    if clean.isascii():
        return formataddr((clean, address)) if address.isascii() else address
    return f"{Header(clean, 'utf-8', maxlinelen=75).encode(linesep='')} <{address}>"
