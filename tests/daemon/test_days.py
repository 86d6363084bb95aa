"""Whole days by a clock in hand: every slot once, whatever the clocks do."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest
from daemon_bench import Bench, Make

from digest.slots import due_between
from digest.store import editions, slots

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAWN = dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)

CLOCKS = {
    "Europe/Luxembourg": ("02:30", "03:00"),
    "Africa/Casablanca": ("02:30", "03:00"),
    "America/New_York": ("01:30", "02:30", "03:00"),
    "Australia/Lord_Howe": ("01:45", "02:15", "03:00"),
    "Africa/Cairo": ("00:00", "03:00"),
}


def ledger(bench: Bench) -> dict[str, str]:
    with bench.daemon.newsroom.store.read() as connection:
        return {str(slot): slot.state for slot in slots.past(connection, limit=1000)}


def planned(bench: Bench, start: dt.datetime, end: dt.datetime) -> set[str]:
    rooms = bench.daemon.newsroom.newsletters.values()
    return {str(p.key) for n in rooms for p in due_between(n.name, n.settings, start, end)}


async def live(bench: Bench, moments: Iterable[dt.datetime]) -> None:
    for now in moments:
        await bench.at(now)


def every(step: dt.timedelta, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    return [start + n * step for n in range(1, (end - start) // step + 1)]


@pytest.mark.slow
def test_three_days(make: Make) -> None:
    bench = make(DAWN)
    end = DAWN + 3 * 24 * HOUR
    asyncio.run(live(bench, every(15 * MINUTE, DAWN, end)))
    assert ledger(bench) == dict.fromkeys(planned(bench, DAWN, end), "done")
    assert len(ledger(bench)) == 9
    with bench.daemon.newsroom.store.read() as connection:
        sent = editions.summaries(connection, limit=100)
    assert {edition.id for edition in sent} == set(ledger(bench))
    assert {(e.newsletter, (e.frozen or DAWN) - e.due) for e in sent} == {
        ("city", dt.timedelta(0)),
        ("sea", dt.timedelta(0)),
    }
    copies = Counter(mail.parent.name for mail in bench.mails)
    assert len(bench.mails) == 18
    assert set(copies.values()) == {2}
    # 04:00 of each feed at its slowest, and once before each slot: gentle.
    assert len(bench.feeds.pulls) < 2 * 3 * 24


def newsletters(tz: str, times: tuple[str, ...]) -> str:
    slots_ = ", ".join(f'at-{time.replace(":", "")}: "{time}"' for time in times)
    return f"""\
newsletters:
  night:
    title: Night
    timezone: {tz}
    slots: {{{slots_}}}
    sender: {{address: letter@night.example}}
feeds:
  one: {{url: "https://one.example/feed", paper: One}}
site: {{url: "https://letters.example"}}
daemon: {{listen: ""}}
"""


def changes(tz: str, year: int) -> list[dt.datetime]:
    """The hours of a year in which a zone's offset changes."""
    zone, start = ZoneInfo(tz), dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    hours = [start + n * HOUR / 2 for n in range(2 * 366 * 24)]
    return [
        now
        for now in hours
        if now.astimezone(zone).utcoffset() != (now + HOUR / 2).astimezone(zone).utcoffset()
    ]


@pytest.mark.slow
@pytest.mark.parametrize("tz", CLOCKS)
def test_on_nights_when_the_clocks_change_each_slot_comes_once_even_with_a_restart_every_few_minutes(
    make: Make, tz: str
) -> None:
    for change in changes(tz, 2026):
        start, end = change - 5 * HOUR, change + 5 * HOUR
        bench = make(start, newsletters(tz, CLOCKS[tz]))

        async def night(bench: Bench = bench, start: dt.datetime = start, end: dt.datetime = end) -> None:
            for now in every(5 * MINUTE, start, end):
                await bench.at(now)
                bench.restart()

        asyncio.run(night())
        found = ledger(bench)
        assert set(found) == planned(bench, start, end)
        assert len(found) == len(CLOCKS[tz])
        # Where two fall together at the end of a gap, the later of the wall clock is sent.
        assert set(found.values()) <= {"done", "superseded"}
        assert len(bench.mails) == 2 * list(found.values()).count("done")
        assert found[max(found, key=lambda key: key.rpartition("-")[2])] == "done"


def test_the_clock_set_back_by_an_hour_sends_nothing_twice(make: Make) -> None:
    morning = DAWN + 5.5 * HOUR
    bench = make(DAWN)
    jumps = [morning, morning - HOUR, morning - HOUR / 2, morning, morning + MINUTE]
    asyncio.run(live(bench, jumps))
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}
    assert len(bench.mails) == 2


def test_the_clock_set_forward_over_a_slot_sends_it_late(make: Make) -> None:
    morning = DAWN + 5.5 * HOUR
    bench = make(DAWN)
    asyncio.run(live(bench, [morning - HOUR / 2, morning + HOUR / 2]))
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}


def test_a_machine_asleep_for_two_days_sends_only_what_is_fresh(make: Make) -> None:
    bench = make(DAWN)
    wake = DAWN + 53 * HOUR + 45 * MINUTE  # the 26th, 15 minutes after the morning slot
    asyncio.run(live(bench, [DAWN + MINUTE, wake]))
    found = ledger(bench)
    assert found.pop("city/2026-11-26/morning") == "done"
    assert list(found.values()) == ["missed"] * 5  # of the last 48 hours; who looks back further?
    assert len(bench.mails) == 2


def test_the_leap_day_has_its_slots(make: Make) -> None:
    start = dt.datetime(2028, 2, 28, 12, 0, tzinfo=dt.UTC)
    bench = make(start)
    asyncio.run(live(bench, every(90 * MINUTE, start, start + 48 * HOUR)))
    assert ledger(bench)["city/2028-02-29/morning"] == "done"
    assert ledger(bench)["city/2028-03-01/morning"] == "done"


def test_a_new_slot_name_owes_nothing_of_the_past(make: Make) -> None:
    bench = make(DAWN)
    evening = DAWN + 16.5 * HOUR

    async def day() -> None:
        await live(bench, [evening])
        room = bench.daemon.newsroom
        city = room.newsletters["city"]
        renamed = city.settings.slots["evening"]
        new = city.settings.model_copy(
            update={"slots": {"night": renamed, "morning": city.settings.slots["morning"]}}
        )
        changed = {**room.newsletters, "city": dataclasses.replace(city, settings=new)}
        bench.daemon.newsroom = dataclasses.replace(room, newsletters=changed)
        await live(bench, [evening + 10 * MINUTE])

    asyncio.run(day())
    assert "city/2026-11-24/night" not in ledger(bench)
    assert len(bench.mails) == 2
