"""HTML to clean plain text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.pull import markup

TAG = re.compile(r"<[A-Za-z/!?]")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Rain &amp; wind", "Rain & wind"),
        ("AT&amp;amp;T &amp;#8217;s", "AT&T ’s"),
        ("f<b>oo</b>t<br>ball<p>final</p>", "foot ball final"),
        ("<script>alert(1)</script>Title", "Title"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Title", "Title"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("I <3 you", "I <3 you"),
        ("<![CDATA[Title]]>", ""),
        ("<!-- hidden -->Title", "Title"),
        ("Say {{ 7*7 }} {% now %}", "Say {{ 7*7 }} {% now %}"),
        ("a\u202eb\x00c\r\nBcc: x@y.example", "abc Bcc: x@y.example"),
        ("<svg><desc>x</desc></svg><math><mi>y</mi></math>z", "z"),
        ("<style>p{}</style><p style=x>Hi</p>", "Hi"),
        ("&nbsp;Hi&nbsp;there&#8203;", "Hi there"),
        ("<\u200bb>bold", "bold"),
        ("&amp;amp;amp;lt;p class='x'&amp;amp;amp;gt;Too often", "&lt;p class='x'&gt;Too often"),
        ("R&D &copy", "R&D ©"),
        ("", ""),
    ],
)
def test_markup_becomes_one_line(raw: str, expected: str) -> None:
    assert markup.line(raw) == expected


def test_paragraphs_are_kept() -> None:
    raw = "<p>One\nline.</p>\n<p>Two<br>lines.</p><br><br>Three <figure><img><figcaption>c</figcaption></figure>"
    assert markup.paragraphs(raw) == "One line.\n\nTwo lines.\n\nThree"
    assert (
        markup.paragraphs("<p>&lt;p&gt;Escaped &lt;b&gt;twice&lt;/b&gt;, 1 &lt; 2&lt;/p&gt;</p>")
        == "Escaped twice , 1 < 2"
    )
    assert markup.paragraphs("One\nline.\n\nTwo &amp; three.") == "One line.\n\nTwo & three."


@given(st.text() | st.lists(st.sampled_from(["<", "b", ">", "&lt;", "&amp;", "lt;", "/", "p", "\u200b", "script", "!--", " "])).map("".join))  # fmt: skip
def test_clean_text_never_contains_a_tag(raw: str) -> None:
    for made in (markup.line(raw), markup.prose(raw), markup.paragraphs(raw)):
        assert not TAG.search(made)
    assert "\n" not in markup.line(raw) + markup.prose(raw)


def test_deep_nesting_and_endless_text_are_cut() -> None:
    assert len(markup.line("<div>" * 100_000 + "x")) <= 1
    assert len(markup.line("x" * 2_000_000)) == markup.LONGEST


def test_no_attack_survives(corpora: Path | None) -> None:
    if corpora is None:
        return
    lines = (corpora / "corpora/sanitize/payloads.jsonl").read_bytes().decode().split("\n")
    payloads = [payload(line) for line in lines]
    through = [p for p in payloads if TAG.search(markup.line(p)) or TAG.search(markup.paragraphs(p))]
    assert len(payloads) > 3_000
    assert through == []


def payload(line: str) -> str:
    """The payload of a line, or the line itself where the collection is not the JSON it says."""
    try:
        return str(json.loads(line)["payload"])
    except ValueError:
        return line


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<p>Thousands march</p><p>They want a vote.</p>", "Thousands march. They want a vote."),
        ("&lt;p>Thousands march&lt;/p>&lt;p>They want a vote&lt;/p>", "Thousands march. They want a vote"),
        ("<p>Is it over?</p><p>“No.”</p> It is not", "Is it over? “No.” It is not"),
        ("One line<br>and its\n\nsecond", "One line and its second"),
        ("<p>大槌町</p><p>四年前</p>", "大槌町 四年前"),
        ("Tom &amp; Jerry, 2 &lt; 3", "Tom & Jerry, 2 < 3"),
        ("<p></p>", ""),
    ],
)
def test_paragraphs_of_a_standfirst_end_as_sentences(written: str, said: str) -> None:
    assert markup.prose(written) == said
