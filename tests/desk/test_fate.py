"""What editors decide of the whole edition, and what they look at beside it."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from digest.compose.differ import compare
from digest.config.load import load
from digest.desk.fate import buttons
from digest.desk.room import Room, Sheet
from digest.model import Edition, FeedState, Item, LeftOut, Picture, Reason, Section, SlotKey
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due, tick
from digest.store import editions, feeds
from digest.store import slots as ledger
from tests.desk.conftest import Visitor, paper_site
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish

KEY = "evening/2026-11-23/morning"
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture
def newsroom(tmp_path: Path, hand: Hand, dead: str) -> Iterator[Newsroom]:
    """Approval is required; the last story's picture is gone from its server."""
    config = CONFIG.replace("    sender:", "    approval: required\n    sender:")
    (tmp_path / "config.yaml").write_text(config + "pull: {allow_private: true}\n")
    with open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as opened:
        subscribe_readers(opened, hand.now, ("one@example.org",))
        note_due(opened, hand.now)
        early = MORNING - dt.timedelta(hours=2)
        publish(opened, [entry(n, title, early) for n, title in enumerate(TITLES)], hand.now)
        hand.now = MORNING - dt.timedelta(minutes=15)
        asyncio.run(tick(opened, stop=asyncio.Event()))
        yield opened


@pytest.fixture
def dead() -> Iterator[str]:
    """A server without pictures."""
    with paper_site() as address:
        yield address


def seen(visitor: Visitor) -> str:
    return str(visitor.get("/desk/evening/panes").data["seen"])


def top(visitor: Visitor) -> str:
    return str(visitor.get("/desk/evening/panes").data["top"])


def status(visitor: Visitor) -> str:
    """How things stand, in the page's words."""
    found = re.search('class="status">(.*?)</span>', top(visitor))
    assert found
    return found[1]


def refusal(visitor: Visitor, act: str, **data: str) -> str:
    if not visitor.token:
        visitor.act("undo")
    answer = visitor.ask("POST", f"/desk/evening/{act}", json.dumps(data), X_Desk_Token=visitor.token)
    assert answer.status == 400
    return str(answer.data["error"])


def test_only_a_post_approves_and_only_what_was_seen(visitor: Visitor, newsroom: Newsroom) -> None:
    assert "waiting for approval" in top(visitor)
    assert visitor.get("/desk/evening/approve").status in (404, 405)
    before = seen(visitor)
    visitor.act("field", entry=visitor.entry(TITLES[1]), field="headline", value="Other words")
    assert "changed since you looked" in refusal(visitor, "approve", seen=before)
    visitor.act("approve", seen=seen(visitor))
    assert "Approved" in top(visitor)
    assert "Take back" in top(visitor)
    with newsroom.store.read() as connection:
        assert "Other words" in editions.load_mails(connection, KEY)[0].html


def test_an_approval_is_taken_back_to_change_something(visitor: Visitor) -> None:
    visitor.act("approve", seen=seen(visitor))
    story = visitor.entry(TITLES[1])
    assert "Take the approval back" in refusal(visitor, "hide", entry=story)
    visitor.act("take-back-approval")
    visitor.act("hide", entry=story)
    visitor.act("approve", seen=seen(visitor))
    assert TITLES[1] not in visitor.titles()


def test_an_approved_edition_keeps_its_decisions(visitor: Visitor) -> None:
    visitor.act("hide", entry=visitor.entry(TITLES[1]))
    visitor.act("approve", seen=seen(visitor))
    assert "Take the approval back" in refusal(visitor, "undo")
    for tab in ("story", "edition"):
        assert "This edition is fixed" in visitor.get(f"/desk/evening/panes?tab={tab}").data["right"]
    right = visitor.get("/desk/evening/panes?tab=history").data["right"]
    assert f"hid “{TITLES[1]}”" in right
    assert "take-back" not in right


def test_a_picture_that_is_gone_is_taken_out_before_it_is_approved(
    visitor: Visitor, newsroom: Newsroom, room: Room, hand: Hand, dead: str
) -> None:
    early = MORNING - dt.timedelta(hours=2)
    shown = (Picture(f"{dead}/a.jpg", "Gone", "AFP", "", 1200, 800),)
    publish(newsroom, [entry(9, "Lighthouse repainted in red", early, pictures=shown)], hand.now)
    room.forget(stories=True)  # what the watch does when it notices
    assert "Lighthouse repainted in red" in visitor.titles()
    said = refusal(visitor, "approve", seen=seen(visitor))
    assert "picture of “Lighthouse repainted in red” is gone" in said
    visitor.act("approve", seen=seen(visitor))
    with newsroom.store.read() as connection:
        item = next(i for i in editions.load(connection, KEY).items if i.headline.startswith("Light"))
    assert item.picture is None


def test_sending_is_paused_resumed_and_cancelled(visitor: Visitor, newsroom: Newsroom, room: Room) -> None:
    visitor.act("approve", seen=seen(visitor))
    with newsroom.store.begin() as connection:
        slot = next(s for s in ledger.unfinished(connection) if str(s) == KEY)
        ledger.interrupt(connection, slot, "sending", MORNING)
    room.forget(stories=False)
    assert 'data-act="pause"' in top(visitor)
    visitor.act("pause")
    assert "Sending is paused" in top(visitor)
    visitor.act("resume")
    assert "Going out since 06:30" in top(visitor)
    visitor.act("cancel")
    assert "06:30" not in status(visitor)  # the desk goes on with the next edition


def test_a_held_edition_says_until_when(visitor: Visitor, hand: Hand, room: Room) -> None:
    hand.now = MORNING + dt.timedelta(minutes=10)
    assert "Held for your approval until 08:00" in top(visitor)


def test_without_approval_there_is_no_button(room: Room, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("approval: required", "approval: none"))
    room.open()
    sheet = room.sheet("evening")
    assert isinstance(sheet, Sheet)
    assert buttons(sheet) == ()


def test_feeds_that_fail_and_feeds_that_fell_silent_are_told(
    visitor: Visitor, newsroom: Newsroom, room: Room, hand: Hand
) -> None:
    week = hand.now - dt.timedelta(days=7)
    with newsroom.store.begin() as connection:
        failing = FeedState(
            "demo:lakeside-courier", problem="time-out", problem_since=hand.now - dt.timedelta(hours=3)
        )
        feeds.save_states(connection, [failing])
        feeds.save_states(connection, [FeedState("demo:stad-bulletin", last_success=hand.now, last_new=week)])
    room.forget(stories=False)
    left = visitor.get("/desk/evening/panes").data["left"]
    assert "Lakeside Courier" in left
    assert "fails for 3 hours: time-out" in left
    assert "has had nothing new for 7 days" in left


# --- as a subscriber --------------------------------------------------------------------------------


def test_a_subscribers_own_copy_is_shown_and_nobody_is_made_up(visitor: Visitor) -> None:
    assert "one@example.org" in visitor.get("/desk/evening/frame?view=headers&reader=one@example.org").text
    for address in ("nobody@example.org", "nonsense"):
        assert "no subscriber with the address" in visitor.get(f"/desk/evening/frame?reader={address}").text


# --- pictures of one's own ----------------------------------------------------------------------------


def test_a_picture_from_this_computer_is_put_on_the_site_and_printed(
    visitor: Visitor, newsroom: Newsroom
) -> None:
    image = Image.new("RGB", (1600, 900), "white")
    for x in range(0, 1600, 3):
        image.putpixel((x, x % 900), (x % 255, 40, 90))
    body = io.BytesIO()
    image.save(body, "PNG")
    visitor.act("undo")
    found = upload(visitor, body.getvalue())
    assert found["url"].startswith("https://evening.example/pictures/")
    assert (found["width"], found["height"]) == (1200, 675)
    size = {k: found[k] for k in ("width", "height", "type")}
    notice = "The hall is closed on Friday. It opens again on Monday. Ask at the town hall. Bring a lamp. Wear a coat."
    visitor.act(
        "add",
        title="The hall is closed",
        standfirst=notice,
        picture=found["url"],
        size=size,
        credit="The club",
    )
    shown = visitor.get("/desk/evening/frame").text
    name = found["url"].rpartition("/")[2]
    assert f"/pictures/{name}" in shown
    assert notice in shown  # no link to read on at: all of it is printed
    assert (newsroom.path(newsroom.config.pictures.folder) / name).is_file()


def test_the_picture_in_use_is_marked_also_when_ours_is_a_copy(
    visitor: Visitor, newsroom: Newsroom, room: Room, hand: Hand, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text() + "pictures: {mode: host}\n")
    room.open()
    names = ("comet.jpg", "court.jpg")
    shown = tuple(Picture(f"demo:pictures/{name}", "By the water", "AFP", "", 1200, 800) for name in names)
    early = MORNING - dt.timedelta(hours=2)
    publish(newsroom, [entry(9, "Lighthouse repainted in red", early, pictures=shown)], hand.now)
    room.forget(stories=True)
    with visitor.hearing() as heard:
        story = visitor.entry("Lighthouse repainted in red")
        heard("pictures")
        assert marked(visitor, story) == [shown[0].url]
        visitor.act("picture", entry=story, value=shown[1].url)
        heard("pictures")
    assert f"{shown[1].url}" not in visitor.get("/desk/evening/frame").text
    assert marked(visitor, story) == [shown[1].url]
    visitor.act("picture", entry=story, value="https://elsewhere.example/own.jpg")
    assert marked(visitor, story) == [""]  # no such picture could be copied: none is shown


def marked(visitor: Visitor, story: str) -> list[str]:
    """The pictures that the pane calls the one in use."""
    right = visitor.get(f"/desk/evening/panes?entry={story}").data["right"]
    return re.findall(r'data-act="picture"[^>]* data-value="([^"]*)" aria-pressed="true"', right)


def upload(visitor: Visitor, body: bytes) -> dict[str, object]:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=20)
    connection.request("POST", "/desk/evening/upload", body, {"X-Desk-Token": visitor.token})
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    return dict(found)


def test_what_is_no_picture_is_refused(visitor: Visitor) -> None:
    visitor.act("undo")
    assert "error" in upload(visitor, b"<svg onload=alert(1)>")
    assert "error" in upload(visitor, b"")


# --- comparing ----------------------------------------------------------------------------------------


def item(number: int, **more: object) -> Item:
    values = {"story": f"s{number}", "entry": f"e{number}", "url": f"https://p.example/{number}"}
    values |= {"headline": f"Headline {number}", "paper": "Paper", "published": NOON} | more  # type: ignore[dict-item]
    return Item(**values)  # type: ignore[arg-type]


def edition(*items: Item, out: tuple[LeftOut, ...] = ()) -> Edition:
    sections = (Section("", items[:1]), Section("World", items[1:]))
    return Edition(SlotKey("n", NOON.date(), "evening"), NOON, "en", "UTC", NOON, sections, left_out=out)


def test_editions_are_compared_story_by_story() -> None:
    out = (LeftOut("s3", "e3", "Headline 3", "Paper", Reason("cut", "below the cut")),)
    before = edition(item(1), item(2), item(3))
    after = edition(item(2, headline="Other words"), item(1), item(4), out=out)
    found = {c.headline: (c.kind, c.words) for c in compare(before, after)}
    assert found == {
        "Other words": ("changed", ("from World to the lead", "up from 2 to 1", "headline was “Headline 2”")),
        "Headline 1": ("changed", ("from the lead to World", "down from 1 to 2")),
        "Headline 4": ("new", ()),
        "Headline 3": ("gone", ("below the cut",)),
    }


def test_a_story_is_the_same_when_one_of_its_entries_is() -> None:
    before, after = edition(item(1, members=("e1", "e9"))), edition(item(9, members=("e9", "e1", "e5")))
    (change,) = compare(before, after)
    assert change.kind == "changed"
    assert "1 more entry" in change.words


def changed(room: Room, hand: Hand, old: str, new: str) -> None:
    """Save another config, a minute later."""
    hand.now += dt.timedelta(minutes=1)
    room.config_file.write_text(room.config_file.read_text().replace(old, new))
    room.open()


def compared(visitor: Visitor, choice: int) -> str:
    """The comparison with one of those that are offered."""
    right = visitor.get("/desk/evening/panes?tab=compare").data["right"]
    against = re.findall('data-against="([^"]+)"', right)[choice]
    return str(visitor.get(f"/desk/evening/panes?tab=compare&against={against}").data["right"])


def test_the_edition_is_compared_with_itself_before_the_config_changed(
    visitor: Visitor, room: Room, hand: Hand
) -> None:
    visitor.titles()
    changed(room, hand, "min_stories: 3", "min_stories: 3\n    max_stories: 4")
    right = compared(visitor, 1)
    assert "Beside the config until 06:16" in right
    assert "max_stories: 12 → 4" in right
    assert "6 → 4" in right
    assert right.count('class="gone"') == 2


def test_every_config_since_the_desk_was_opened_can_be_compared_with(
    visitor: Visitor, room: Room, hand: Hand
) -> None:
    changed(room, hand, "min_stories: 3", "min_stories: 3\n    max_stories: 4")
    changed(room, hand, "max_stories: 4", "max_stories: 5")
    changed(room, hand, "title: The Evening", "title: The Evening  # ours")  # says the same
    assert "6 → 5" in compared(visitor, 2)
    last = compared(visitor, 1)
    assert "4 → 5" in last
    assert "max_stories: 4 → 5" in last
    assert last.count("Before the config changed") == 2


def test_what_the_config_says_otherwise_of_the_feeds_is_named(
    visitor: Visitor, room: Room, hand: Hand
) -> None:
    changed(room, hand, "paper: Stad Bulletin}", "paper: Stad Bulletin, weight: 0.5}")
    assert "Stad Bulletin counts 1 → 0.5" in compared(visitor, 1)


def test_what_is_decided_after_the_config_changed_is_no_difference_of_the_config(
    visitor: Visitor, room: Room, hand: Hand
) -> None:
    changed(room, hand, "min_stories: 3", "min_stories: 3\n    max_stories: 5")
    visitor.act("hide", entry=visitor.entry(visitor.titles()[0]))
    right = compared(visitor, 1)
    assert "5 same" in right
    assert "gone" not in right


def test_the_edition_is_compared_with_the_one_before(
    visitor: Visitor, newsroom: Newsroom, hand: Hand, room: Room
) -> None:
    assert "No edition of this newsletter" in visitor.get("/desk/evening/panes?tab=compare").data["right"]
    visitor.act("approve", seen=seen(visitor))
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    noon = MORNING + dt.timedelta(hours=6)
    publish(newsroom, [entry(20, "Library opens its roof", noon)], noon)
    hand.now = noon
    room.forget(stories=True)
    right = visitor.get("/desk/evening/panes?tab=compare&against=previous").data["right"]
    assert "Beside the morning edition of Monday 23 November" in right
    assert "1 new · 6 gone" in right


def test_an_edition_that_is_out_is_corrected_at_the_desk(
    visitor: Visitor, newsroom: Newsroom, hand: Hand, room: Room
) -> None:
    visitor.act("approve", seen=seen(visitor))
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    hand.now += dt.timedelta(minutes=1)
    room.forget(stories=False)
    right = visitor.get("/desk/evening/panes?tab=correct").data["right"]
    assert TITLES[0] in right
    with newsroom.store.read() as connection:
        story = editions.load(connection, KEY).items[0]
    words = {"headline": "Put right", "standfirst": story.standfirst, "note": "A wrong name."}
    visitor.act("correct", edition=KEY, entry=story.entry, **words)
    right = visitor.get(f"/desk/evening/panes?tab=correct&against={KEY}").data["right"]
    assert "Put right" in right
    assert "Mail it to those" in right
    visitor.act("mail-correction", value=KEY)
    assert "Goes out at 17:30" in top(visitor)  # the correction goes out by itself
    assert "not mailed" in refusal(visitor, "mail-correction", value=KEY)
    assert "no edition of" in refusal(visitor, "correct", edition="other/x", entry="y")
