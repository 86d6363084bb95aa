"""One list of agencies serves bylines, datelines and credits."""

from __future__ import annotations

import re

import pytest

from digest.agencies import ANY_IN_CREDITS, NAMES, WIRES, either
from digest.compose.item import item
from digest.compose.survey import survey
from digest.group.roles import agency
from digest.pull.credits import split
from tests.compose.compose_samples import entry, story

SPELLINGS = sorted(NAMES)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_known_as_author_and_in_a_byline(spelling: str) -> None:
    written = entry("a", authors=(f"Staff, {spelling}",))
    assert agency(written) == NAMES[spelling]
    printed = item(story(written, ("copy", entry("b", "Herald"))), survey((), ()), opens=False)
    assert printed.wire == NAMES[spelling]


@pytest.mark.parametrize("spelling", [*SPELLINGS, *map(str.upper, SPELLINGS), "Getty Images", "EPA-EFE"])
def test_every_spelling_ends_a_credit(spelling: str) -> None:
    assert split(f"The bridge at dawn. Ann Ward/{spelling}") == (
        "The bridge at dawn.",
        f"Ann Ward/{spelling}",
    )


def test_longer_spellings_are_tried_first_and_nothing_is_a_pattern_by_itself() -> None:
    assert either(("A.B", "A.BC")) == r"A\.BC|A\.B"
    assert not re.fullmatch(ANY_IN_CREDITS, "Reuterz", re.VERBOSE)


def test_no_spelling_names_two_agencies() -> None:
    assert len(NAMES) == sum(len(spellings) for _, spellings in WIRES)
