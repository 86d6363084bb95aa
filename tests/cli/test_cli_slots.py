"""`digest slots`: the ledger read and an operator's hand on it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import Digest

from digest.model import SlotKey
from digest.slots import Planned, Slot, State
from digest.store import instance, slots, tables
from digest.store.engine import Store, open_store

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
KEY = SlotKey("daily", NOW.date(), "morning")
Ledger = Callable[..., Slot]


@pytest.fixture
def store(config: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{config.parent}/var/digest.sqlite3") as opened:
        yield opened


def put(store: Store, *states: State) -> Slot:
    """A slot in the ledger, led through ``states``."""
    with store.begin() as connection:
        slots.insert_due(connection, [Planned(KEY, NOW)], NOW)
        slot = slots.find(connection, KEY)
        assert slot is not None
        for state in states:
            slot = slots.advance(connection, slot, state, NOW, "because")
    return slot


def now_in(store: Store) -> Slot:
    with store.read() as connection:
        slot = slots.find(connection, KEY)
    assert slot is not None
    return slot


def test_slots_lists_what_comes_and_what_became_of_the_last(digest: Digest, store: Store) -> None:
    put(store, "skipped")
    told = digest("slots")
    assert told.code == 0
    assert told.out.count("Europe/") + told.out.count("UTC") >= 10
    assert f"{KEY}" in told.out
    assert "skipped" in told.out
    assert "because" in told.out


def test_slots_list_as_json(digest: Digest, store: Store) -> None:
    put(store, "missed")
    data = json.loads(digest("slots", "list", "--count", "3", "--json").out)
    assert [len(rows) for rows in data["coming"].values()] == [3]
    assert [row["state"] for row in data["past"]] == ["missed"]


def test_before_the_first_pull_there_is_no_ledger_and_none_is_made(digest: Digest, config: Path) -> None:
    assert "No slot has been due yet." in digest("slots").out
    assert not (config.parent / "var" / "digest.sqlite3").exists()


def test_hold_stops_everything_and_resume_goes_on(digest: Digest, store: Store) -> None:
    put(store, "claimed", "built", "frozen", "sending")
    assert digest("slots", "hold", "--reason", "fire").code == 0
    assert now_in(store).state == "paused"
    with store.read() as connection:
        assert instance.load(connection).hold_reason == "fire"
    assert "Nothing is sent: fire." in digest("slots").err
    assert digest("slots", "resume").out == "Editions are sent again.\n"
    assert now_in(store).state == "sending"


def test_in_a_copied_database_half_sent_editions_stay_held(digest: Digest, store: Store) -> None:
    put(store, "claimed", "built", "frozen", "sending")
    with store.begin() as connection:
        instance.hold(connection, "copied", suspected=True)
    told = digest("slots", "resume").out
    assert f"digest slots resume {KEY}" in told
    assert now_in(store).state == "held"
    with store.read() as connection:
        assert not instance.load(connection).hold


def test_a_copy_that_is_resumed_before_anybody_looked_at_it_sends_nothing_half_sent(
    digest: Digest, store: Store
) -> None:
    put(store, "claimed", "built", "frozen", "sending")
    with store.begin() as connection:
        connection.execute(tables.instance.update().values(host="another machine"))
    assert "copied or moved" in digest("slots").err
    assert "copied or moved" in digest("status").out
    told = digest("slots", "resume").out
    assert f"digest slots resume {KEY}" in told
    assert now_in(store).state == "held"
    assert "Nothing is sent" not in digest("status").out


def test_whoever_held_a_paused_slot_can_no_longer_write(digest: Digest, store: Store) -> None:
    mine = put(store, "claimed", "built", "frozen", "sending")
    assert digest("slots", "pause", str(KEY)).code == 0
    assert digest("slots", "resume", str(KEY)).code == 0
    with store.begin() as connection, pytest.raises(slots.LostClaim):
        slots.advance(connection, mine, "done", NOW)


def test_cancel_asks_first(digest: Digest, store: Store) -> None:
    put(store)
    assert digest("slots", "cancel", str(KEY)).code != 0
    assert now_in(store).state == "due"
    assert digest("slots", "cancel", str(KEY), "--yes").code == 0
    assert now_in(store).state == "cancelled"
    assert "is cancelled already" in digest("slots", "cancel", str(KEY), "--yes").err


def test_an_extra_edition_is_asked_for_on_purpose_and_numbered(digest: Digest, store: Store) -> None:
    put(store, "skipped")
    assert digest("slots", "run", "daily", "--slot", "morning").code != 0
    assert digest("slots", "run", "daily", "--slot", "morning", "--yes").code == 0
    with store.read() as connection:
        assert [slot.number for slot in slots.unfinished(connection)] == [1]
    assert digest("slots", "run", "daily", "--slot", "noon").code == 2


@pytest.mark.parametrize("name", ["daily", "daily/today/morning", f"{KEY}/x", "daily/2020-01-01/morning"])
def test_a_slot_that_is_none_is_said_so(digest: Digest, store: Store, name: str) -> None:
    assert digest("slots", "pause", name).code == 2


def test_what_another_run_holds_is_said_with_the_end_of_its_lease(digest: Digest, store: Store) -> None:
    noon = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)  # the config's clock
    slot = put(store, "claimed", "built", "frozen", "sending")
    with store.begin() as connection:
        assert slots.claim(connection, slot.id, "another", noon)
    told = digest("send", "--due")
    assert (told.code, told.out) == (
        0,
        f"Nothing else is due. A run that is under way, or that ended early, holds {KEY} until 12:01:00 UTC.\n",
    )
