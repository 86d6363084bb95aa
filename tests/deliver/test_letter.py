"""Letters: whose words, whose language, and nothing in a name that could do harm."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from office import EDITION, MAIL

from digest.deliver.letter import Desk
from digest.deliver.splice import Splicer
from digest.model import Recipient
from digest.tokens import Keyring, read_return_path, unseal

KEYS = Keyring((("a", b"k" * 32),))
ADA = Recipient(7, 1, 1, "AbCdEfGh_-123456", "ada@Bücher.example")


def desk() -> Desk:
    variants = {name: Splicer(replace(MAIL, variant=name)) for name in ("en/brief", "fr/brief")}
    return Desk(EDITION, "evening", variants, KEYS, "https://news.example", "bounce.example")


def test_a_letter_carries_links_that_open_for_this_person_and_purpose_only() -> None:
    letter = desk().letter(ADA)
    leave = unseal(KEYS, letter.values["unsubscribe_url"].removeprefix("https://news.example/u/"))
    prefer = unseal(KEYS, letter.values["preferences_url"].removeprefix("https://news.example/p/"))
    assert leave is not None
    assert prefer is not None
    assert (leave.person, leave.newsletter, leave.purpose) == (ADA.token_id, "evening", "unsubscribe")
    assert prefer.purpose == "preferences"
    assert read_return_path(KEYS, letter.sender.partition("@")[0]) == ADA.delivery
    assert letter.address == "ada@xn--bcher-kva.example"


def test_the_same_letter_written_twice_has_the_same_bytes() -> None:
    assert desk().letter(ADA).wire() == desk().letter(replace(ADA, fence=2, attempts=3)).wire()


@pytest.mark.parametrize(("language", "variant"), [("fr-LU", 1), ("en", 0), ("", 0), ("lb", 0)])
def test_a_person_gets_the_variant_in_their_language_else_the_default(language: str, variant: int) -> None:
    letter = desk().letter(replace(ADA, language=language))
    assert letter.press.variant == ("en/brief", "fr/brief")[variant]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ('Ada "The" L, PhD', 'Ada "The" L, PhD'),
        ("Örjan Ångström", "Örjan Ångström"),
        ("Ada\r\nBcc: v@x.example", "AdaBcc: v@x.example"),
        ("عائشة " * 40, ("عائشة " * 40)[:100].strip()),
    ],
)
def test_a_name_stands_in_to_and_nowhere_else(name: str, shown: str) -> None:
    message = desk().letter(replace(ADA, name=name)).message()
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    # Not by the new policy: it keeps the space between two encoded words (RFC 2047 section 6.2 says not to).
    written, address = parseaddr(str(email.message_from_bytes(message)["To"]))
    assert (str(make_header(decode_header(written))), address) == (shown, "ada@xn--bcher-kva.example")
    assert parsed["Bcc"] is None
    assert max(map(len, message.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("name", ["Orjan", "Örjan"])
def test_a_name_beside_an_address_outside_ascii_does_not_stop_the_letter(name: str) -> None:
    message = desk().letter(replace(ADA, address="örjan@a.example", name=name)).message()
    assert "örjan@a.example".encode() in message.split(b"\r\n\r\n")[0]
