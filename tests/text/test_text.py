"""The plain-text helpers."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import text


def test_clean_makes_one_line() -> None:
    assert text.clean("  Rain\tin\r\n Spain\u2028\u0085stays ") == "Rain in Spain stays"


@pytest.mark.parametrize(
    "hidden",
    ["\x00", "\x0b", "\x1b", "\x9f", "\u200b", "\u202e", "\u2066", "\u061c", "\ufeff", "\u00ad", "\U000e0041",
     "\ud800", "\ue000", "\u3164", "\u2060"],
)  # fmt: skip
def test_clean_drops_what_hides_or_turns_words(hidden: str) -> None:
    assert text.clean(f"pay{hidden}ment").replace(" ", "") == "payment"


def test_clean_keeps_joiners_where_a_script_needs_them() -> None:
    assert text.clean("می\u200cخواهم") == "می\u200cخواهم"
    assert text.clean("👩\u200d🚀 lands") == "👩\u200d🚀 lands"
    assert text.clean("pass\u200dword\u200c") == "password"


def test_clean_thins_out_piled_marks() -> None:
    assert len(text.clean("Z" + "\u0335" * 50 + "algo")) < 10


@pytest.mark.parametrize(
    "mark",
    ["\u1dc4", "\ufe20", "\u0e47", "\u0e49", "\u064b", "\u05b7", "\u0f71", "\u0fb2", "\u0902", "\ufe0f"],
)
def test_no_script_builds_towers_over_the_lines_around(mark: str) -> None:
    assert text.clean("a" + mark * 50 + "b").count(mark) <= 5


@pytest.mark.parametrize(
    "pointed",
    ["בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים", "ภาษาที่มีระดับเสียงน้ำ", "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ", "བསྒྲུབས་རྫོགས", "क्षत्रियों", "❤️ ☎️ 👩‍❤️‍👨"],
)
def test_what_languages_write_above_and_below_their_letters_stays(pointed: str) -> None:
    assert text.clean(pointed) == unicodedata.normalize("NFC", pointed)


@given(st.text())
def test_clean_text_is_one_line_without_control_characters(anything: str) -> None:
    clean = text.clean(anything)
    assert clean == text.clean(clean)
    assert clean == clean.strip()
    assert not [c for c in clean if unicodedata.category(c) in {"Cc", "Cs", "Co", "Zl", "Zp"}]
    assert not [
        c for c in clean if unicodedata.bidirectional(c) in {"LRO", "RLO", "LRE", "RLE", "PDF", "LRI"}
    ]
    assert "\u200b" not in clean


def test_paragraphs_are_kept_apart_by_one_blank_line() -> None:
    assert text.clean_paragraphs("One\nline.\r\n\r\n \n Two.\x00\n\n\n") == "One line.\n\nTwo."


def test_fold_compares_words_alone() -> None:
    assert text.fold("“Ｓtraße”, he said!") == text.fold("STRASSE he said")


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Mr. Smith left. He was late.", ("Mr. Smith left.", "He was late.")),
        ("The U.S. Senate voted. It passed.", ("The U.S. Senate voted.", "It passed.")),
        ("Am 3. Mai regnet es. Danach nicht.", ("Am 3. Mai regnet es.", "Danach nicht.")),
        ("J. K. Rowling wrote it.", ("J. K. Rowling wrote it.",)),
        ("“Stop!” she said. “No.” He went.", ("“Stop!” she said.", "“No.”", "He went.")),
        ("Prices rose 2.5 percent. Again!", ("Prices rose 2.5 percent.", "Again!")),
        ("Est-ce vrai ? Oui.", ("Est-ce vrai ?", "Oui.")),
        ("今日は雨。明日は晴れ。", ("今日は雨。", "明日は晴れ。")),
        ("هل هذا صحيح؟ نعم.", ("هل هذا صحيح؟", "نعم.")),
        ("First paragraph.\n\nSecond", ("First paragraph.", "Second")),
        ("", ()),
    ],
)
def test_sentences_end_where_a_reader_would_say(given_text: str, expected: tuple[str, ...]) -> None:
    assert text.sentences(given_text) == expected


@pytest.mark.parametrize("row", [".", "!?", "…", "。", "؟", '."', ". "])
def test_rows_of_marks_take_no_quadratic_time(row: str) -> None:
    began = time.process_time()
    text.sentences(f"Words {row * 50_000}x")
    assert time.process_time() - began < 2  # 20 s once, for each entry at each build


def test_first_sentence() -> None:
    assert text.first_sentence("Rain stops play. More follows.") == "Rain stops play."
    assert text.first_sentence("") == ""


def test_word_count() -> None:
    assert text.word_count("It's a well-known fact, really.") == 5
    assert text.word_count("今日は雨です") == 3


def test_truncate_cuts_between_words() -> None:
    assert text.truncate("short", 10) == "short"
    assert text.truncate("Leaders meet, again, in Geneva", 22) == "Leaders meet, again…"
    assert text.truncate("x" * 50, 10) == "x" * 9 + "…"
    assert all(len(text.truncate("one two three four five", n)) <= max(n, 1) for n in range(25))
