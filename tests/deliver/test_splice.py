"""Splicing: the right bytes in the right places, and nothing on the wire that ends a message early."""

from __future__ import annotations

import email
import email.policy
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.splice import Splicer, splice
from digest.errors import DeliveryError
from digest.model import Mail, Token


def mail(*segments: bytes, tokens: tuple[Token, ...] = (), quoted: tuple[bool, ...] = ()) -> Mail:
    return Mail("n/2026-01-02/am", "en", "s", "p", "", "", segments, tokens, quoted or (False,) * len(tokens))


def test_values_stand_between_the_segments() -> None:
    one = mail(b"To: ", b"\r\n\r\nout: ", b"\r\n", tokens=("to", "unsubscribe_url"))
    assert splice(one, {"to": "a@b.example", "unsubscribe_url": "https://x/u/1"}) == (
        b"To: a@b.example\r\n\r\nout: https://x/u/1\r\n"
    )


def test_inside_quoted_printable_the_equals_sign_is_escaped_and_decodes_to_the_value() -> None:
    head = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    one = mail(head, b"\r\n", tokens=("preferences_url",), quoted=(True,))
    parsed = email.message_from_bytes(
        splice(one, {"preferences_url": "https://x/?a=41"}), policy=email.policy.default
    )
    assert parsed.get_content().strip() == "https://x/?a=41"


def test_a_subject_with_non_ascii_segments_stays_as_it_is() -> None:
    assert splice(mail("é\r\n".encode()), {}) == "é\r\n".encode()


@pytest.mark.parametrize("value", ["a\r\nBcc: v@x.example", "a\nb", "a\x00b", "a\u2028b", "a\x85b"])
def test_a_value_with_control_characters_is_refused(value: str) -> None:
    with pytest.raises(DeliveryError, match="cannot stand in a mail"):
        splice(mail(b"To: ", b"\r\n", tokens=("to",)), {"to": value})


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(DeliveryError, match="needs a value for to"):
        splice(mail(b"To: ", b"\r\n", tokens=("to",)), {})


def test_a_mail_whose_tokens_do_not_fit_its_segments_is_refused() -> None:
    with pytest.raises(DeliveryError, match="2 segments for 0 tokens"):
        Splicer(mail(b"a", b"b"))


def test_bare_line_ends_become_crlf() -> None:
    assert splice(mail(b"a\nb\rc\r\nd"), {}) == b"a\r\nb\r\nc\r\nd\r\n"


@pytest.mark.parametrize(
    ("segments", "value", "wire"),
    [
        ((b"a\r\n.\r\nb\r\n",), "", b"a\r\n..\r\nb\r\n.\r\n"),
        ((b".a",), "", b"..a\r\n.\r\n"),
        ((b"a\r\n", b"\r\n"), ".x", b"a\r\n..x\r\n.\r\n"),
        ((b"a\r\n", b".\r\n"), "", b"a\r\n..\r\n.\r\n"),
        ((b"", b"\r\n"), ".", b"..\r\n.\r\n"),
        ((b"a", b"\r\n"), ".", b"a.\r\n.\r\n"),
    ],
)
def test_dots_at_the_start_of_a_line_are_doubled(
    segments: tuple[bytes, ...], value: str, wire: bytes
) -> None:
    tokens: tuple[Token, ...] = ("to",) * (len(segments) - 1)
    one = mail(*segments, tokens=tokens)
    assert Splicer(one).wire({"to": value}) == wire


@given(
    st.lists(st.text(alphabet=".a \r\n", max_size=8), min_size=1, max_size=4),
    st.text(alphabet=".b", max_size=3),
)
def test_the_wire_form_undone_is_the_message(texts: list[str], value: str) -> None:
    tokens: tuple[Token, ...] = ("to",) * (len(texts) - 1)
    one = Splicer(mail(*(t.replace("\r", "").encode() for t in texts), tokens=tokens))
    wire = one.wire({"to": value})
    assert wire.endswith(b"\r\n.\r\n") or wire == b"\r\n.\r\n"
    lines = wire[: -len(b".\r\n")].split(b"\r\n")
    assert b"." not in lines
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == one.message({"to": value})


def test_a_40_kb_message_takes_at_most_20_microseconds() -> None:
    tokens: tuple[Token, ...] = (
        "to",
        "message_id",
        "unsubscribe_url",
        "unsubscribe_mailto",
        "preferences_url",
    )
    one = Splicer(mail(*[b"x" * 78 * 85 + b"\r\n"] * 6, tokens=tokens))
    values: dict[Token, str] = dict.fromkeys(tokens, "https://news.example/u/" + "x" * 50)
    best = min(timeit.repeat(lambda: one.wire(values), number=200, repeat=20)) / 200
    assert best < 20e-6, f"{best * 1e6:.1f} µs"
