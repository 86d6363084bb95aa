"""Since when entries are considered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from digest.compose.window import reach, window
from digest.config.settings import NewsletterSettings
from digest.model import SentItem
from tests.compose.compose_samples import entry as make
from tests.compose.compose_samples import newsletter, sent, story

HOUR = dt.timedelta(hours=1)
MONDAY = dt.datetime(2026, 3, 2, 17, 30, tzinfo=dt.UTC)
WORKDAYS = {"evening": {"time": "17:30", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}}
SUNDAYS = {"paper": {"time": "09:00", "weekdays": ["sun"]}}
TWICE = {"morning": "06:30", "evening": "17:30"}


def settings(**more: Any) -> NewsletterSettings:
    base = newsletter().settings.model_dump(exclude={"slots"})
    return NewsletterSettings.model_validate(base | more)


def back(
    chosen: NewsletterSettings, due: dt.datetime, *earlier: SentItem, now: dt.datetime | None = None
) -> float:
    return window("daily", chosen, due, now or due, earlier) / HOUR


def printed(hours: float) -> SentItem:
    return sent(story(make("a")), "words", hours=hours)


@pytest.mark.parametrize(
    ("slots", "due", "hours"),
    [
        (TWICE, MONDAY, 24),
        (WORKDAYS, MONDAY, 72),
        (WORKDAYS, MONDAY + 24 * HOUR, 24),
        (SUNDAYS, dt.datetime(2026, 3, 8, 9, tzinfo=dt.UTC), 168),
    ],
)
def test_before_anything_was_sent_it_reaches_to_the_slot_before_and_at_least_a_day(
    slots: dict[str, Any], due: dt.datetime, hours: float
) -> None:
    assert back(settings(slots=slots), due) == hours


def test_it_reaches_to_the_last_edition_and_a_little_further_for_entries_that_came_late() -> None:
    assert back(settings(slots=TWICE), MONDAY, printed(hours=11)) == 24
    assert back(settings(slots=TWICE), MONDAY, printed(hours=47), printed(hours=90)) == 50


def test_after_a_long_silence_it_ends_somewhere() -> None:
    assert back(settings(slots=TWICE), MONDAY, printed(hours=24 * 100)) == 14 * 24


def test_what_the_config_says_holds() -> None:
    assert back(settings(slots=SUNDAYS, window="36h"), MONDAY, printed(hours=90)) == 36


def test_of_a_slot_still_to_come_it_ends_now() -> None:
    assert back(settings(slots=TWICE), MONDAY + 12 * HOUR, printed(hours=40), now=MONDAY) == 43


def test_it_reaches_no_further_than_the_config_says_else_two_weeks() -> None:
    assert reach(settings(slots=TWICE)) == 14 * 24 * HOUR
    assert reach(settings(slots=TWICE, window="36h")) == 36 * HOUR


def test_of_several_slots_the_last_one_before_counts() -> None:
    slots = {"early": {"time": "09:00", "weekdays": ["sun"]}, "late": {"time": "09:00", "weekdays": ["wed"]}}
    assert back(settings(slots=slots), dt.datetime(2026, 3, 8, 9, tzinfo=dt.UTC)) == 4 * 24
