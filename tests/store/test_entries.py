"""Entries, feeds and stories: what goes in comes out, quickly."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from digest.model import Entry, FeedState, Member, Picture, Reason, Story
from digest.rhythm import Activity
from digest.store import entries, feeds, stories
from digest.store.engine import Store

NOW = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
FULL = Entry(
    id="00000000000000aa",
    feed="https://tagblatt.example/feed",
    paper="Tagblatt",
    url="https://tagblatt.example/bridge",
    title="Brücke gesperrt 🌉",
    standfirst="Risse im Beton.",
    text="Die Brücke …",
    authors=("A. Weber", "B. Klein"),
    published=NOW - HOUR,
    first_seen=NOW - HOUR / 2,
    updated=NOW,
    categories=("Verkehr",),
    kicker="Luxemburg",
    language="de",
    minutes=3,
    sponsored=True,
    pictures=(
        Picture("https://tagblatt.example/b.jpg", "Die Brücke", "AFP", "Beton", 1200, 800, "image/jpeg"),
        Picture("https://tagblatt.example/c.jpg"),
    ),
    position=4,
    guid="tag:1",
)


def entry(number: int, feed: str = "https://a.example/feed", **changes: object) -> Entry:
    plain = Entry(
        f"{number:016x}",
        feed,
        "A",
        f"https://a.example/{number}",
        f"Story {number}",
        published=NOW - number * HOUR / 60,
        first_seen=NOW,
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def test_an_entry_comes_back_as_it_was(store: Store) -> None:
    with store.begin() as connection:
        assert entries.save_entries(connection, [FULL], NOW) == 1
    with store.read() as connection:
        assert entries.recent(connection, NOW - 2 * HOUR) == (FULL,)


def test_saving_again_updates_the_words_and_keeps_the_first_sight(store: Store) -> None:
    later = dataclasses.replace(FULL, title="Brücke wieder frei", first_seen=NOW + HOUR)
    with store.begin() as connection:
        entries.save_entries(connection, [FULL], NOW)
        entries.save_entries(connection, [later], NOW + HOUR)
        assert entries.of_feed(connection, FULL.feed) == (
            dataclasses.replace(later, first_seen=FULL.first_seen),
        )


def test_recent_entries_are_those_published_since_then_of_the_feeds_asked_for(store: Store) -> None:
    with store.begin() as connection:
        entries.save_entries(connection, [entry(1), entry(2, "https://b.example/feed"), entry(200)], NOW)
        assert [e.title for e in entries.recent(connection, NOW - HOUR)] == ["Story 1", "Story 2"]
        only = entries.recent(connection, NOW - HOUR, ["https://b.example/feed", "https://c.example/feed"])
        assert [e.title for e in only] == ["Story 2"]
        assert entries.recent(connection, NOW - HOUR, []) == ()


def test_entries_are_found_by_id(store: Store) -> None:
    with store.begin() as connection:
        entries.save_entries(connection, [entry(1), entry(2)], NOW)
        assert entries.by_id(connection, [entry(2).id, "f" * 16]) == {entry(2).id: entry(2)}
        assert entries.count(connection) == 2


def test_only_entries_that_left_their_feed_long_ago_are_pruned(store: Store) -> None:
    gone, touched, unchanged = entry(1), entry(2), entry(3, "https://b.example/feed")
    with store.begin() as connection:
        entries.save_entries(connection, [gone, touched, unchanged], NOW)
        entries.touch(connection, [touched.id], NOW + 48 * HOUR)
        entries.touch_feed(connection, "https://b.example/feed", NOW + 48 * HOUR)
        stories.save_grouping(connection, [Story("s", (Member(gone, "lead"), Member(touched, "report")))])
        assert entries.prune(connection, NOW + 24 * HOUR) == 1
        assert set(entries.by_id(connection, [gone.id, touched.id, unchanged.id])) == {
            touched.id,
            unchanged.id,
        }
        left = {touched.id: "s", unchanged.id: None}
        assert {e: story for e, (_, story) in stories.standing(connection, NOW - 9 * HOUR).items()} == left


def test_a_feeds_state_comes_back_as_it_was(store: Store) -> None:
    state = FeedState(
        "https://a.example/feed",
        etag='"e"',
        last_modified="Tue, 24 Nov 2026 06:00:00 GMT",
        body_hash="ab" * 32,
        moved_to="https://b.example/",
        retired=True,
        failures=3,
        problem="timed out",
        problem_since=NOW - HOUR,
        last_pull=NOW,
        next_pull=NOW + HOUR,
        title="A's news",
    )
    with store.begin() as connection:
        feeds.save_states(connection, [FeedState(state.url)])
        feeds.save_states(connection, [state])
        assert feeds.load_states(connection, [state.url, "https://never.example/"]) == {state.url: state}
        feeds.forget(connection, state.url)
        assert feeds.load_states(connection) == {}


REASONS = (Reason("score", "alike", 0.71, 0.5), Reason("name", "Grande-Duchesse"))


def test_stories_come_back_with_roles_order_and_reasons(store: Store) -> None:
    members = (Member(entry(1), "lead"), Member(entry(2), "report", REASONS), Member(entry(3), "copy"))
    story = Story("0000000000000001", members)
    alone = Story("0000000000000002", (Member(entry(9), "lead"),))
    with store.begin() as connection:
        entries.save_entries(connection, [m.entry for m in (*members, *alone.members)], NOW)
        assert stories.save_grouping(connection, [story, alone]) == 4
        assert stories.load_stories(connection, NOW - HOUR) == (story, alone)
        assert stories.save_grouping(connection, [story, alone]) == 0


def test_the_oldest_entry_without_a_story_is_found(store: Store) -> None:
    with store.begin() as connection:
        entries.save_entries(connection, [entry(1), entry(2), entry(3), entry(200)], NOW)
        stories.save_grouping(connection, [Story("s", (Member(entry(1), "lead"),))])
        assert stories.ungrouped(connection, NOW - HOUR) == entry(3).published
        stories.save_grouping(connection, [Story(str(n), (Member(entry(n), "lead"),)) for n in (2, 3)])
        assert stories.ungrouped(connection, NOW - HOUR) is None


def test_an_entry_that_moves_to_another_story_leaves_the_first(store: Store) -> None:
    one, two = entry(1), entry(2)
    with store.begin() as connection:
        entries.save_entries(connection, [one, two], NOW)
        stories.save_grouping(connection, [Story("s", (Member(one, "lead"), Member(two, "report")))])
        stories.save_grouping(
            connection, [Story("s", (Member(one, "lead"),)), Story("t", (Member(two, "lead"),))]
        )
        told = {e: story for e, (_, story) in stories.standing(connection, NOW - HOUR).items()}
        assert told == {one.id: "s", two.id: "t"}


def test_stories_that_hold_an_entry_of_a_feed_come_whole(store: Store) -> None:
    lead, report, other = entry(1, "https://b.example/"), entry(2), entry(3, "https://b.example/")
    story = Story("s", (Member(lead, "lead"), Member(report, "report", REASONS)))
    with store.begin() as connection:
        entries.save_entries(connection, [lead, report, other], NOW)
        stories.save_grouping(connection, [story, Story("t", (Member(other, "lead"),))])
        assert stories.load_stories(connection, NOW - HOUR, ["https://a.example/feed"]) == (story,)


def test_the_first_report_leads_a_story_that_began_before(store: Store) -> None:
    lead, copy, report = entry(90), entry(2), entry(3)
    story = Story("s", (Member(lead, "lead"), Member(copy, "copy"), Member(report, "report", REASONS)))
    with store.begin() as connection:
        entries.save_entries(connection, [lead, copy, report], NOW)
        stories.save_grouping(connection, [story])
        (found,) = stories.load_stories(connection, NOW - HOUR)
    assert found.members == (Member(report, "lead", REASONS), Member(copy, "copy"))


@pytest.mark.slow
def test_ten_thousand_entries_and_their_stories_come_back(store: Store) -> None:
    many = [dataclasses.replace(FULL, id=f"{n:016x}", published=NOW - n * HOUR / 600) for n in range(10_000)]
    with store.begin() as connection:
        entries.save_entries(connection, many, NOW)
        stories.save_grouping(connection, [Story(e.id, (Member(e, "lead", REASONS),)) for e in many])
    with store.read() as connection:
        assert len(entries.recent(connection, NOW - 24 * HOUR)) == 10_000
        assert len(stories.load_stories(connection, NOW - 24 * HOUR)) == 10_000


def test_what_a_feed_did_lately_is_counted(store: Store) -> None:
    old = [entry(n, first_seen=NOW - 100 * HOUR) for n in range(1, 4)]
    new = [entry(n, first_seen=NOW - HOUR) for n in range(4, 6)]
    with store.begin() as connection:
        entries.save_entries(connection, old, NOW - HOUR)
        entries.save_entries(connection, [*old[2:], *new], NOW)
        feeds.save_states(connection, [FeedState("https://a.example/feed")])
        feeds.note_carried(connection, {"https://a.example/feed": 3})
        feeds.save_states(connection, [FeedState("https://a.example/feed", last_pull=NOW)])
        assert feeds.activity(connection, NOW) == {"https://a.example/feed": Activity(length=3, arrivals=2)}
