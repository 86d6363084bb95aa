"""Holidays from an iCalendar file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from digest.config.holidays import load, read
from digest.errors import DigestError


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])


def test_an_event_without_an_end_is_one_day() -> None:
    assert read(event("SUMMARY:Christmas", "DTSTART;VALUE=DATE:20261225")) == {dt.date(2026, 12, 25)}


def test_the_end_of_an_event_is_the_day_after_it() -> None:
    days = read(event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261227"))
    assert days == {dt.date(2026, 12, 25), dt.date(2026, 12, 26)}


def test_a_folded_line_is_one_line_and_an_instant_counts_by_its_day() -> None:
    assert read(event("SUMMARY:A very\r\n  long name", "DTSTA\r\n RT:20261225T000000Z")) == {
        dt.date(2026, 12, 25)
    }


def test_a_yearly_event_comes_every_year_until_its_end() -> None:
    days = read(event("DTSTART;VALUE=DATE:20250623", "RRULE:FREQ=YEARLY;UNTIL=20270101"))
    assert days == {dt.date(2025, 6, 23), dt.date(2026, 6, 23)}
    leap = read(event("DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY"))
    assert sorted(leap)[:2] == [dt.date(2024, 2, 29), dt.date(2028, 2, 29)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "no events"),
        (event("SUMMARY:x"), "without DTSTART"),
        (event("DTSTART:soon"), "soon is not a date"),
        (event("DTSTART:20261399"), "month"),
        (event("DTSTART:20260101", "RRULE:FREQ=WEEKLY"), "not plainly yearly"),
        (event("DTSTART:20260101", "RRULE:FREQ=YEARLY;BYDAY=1MO"), "not plainly yearly"),
    ],
)
def test_what_we_cannot_read_is_refused_with_the_reason(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "days.ics").write_text(text)
    with pytest.raises(DigestError, match=words):
        load(tmp_path / "days.ics")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DigestError, match="cannot be read"):
        load(tmp_path / "gone.ics")
