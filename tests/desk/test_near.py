"""The nearest misses: compared while the desk has nothing to answer, a piece at a time."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from starlette.requests import Request

from digest.desk import near
from digest.desk.app import DeskPages
from digest.desk.calm import Calm
from digest.desk.near import Comparison, comparison, misses
from digest.desk.room import Room, Sheet
from digest.desk.watch import Bell
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


@pytest.mark.parametrize("gone", [True, False], ids=["who asked is gone", "the desk closes"])
def test_what_nobody_waits_for_any_more_is_let_go(room: Room, gone: bool) -> None:
    async def left() -> int:
        pages = DeskPages(room, Bell(), "evening", asyncio.Event(), lambda _who, _edition: {})

        async def receive() -> dict[str, str]:
            if not gone:
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        scope = {"type": "http", "path_params": {"newsletter": "evening"}, "query_string": b"", "headers": []}
        async with pages.comparing:  # somebody else's comparison is under way
            asking = asyncio.create_task(pages.near(Request(scope, receive)))
            await asyncio.sleep(0)
            if not gone:
                pages.stop.set()
            answer = await asyncio.wait_for(asking, 10)
        async with asyncio.timeout(10), pages.comparing:  # nobody is in line for it
            return answer.status_code

    assert asyncio.run(left()) == 204
