"""The nearest misses: compared while the desk has nothing to answer, a piece at a time."""

from __future__ import annotations

import asyncio
import datetime as dt

from digest.desk import near
from digest.desk.calm import Calm
from digest.desk.near import Comparison, comparison, misses
from digest.desk.room import Room, Sheet
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand
from tests.desk.conftest import Visitor
from tests.pipeline.conftest import MORNING, entry, publish

NEAR = (
    "Ferry runs aground near Remich with forty aboard",
    "Ferry company near Remich explains how forty were brought ashore",
)


def sheet_of(room: Room) -> Sheet:
    found = room.sheet("evening")
    assert isinstance(found, Sheet)
    return found


def completed(made: Comparison) -> Comparison:
    while made.left:
        made.go_on()
    return made


def test_a_comparison_in_pieces_finds_what_one_in_one_go_finds(
    newsroom: Newsroom, room: Room, hand: Hand
) -> None:
    early = MORNING - dt.timedelta(hours=2)
    publish(newsroom, [entry(20 + n, title, early) for n, title in enumerate(NEAR)], hand.now)
    sheet = sheet_of(room)
    whole = completed(comparison(sheet.built.stories, across_languages=False))
    pieces = comparison(sheet.built.stories, across_languages=False)
    pieces.left, rest = pieces.left[-2:], pieces.left[:-2]
    while pieces.left:
        pieces.go_on()
        pieces.left, rest = rest[-2:], rest[:-2]
    assert len(pieces.index) == len(whole.index) > near.MISSES
    for item in sheet.built.edition.items:
        found = [m.entry for m in misses(pieces.index, sheet, item.entry)]
        assert found == [m.entry for m in misses(whole.index, sheet, item.entry)]


def test_the_nearest_misses_come_when_they_are_asked_for(
    newsroom: Newsroom, room: Room, visitor: Visitor, hand: Hand
) -> None:
    early = MORNING - dt.timedelta(hours=2)
    publish(newsroom, [entry(20 + n, title, early) for n, title in enumerate(NEAR)], hand.now)
    room.forget(stories=True)
    sheet = sheet_of(room)
    assert room.index(sheet) is None  # nothing was compared before somebody wanted it
    visitor.get(f"/desk/evening/near?entry={sheet.built.edition.items[0].entry}")
    assert room.index(sheet_of(room)) is not None


def test_what_can_wait_waits_until_every_answer_is_given_and_a_moment_more() -> None:
    async def work() -> tuple[bool, bool]:
        calm = Calm(quiet=0.02)
        with calm.busy():
            waiting = asyncio.create_task(calm.wait())
            await asyncio.sleep(0.06)
            before = waiting.done()
        await asyncio.wait_for(waiting, 5)
        return before, waiting.done()

    assert asyncio.run(work()) == (False, True)


def test_a_desk_that_nobody_asks_does_not_wait() -> None:
    asyncio.run(asyncio.wait_for(Calm(quiet=60).wait(), 1))
