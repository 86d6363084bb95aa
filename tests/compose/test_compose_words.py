"""Words for comparing: folding, whole-word matches, numbers and names."""

from __future__ import annotations

import pytest

from digest.compose.words import bare, mentions, names, numbers, repeats, same_words, terms


def test_bare_words_have_no_accents_case_or_punctuation() -> None:
    assert bare("L'Élysée : « Non ! »") == "l elysee non"


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("The art of war", "art", True),
        ("The party", "art", False),
        ("Real Madrid wins", "real madrid", True),
        ("東京で地震がありました", "地震", True),  # no spaces to be a whole word between
        ("Ärzte streiken", "arzte", True),
        ("anything", "", False),
    ],
)
def test_words_are_found_whole(text: str, word: str, found: bool) -> None:
    assert bool(mentions(text, [word])) is found


def test_terms_leave_out_grammar_and_numbers() -> None:
    assert terms("The dam that broke in 2020 was 12 m high") == ("dam", "broke", "high")


def test_scripts_without_spaces_give_pairs() -> None:
    assert terms("地震発生") == ("地震", "震発", "発生")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("95 of 1,200 homes", ("95", "1200")),
        ("1.200 Häuser, 3,5 Prozent", ("1200", "3.5")),
        ("In 2019, on 2 March, at 10:30 and 5pm", ()),
        ("le 3 mai, am 4. Juli", ()),
        ("three hours ago, 3 hours ago", ("3",)),
        ("once due to six", ("6",)),
    ],
)
def test_numbers_without_dates_and_times(text: str, found: tuple[str, ...]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("sentence", "nouns", "found"),
    [
        ("Police said Jonas Weller's car was found on Monday.", False, ("jonas", "weller")),
        ("Ferry Runs Aground Near Sund Island", False, ()),  # title case tells nothing
        ("Der Rat hat mit Jonas Weller über den Kaffee gesprochen.", True, ("jonas", "weller")),
        ("The Anglo-French plan is dead for now", False, ("anglo", "french")),
    ],
)
def test_names_are_capitals_inside_a_sentence(sentence: str, nouns: bool, found: tuple[str, ...]) -> None:
    assert names(sentence, nouns=nouns) == found


def test_texts_that_say_the_same() -> None:
    assert same_words("Bridge opens, at last", "At last: bridge opens")
    assert not same_words("Bridge opens", "Bridge closes")


@pytest.mark.parametrize(
    ("text", "repeated"), [("Bridge opens.", True), ("Opens: the bridge", False), ("It was shut.", False)]
)
def test_repeating_a_headline(text: str, repeated: bool) -> None:
    assert repeats(text, "Bridge opens after years") is repeated
