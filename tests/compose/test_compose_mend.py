"""An edition after its corrections: other words, no story that was taken down, and what readers are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from digest.compose import compose
from digest.compose.mend import mended
from digest.model import Correction, Edition
from tests.compose.compose_samples import NOW, SLOT, entry, newsletter, section, story

LETTER = newsletter(
    papers=("Courier", "Sport"), sections=[section("News", "Courier"), section("Sport", "Sport")]
)
STORIES = [story(entry("a", hours=1)), story(entry("b", hours=2)), story(entry("z", "Sport", hours=3))]
EDITION = compose(LETTER, SLOT, NOW, STORIES, now=NOW)


def correction(number: int, verb: Literal["amend", "remove"], on: str, value: str = "") -> Correction:
    return Correction(number, EDITION.id, NOW, "Ann", verb, on, value=value)


def headlines(edition: Edition) -> list[list[str]]:
    return [[item.headline for item in part.items] for part in edition.sections]


def test_without_corrections_it_is_the_same() -> None:
    assert mended(EDITION, []) is EDITION


def test_amended_words_add_up_and_the_reasons_stay() -> None:
    steps = [
        correction(1, "amend", "b", '{"headline": "One", "kicker": "Dam"}'),
        correction(2, "amend", "b", '{"headline": "Two"}'),
        correction(3, "amend", "b"),
    ]
    found = mended(EDITION, steps)
    (old,) = EDITION.sections[1].items
    assert found.sections[1].items == (replace(old, headline="Two", kicker="Dam"),)
    assert (found.sections[0], found.sections[2]) == (EDITION.sections[0], EDITION.sections[2])
    assert found.corrections == tuple(reversed(steps))


def test_a_removed_story_goes_with_the_section_that_it_leaves_empty() -> None:
    found = mended(EDITION, [correction(1, "remove", "z")])
    assert [part.name for part in found.sections] == ["", "News"]
    assert headlines(found) == headlines(EDITION)[:2]


def test_nothing_is_told_of_a_removed_story_but_that_one_was_removed() -> None:
    other = correction(9, "amend", "a", '{"headline": "Mine"}')
    steps = [correction(1, "amend", "b", '{"headline": "One"}'), other, correction(2, "remove", "b")]
    earlier = correction(7, "amend", "y")
    found = mended(replace(EDITION, corrections=(earlier,)), steps)
    assert found.corrections == (steps[2], other, earlier)
