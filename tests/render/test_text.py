"""The plain-text part."""

from __future__ import annotations

import re

import pytest

from digest.model import Section
from digest.render.words import LANGUAGES
from tests.render.conftest import Received, receive
from tests.render.newsroom import LEAD, WIRE, edition, front, item, native, newsletter


def test_lines_fit_78_columns_except_those_with_an_address(full: Received) -> None:
    assert all(len(line) <= 78 for line in full.text.splitlines() if "http" not in line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_headline_and_every_link_of_the_html_is_in_the_text(language: str) -> None:
    letter = receive(native(language), newsletter(language))
    flowing = " ".join(letter.text.split())
    for heading in letter.tree.iter("h2", "h3"):
        assert " ".join(heading.text_content().split()) in flowing
    addresses = set(re.findall(r"https?://\S+", letter.text))
    assert {a.get("href") for a in letter.tree.iter("a")} == addresses


def test_links_are_numbered_notes_at_the_end_of_their_section() -> None:
    text = receive(edition(Section("", (LEAD,)), Section("Weather", (WIRE,)))).text
    marks = re.findall(r"\[(\d+)\]", text)
    assert sorted(map(int, set(marks))) == list(range(1, 14))
    assert all(marks.count(mark) == 2 for mark in marks)
    assert text.index("[1] https://lakesidecourier.example/") < text.index("— Weather —")


def test_a_note_mark_stays_with_the_words_before_it() -> None:
    assert not re.search(r"^\[\d+\](?! http)", receive(front()).text, re.MULTILINE)


def test_pictures_are_told_with_caption_and_credit(full: Received) -> None:
    flowing = " ".join(full.text.split())
    assert "Picture: The new stop below the towers at dusk. Photo: M. Thill" in flowing
    assert "Photo: G. Faber" in flowing


def test_a_story_reads_in_the_order_of_the_page() -> None:
    text = receive(edition(Section("", (LEAD,)))).text
    places = [
        text.index(words)
        for words in (
            "BORDER TREATY",
            "Lake ministers part",
            "Both sides called",
            "Picture: The delegations",
            "Lakeside Courier · 17:05 · 2 min",
            "Also in Handelsblick [2], La Rive [3], Radio Mosel [4], Stad Bulletin [5] and\n3 more",
            "More on this topic: What the ferry ban",
        )
    ]
    assert places == sorted(places)


def test_the_text_has_no_markup(full: Received) -> None:
    assert not re.search(r"</?[a-z]+[^>]*>|&\w+;", full.text)


def test_what_is_new_is_said_once() -> None:
    news = "Growers now expect 11 million litres."
    story = item("Harvest", standfirst=f"{news} The mild October did the rest.", updated=news)
    text = receive(edition(Section("", (story,)))).text
    assert text.count("11 million") == 1
    assert "mild October" in text
