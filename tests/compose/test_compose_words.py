"""Words for comparing: folding, whole-word matches, numbers and names."""

from __future__ import annotations

import pytest

from digest.compose.words import (
    bare,
    known,
    mentions,
    names,
    numbers,
    of_a_place,
    repeats,
    same_words,
    stem,
    terms,
)


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
    assert terms("Tokyo 地震 (震) felt") == ("tokyo", "地震", "震", "felt")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("95 of 1,200 homes", ("95", "1200")),
        ("1.200 Häuser, 3,5 Prozent", ("1200", "3.5")),
        ("In 2019, on 2 March, at 10:30 and 5pm", ()),
        ("le 3 mai, am 4. Juli", ()),
        ("three hours ago, 3 hours ago", ("3",)),
        ("once due to six", ("6",)),
        ("1899, 1900, 2100 and 2101 in 19000", ("1899", "2101", "19000")),
        ("In March it had 95 guests", ("95",)),
        ("95 guests came in March", ("95",)),
        ("The vote of March 12 is", ()),
        ("Mo. 12", ("12",)),
        ("Sept. 12, the 3rd of May, el 3 de mayo", ()),
        ("3 de cada 10", ("3", "10")),
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
        ("Police said Jonas’ and Weller’s car is here", False, ("jonas", "weller")),
        ("Ferry Runs Aground", False, ("runs", "aground")),  # too short to be sure
        ("Ferry Runs Aground Here", False, ()),
        ("Police said Jonas Weller fled", False, ("jonas", "weller")),  # three of five
        ("The man, Kim Li, was held", False, ("kim",)),
        ("Jonas Weller Trifft Maria", True, ()),
        ("Der Rat Weller hat lange nichts gesagt", True, ("rat", "weller")),
        ("Polizist Jonas sagt nichts", True, ()),
        ("Gestern sprach dort Maria", True, ()),
        ("Gestern sprach dort lange Maria Weller", True, ("maria", "weller")),
    ],
)
def test_names_are_capitals_inside_a_sentence(sentence: str, nouns: bool, found: tuple[str, ...]) -> None:
    assert names(sentence, nouns=nouns) == found


def test_texts_that_say_the_same() -> None:
    assert same_words("Bridge opens, at last", "At last: bridge opens")
    assert not same_words("Bridge opens", "Bridge closes")


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("Bridge opens.", True),
        ("Opens: the bridge", False),
        ("Years opens", False),
        ("Years after, opens", True),
        ("It was shut.", False),
    ],
)
def test_repeating_a_headline(text: str, repeated: bool) -> None:
    assert repeats(text, "Bridge opens after years") is repeated


@pytest.mark.parametrize(
    ("word", "there"),
    [("chinese", True), ("russian", True), ("british", True), ("esel", False), ("iante", False)],
)
def test_an_adjective_of_a_place_ends_like_one(word: str, there: bool) -> None:
    assert of_a_place(word) is there


@pytest.mark.parametrize(
    ("word", "rough"),
    [("trees", "tree"), ("tree", "tree"), ("banker", "banke"), ("bankers", "banke"), ("sass", "sas")],
)
def test_a_stem_is_five_letters_or_all_but_the_s(word: str, rough: str) -> None:
    assert stem(word) == rough


def test_a_slip_of_the_pen_is_known() -> None:
    assert known("gestern", {"gestern"})
    assert known("gestrn", {"heute", "gestern"})
    assert not known("morgen", {"gestern"})
