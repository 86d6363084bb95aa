"""Feeds are added and removed as text; comments and layout stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config.document import parse, plain
from digest.config.edit import add_feeds, remove_feed, scalar
from digest.errors import UsageError

TEXT = """\
# The paper's own words
newsletters:
  daily:
    title: Täglich   # keep me
    sections:
      - name: World
        feeds: [one, two]   # in order
      - name: Home
        feeds:
          - two
          # a thought
          - three

feeds:
  # the first
  one: {url: "https://one.example/rss"}

  two:
    url: https://two.example/rss
    # weight: 1.2
  three:
    url: https://three.example/rss

database: sqlite:///x   # the end
"""
NEW = {"four": {"url": "https://four.example/rss", "paper": "Four: the paper"}}


def test_a_feed_is_added_behind_the_last_one_and_nothing_else_moves() -> None:
    assert add_feeds(TEXT, NEW) == TEXT.replace(
        "    url: https://three.example/rss\n",
        "    url: https://three.example/rss\n  four:\n    url: https://four.example/rss\n    paper: 'Four: the paper'\n",
    )


def test_comments_below_the_last_feed_stay_with_it() -> None:
    text = "feeds:\n  one:\n    url: demo:one\n    # weight: 2\n# end\n"
    assert add_feeds(text, {"two": {"url": "demo:two"}}) == (
        "feeds:\n  one:\n    url: demo:one\n    # weight: 2\n  two:\n    url: demo:two\n# end\n"
    )


@pytest.mark.parametrize(
    "start", ["feeds:\n", "feeds: {}\n", "feeds: {}  # none yet\n", "feeds:\n  # none yet\n"]
)
def test_the_first_feed_is_added(start: str) -> None:
    text = add_feeds(start + "database: x\n", {"one": {"url": "demo:one"}})
    assert plain(parse(text.encode(), None)[0]) == {"feeds": {"one": {"url": "demo:one"}}, "database": "x"}
    assert text.count("none yet") == start.count("none yet")


def test_a_file_without_feeds_gets_them_at_the_end() -> None:
    assert add_feeds("database: x\n\n", {"one": {"url": "demo:one"}}) == (
        "database: x\n\nfeeds:\n  one:\n    url: demo:one\n\n"
    )


def test_a_feed_can_be_named_in_a_section_written_in_brackets() -> None:
    text = add_feeds(TEXT, NEW, ("newsletters", "daily", "sections", 0, "feeds"))
    assert "        feeds: [one, two, four]   # in order\n" in text


def test_a_feed_can_be_named_in_a_section_written_in_lines() -> None:
    text = add_feeds(TEXT, NEW, ("newsletters", "daily", "sections", 1, "feeds"))
    assert "          - three\n          - four\n" in text


def test_a_feed_can_be_named_in_an_empty_list() -> None:
    text = add_feeds(TEXT.replace("[one, two]", "[]"), NEW, ("newsletters", "daily", "sections", 0, "feeds"))
    assert "feeds: [four]   # in order\n" in text


def test_a_removed_feed_leaves_its_sections_too() -> None:
    assert remove_feed(TEXT, "two") == TEXT.replace("[one, two]", "[one]").replace(
        "          - two\n", ""
    ).replace("  two:\n    url: https://two.example/rss\n    # weight: 1.2\n", "")


def test_the_last_feed_of_a_list_can_be_removed() -> None:
    text = remove_feed(TEXT, "three")
    assert "          - two\n          # a thought\n\nfeeds:" in text
    assert "three" not in text


def test_a_section_is_never_left_without_feeds() -> None:
    with pytest.raises(UsageError, match=r"only feed of newsletters.daily.sections\[0\].feeds"):
        remove_feed(TEXT.replace("[one, two]", "[one]"), "one")


def test_windows_line_ends_stay() -> None:
    text = add_feeds(TEXT.replace("\n", "\r\n"), NEW)
    assert text.count("\r\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("feeds: {one: {url: 'demo:one'}}\n", "written in braces"),
        ("{feeds: {}}\n", "no block of keys"),
        ("feeds: [a\n", "does not hold"),
        ("feeds: &f\n  one: {url: x}\nother: *f\n", "unusual"),
    ],
)
def test_unusual_files_are_refused_with_advice(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        add_feeds(text, NEW)
    assert "nothing was changed" in caught.value.advice


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(UsageError, match="There is a feed one already"):
        add_feeds(TEXT, {"one": {"url": "demo:x"}})


def test_a_feed_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(UsageError, match="There is no feed four") as caught:
        remove_feed(TEXT, "four")
    assert caught.value.advice == "There is one, two, three."


def test_the_sample_config_survives_an_addition_and_its_removal() -> None:
    text = (Path(__file__).parent.parent.parent / "config.yaml").read_text()
    into = ("newsletters", "moselle", "sections", 1, "feeds")
    assert remove_feed(add_feeds(text, NEW, into), "four") == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=30))
def test_any_text_is_written_so_that_it_reads_back(value: str) -> None:
    root, problems = parse(f"k: {scalar(value)}\n".encode(), {})
    assert problems == []
    assert plain(root) == {"k": value}


SECRETS = {"SMTP_PASSWORD": "s3cret", "HOME": "/home/me"}


@pytest.mark.parametrize(
    "said",
    [
        "${SMTP_PASSWORD}",
        "${SMTP_PASSWORD:-The Paper}",
        "$${SMTP_PASSWORD}",
        "$$${HOME}",
        "${",
        "${NOT_SET}",
        "a ${HOME",
    ],
)
def test_what_a_feed_calls_itself_asks_for_no_environment_variable(said: str) -> None:
    """A site of that title put a password into the by-line of every mail."""
    text = add_feeds(TEXT, {"four": {"url": f"https://four.example/{said}", "paper": said}})
    root, problems = parse(text.encode(), SECRETS)
    assert problems == []
    assert plain(root)["feeds"]["four"] == {"url": f"https://four.example/{said}", "paper": said}
    assert add_feeds(text, {"five": {"url": "demo:five"}}).count("s3cret") == 0
    assert "four" not in remove_feed(text, "four")
