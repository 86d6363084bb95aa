"""What an editor decides is data: it holds through re-pulls, shows at other desks, and can be taken back."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest

from digest.desk.acts import last_made, last_undone
from digest.desk.replay import exported, replayed
from digest.desk.room import Room
from digest.errors import UsageError
from digest.model import Decision
from digest.pipeline.newsroom import Newsroom
from digest.store import decisions
from tests.desk.conftest import Visitor
from tests.pipeline.conftest import MORNING, entry, publish

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def made(number: int, verb: str = "pin", minute: int = 0, who: str = "ada") -> Decision:
    return Decision(
        number, "evening", "", who, NOON + dt.timedelta(minutes=minute), verb, f"{number:016x}", ""
    )


def test_a_hidden_story_is_left_out_and_comes_back_with_undo(visitor: Visitor) -> None:
    first = visitor.titles()[0]
    visitor.act("hide", entry=visitor.entry(first))
    assert first not in visitor.get("/desk/evening/frame").text
    visitor.act("undo")
    assert first in visitor.titles()
    visitor.act("redo")
    assert first not in visitor.titles()


def test_a_pin_is_taken_out_by_its_own_button(visitor: Visitor) -> None:
    last = visitor.entry(visitor.titles()[-1])
    visitor.act("pin", entry=last)
    right = visitor.get(f"/desk/evening/panes?entry={last}").data["right"]
    assert 'data-act="unpin"' in right
    visitor.act("unpin", entry=last)
    assert 'data-act="pin"' in visitor.get(f"/desk/evening/panes?entry={last}").data["right"]


def test_a_story_made_the_lead_opens_the_edition(visitor: Visitor) -> None:
    last = visitor.titles()[-1]
    visitor.act("open", entry=visitor.entry(last))
    assert visitor.titles()[0] == last


def test_a_story_is_put_after_another_and_stays_there_after_a_pull(
    visitor: Visitor, newsroom: Newsroom
) -> None:
    titles = visitor.titles()
    moved, target = titles[1], titles[3]
    visitor.act("place", entry=visitor.entry(moved), section="", after=visitor.entry(target))
    after = visitor.titles()
    assert after[after.index(target) + 1] == moved
    publish(newsroom, [entry(30, "Bakers strike over flour", MORNING - dt.timedelta(hours=3))], MORNING)
    again = visitor.titles()
    assert again[again.index(target) + 1] == moved


def test_two_stories_are_merged_and_split_again(visitor: Visitor) -> None:
    titles = visitor.titles()
    one, other = visitor.entry(titles[1]), visitor.entry(titles[2])
    visitor.act("merge", entry=one, value=other)
    assert titles[2] not in visitor.titles()
    right = visitor.get(f"/desk/evening/panes?entry={one}").data["right"]
    assert titles[2] in right
    visitor.act("split", entry=other)
    assert titles[2] in visitor.titles()


def test_edited_words_are_printed(visitor: Visitor) -> None:
    story = visitor.entry(visitor.titles()[1])
    visitor.act("field", entry=story, field="headline", value="A quieter <headline>")
    assert "A quieter &lt;headline&gt;" in visitor.get("/desk/evening/frame").text
    visitor.act("field", entry="", field="intro", value="Good evening.")
    assert "Good evening." in visitor.get("/desk/evening/frame").text


def test_an_entry_is_added_by_hand_and_needs_a_headline(visitor: Visitor) -> None:
    visitor.act("add", title="The club meets on Friday", standfirst="At eight.", url="https://club.example/")
    assert "The club meets on Friday" in visitor.titles()
    answer = visitor.ask("POST", "/desk/evening/add", "{}", X_Desk_Token=visitor.token)
    assert answer.status == 400
    assert "headline" in answer.data["error"]
    wrong = json.dumps({"title": "x", "url": "javascript:alert(1)"})
    assert visitor.ask("POST", "/desk/evening/add", wrong, X_Desk_Token=visitor.token).status == 400


def test_decisions_are_exported_and_replayed(visitor: Visitor, room: Room) -> None:
    story = visitor.entry(visitor.titles()[2])
    visitor.act("field", entry=story, field="headline", value="Kept words")
    visitor.act("hide", entry=visitor.entry(visitor.titles()[3]))
    kept = visitor.get("/desk/evening/decisions.yaml").text
    visitor.act("undo")
    visitor.act("undo")
    before = visitor.titles()
    visitor.act("replay", yaml=kept)
    assert "Kept words" in visitor.titles()
    assert len(visitor.titles()) < len(before) + 1
    visitor.act("undo")
    assert visitor.titles() == before


WRONG = ("- [", "decisions: 3", "decisions: [{verb: burn}]", "decisions: [{verb: edit, value: {colour: x}}]")


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_replayed_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as told:
        replayed(text)
    assert told.value.advice


def test_a_decision_survives_its_file() -> None:
    edit = Decision(1, "n", "s", "ada", NOON, "edit", "a" * 16, '{"headline": "Ü: 1"}')
    assert replayed(exported("n", "s", [edit], {"a" * 16: "about"})) == [("edit", "a" * 16, edit.value)]


def test_another_desk_sees_a_decision(visitor: Visitor, newsroom: Newsroom) -> None:
    first = visitor.titles()[0]
    with newsroom.store.begin() as connection:
        decisions.add(connection, Decision(0, "evening", "", "bea", NOON, "hide", visitor.entry(first)))
    deadline = time.monotonic() + 10
    while first in visitor.titles():
        assert time.monotonic() < deadline, "the other desk's decision did not arrive"
        time.sleep(0.05)


def test_the_history_tells_who_did_what(visitor: Visitor) -> None:
    title = visitor.titles()[1]
    visitor.act("hide", entry=visitor.entry(title))
    visitor.act("undo")
    right = visitor.get("/desk/evening/panes?tab=history").data["right"]
    assert f"hid “{title}”" in right
    assert "bring back" in right


def test_the_history_names_the_field_that_was_edited_and_a_notice_that_is_hidden_again(
    visitor: Visitor,
) -> None:
    title = visitor.titles()[1]
    visitor.act("field", entry=visitor.entry(title), field="kicker", value="River")
    made = visitor.act("add", title="The hall is closed", url="https://club.example/hall")["entry"]
    visitor.act("hide", entry=made)
    right = visitor.get("/desk/evening/panes?tab=history").data["right"]
    assert f"edited kicker of “{title}”" in right
    assert "added “The hall is closed”" in right
    assert "hid “The hall is closed”" in right


def test_undo_takes_back_everything_of_one_act_and_nothing_of_others() -> None:
    history = [
        (made(1), None),
        (made(2, minute=1), None),
        (made(3, minute=1), None),
        (made(4, minute=2, who="bea"), None),
    ]
    assert [d.id for d in last_made(history, "ada")] == [2, 3]


def test_redo_ends_where_something_new_was_decided() -> None:
    undone = NOON + dt.timedelta(minutes=5)
    assert [d.id for d in last_undone([(made(1), undone)], "ada")] == [1]
    assert last_undone([(made(1), undone), (made(2, minute=6), None)], "ada") == []
