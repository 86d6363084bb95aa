"""Plain text is wrapped by what it looks like, not by how many characters it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.columns import width, wrapped


@pytest.mark.parametrize(
    ("line", "columns"),
    [("Brücke", 6), ("bru\u0308cke", 6), ("大桥重新开放", 12), ("다리가", 6), ("ﾊｼ", 2), ("Tokyo東京", 9)],
)
def test_a_line_is_as_wide_as_it_looks(line: str, columns: int) -> None:
    assert width(line) == columns


def test_chinese_lines_fill_their_columns_and_no_more() -> None:
    lines = wrapped("大桥经过两年修缮后重新开放" * 6, 20)
    assert {width(line) for line in lines[:-1]} == {20}
    assert "".join(lines) == "大桥经过两年修缮后重新开放" * 6


def test_no_line_begins_with_a_full_stop_or_ends_with_an_opening_bracket() -> None:
    assert wrapped("橋が開通した。町は喜ぶ「祭りだ」", 12) == ["橋が開通し", "た。町は喜ぶ", "「祭りだ」"]


def test_latin_words_and_korean_ones_stay_whole() -> None:
    assert wrapped("东京的 Ginkgo 树", 10) == ["东京的", "Ginkgo 树"]
    assert wrapped("다리가 다시 열렸다", 10) == ["다리가", "다시", "열렸다"]


def test_a_headline_keeps_its_footnote_mark() -> None:
    assert wrapped("新桥今天开放\u00a0[12]", 12) == ["新桥今天开", "放\u00a0[12]"]


@given(st.text("大桥。「」ab ,한글", max_size=60))
def test_nothing_is_lost_and_nothing_is_too_wide(words: str) -> None:
    lines = wrapped(words, 16)
    assert "".join("".join(lines).split()) == "".join(words.split())
    assert all(width(line) <= 16 or not line.isascii() for line in lines)
