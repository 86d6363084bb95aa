"""Two editions compared: what became of every story, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from digest.compose.differ import Change, compare
from digest.model import Edition, Item, LeftOut, Picture, Reason, Section
from tests.compose.compose_samples import NOW, SLOT, WIDE


def item(key: str, **more: Any) -> Item:
    given = {"kicker": "Dam", "standfirst": "It broke.", "picture": WIDE, "members": (key,), **more}
    return Item(f"s-{key}", key, f"https://courier.example/{key}", f"Headline {key}", "Courier", NOW, **given)


def edition(*sections: tuple[str, list[Item]], out: tuple[LeftOut, ...] = ()) -> Edition:
    parts = tuple(Section(name, tuple(items)) for name, items in sections)
    return Edition(SLOT, NOW, "en", "UTC", NOW, parts, left_out=out)


def differences(old: Item, new: Item) -> tuple[str, ...]:
    (change,) = compare(edition(("", [old])), edition(("", [new])))
    return change.words


def test_an_edition_is_the_same_as_itself() -> None:
    one = edition(("", [item("a")]), ("News", [item("b")]))
    assert compare(one, one) == (Change("same", "a", "Headline a"), Change("same", "b", "Headline b"))


def test_stories_come_in_the_new_order_and_those_that_went_last() -> None:
    left = LeftOut("s-c", "c2", "Headline c", "Courier", Reason("cut", "below the cut"))
    before = edition(("", [item("a")]), ("News", [item("b"), item("c", members=("c", "c2")), item("d")]))
    after = edition(("", [item("b")]), ("News", [item("n", updated="It reopens."), item("a")]), out=(left,))
    assert compare(before, after) == (
        Change("changed", "b", "Headline b", ("from News to the lead", "up from 2 to 1")),
        Change("new", "n", "Headline n", ("updated",)),
        Change("changed", "a", "Headline a", ("from the lead to News", "down from 1 to 3")),
        Change("gone", "c", "Headline c", ("below the cut",)),
        Change("gone", "d", "Headline d"),
    )


def test_a_new_story_that_was_not_printed_before_has_nothing_to_add() -> None:
    assert compare(edition(), edition(("", [item("a")]))) == (Change("new", "a", "Headline a"),)


def test_a_story_is_the_same_when_it_shares_an_entry_and_each_is_found_once() -> None:
    before = edition(("", [item("a", members=("a", "b")), item("b", members=())]))
    after = edition(("", [item("c", members=("b",)), item("b", members=())]))
    assert [change.kind for change in compare(before, after)] == ["changed", "same"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({}, {"headline": "Other"}, "headline was “Headline a”"),
        ({}, {"paper": "Herald"}, "led by Herald, was Courier"),
        ({}, {"kicker": "Flood"}, "kicker was “Dam”"),
        ({"kicker": ""}, {}, "a kicker"),
        ({}, {"standfirst": "It holds."}, "another standfirst"),
        ({"standfirst": ""}, {}, "a standfirst"),
        ({}, {"standfirst": ""}, "no standfirst any more"),
        ({"picture": None}, {}, "a picture"),
        ({}, {"picture": None}, "no picture any more"),
        ({}, {"picture": Picture("https://pictures.example/other.jpg")}, "another picture"),
        ({}, {"picture": replace(WIDE, caption="Other")}, "another caption or credit"),
        ({}, {"picture": replace(WIDE, credit="Other")}, "another caption or credit"),
        ({}, {"members": ("a", "b")}, "1 more entry"),
        ({}, {"members": ("a", "b", "c")}, "2 more entries"),
        ({"members": ("a", "b")}, {}, "1 fewer entry"),
        ({"members": ("a", "b", "c")}, {}, "2 fewer entries"),
    ],
)
def test_each_difference_is_told_in_words(old: dict[str, Any], new: dict[str, Any], words: str) -> None:
    one = replace(item("a"), **old)
    assert differences(one, replace(item("a"), **new)) == (words,)


@pytest.mark.parametrize(
    "new", [{"score": 2.0}, {"picture": replace(WIDE, alt="A bridge")}, {"url": "https://courier.example/z"}]
)
def test_what_no_reader_sees_is_no_difference(new: dict[str, Any]) -> None:
    assert differences(item("a"), replace(item("a"), **new)) == ()


def test_two_without_a_picture_do_not_differ_in_it() -> None:
    assert differences(item("a", picture=None), item("a", picture=None)) == ()
