"""When a slot is due: every zone, every day, one instant; the hours that clock changes skip and repeat."""

from __future__ import annotations

import datetime as dt
import time as clock
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.config.settings import NewsletterSettings, SenderSettings, SlotSettings, Weekday
from digest.slots import due, due_between, instant, owed, upcoming, zone

ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2037, 12, 31))
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def newsletter(tz: str, **times: str) -> NewsletterSettings:
    slots = {name: SlotSettings(time=dt.time.fromisoformat(time)) for name, time in times.items()}
    return NewsletterSettings(
        title="T", timezone=tz, slots=slots, sender=SenderSettings(address="a@example.org")
    )


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("tz", "date", "time", "expected"),
    [
        ("Europe/Luxembourg", "2026-07-01", "06:30", "2026-07-01 04:30"),
        (
            "Europe/Luxembourg",
            "2026-03-29",
            "02:30",
            "2026-03-29 01:00",
        ),  # skipped: the end of the gap, 03:00
        ("Europe/Luxembourg", "2026-03-29", "02:00", "2026-03-29 01:00"),
        ("Europe/Luxembourg", "2026-03-29", "02:07", "2026-03-29 01:00"),
        ("Europe/Luxembourg", "2026-03-29", "02:46", "2026-03-29 01:00"),
        ("Europe/Luxembourg", "2026-03-29", "03:00", "2026-03-29 01:00"),
        ("Europe/Luxembourg", "2026-10-25", "02:30", "2026-10-25 00:30"),  # twice: the first
        ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15 01:30"),  # back for Ramadan: twice
        ("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22 02:00"),  # forward after it: skipped
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08 07:00"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:30"),  # half an hour
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04 14:45"),
        ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23 22:00"),  # midnight does not exist
        ("Africa/Cairo", "2026-10-29", "23:30", "2026-10-29 20:30"),
        ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30 10:00"),  # a whole day does not exist
        ("UTC", "2028-02-29", "06:30", "2028-02-29 06:30"),
    ],
)
def test_a_local_time_is_due_at_one_instant(tz: str, date: str, time: str, expected: str) -> None:
    settings = newsletter(tz, slot=time)
    assert due(settings, dt.date.fromisoformat(date), "slot") == utc(expected)


@given(st.sampled_from(ZONES), DAYS, TIMES)
@settings(max_examples=400, deadline=None)
def test_an_instant_is_the_first_that_shows_the_time_or_the_first_after_the_gap(
    name: str, date: dt.date, time: dt.time
) -> None:
    tz, local = zone(name), dt.datetime.combine(date, time)
    at = instant(date, time, tz)
    shown = at.astimezone(tz).replace(tzinfo=None)
    before = (at - dt.timedelta(seconds=1)).astimezone(tz).replace(tzinfo=None)
    assert shown >= local
    if shown == local:  # and not an hour earlier, when it was the same time already
        assert all(
            (at - dt.timedelta(minutes=m)).astimezone(tz).replace(tzinfo=None) != local for m in (30, 60, 120)
        )
    else:  # the second before, the clock had not reached it
        assert before < local


@given(st.sampled_from(ZONES), DAYS, TIMES, TIMES)
@settings(max_examples=200, deadline=None)
def test_later_on_the_clock_is_never_earlier_in_time(
    name: str, date: dt.date, one: dt.time, two: dt.time
) -> None:
    early, late = sorted((one, two))
    first, second = instant(date, early, zone(name)), instant(date, late, zone(name))
    assert first <= second


@pytest.mark.slow
def test_in_every_zone_every_slot_of_2026_comes_once_in_order() -> None:
    start, end = utc("2026-01-01 00:00"), utc("2027-01-01 00:00")
    for name in ZONES:
        planned = due_between("n", newsletter(name, night="02:30", evening="17:30"), start, end)
        assert len({p.key for p in planned}) == len(planned) in {729, 730, 731}
        assert [p.due for p in planned] == sorted(p.due for p in planned)


def test_slots_that_fall_together_keep_the_order_of_the_clock() -> None:
    settings = newsletter("Europe/Luxembourg", b="02:30", a="03:00")
    both = due_between("n", settings, utc("2026-03-29 00:00"), utc("2026-03-29 02:00"))
    assert [(p.key.name, p.due) for p in both] == [
        ("b", utc("2026-03-29 01:00")),
        ("a", utc("2026-03-29 01:00")),
    ]


def test_a_slot_goes_out_on_its_weekdays_of_the_local_date() -> None:
    workdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    settings = newsletter("Pacific/Auckland", early="06:30")
    settings = settings.model_copy(
        update={"slots": {"early": SlotSettings(time=dt.time(6, 30), weekdays=workdays)}}
    )
    week = upcoming("n", settings, utc("2026-11-20 12:00"), 5)
    assert [p.key.date.isoformat() for p in week] == [
        "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27",
    ]  # fmt: skip
    assert week[0].due == utc("2026-11-22 17:30")


def test_upcoming_slots_are_the_next_ones_after_now() -> None:
    settings = newsletter("UTC", morning="06:30", evening="17:30")
    three = upcoming("n", settings, utc("2026-11-24 06:30"), 3)
    assert [str(p.key) for p in three] == [
        "n/2026-11-24/evening",
        "n/2026-11-25/morning",
        "n/2026-11-25/evening",
    ]


def test_a_slot_on_no_weekday_never_comes() -> None:
    settings = newsletter("UTC", never="06:30")
    settings = settings.model_copy(
        update={"slots": {"never": SlotSettings(time=dt.time(6, 30), weekdays=())}}
    )
    assert upcoming("n", settings, utc("2026-11-24 06:30")) == ()


def test_owed_are_the_slots_due_since_their_name_became_active_at_most_48_hours_back() -> None:
    settings = newsletter("UTC", morning="06:30", evening="17:30")
    now = utc("2026-11-24 06:30")
    long_ago = {"morning": utc("2026-01-01 00:00"), "evening": utc("2026-11-23 17:30")}
    assert [str(p.key) for p in owed("n", settings, long_ago, now)] == [
        "n/2026-11-23/morning",
        "n/2026-11-24/morning",
    ]
    assert owed("n", settings, {}, now) == ()


def test_on_a_holiday_a_slot_comes_and_does_not_go_out() -> None:
    settings = newsletter("Europe/Luxembourg", morning="06:30").model_copy(
        update={"holidays": frozenset({dt.date(2026, 12, 25)})}
    )
    coming = due_between("n", settings, utc("2026-12-24 12:00"), utc("2026-12-26 12:00"))
    assert [(p.key.date.day, p.holiday) for p in coming] == [(25, True), (26, False)]
    assert [p.key.date.day for p in upcoming("n", settings, utc("2026-12-24 12:00"), 2)] == [26, 27]


def test_slots_come_after_the_first_instant_and_not_after_the_last() -> None:
    settings = newsletter("UTC", morning="06:30", evening="17:30")
    found = due_between("n", settings, utc("2026-11-24 06:30"), utc("2026-11-25 06:30"))
    assert [(str(p.key), p.due) for p in found] == [
        ("n/2026-11-24/evening", utc("2026-11-24 17:30")),
        ("n/2026-11-25/morning", utc("2026-11-25 06:30")),
    ]


def test_ten_slots_come_unless_asked_otherwise_however_rare_they_are() -> None:
    settings = newsletter("UTC", paper="06:30")
    assert len(upcoming("n", settings, utc("2026-11-24 06:30"))) == 10
    sundays = settings.model_copy(
        update={"slots": {"paper": SlotSettings(time=dt.time(6, 30), weekdays=("sun",))}}
    )
    found = upcoming("n", sundays, utc("2026-11-24 06:30"), 30)
    assert [p.key.date for p in found] == [dt.date(2026, 11, 29) + dt.timedelta(weeks=n) for n in range(30)]


def test_holidays_are_no_upcoming_slots() -> None:
    settings = newsletter("UTC", paper="06:30").model_copy(
        update={"holidays": frozenset({dt.date(2026, 11, 26)})}
    )
    found = upcoming("n", settings, utc("2026-11-24 06:30"), 2)
    assert [p.key.date for p in found] == [dt.date(2026, 11, 25), dt.date(2026, 11, 27)]


def test_owed_from_the_moment_after_a_name_became_active() -> None:
    settings = newsletter("UTC", morning="06:30")
    now = utc("2026-11-24 06:31")
    for since, count in (("2026-11-24 06:29", 1), ("2026-11-24 06:30", 0)):
        assert len(owed("n", settings, {"morning": utc(since)}, now)) == count


def test_an_instant_is_the_same_whatever_fold_or_zone_its_time_bears() -> None:
    tz = zone("Europe/Luxembourg")
    day = dt.date(2026, 10, 25)
    for time in (dt.time(2, 30, fold=1), dt.time(2, 30, tzinfo=dt.UTC)):
        assert instant(day, time, tz) == utc("2026-10-25 00:30")


def test_where_editors_approve_a_slot_is_owed_from_its_lead_time_on() -> None:
    settings = newsletter("UTC", morning="06:30")
    asks = NewsletterSettings.model_validate(
        settings.model_dump(exclude={"approval"}) | {"approval": "required"}
    )
    since = {"morning": utc("2026-01-01 00:00")}
    before = utc("2026-11-24 06:30") - asks.lead_time
    for now, some, count in (
        (before, asks, 1),
        (before - dt.timedelta(minutes=1), asks, 0),
        (before, settings, 0),
    ):
        found = owed("n", some, since, now, dt.timedelta(hours=1))
        assert len(found) == count


def test_an_instant_is_utc_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    clock.tzset()
    try:
        for day, time in (("2026-07-01", dt.time(6, 30)), ("2026-03-29", dt.time(2, 30))):
            assert instant(dt.date.fromisoformat(day), time, zone("Europe/Luxembourg")).tzinfo is dt.UTC
    finally:
        monkeypatch.undo()
        clock.tzset()
