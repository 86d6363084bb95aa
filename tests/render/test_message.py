"""Headers and MIME: what servers and clients read before any reader does."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest

from digest.config.settings import SenderSettings
from digest.errors import DigestError
from digest.model import Section
from digest.render.mime import feedback_id, mailbox, quoted_printable, unstructured
from tests.render.conftest import VALUES, Received, receive
from tests.render.newsroom import DUE, LEAD, edition, front, item, newsletter


def header_lines(raw: bytes) -> list[bytes]:
    return raw.partition(b"\r\n\r\n")[0].split(b"\r\n")


def test_plain_text_comes_before_html_in_one_alternative(full: Received) -> None:
    assert full.message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in full.message.iter_parts()] == ["text/plain", "text/html"]
    assert not full.message.defects
    assert not [d for part in full.message.walk() for d in part.defects]


def test_every_line_ends_with_crlf_and_fits_76_columns(full: Received) -> None:
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", full.raw)
    assert max(map(len, full.raw.split(b"\r\n"))) <= 76
    assert full.raw.isascii()


def test_each_required_header_stands_once(full: Received) -> None:
    for name in (
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "List-Id",
        "List-Unsubscribe",
    ):
        assert len(full.message.get_all(name, [])) == 1, name


def test_one_click_unsubscribe_has_one_https_and_one_mailto_address(full: Received) -> None:
    addresses = re.findall(r"<([^>]+)>", full.message["List-Unsubscribe"])
    assert addresses == [VALUES["unsubscribe_url"], VALUES["unsubscribe_mailto"]]
    assert full.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_list_headers_say_what_the_list_is(full: Received) -> None:
    assert full.message["List-Id"] == "The Moselle Evening <moselle.moselle.example>"
    assert full.message["List-Post"] == "NO"
    assert full.message["List-Archive"] == "<https://moselle.example/archive/moselle>"
    assert full.message["List-Help"] == "<mailto:news@moselle.example?subject=help>"
    assert full.message["Auto-Submitted"] == "auto-generated"
    assert full.message["Precedence"] == "bulk"
    assert full.message["Feedback-ID"] == "evening:2026-11-23:moselle:moselle-example"


def test_no_structured_header_holds_an_encoded_word_even_with_long_addresses() -> None:
    news = newsletter(
        title="Le Soir de la Moselle, édition très complète",
        sender=SenderSettings(address="news@zürich.example"),
    )
    letter = receive(front(), news)
    structured = [
        line
        for line in re.sub(rb"\r\n[ \t]+", b" ", letter.raw.partition(b"\r\n\r\n")[0]).split(b"\r\n")
        if line.lower().startswith((b"list-", b"message-id", b"feedback-id", b"date", b"precedence"))
    ]
    assert len(structured) >= 9
    assert not [line for line in structured if b"=?" in line]
    assert letter.message["List-Id"] == "moselle <moselle.xn--zrich-kva.example>"


def test_the_date_is_the_slot_or_the_making_when_that_was_later() -> None:
    assert parsedate_to_datetime(receive(front()).message["Date"]) == DUE
    late = replace(front(), composed=DUE + dt.timedelta(hours=1))
    assert parsedate_to_datetime(receive(late).message["Date"]) == DUE + dt.timedelta(hours=1)
    assert receive(front()).message["Date"].endswith("+0000")


def test_a_sender_name_is_quoted_or_encoded_as_it_needs() -> None:
    assert mailbox("The Moselle Evening", "a@b.example") == "The Moselle Evening <a@b.example>"
    assert mailbox('Smith, "Jo"', "a@b.example") == '"Smith, \\"Jo\\"" <a@b.example>'
    assert mailbox("Zoë", "a@b.example").startswith("=?utf-8?")
    assert mailbox("", "a@bücher.example") == "a@xn--bcher-kva.example"


def test_a_headline_cannot_start_a_header() -> None:
    letter = receive(
        edition(Section("", (item("Sale\r\nBcc: all@x.example\u2028now"),)), Section("A", (LEAD,)))
    )
    assert letter.message["Bcc"] is None
    assert "Bcc: all@x.example" in letter.message["Subject"]
    assert not [line for line in header_lines(letter.raw) if line.startswith(b"Bcc")]


@pytest.mark.parametrize(
    "end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "\n \n"]
)
@pytest.mark.parametrize("words", ["Sale", "Säle"])
def test_no_line_end_in_a_headers_words_is_one_on_the_wire(words: str, end: str) -> None:
    for made in (
        unstructured("Subject", f"{words}{end}Bcc: all@x.example"),
        mailbox(f"{words}{end}Bcc: all@x.example", "a@x.example"),
    ):
        assert all(line.startswith((" ", "\t")) for line in made.split("\r\n")[1:])
        assert not re.search(r"(?<!\r)\n|\r(?!\n)|[\x00\x0b\x0c\x1c\x85\u2028\u2029]", made)


def test_subjects_fold_and_encode_and_come_back() -> None:
    from email.header import decode_header, make_header

    for subject in ("Short", "A " * 38, "Präsident " * 7, "رئيس الوزراء يستقيل بعد تسعة أيام من الأزمة"):
        encoded = unstructured("Subject", subject)
        assert all(len(line) <= 76 for line in f"Subject: {encoded}".split("\r\n"))
        assert str(make_header(decode_header(encoded.replace("\r\n", "")))) == subject.strip()


@pytest.mark.parametrize(
    "text", ["a\nb", "trailing \n", "é" * 200, "=" * 100, "x" * 75 + "=\n", ".\n..\n", ""]
)
def test_quoted_printable_comes_back_as_it_was(text: str) -> None:
    import quopri

    encoded = quoted_printable(text)
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert quopri.decodestring(encoded).decode().replace("\r\n", "\n") == text


def test_a_feedback_id_names_the_sender_in_5_to_15_characters() -> None:
    assert re.fullmatch(r"[^:]*:[^:]*:[^:]*:[A-Za-z0-9_-]{5,15}", feedback_id(front(), "x.y"))
    assert re.fullmatch(
        r"[^:]*:[^:]*:[^:]*:[A-Za-z0-9_-]{5,15}", feedback_id(front(), "a-very.long.domain.example")
    )


def test_values_stand_between_the_segments_and_never_break() -> None:
    letter = receive(front())
    assert set(letter.mail.tokens) == set(VALUES)
    assert letter.html.count(VALUES["unsubscribe_url"]) == 1
    assert letter.html.count(VALUES["preferences_url"]) == 3
    assert VALUES["preferences_url"] in letter.text.split()


def test_the_same_edition_gives_the_same_bytes_and_another_key_other_marks() -> None:
    assert receive(front()).mail == receive(front()).mail
    one, other = receive(front()), receive(replace(front(), number=1))
    assert one.message.get_boundary() != other.message.get_boundary()


def test_feed_text_cannot_ask_for_a_subscribers_token() -> None:
    begging = "__UNSUBSCRIBE_URL_0__ __TO__ {{ links.unsubscribe }} {% raw %} %%TO%%"
    letter = receive(edition(Section("", (item(begging, standfirst=begging),)), Section("A", (LEAD,))))
    assert begging in letter.text
    assert letter.html.count(VALUES["unsubscribe_url"]) == 1


def test_without_a_site_no_header_and_no_link_points_to_one() -> None:
    from digest.render import render

    mail = render(front(), newsletter(), site_url="", key=b"k")
    assert b"List-Archive" not in b"".join(mail.segments)
    assert 'href=""' not in mail.html
    assert "View in browser" not in mail.html + mail.text


def test_a_sender_that_servers_would_refuse_is_refused_with_advice() -> None:
    with pytest.raises(DigestError, match="before the @"):
        mailbox("Zoë", "zoë@b.example")
