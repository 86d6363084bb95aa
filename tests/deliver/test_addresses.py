"""Addresses: what passes, what two spellings share, what is refused and why."""

from __future__ import annotations

import pytest

from digest.addresses import mailbox, parse_address
from digest.errors import UsageError


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("  o'brien+news@example.co.uk ", "o'brien+news@example.co.uk"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ÖRJAN@example.org", "örjan@example.org"),
    ],
)
def test_two_spellings_of_a_mailbox_have_one_key_and_the_original_is_kept(given: str, key: str) -> None:
    address = parse_address(given)
    assert (address.given, address.key) == (given.strip(), key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@@example.org",
        "ada@example",
        "a b@example.org",
        "ada.@example.org",
        ".ada@example.org",
        "a..b@example.org",
        "ada@-example.org",
        "ada@exa_mple.org",
        "a@b.example>\r\nRCPT TO:<v@x.example",
        "a@b.example\x00",
        "<ada@example.org>",
        "x" * 65 + "@example.org",
        "a@" + "x" * 64 + ".org",
        "a@" + ".".join(["x" * 60] * 5) + ".org",
        '"a b"@example.org',
        "ada@[127.0.0.1]",
        "=cmd|'/c calc'!A1@",
    ],
)
def test_what_is_no_address_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not an e-mail address: \w"):
        parse_address(text)


def test_the_domain_is_written_as_the_dns_knows_it() -> None:
    assert mailbox("ada@Bücher.example") == ("ada", "xn--bcher-kva.example")
    assert mailbox("ada@Example.ORG") == ("ada", "example.org")
