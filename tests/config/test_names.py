"""Short names, and the publisher's part of a title."""

from __future__ import annotations

import pytest

from digest.names import paper_name, short_name, unique


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Daily", "the-daily"),
        ("Täglich & mehr", "taglich-mehr"),
        ("L’Écho  du soir!", "l-echo-du-soir"),
        ("日本語", ""),
        ("x" * 60, "x" * 40),
        ("--", ""),
    ],
)
def test_short_names_are_small_letters_digits_and_hyphens(text: str, name: str) -> None:
    assert short_name(text) == name


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert unique("a", {}) == "a"
    assert unique("a", {"a", "a-2"}) == "a-3"


@pytest.mark.parametrize(
    ("title", "host", "paper"),
    [
        ("The Post", "thepost.example", "The Post"),
        ("The Post - World", "rss.thepost.example", "The Post"),
        ("World - The Post", "thepost.example", "The Post"),
        ("Post > Top Stories", "rss.post.example", "Post"),
        ("Lakeside Courier · World", "lakeside-courier", "Lakeside Courier"),
        ("Der Kai: Politik", "kai.example", "Der Kai"),
        ("La Rive — Thionville et les deux Moselles", "la-rive", "La Rive"),
        ("Well-known news", "x.example", "Well-known news"),
        ("", "x.example", ""),
    ],
)
def test_the_publisher_is_found_in_a_title(title: str, host: str, paper: str) -> None:
    assert paper_name(title, host) == paper
