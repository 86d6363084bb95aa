"""Every entry is in exactly one story, whatever the order."""

from __future__ import annotations

import datetime as dt

from digest.group import group
from digest.model import Entry

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def entry(number: int, title: str, standfirst: str = "", paper: str = "") -> Entry:
    paper = paper or f"Paper {number}"
    return Entry(
        id=f"{number:016x}",
        feed=f"https://{number}.example/feed",
        paper=paper,
        url=f"https://{number}.example/a",
        title=title,
        standfirst=standfirst,
        published=NOON + dt.timedelta(minutes=number),
        first_seen=NOON + dt.timedelta(minutes=number),
        language="en",
    )


DAY = [
    entry(
        1,
        "Earthquake of magnitude 7.1 strikes northern Chile near Iquique",
        "Thousands left the coast of Iquique.",
    ),
    entry(
        2,
        "Chile: strong quake hits Iquique, tsunami warning issued",
        "A 7.1 magnitude earthquake shook Iquique.",
    ),
    entry(3, "Central bank of Norway keeps its interest rate", "Norges Bank left the rate where it was."),
    entry(
        4,
        "A cat that rings doorbells wins a village's heart",
        "Tom the cat has learnt to ring in Lower Slaughter.",
    ),
]


def test_every_entry_is_in_one_story() -> None:
    stories = group(DAY).stories
    assert sorted(m.entry.id for s in stories for m in s.members) == sorted(e.id for e in DAY)


def test_two_reports_of_one_event_are_one_story() -> None:
    story_of = group(DAY).story_of()
    assert story_of[DAY[0].id] == story_of[DAY[1].id]
    assert len(set(story_of.values())) == 3


def test_the_order_of_input_does_not_matter() -> None:
    assert group(DAY) == group(DAY[::-1])


def test_no_entries_make_no_stories() -> None:
    assert group([]).stories == ()


def test_a_story_keeps_the_id_it_had() -> None:
    known = {DAY[1].id: "feedfacefeedface"}
    assert group(DAY, known=known).story_of()[DAY[0].id] == "feedfacefeedface"
