"""Which entries a newsletter does not print, and the words that say why."""

from __future__ import annotations

import datetime as dt

import pytest

from digest.compose.filters import refusal
from digest.model import Entry, Feed, Reason
from tests.compose.compose_samples import NOW, entry, feed

SINCE = NOW - dt.timedelta(hours=24)


def refused(of: Entry, by: Feed | None = None) -> Reason | None:
    return refusal(of, by or feed("Courier"), SINCE)


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        (24, None),
        (24.5, "30 min"),
        (24 + 55 / 60, "55 min"),
        (25, "1 h"),
        (24 + 47.9, "48 h"),
        (24 + 48, "2 days"),
        (24 + 1000, "42 days"),
    ],
)
def test_what_was_published_before_the_window_says_how_long_before(hours: float, why: str | None) -> None:
    expected = Reason("old", f"published {why} before the window") if why else None
    assert refused(entry("a", hours=hours)) == expected


@pytest.mark.parametrize(
    ("by", "why"),
    [
        (feed("Courier", exclude_words=("goal", "budget")), "its feed leaves out “budget”"),
        (
            feed("Courier", include_words=("dam", "flood")),
            "none of the words its feed asks for: dam, flood",
        ),
        (feed("Courier", include_words=("budget", "flood")), None),
        (
            feed("Courier", exclude_categories=("Sport", "Politics")),
            "its feed leaves out the category “Politics”",
        ),
        (feed("Courier", exclude_categories=("Brussels",)), "its feed leaves out the category “Brussels”"),
        (
            feed("Courier", include_categories=("Sport", "Food")),
            "none of the categories its feed asks for: Sport, Food",
        ),
        (feed("Courier", include_categories=("Brussels", "Sport")), None),
    ],
)
def test_a_feeds_words_and_categories_decide_and_say_so(by: Feed, why: str | None) -> None:
    """The kicker counts as a category."""
    told = entry("a", title="Budget passes", categories=("Politics",), kicker="Brussels")
    assert refused(told, by) == (Reason("filter", why) if why else None)
