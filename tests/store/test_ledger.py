"""The slot ledger: once each, one holder at a time, no step the design does not know."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.errors import StoreError
from digest.model import SlotKey
from digest.slots import NEXT, Planned, Slot
from digest.store import instance, slots
from digest.store.engine import Store, open_store

NOW = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
KEY = SlotKey("news", dt.date(2026, 11, 24), "morning")


def insert(store: Store, key: SlotKey = KEY) -> Slot:
    with store.begin() as connection:
        slots.insert_due(connection, [Planned(key, NOW)], NOW)
        found = slots.find(connection, key)
    assert found is not None
    return found


def claim(store: Store, slot: Slot, owner: str = "one", now: dt.datetime = NOW) -> Slot | None:
    with store.begin() as connection:
        return slots.claim(connection, slot.id, owner, now)


def test_a_slot_is_inserted_once_whatever_its_time_is_now(store: Store) -> None:
    slot = insert(store)
    with store.begin() as connection:
        slots.insert_due(connection, [Planned(KEY, NOW + MINUTE)], NOW)
        assert slots.past(connection) == (slot,)


def test_the_last_ten_slots_are_listed_the_newest_first(store: Store) -> None:
    days = [KEY.date - dt.timedelta(days=n) for n in range(12)]
    with store.begin() as connection:
        planned = [
            Planned(SlotKey("news", day, "morning"), NOW - n * 1440 * MINUTE) for n, day in enumerate(days)
        ]
        slots.insert_due(connection, planned, NOW)
        assert [slot.key.date for slot in slots.past(connection)] == days[:10]


def test_a_step_for_which_nobody_gives_a_reason_has_none(store: Store) -> None:
    slot = claim(store, insert(store))
    assert slot is not None
    with store.begin() as connection:
        assert slots.advance(connection, slot, "built", NOW).reason == ""


def test_of_two_claims_one_wins_until_its_lease_ends(store: Store) -> None:
    slot = insert(store)
    first = claim(store, slot, "one")
    assert first is not None
    assert (first.state, first.owner, first.fence) == ("claimed", "one", 1)
    assert claim(store, slot, "two", NOW + MINUTE / 2) is None
    second = claim(store, slot, "two", NOW + MINUTE)
    assert second is not None
    assert (second.owner, second.fence) == ("two", 2)


def test_whoever_lost_the_claim_can_no_longer_write(store: Store) -> None:
    first = claim(store, insert(store), "one")
    assert first is not None
    claim(store, first, "two", NOW + MINUTE)
    with store.begin() as connection:
        with pytest.raises(slots.LostClaim):
            slots.advance(connection, first, "built", NOW)
        with pytest.raises(slots.LostClaim):
            slots.renew(connection, first, NOW)


def test_a_renewed_claim_lasts(store: Store) -> None:
    first = claim(store, insert(store))
    assert first is not None
    with store.begin() as connection:
        slots.renew(connection, first, NOW + MINUTE / 2)
    assert claim(store, first, "two", NOW + MINUTE) is None


def test_what_is_built_is_built_again_and_what_is_frozen_is_resumed(store: Store) -> None:
    slot = claim(store, insert(store))
    assert slot is not None
    with store.begin() as connection:
        slots.advance(connection, slot, "built", NOW)
    again = claim(store, slot, "two", NOW + MINUTE)
    assert again is not None
    assert again.state == "claimed"
    with store.begin() as connection:
        slots.advance(connection, slots.advance(connection, again, "built", NOW), "frozen", NOW)
    resumed = claim(store, slot, "three", NOW + 5 * MINUTE)
    assert resumed is not None
    assert resumed.state == "frozen"


def test_nobody_claims_a_slot_that_is_finished_or_held(store: Store) -> None:
    slot = insert(store)
    with store.begin() as connection:
        held = slots.advance(connection, slot, "held", NOW, "restored from a backup")
    assert claim(store, held) is None
    with store.begin() as connection:
        missed = slots.advance(connection, held, "missed", NOW, "too late")
        assert slots.unfinished(connection) == ()
    assert missed.reason == "too late"
    assert claim(store, missed) is None


def test_a_step_the_design_does_not_know_is_refused(store: Store) -> None:
    slot = insert(store)
    for state in sorted(set(NEXT) - NEXT["due"]):
        with store.begin() as connection, pytest.raises(ValueError, match="no way from due"):
            slots.advance(connection, slot, state, NOW)


def test_a_finished_slot_is_held_by_nobody(store: Store) -> None:
    slot = claim(store, insert(store))
    assert slot is not None
    with store.begin() as connection:
        done = slots.advance(connection, slot, "skipped", NOW, "2 stories, fewer than 3")
    assert (done.owner, done.lease_until, done.reason) == ("", None, "2 stories, fewer than 3")


def test_many_claims_at_once_have_one_winner(store: Store) -> None:
    slot = insert(store)
    won: list[Slot | None] = []
    threads = [threading.Thread(target=lambda i=i: won.append(claim(store, slot, f"t{i}"))) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in won if one]) == 1


def test_the_work_of_an_owner_that_is_gone_can_be_resumed_at_once(store: Store) -> None:
    slot = insert(store)
    claim(store, slot, "gone")
    with store.begin() as connection:
        assert slots.owners(connection, NOW) == ("gone",)
        assert slots.owners(connection, NOW + MINUTE) == ()
        assert slots.let_go(connection, ["gone", "never"]) == 1
    assert claim(store, slot, "next") is not None


def test_cancelling_takes_the_slot_from_whoever_holds_it(store: Store) -> None:
    held = claim(store, insert(store))
    assert held is not None
    with store.begin() as connection:
        assert slots.cancel(connection, held, NOW, "enough") == 0
        with pytest.raises(slots.LostClaim):
            slots.advance(connection, held, "built", NOW)


def test_an_extra_edition_has_the_next_number(store: Store) -> None:
    insert(store)
    with store.begin() as connection:
        assert [slots.add_extra(connection, KEY, NOW).number for _ in range(2)] == [1, 2]
        assert [str(slot) for slot in slots.unfinished(connection, "news")] == [
            str(KEY),
            f"{KEY}/1",
            f"{KEY}/2",
        ]
        assert slots.unfinished(connection, "other") == ()


def test_a_slot_that_is_not_there_is_an_error(store: Store) -> None:
    with store.read() as connection:
        assert slots.find(connection, KEY) is None
        with pytest.raises(StoreError, match="no slot 7"):
            slots.get(connection, 7)


def test_a_slot_name_is_active_from_when_it_is_first_seen(store: Store) -> None:
    later = NOW + MINUTE
    with store.begin() as connection:
        assert slots.sync_schedule(connection, {"news": ["morning"]}, NOW) == {"news": {"morning": NOW}}
        both = slots.sync_schedule(connection, {"news": ["morning", "evening"]}, later)
        assert both == {"news": {"morning": NOW, "evening": later}}


def test_a_slot_name_that_went_and_came_back_owes_nothing_of_the_time_between(store: Store) -> None:
    later = NOW + MINUTE
    with store.begin() as connection:
        slots.sync_schedule(connection, {"news": ["morning"]}, NOW)
        assert slots.sync_schedule(connection, {}, NOW) == {}
        assert slots.sync_schedule(connection, {"news": ["morning"]}, later) == {"news": {"morning": later}}


def test_a_slot_on_a_holiday_is_skipped_from_the_start(store: Store) -> None:
    with store.begin() as connection:
        slots.insert_due(connection, [Planned(KEY, NOW, holiday=True)], NOW)
        (slot,) = slots.past(connection)
    assert (slot.state, slot.reason) == ("skipped", "a holiday")


def wake(store: Store, now: dt.datetime) -> str:
    with store.begin() as connection:
        return instance.wake(connection, now)


def test_a_database_that_stays_where_it_is_is_never_held(store: Store) -> None:
    assert wake(store, NOW) == ""
    assert wake(store, NOW + 10_000 * MINUTE) == ""
    with store.read() as connection:
        assert instance.load(connection).last_tick == NOW + 10_000 * MINUTE


def test_a_copied_database_is_held_until_released(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(sa.text("UPDATE instance SET host = 'elsewhere'"))
    assert "copied or moved" in wake(store, NOW)
    with store.begin() as connection:
        assert instance.load(connection).hold
        instance.release(connection)
    assert wake(store, NOW) == ""


def test_an_old_database_with_an_edition_half_sent_is_held(store: Store) -> None:
    """A restored backup: the deliveries it still has to make were made long ago."""
    wake(store, NOW)
    slot = claim(store, insert(store))
    assert slot is not None
    with store.begin() as connection:
        slots.advance(connection, slots.advance(connection, slot, "built", NOW), "frozen", NOW)
    assert wake(store, NOW + 5 * MINUTE) == ""
    assert "may be an old copy" in wake(store, NOW + 400 * MINUTE)
    assert "may be an old copy" in wake(store, NOW + 401 * MINUTE)


def test_an_operator_can_hold_sending(store: Store) -> None:
    with store.begin() as connection:
        instance.hold(connection, "the printer is on fire")
    assert wake(store, NOW) == "the printer is on fire"


def test_a_sqlite_file_that_was_copied_is_elsewhere(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/one.sqlite3").close()
    (tmp_path / "two.sqlite3").write_bytes((tmp_path / "one.sqlite3").read_bytes())
    with open_store(f"sqlite:///{tmp_path}/two.sqlite3") as copy, copy.read() as connection:
        assert instance.load(connection).host != instance.place(connection)


def test_on_postgresql_the_place_is_known_without_a_superusers_rights(postgres_url: str) -> None:
    role = f"reader_{uuid.uuid4().hex[:8]}"
    with open_store(postgres_url) as store, store.begin() as connection:
        before = instance.place(connection)
        connection.execute(sa.text(f"CREATE ROLE {role}"))
        connection.execute(sa.text(f"SET LOCAL ROLE {role}"))
        assert instance.place(connection) == before
        connection.rollback()


def test_a_slot_name_that_goes_takes_no_other_of_its_newsletter_along(store: Store) -> None:
    later = NOW + MINUTE
    with store.begin() as connection:
        slots.sync_schedule(connection, {"news": ["morning", "evening"]}, NOW)
        slots.sync_schedule(connection, {"news": ["morning"]}, later)
        assert slots.sync_schedule(connection, {"news": ["morning"]}, later) == {"news": {"morning": NOW}}
