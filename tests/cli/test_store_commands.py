"""Commands that look into the database: status, feeds list, editions, stories."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import CONFIG, Digest

from digest.cli.stories import sentence
from digest.model import (
    Edition,
    Entry,
    FeedState,
    Item,
    LeftOut,
    Mail,
    Member,
    Reason,
    Section,
    SlotKey,
    Story,
)
from digest.slots import Planned
from digest.store import alerts, editions, entries, instance, slots, stories
from digest.store import feeds as feed_states
from digest.store.engine import Store, open_store

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 11, 23, 5, 30, tzinfo=dt.UTC)
KEY = SlotKey("daily", dt.date(2026, 11, 23), "morning")
ONE = "https://one.example/rss"


def entry(number: int, title: str, paper: str = "One") -> Entry:
    return Entry(
        id=f"{number:016x}",
        feed=ONE,
        paper=paper,
        url=f"https://one.example/{number}",
        title=title,
        published=MORNING,
        first_seen=MORNING,
    )


BRIDGE = entry(1, "Bridge opens after two years")
SPAN = entry(2, "New bridge opened on Monday", "Two")
FISH = entry(3, "Fish market closes")
STORIES = (
    Story(
        "00000000000000aa",
        (
            Member(BRIDGE, "lead"),
            Member(SPAN, "report", (Reason("term", "both say bridge and open", 0.6, 0.3),)),
        ),
    ),
    Story("00000000000000bb", (Member(FISH, "lead"),)),
)
ITEM = Item(
    story="00000000000000aa",
    entry=BRIDGE.id,
    url=BRIDGE.url,
    headline=BRIDGE.title,
    paper="One",
    published=MORNING,
    reasons=(Reason("papers", "2 papers", 2.0),),
)
EDITION = Edition(
    KEY,
    MORNING,
    "en",
    "Europe/Luxembourg",
    NOW,
    (Section("", (ITEM,)),),
    (LeftOut("00000000000000bb", FISH.id, FISH.title, "One", Reason("size", "no room")),),
)
MAIL = Mail(
    EDITION.id, "en/front-page", "Bridge opens", "", "<p>Bridge</p>", "Bridge in text", (b"To: ",), (), ()
)


@pytest.fixture
def store(config: Path) -> Iterator[Store]:
    """A database beside the config: three entries, two stories, an edition, a feed in trouble."""
    with open_store(f"sqlite:///{config.parent}/var/digest.sqlite3") as store:
        with store.begin() as connection:
            entries.save_entries(connection, (BRIDGE, SPAN, FISH), NOW)
            stories.save_grouping(connection, STORIES)
            feed_states.save_states(
                connection,
                [
                    FeedState(ONE, last_pull=NOW, last_success=NOW),
                    FeedState(
                        "https://two.example/rss",
                        failures=4,
                        problem="503 from the server",
                        last_pull=NOW,
                    ),
                ],
            )
            alerts.trouble(connection, "feed", ONE, NOW, message="Two: 503 from the server.", advice="Wait.")
            slots.insert_due(connection, [Planned(KEY, MORNING)], NOW)
            found = slots.find(connection, KEY)
            assert found is not None
            claimed = slots.claim(connection, found.id, "me", NOW)
            assert claimed is not None
            built = slots.advance(connection, claimed, "built", NOW)
            editions.freeze(connection, built, EDITION, [MAIL], memory=(), now=NOW)
        yield store


# --- status -------------------------------------------------------------------------------------------


def test_status_before_the_first_pull_makes_no_database(digest: Digest, config: Path) -> None:
    out = digest("status").out
    assert "  daily/2026-11-23/evening  Mon 17:30 Europe/Luxembourg, in 4 h 30 min\n" in out
    assert "not read yet: digest pull" in out
    assert not (config.parent / "var").exists()


def test_status_tells_slots_feeds_queue_and_trouble_on_one_screen(digest: Digest, store: Store) -> None:
    lines = digest("status").out.splitlines()
    assert len(lines) <= 24
    assert lines[5:] == [
        "  Nobody has looked at the slots yet: see that `digest run` or its cron job is at work.",
        "Under way",
        "  daily/2026-11-23/morning  frozen Mon 12:00 UTC",
        "Last",
        "  nothing yet",
        "Feeds",
        "  1 of 2 read, 1 in trouble, 3 entries, last pull 2026-11-23 12:00 UTC",
        "Queue",
        "  empty",
        "Trouble",
        "  Two: 503 from the server. Wait.",
        lines[-1],
    ]
    assert lines[-1].startswith("digest ")
    assert ", sqlite schema 0001_" in lines[-1]


def test_status_says_when_the_daemon_was_last_seen(digest: Digest, store: Store) -> None:
    with store.begin() as connection:
        instance.wake(connection, NOW - dt.timedelta(minutes=16))
    assert "looked at the slots since 2026-11-23 11:44 UTC" in digest("status").out
    with store.begin() as connection:
        instance.wake(connection, NOW - dt.timedelta(minutes=14))
    assert "looked at the slots" not in digest("status").out


def test_status_as_json_has_the_same(digest: Digest, store: Store) -> None:
    found = json.loads(digest("status", "--json").out)
    assert found["coming"][0] == {
        "slot": "daily/2026-11-23/evening",
        "due": "2026-11-23T16:30:00Z",
        "local": "Mon 17:30 Europe/Luxembourg",
        "minutes": 270,
    }
    assert (found["hold"], found["queue"], found["feeds"]["entries"]) == (False, {}, 3)


def test_status_says_when_sending_is_held(digest: Digest, store: Store) -> None:
    with store.begin() as connection:
        instance.hold(connection, "a copy")
    assert "Nothing is sent until `digest slots resume`: a copy." in digest("status").out


# --- feeds --------------------------------------------------------------------------------------------


def test_feeds_are_listed_with_readers_and_health(digest: Digest, store: Store) -> None:
    one, two = json.loads(digest("feeds", "list", "--json").out)
    assert (one["name"], one["newsletters"], one["last_read"], one["state"]) == (
        "one",
        ["daily"],
        "2026-11-23T12:00:00Z",
        "well",
    )
    assert (two["paper"], two["state"]) == ("Two", "503 from the server (4 times)")


def test_passwords_in_addresses_are_not_listed(digest: Digest, store: Store) -> None:
    assert "hunter2" not in digest("feeds", "list").out
    assert "hunter2" not in digest("feeds", "list", "--json").out


def test_feeds_can_be_listed_before_the_first_pull(digest: Digest, config: Path) -> None:
    result = digest("feeds", "list")
    assert result.out.count("not read yet") == 2
    assert not (config.parent / "var").exists()


# --- editions -----------------------------------------------------------------------------------------


def test_editions_are_listed_newest_first(digest: Digest, store: Store) -> None:
    assert digest("editions", "list").out.splitlines()[1].split() == [
        "daily/2026-11-23/morning", "2026-11-23", "05:30", "UTC", "frozen", "Bridge", "opens",
    ]  # fmt: skip
    (found,) = json.loads(digest("editions", "list", "daily", "--json").out)
    assert (found["id"], found["state"], found["subject"]) == (EDITION.id, "frozen", "Bridge opens")


def test_editions_of_an_unknown_newsletter_are_a_usage_error(digest: Digest, store: Store) -> None:
    result = digest("editions", "list", "weekly")
    assert (result.code, result.err) == (2, "digest: There is no newsletter 'weekly'. There is daily.\n")


def test_an_edition_is_shown_with_its_reasons_and_what_was_left_out(digest: Digest, store: Store) -> None:
    assert digest("editions", "show").out.splitlines() == [
        "daily/2026-11-23/morning, due 2026-11-23 05:30 UTC, 1 story",
        "Subject (en/front-page): Bridge opens",
        "",
        "Lead",
        "  Bridge opens after two years",
        "    One · 2 papers",
        "",
        "Left out",
        "  Fish market closes (One): no room",
    ]


def test_an_edition_is_shown_as_it_was_sent(digest: Digest, store: Store) -> None:
    assert digest("editions", "show", EDITION.id, "--as", "text").out == "Bridge in text\n"
    assert digest("editions", "show", EDITION.id, "--as", "html").out == "<p>Bridge</p>\n"
    shown = json.loads(digest("editions", "show", "--json").out)
    assert shown["sections"][0]["items"][0]["headline"] == BRIDGE.title


def test_an_unknown_edition_names_the_newest(digest: Digest, store: Store) -> None:
    result = digest("editions", "show", "daily/2020-01-01/morning")
    assert result.code == 2
    assert "The newest is daily/2026-11-23/morning" in result.err


def test_editions_before_the_first_say_what_to_do(digest: Digest, config: Path) -> None:
    assert digest("editions", "list").out.startswith("No edition yet")
    assert digest("editions", "list", "--json").out == "[]\n"
    assert digest("editions", "show").code == 2


# --- stories ------------------------------------------------------------------------------------------


def test_why_two_entries_are_one_story(digest: Digest, store: Store) -> None:
    said, *lines = digest("stories", "why", BRIDGE.id, SPAN.url).out.splitlines()
    assert said == "They are one story."
    assert "  both say opens" in lines
    assert lines[-5:] == [
        f"{BRIDGE.id}  Bridge opens after two years (One, 2026-11-23 05:30 UTC)",
        "  lead among 2: Bridge opens after two years",
        f"{SPAN.id}  New bridge opened on Monday (Two, 2026-11-23 05:30 UTC)",
        "  report among 2: Bridge opens after two years",
        "  both say bridge and open",
    ]


def test_why_two_entries_are_different_stories(digest: Digest, store: Store) -> None:
    found = json.loads(digest("stories", "why", "fish market", BRIDGE.id, "--json").out)
    assert found["same_story"] is False
    assert [account["role"] for account in found["entries"]] == ["lead", "lead"]
    kinds = [reason["kind"] for reason in found["reasons"]]
    assert kinds[0] == "score"
    assert "against" in kinds  # both from one feed


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason("score", "not alike enough", 0.214, 0.5), "not alike enough: 0.21, 0.50 is needed"),
        (Reason("score", "too little in common to be compared", 0.0), "too little in common to be compared"),
        (Reason("name", "Remich", 2.1), "both name Remich"),
        (Reason("number", "417"), "both have 417"),
        (Reason("against", "hours between them", 20.0), "against it: hours between them"),
    ],
)
def test_reasons_of_a_comparison_are_told_in_words(reason: Reason, said: str) -> None:
    assert sentence(reason) == said


def test_words_that_fit_several_entries_list_them(digest: Digest, store: Store) -> None:
    result = digest("stories", "why", "bridge", "fish")
    assert result.code == 2
    assert "2 entries match 'bridge'" in result.err
    assert BRIDGE.id in result.err
    assert SPAN.id in result.err


def test_words_that_fit_no_entry_say_so(digest: Digest, store: Store) -> None:
    assert "No entry is called 'volcano'" in digest("stories", "why", "volcano", "fish").err


def test_a_database_that_is_none_is_one_line(digest: Digest, config: Path) -> None:
    config.write_text(CONFIG + "database: sqlite:///config.yaml\n")
    result = digest("status")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "is not a SQLite file" in result.err
