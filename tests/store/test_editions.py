"""Editions, decisions and alerts: frozen bytes, memory, one alert per change of state."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from digest.errors import StoreError
from digest.model import (
    Decision,
    Edition,
    Item,
    LeftOut,
    Link,
    Mail,
    Picture,
    Reason,
    Section,
    SentItem,
    SlotKey,
)
from digest.slots import Planned, Slot
from digest.store import alerts, decisions, editions, retention, slots
from digest.store.engine import Store

NOW = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KEY = SlotKey("news", dt.date(2026, 11, 24), "morning")
ITEM = Item(
    story="s1",
    entry="00000000000000aa",
    url="https://a.example/1",
    headline="Der Brückenschlag – “endlich”",
    paper="A",
    published=NOW,
    picture=Picture("https://a.example/1.jpg", "Caption", "AFP", width=1200),
    also_in=(Link("https://b.example/1", "Bridge", "B", "en", NOW),),
    reasons=(Reason("papers", "2 papers", 2.0),),
    members=("00000000000000aa", "00000000000000ab"),
)
EDITION = Edition(
    KEY, NOW, "de", "Europe/Luxembourg", NOW, (Section("", (ITEM,)),),
    (LeftOut("s2", "00000000000000ff", "Sport", "C", Reason("size", "no room")),), papers=7,
)  # fmt: skip
MAIL = Mail(
    EDITION.id, "de/front-page", "Der Brückenschlag", "und mehr", "<p>Brücke</p>", "Brücke",
    (b"To: ", b"\r\n\r\n=C3=BC"), ("to",), (False,), 13, ("dropped",),
)  # fmt: skip
SENT = SentItem(EDITION.id, NOW, "s1", ITEM.entry, ITEM.members, ITEM.headline, ITEM.url, "A", "words")


def claimed(store: Store, key: SlotKey = KEY, now: dt.datetime = NOW) -> Slot:
    with store.begin() as connection:
        slots.insert_due(connection, [Planned(key, now)], now)
        found = slots.find(connection, key)
        assert found is not None
        held = slots.claim(connection, found.id, "me", now)
        assert held is not None
        return slots.advance(connection, held, "built", now)


def freeze(store: Store, slot: Slot, edition: Edition = EDITION, sent: SentItem = SENT) -> Slot:
    with store.begin() as connection:
        return editions.freeze(connection, slot, edition, [MAIL], memory=[sent], now=NOW)


def test_a_frozen_edition_comes_back_as_it_was(store: Store) -> None:
    slot = freeze(store, claimed(store))
    assert slot.state == "frozen"
    with store.read() as connection:
        assert editions.load(connection, EDITION.id) == EDITION
        assert editions.load_mails(connection, EDITION.id) == (MAIL,)
        assert editions.of_slot(connection, slot) == EDITION.id
        assert editions.earlier(connection, "news", NOW - DAY) == (SENT,)
        (summary,) = editions.summaries(connection, "news")
        assert (summary.id, summary.state, summary.subject) == (EDITION.id, "frozen", "Der Brückenschlag")


def test_what_was_left_out_is_written_as_retention_looks_for_it() -> None:
    assert retention.LEFT_OUT in editions.to_json(EDITION)


def test_an_edition_is_frozen_once(store: Store) -> None:
    slot = claimed(store)
    freeze(store, slot)
    with pytest.raises(slots.LostClaim):
        freeze(store, slot)


def test_freezing_is_all_or_nothing(store: Store) -> None:
    slot = claimed(store)
    with pytest.raises(sa.exc.StatementError, match="naive datetime"):
        freeze(store, slot, sent=dataclasses.replace(SENT, sent=dt.datetime(2026, 11, 24)))  # noqa: DTZ001
    with store.read() as connection:
        assert slots.get(connection, slot.id).state == "built"
        assert editions.summaries(connection) == ()


def test_the_memory_holds_only_what_was_sent_in_that_time(store: Store) -> None:
    slot = freeze(store, claimed(store))
    with store.begin() as connection:
        assert editions.earlier(connection, "news", NOW + DAY) == ()
        assert editions.earlier(connection, "other", NOW - DAY) == ()
        slots.advance(connection, slot, "cancelled", NOW)
        assert editions.earlier(connection, "news", NOW - DAY) == ()


def test_an_edition_that_does_not_exist_is_an_error(store: Store) -> None:
    with store.read() as connection, pytest.raises(StoreError, match="no edition news/x"):
        editions.load(connection, "news/x")


def test_decisions_hold_for_their_slot_or_until_undone(store: Store) -> None:
    ours = Decision(0, "news", str(KEY), "desk", NOW, "hide", ITEM.entry)
    lasting = Decision(0, "news", "", "desk", NOW, "pin", ITEM.entry, "1")
    with store.begin() as connection:
        ours, lasting = decisions.add(connection, ours), decisions.add(connection, lasting)
        decisions.add(connection, Decision(0, "news", "news/2026-11-23/morning", "desk", NOW, "hide"))
        assert decisions.in_force(connection, "news", str(KEY)) == (ours, lasting)
        assert decisions.undo(connection, ours.id, NOW)
        assert not decisions.undo(connection, ours.id, NOW)
        assert decisions.in_force(connection, "news", str(KEY)) == (lasting,)
        assert [undone for _, undone in decisions.history(connection, "news")] == [NOW, None, None]
        assert decisions.redo(connection, ours.id)
        assert decisions.in_force(connection, "news", str(KEY)) == (ours, lasting)


def test_trouble_is_reported_once_and_its_end_once(store: Store) -> None:
    feed = "https://a.example/feed"
    with store.begin() as connection:
        assert not alerts.well(connection, "feed", feed, NOW, message="back")
        assert alerts.trouble(connection, "feed", feed, NOW, message="timed out", advice="wait")
        assert not alerts.trouble(connection, "feed", feed, NOW + DAY, message="timed out")
        (open_one,) = alerts.open_troubles(connection)
        assert (open_one.message, open_one.advice, open_one.when) == ("timed out", "wait", NOW)
        assert alerts.well(connection, "feed", feed, NOW + 2 * DAY, message="back")
        assert alerts.open_troubles(connection) == ()
        told = alerts.unsent(connection)
        assert [alert.state for alert in told] == ["trouble", "well"]
        for alert in told:
            alerts.mark(connection, alert.id, ["log"], NOW)
        assert alerts.unsent(connection) == ()


def test_old_alerts_go_but_the_last_word_on_each_subject_stays(store: Store) -> None:
    with store.begin() as connection:
        for _ in range(2):
            alerts.trouble(connection, "feed", "f", NOW, message="down")
            alerts.well(connection, "feed", "f", NOW, message="up")
        for alert in alerts.unsent(connection):
            alerts.mark(connection, alert.id, ["log"], NOW)
        assert alerts.prune(connection, NOW + DAY) == 3
        assert not alerts.well(connection, "feed", "f", NOW, message="up")
