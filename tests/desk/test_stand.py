"""The desk goes on with the next edition while one is approved or going out."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.config.load import load
from digest.desk.room import Room, Sheet
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due, tick
from digest.store import editions
from tests.desk.conftest import Visitor
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish

FIRST, NEXT = "evening/2026-11-23/morning", "evening/2026-11-23/evening"
LATE = ("Ferry runs again at night", "School bell is heard no more", "Mill wheel turns after years")


@pytest.fixture
def newsroom(tmp_path: Path, hand: Hand) -> Iterator[Newsroom]:
    """Nine stories, six of which the first edition prints; its editors have been asked to approve it."""
    config = CONFIG.replace("    sender:", "    max_stories: 6\n    approval: required\n    sender:")
    (tmp_path / "config.yaml").write_text(config)
    with open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as opened:
        subscribe_readers(opened, hand.now, ("one@example.org",))
        note_due(opened, hand.now)
        early = MORNING - dt.timedelta(hours=2)
        later = MORNING - dt.timedelta(hours=20)
        publish(opened, [entry(n, title, early) for n, title in enumerate(TITLES)], hand.now)
        publish(opened, [entry(n, title, later, position=30) for n, title in enumerate(LATE, 20)], hand.now)
        hand.now = MORNING - dt.timedelta(minutes=15)
        asyncio.run(tick(opened, stop=asyncio.Event()))
        yield opened


def approve(visitor: Visitor) -> None:
    visitor.act("approve", seen=visitor.get("/desk/evening/panes").data["seen"])


def test_the_switch_names_the_editions_when_they_go_out_and_how_far_they_are(visitor: Visitor) -> None:
    top = visitor.get("/desk/evening/panes").data["top"]
    assert '<option value="" selected>Morning, 06:30 · to approve</option>' in top
    assert f'<option value="{NEXT}">Evening, 17:30</option>' in top
    approve(visitor)
    assert "Morning, 06:30 · approved" in visitor.get("/desk/evening/panes").data["top"]


def test_the_next_edition_is_shaped_while_the_first_is_approved(visitor: Visitor, newsroom: Newsroom) -> None:
    approve(visitor)
    first = visitor.titles()
    story = visitor.titles(NEXT)[-1]
    visitor.act("open", on=NEXT, entry=visitor.entry(story))
    visitor.act("field", on=NEXT, field="intro", value="Good evening.")
    assert visitor.titles(NEXT)[0] == story
    assert "Good evening." in visitor.get(f"/desk/evening/frame?edition={NEXT}").text
    assert visitor.titles() == first
    assert "Good evening." not in visitor.get("/desk/evening/frame").text
    with newsroom.store.read() as connection:
        assert "Good evening." not in editions.load_mails(connection, FIRST)[0].html


def test_the_next_edition_has_not_what_the_first_will_print(visitor: Visitor) -> None:
    before = visitor.titles()
    assert sorted(visitor.titles(NEXT)) == sorted(LATE)
    visitor.act("hide", entry=visitor.entry(before[0]))
    assert before[0] in visitor.titles(NEXT)
    approve(visitor)
    assert before[0] in visitor.titles(NEXT)
    assert before[1] not in visitor.titles(NEXT)


def test_the_next_edition_is_not_approved_before_the_first(visitor: Visitor) -> None:
    panes = visitor.get(f"/desk/evening/panes?edition={NEXT}").data
    assert 'data-act="approve"' not in panes["top"]
    assert "without what the edition before prints" in panes["top"]
    visitor.act("undo")
    body = json.dumps({"seen": panes["seen"]})
    answer = visitor.ask("POST", f"/desk/evening/approve?edition={NEXT}", body, X_Desk_Token=visitor.token)
    assert answer.status == 400
    assert "still open" in answer.data["error"]


def test_when_the_first_is_out_what_was_decided_for_the_next_holds(
    visitor: Visitor, newsroom: Newsroom, room: Room, hand: Hand
) -> None:
    approve(visitor)
    story = visitor.titles(NEXT)[-1]
    visitor.act("open", on=NEXT, entry=visitor.entry(story))
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    hand.now += dt.timedelta(minutes=1)
    room.forget(stories=False)
    sheet = room.sheet("evening")
    assert isinstance(sheet, Sheet)
    assert sheet.id == NEXT
    assert visitor.titles()[0] == story


def test_an_edition_that_is_not_on_the_desk_is_none(visitor: Visitor) -> None:
    assert visitor.titles("evening/1999-01-01/morning") == visitor.titles()
    assert visitor.get("/desk/evening/panes?edition=evening/1999-01-01/morning").data["edition"] == ""


def test_what_is_gone_from_the_desk_is_let_go(
    visitor: Visitor, newsroom: Newsroom, room: Room, hand: Hand
) -> None:
    approve(visitor)
    visitor.titles(NEXT)
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    hand.now += dt.timedelta(hours=1)
    room.forget(stories=False)
    visitor.titles()
    assert room._shelf.editions == {NEXT}


def test_a_story_that_was_left_out_is_found_by_its_words(visitor: Visitor) -> None:
    left = visitor.get("/desk/evening/panes?find=BELL+courier").data["left"]
    listed = left[left.index("Left out (3)") :]
    assert LATE[1] not in listed  # its paper is another
    left = visitor.get("/desk/evening/panes?find=bell").data["left"]
    assert LATE[1] in left
    assert LATE[0] not in left
    assert TITLES[0] in left  # the running order is whole
    assert "None has these words." in visitor.get("/desk/evening/panes?find=nothing+like+it").data["left"]
