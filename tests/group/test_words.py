"""What is read of an entry: the numbers of its words, the parts of its compounds, its address, its capitals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digest.group.languages import stemmer
from digest.group.words import (
    CASED,
    Hashes,
    Lexicon,
    Reader,
    compound_parts,
    fold,
    read,
    simplified,
    slug,
    term_hash,
    texts,
)
from tests.group.news import ALONE, QUAKE, entry


def lexicon(language: str) -> Lexicon:
    return Lexicon(language, Hashes(), [], [])


def test_a_word_has_the_same_number_on_every_machine_also_when_it_is_no_text() -> None:
    assert term_hash("kelso") == 13612924580221485599
    assert term_hash("\udc80") == term_hash("?")


def test_the_parts_of_all_compounds_follow_a_pause_and_where_there_are_none_nothing_does() -> None:
    words = lexicon("de")
    assert words.parts(["Tankrabatt", "der", "Grossbrand"]) == ["|", "tank", "rabatt", "gross", "brand"]
    assert words.parts(["der"]) == []


@pytest.mark.parametrize(
    ("language", "spelling", "word"),
    [
        ("de", "Juelich", "julich"),
        ("de", "Steuer", "steuer"),  # a common word is left as it is
        ("en", "Xuelor", "xuelor"),
    ],
)
def test_umlauts_written_out_are_mended_in_german_words_that_are_not_common(
    language: str, spelling: str, word: str
) -> None:
    stem = stemmer(language)
    assert stem is not None
    assert lexicon(language).look(spelling)[0] == term_hash(stem(word))


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("臺灣", "台湾"),
        ("台湾", "台湾"),
        ("後來", "后来"),
        ("ﾆｭｰｽ", "ニュース"),
        ("한국", "한국"),
        ("ไทย", "ไทย"),
    ],
)
def test_characters_are_folded_to_simplified_ones_and_other_scripts_are_left(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_a_character_that_is_simplified_stays_as_it_is() -> None:
    found = simplified()
    assert len(found) > 2_900
    assert found.keys().isdisjoint(found.values())


def test_a_reader_that_has_met_too_many_spellings_forgets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    reader.read(QUAKE)
    monkeypatch.setattr("digest.group.words.MOST_SPELLINGS", 1)
    reader.read(ALONE[:1])
    fresh = Reader()
    fresh.read(ALONE[:1])
    assert len(reader._spellings) == len(reader._terms) == len(fresh._spellings)


def test_what_is_read_of_a_compound_are_its_parts_as_well() -> None:
    stem = stemmer("de")
    assert stem is not None
    found = read([entry(1, "Tankrabatt", url="", language="de")]).terms["hash"]
    assert {term_hash(stem("rabatt")), term_hash(stem("tank"))} <= set(found.tolist())


def test_umlauts_written_out_are_as_common_and_begin_as_those_that_are_not() -> None:
    words = lexicon("de")
    assert words.look("Fluechtlinge") == words.look("Flüchtlinge")


def test_the_language_of_an_entry_that_names_none_is_guessed_from_all_of_it() -> None:
    german = entry(1, "Der Minister", "Er hat gesagt, dass er nicht zu dem Treffen kommt", language="")
    words = read([german])
    assert words.language == ("de",)
    assert words.flags.dtype == np.uint8  # a day has millions


@pytest.mark.parametrize(
    ("word", "language", "parts"),
    [
        ("hausbrand", "de", ("haus", "brand")),
        ("hausfeld", "de", ()),  # too short
        ("bridgeclosure", "en", ()),
        ("freitagund", "de", ()),  # no part has three letters
        ("mittelsfreitag", "de", ("mittels", "freitag")),  # "mittel" is hardly more common
        ("freitagsmittel", "de", ("freitag", "mittel")),  # "freitags" is much less common
    ],
)
def test_of_a_long_word_the_commonest_two_parts_are_taken_and_a_joint_counts_against_them(
    word: str, language: str, parts: tuple[str, ...]
) -> None:
    assert compound_parts(word, language) == parts


@pytest.mark.parametrize("link", ["https://x.example/a", "http://x.example", "www.x.example/a"])
def test_links_in_a_text_are_no_words(link: str) -> None:
    assert texts(entry(1, "t", f"See {link} now", url=""))[1] == "See   now . "


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://a.example/x//kelso-bridge-falls/y", "kelso bridge falls"),
        ("https://a.example/news#kelso-bridge-falls", ""),
        ("https://a.example/news#the-kelso-bridge-falls", ""),
        ("https://kelso-bridge-falls-down.example/a", ""),
        ("https://a.example/kelso-bridge-falls/a/b/c", ""),  # the last three parts
        ("https://a.example/kelso-bridge-falls/a/b", "kelso bridge falls"),
        ("https://a.example/kelso+bridge+falls", "kelso bridge falls"),
        ("https://a.example/kelso%2Dbridge%2Dfalls", "kelso bridge falls"),
        ("https://a.example/kelso-bridge-2026-a1-falls", "kelso bridge falls"),
        ("https://a.example/world-123-456", ""),
        (f"https://a.example/kelso-bridge-falls-{'x' * 19}", f"kelso bridge falls {'x' * 19}"),
        (f"https://a.example/kelso-bridge-falls-{'x' * 20}", "kelso bridge falls"),
        ("https://a.example/kelso-bridge-falls/divers-search-river", "kelso bridge falls"),
    ],
)
def test_an_address_says_the_words_of_the_wordiest_of_its_last_parts(url: str, words: str) -> None:
    assert slug(url) == words


@pytest.mark.parametrize(
    ("title", "cased"),
    [
        ("Divers Kelso Bridge Falls quickly yesterday", False),
        ("Divers Kelso Bridge falls quickly yesterday", True),
    ],
)
def test_capitals_mean_nothing_where_three_fifths_of_the_words_have_one(title: str, cased: bool) -> None:
    flags = read([replace(entry(1, title), url="")]).flags
    assert bool(flags[0] & CASED) is cased
