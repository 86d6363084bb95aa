"""The editor's decisions: each does what it says, attaches to entries, and is listed when it finds nothing."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from digest.compose import compose
from digest.compose.decisions import Desk, apply, told
from digest.config.newsletter import Newsletter
from digest.model import Decision, Edition, Entry, Picture, Reason, SlotKey, Story
from tests.compose.compose_samples import (
    NOW,
    SLOT,
    WIDE,
    decided,
    entry,
    feed,
    newsletter,
    section,
    sent,
    story,
)

PLAIN = newsletter(papers=("Courier", "Herald", "Post"))
STORIES = [
    story(entry("a", hours=1)),
    story(entry("b", "Herald", hours=2)),
    story(entry("c", "Post", hours=3)),
]


def composed(
    *decisions: Decision, stories: Sequence[Story] = STORIES, letter: Newsletter = PLAIN, **more: Any
) -> Edition:
    return compose(letter, SLOT, NOW, stories, now=NOW, decisions=decisions, **more)


def order(edition: Edition) -> list[str]:
    return [item.entry for item in edition.items]


def ignored(edition: Edition) -> list[str]:
    return [reason.text for reason in edition.ignored]


def test_without_decisions_the_newest_of_equals_leads() -> None:
    assert order(composed()) == ["a", "b", "c"]


def test_a_pinned_story_is_printed_past_the_cut() -> None:
    letter = newsletter(papers=("Courier", "Herald", "Post"), max_stories=2)
    edition = composed(decided(1, "pin", "c"), letter=letter)
    assert order(edition) == ["a", "c"]
    assert edition.items[1].reasons[0].text == "pinned by Ann"


def test_a_story_pinned_as_lead_opens_the_edition() -> None:
    assert order(composed(decided(1, "pin", "c", "lead"))) == ["c", "a", "b"]


def test_more_pins_than_places_leave_the_weakest_out() -> None:
    letter = newsletter(papers=("Courier", "Herald", "Post"), max_stories=2)
    edition = composed(*(decided(i, "pin", key) for i, key in enumerate("abc")), letter=letter)
    assert order(edition) == ["a", "b"]
    assert edition.left_out[0].reason.text.endswith("has its 2 stories")


def test_a_pin_brings_back_what_a_filter_left_out_or_was_sent() -> None:
    letter = newsletter(feed("Courier", exclude_words=("subjecta",)), feed("Herald"), feed("Post"))
    printed = sent(STORIES[1], "Headlineb about subjectb")
    edition = composed(decided(1, "pin", "a"), decided(2, "pin", "b"), letter=letter, earlier=[printed])
    assert order(edition) == ["a", "b", "c"]


def test_a_hidden_story_is_left_out_by_name() -> None:
    edition = composed(decided(1, "hide", "a"))
    assert order(edition) == ["b", "c"]
    assert [(out.entry, out.reason.text) for out in edition.left_out] == [("a", "hidden by Ann")]


def test_a_story_stays_hidden_when_its_entry_becomes_a_report_or_copy_of_it() -> None:
    regrouped = story(entry("d", "Post", hours=0.2), ("copy", entry("a", hours=1)))
    assert order(composed(decided(1, "hide", "a"), stories=[regrouped, STORIES[1]])) == ["b"]


def test_hiding_a_sidebar_takes_it_alone() -> None:
    told = story(entry("a"), ("sidebar", entry("s", "Herald")), ("sidebar", entry("t", "Post")))
    edition = composed(decided(1, "hide", "s"), stories=[told])
    assert [link.paper for link in edition.items[0].more] == ["Post"]


@pytest.mark.parametrize(("first", "second", "there"), [("pin", "hide", False), ("hide", "pin", True)])
def test_the_later_of_two_decisions_holds(first: str, second: str, there: bool) -> None:
    edition = composed(decided(2, second, "a"), decided(1, first, "a"))
    assert ("a" in order(edition)) is there


def test_a_story_moves_to_another_section() -> None:
    letter = newsletter(
        papers=("Courier", "Herald", "Post"), sections=[section("News", "Courier"), section("Else")]
    )
    edition = composed(decided(1, "move", "b", "News"), letter=letter)
    assert [(part.name, [i.entry for i in part.items]) for part in edition.sections] == [
        ("", ["a"]),
        ("News", ["b"]),
        ("Else", ["c"]),
    ]


def test_a_story_is_put_after_another_or_first() -> None:
    more = [*STORIES, story(entry("d", hours=4))]
    assert order(composed(decided(1, "order", "d", "b"), stories=more)) == ["a", "b", "d", "c"]
    assert order(composed(decided(1, "order", "d", ""), stories=more)) == ["a", "d", "b", "c"]
    assert order(composed(decided(1, "order", "d", "a"), stories=more)) == ["a", "d", "b", "c"]


def test_orders_are_applied_one_after_the_other() -> None:
    more = [*STORIES, story(entry("d", hours=4))]
    steps = [decided(1, "order", "d"), decided(2, "order", "c", "d"), decided(3, "order", "d", "b")]
    assert order(composed(*steps, stories=more)) == ["a", "c", "b", "d"]


def test_two_stories_are_merged_under_the_first() -> None:
    edition = composed(decided(1, "merge", "b", "a"))
    assert order(edition) == ["b", "c"]
    assert [link.paper for link in edition.items[0].also_in] == ["Courier"]


def test_a_merge_that_grouping_has_done_meanwhile_changes_nothing() -> None:
    together = [story(entry("a"), ("report", entry("b", "Herald")))]
    edition = composed(decided(1, "merge", "b", "a"), stories=together)
    assert order(edition) == ["a"]
    assert edition.ignored == ()


def test_a_member_is_split_off_and_both_stories_stand() -> None:
    together = [story(entry("a", hours=2), ("report", entry("b", "Herald")), ("report", entry("c", "Post")))]
    edition = composed(decided(1, "split", "b"), stories=together)
    assert order(edition) == ["a", "b"]
    assert [link.paper for link in edition.items[0].also_in] == ["Post"]
    assert edition.items[1].reasons
    assert len({item.story for item in edition.items}) == 2


def test_a_story_whose_lead_is_split_off_runs_under_its_best_report() -> None:
    reports = [entry("b", "Herald", hours=3), entry("c", "Post", hours=4, pictures=(WIDE,))]
    together = [story(entry("a"), *(("report", e) for e in reports))]
    edition = composed(decided(1, "split", "a"), stories=together)
    assert sorted(order(edition)) == ["a", "c"]


def test_merged_then_split_gives_both_back() -> None:
    edition = composed(decided(1, "merge", "a", "b"), decided(2, "split", "b"))
    assert order(edition) == ["a", "b", "c"]
    assert edition.items[0].also_in == ()


def test_another_entry_leads() -> None:
    together = [story(entry("a"), ("report", entry("b", "Herald")))]
    edition = composed(decided(1, "lead", "b"), stories=together)
    assert edition.items[0].entry == "b"
    assert [link.paper for link in edition.items[0].also_in] == ["Courier"]


def test_a_picture_of_another_member_comes_with_its_own_caption() -> None:
    together = [story(entry("a"), ("report", entry("b", "Herald", pictures=(WIDE,))))]
    edition = composed(decided(1, "picture", "a", json.dumps({"url": WIDE.url})), stories=together)
    assert edition.items[0].picture == WIDE


def test_a_picture_made_by_hand_is_described_by_hand() -> None:
    value = {"url": "https://desk.example/p.jpg", "caption": "Our own", "credit": "Ann", "width": 1200}
    edition = composed(decided(1, "picture", "a", json.dumps(value)))
    assert edition.items[0].picture == Picture("https://desk.example/p.jpg", "Our own", "Ann", width=1200)


def test_a_picture_can_be_taken_away() -> None:
    pictured = [story(entry("a", pictures=(WIDE,)))]
    assert composed(decided(1, "picture", "a"), stories=pictured).items[0].picture is None


def test_an_editors_words_are_final() -> None:
    words = {
        "kicker": "Bridge",
        "headline": "It opens",
        "standfirst": "",
        "caption": "At dawn",
        "credit": "B",
    }
    pictured = [story(entry("a", standfirst="It was shut for years.", pictures=(WIDE,)))]
    item = composed(decided(1, "edit", "a", json.dumps(words)), stories=pictured).items[0]
    assert (item.kicker, item.headline, item.standfirst) == ("Bridge", "It opens", "")
    assert item.picture == replace(WIDE, caption="At dawn", credit="B")


def test_edits_of_several_fields_add_up_and_the_last_of_one_field_holds() -> None:
    edits = [
        decided(1, "edit", "a", '{"headline": "One"}'),
        decided(2, "edit", "a", '{"kicker": "Two"}'),
        decided(3, "edit", "a", '{"headline": "Three"}'),
    ]
    item = composed(*edits).items[0]
    assert (item.headline, item.kicker) == ("Three", "Two")


def test_an_edit_survives_regrouping_under_another_lead() -> None:
    regrouped = story(entry("d", "Post", hours=0.2), ("report", entry("a")))
    item = composed(decided(1, "edit", "a", '{"headline": "Mine"}'), stories=[regrouped]).items[0]
    assert (item.entry, item.headline) == ("d", "Mine")


def test_an_intro_opens_the_edition() -> None:
    assert (
        composed(decided(1, "intro", "", "Good evening.\n\nIt rained.")).intro
        == "Good evening.\n\nIt rained."
    )


def test_an_entry_made_by_hand_is_printed_as_if_pinned() -> None:
    value = {
        "title": "Choir looks for tenors",
        "standfirst": "Rehearsals are on Mondays.",
        "paper": "St Mary's",
        "published": "2026-01-05T10:00:00+01:00",
        "pictures": [{"url": "https://desk.example/choir.jpg", "credit": "St Mary's"}],
        "section": "Notices",
    }
    letter = newsletter(
        papers=("Courier", "Herald", "Post"), sections=[section("News"), section("Notices", "Nobody")]
    )
    edition = composed(decided(1, "add", "hand-1", json.dumps(value)), letter=letter)
    item = next(item for item in edition.items if item.entry == "hand-1")
    assert edition.sections[-1].name == "Notices"
    assert (item.headline, item.standfirst, item.url) == (
        "Choir looks for tenors",
        "Rehearsals are on Mondays.",
        "",
    )
    assert item.picture == Picture("https://desk.example/choir.jpg", credit="St Mary's")


def test_an_added_entry_can_be_changed_by_adding_it_again_and_hidden() -> None:
    first, again = (decided(i, "add", "h", json.dumps({"title": f"Title {i}"})) for i in (1, 2))
    assert [item.headline for item in composed(first, again).items if item.entry == "h"] == ["Title 2"]
    assert "h" not in order(composed(first, decided(3, "hide", "h")))


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        (decided(7, "pin", "gone"), "pin by Ann: its entry is gone"),
        (decided(7, "merge", "a", "gone"), "merge by Ann: its entry is gone"),
        (decided(7, "move", "a", "Nowhere"), "move by Ann: there is no section “Nowhere”"),
        (decided(7, "order", "a", "a"), "order by Ann: a story cannot follow itself"),
        (decided(7, "edit", "a", "not json"), "edit by Ann: its value is not JSON"),
        (decided(7, "edit", "a", "[1]"), "edit by Ann: its value is not a JSON object"),
        (decided(7, "edit", "a", '{"title": "x"}'), "edit by Ann: there is no field “title”"),
        (decided(7, "edit", "a", '{"headline": 3}'), "edit by Ann: “headline” is not text"),
        (decided(7, "picture", "a", '{"caption": "x"}'), "picture by Ann: a picture needs a “url”"),
        (decided(7, "add", "h", "{}"), "add by Ann: an entry needs an id and a “title”"),
        (decided(7, "add", "a", '{"title": "x"}'), "add by Ann: its id belongs to another entry"),
        (
            decided(7, "add", "h", '{"title": "x", "published": "soon"}'),
            "add by Ann: “published” is not an ISO 8601 date and time",
        ),
        (
            decided(7, "add", "h", '{"title": "x", "pictures": "p"}'),
            "add by Ann: “pictures” is not a list of objects",
        ),
        (decided(7, "add", "h", '{"title": "x", "authors": "p"}'), "add by Ann: “authors” is not a list"),
        (decided(7, "dance", "a"), "dance by Ann: no such decision"),
    ],
)
def test_a_decision_that_finds_nothing_is_listed_and_changes_nothing(decision: Decision, text: str) -> None:
    edition = composed(decision)
    assert ignored(edition) == [text]
    assert edition.ignored[0].value == 7
    assert edition.items == composed().items


def test_decisions_for_other_slots_and_newsletters_are_passed_over() -> None:
    other = str(SlotKey("daily", SLOT.date, "morning"))
    strangers = [decided(1, "hide", "a", slot=other), replace(decided(2, "hide", "b"), newsletter="weekly")]
    edition = composed(*strangers, decided(3, "hide", "c", slot=str(SLOT)))
    assert order(edition) == ["a", "b"]
    assert edition.ignored == ()


def test_an_extra_edition_has_decisions_of_its_own() -> None:
    own = decided(1, "hide", "a", slot=f"{SLOT}/1")
    slots = decided(2, "hide", "b", slot=str(SLOT))
    assert order(composed(own, slots, number=1)) == ["b", "c"]
    assert order(composed(own, slots)) == ["a", "c"]


def decide(*decisions: Decision, stories: Sequence[Story] = STORIES) -> Desk:
    desk = Desk({}, {}, weight=lambda _entry: 1.0, names=("News", "Notices", "Else"), forbidden=frozenset())
    desk.put(*stories)
    return apply(desk, decisions)


def test_decisions_that_find_nothing_are_listed_in_their_order_whatever_they_are() -> None:
    made = [
        decided(3, "merge", "a", "gone"),
        decided(2, "hide", ""),
        decided(1, "add", "h", "{}"),
        decided(0, "pin", "gone"),
    ]
    assert decide(*made).ignored == [
        Reason("decision", "pin by Ann: its entry is gone", 0.0),
        Reason("decision", "add by Ann: an entry needs an id and a “title”", 1.0),
        Reason("decision", "hide by Ann: it names no entry", 2.0),
        Reason("decision", "merge by Ann: its entry is gone", 3.0),
    ]


def test_what_an_editor_did_to_a_member_stands_among_its_reasons() -> None:
    together = story(entry("a"), ("report", entry("b", "Herald")))
    merged = decide(decided(3, "merge", "a", "b")).stories["s-a"].members[-1]
    assert merged.reasons == (Reason("editor", "merged by Ann", 3.0),)
    split = decide(decided(4, "split", "b"), stories=[together])
    assert split.stories[split.by_entry["b"]].members[0].reasons == (
        Reason("editor", "split off by Ann", 4.0),
    )
    led = decide(decided(5, "lead", "b"), stories=[together])
    assert led.stories["s-a"].members[0].reasons == (Reason("editor", "made the lead by Ann", 5.0),)
    assert led.led == {"s-a": Reason("editor", "made the lead by Ann", 5.0)}
    added = decide(decided(6, "add", "h", '{"title": "Choir"}'))
    assert added.stories["h"].members[0].reasons == (Reason("editor", "added by Ann", 6.0),)
    assert added.pinned == {"h": Reason("editor", "added by Ann", 6.0)}


def test_a_hidden_story_is_no_longer_pinned_nor_a_pinned_one_hidden() -> None:
    hidden = decide(decided(1, "pin", "a"), decided(2, "hide", "a"))
    assert (hidden.pinned, list(hidden.hidden)) == ({}, ["s-a"])
    pinned = decide(decided(1, "hide", "a"), decided(2, "pin", "a"))
    assert (list(pinned.pinned), pinned.hidden) == (["s-a"], {})


def test_a_story_that_stands_alone_is_not_split() -> None:
    desk = decide(decided(1, "split", "a"))
    assert list(desk.stories) == ["s-a", "s-b", "s-c"]
    assert desk.ignored == []


def test_no_picture_is_a_choice_too() -> None:
    assert decide(decided(1, "picture", "a")).pictures == {"s-a": None}


def test_of_a_storys_pictures_the_one_at_the_address_is_taken() -> None:
    other = Picture("https://pictures.example/other.jpg", "The mayor", link_only=True)
    pictured = [story(entry("a", pictures=(WIDE, other)))]
    desk = decide(decided(1, "picture", "a", json.dumps({"url": other.url})), stories=pictured)
    assert desk.pictures == {"s-a": other}


def test_further_keys_of_a_picture_override_what_its_entry_says() -> None:
    pictured = [story(entry("a", pictures=(replace(WIDE, link_only=True, alt="x", type="image/gif"),)))]
    value = {"url": WIDE.url, "alt": "A bridge", "type": "image/webp", "width": 0, "height": 1}
    desk = decide(decided(1, "picture", "a", json.dumps(value)), stories=pictured)
    assert desk.pictures == {
        "s-a": replace(WIDE, link_only=True, alt="A bridge", type="image/webp", height=1)
    }
    smaller = decide(
        decided(1, "picture", "a", json.dumps({**value, "width": 1, "height": 0})), stories=pictured
    )
    assert smaller.pictures["s-a"] == replace(
        WIDE, link_only=True, alt="A bridge", type="image/webp", width=1
    )


def test_an_added_entry_has_every_field_that_was_given() -> None:
    value = {
        "title": " Choir  seeks tenors ",
        "url": " https://choir.example/tenors ",
        "paper": "St Mary’s",
        "standfirst": "Mondays at eight.",
        "text": "Come along.\n\nBring a friend.",
        "kicker": "Music",
        "language": "en-GB",
        "published": "2026-01-05T10:00:00+01:00",
        "authors": ["Ann Lee", 7],
        "pictures": [{"url": WIDE.url}],
    }
    desk = decide(decided(1, "add", "h", json.dumps(value)))
    assert desk.stories["h"].lead == Entry(
        id="h",
        feed="",
        paper="St Mary’s",
        url="https://choir.example/tenors",
        title="Choir seeks tenors",
        standfirst="Mondays at eight.",
        text="Come along.\n\nBring a friend.",
        authors=("Ann Lee", "7"),
        published=dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC),
        first_seen=NOW,
        kicker="Music",
        language="en-GB",
        pictures=(Picture(WIDE.url),),
    )


@pytest.mark.parametrize(
    ("given", "section"), [({"section": "Notices"}, "Notices"), ({}, "Else"), ({"section": "Gone"}, "Else")]
)
def test_an_added_entry_stands_in_its_section_else_in_the_last(given: dict[str, str], section: str) -> None:
    desk = decide(decided(1, "add", "h", json.dumps({"title": "Choir", **given})))
    assert desk.sections == {"h": section}


def test_pictures_that_are_no_objects_are_refused() -> None:
    desk = decide(decided(1, "add", "h", '{"title": "x", "pictures": ["p"]}'))
    assert [reason.text for reason in desk.ignored] == ["add by Ann: “pictures” is not a list of objects"]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-01-05T10:00:00", 10),
        ("2026-01-05T10:00:00+01:00", 9),
        ("2026-01-05T10:00:00-05:00", 15),
    ],
)
def test_a_time_without_a_zone_is_utc_wherever_the_machine_is(
    text: str, hour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        desk = decide(decided(1, "add", "h", json.dumps({"title": "x", "published": text})))
    finally:
        monkeypatch.undo()
        time.tzset()
    published = desk.stories["h"].lead.published
    assert (published, published.tzinfo) == (dt.datetime(2026, 1, 5, hour, tzinfo=dt.UTC), dt.UTC)


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (decided(1, "pin", "a"), "pinned “One”"),
        (decided(1, "pin", "a", "lead"), "pinned “One” as the lead"),
        (decided(1, "hide", "a"), "hid “One”"),
        (decided(1, "hide", "gone"), "hid “gone”"),
        (decided(1, "move", "a", "Sport"), "moved “One” to Sport"),
        (decided(1, "order", "a", "b"), "put “One” after “Two”"),
        (decided(1, "order", "a", "gone"), "put “One” after “gone”"),
        (decided(1, "order", "a"), "put “One” first"),
        (decided(1, "merge", "a", "b"), "merged “Two” into “One”"),
        (decided(1, "split", "a"), "split off “One”"),
        (decided(1, "lead", "a"), "made “One” the lead of its story"),
        (decided(1, "picture", "a"), "chose the picture of “One”"),
        (decided(1, "edit", "a", '{"caption": "x"}'), "edited caption of “One”"),
        (
            decided(1, "edit", "a", '{"caption": "x", "headline": "y"}'),
            "edited caption and headline of “One”",
        ),
        (decided(1, "edit", "a", "{}"), "edited nothing of “One”"),
        (decided(1, "edit", "a", "not JSON"), "edited words of “One”"),
        (decided(1, "add", "mine", '{"title": "A  fair day "}'), "added “A fair day”"),
        (decided(1, "add", "mine", '{"title": 7}'), "added “mine”"),
        (decided(1, "lead", "gone", '{"title": "A day"}'), "made “gone” the lead of its story"),
        (decided(1, "intro"), "wrote the introduction"),
        (decided(1, "add", "a"), "added “One”"),
        (decided(1, "dance", "a"), "dance “One”"),
    ],
)
def test_a_decision_is_told_as_a_sentence(decision: Decision, sentence: str) -> None:
    assert told(decision, {"a": "One", "b": "Two"}) == sentence
