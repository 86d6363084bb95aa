"""The slot ledger's order, its words, and an operator's hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.model import SlotKey
from digest.slots import Planned, Slot, State
from digest.store import slots
from digest.store.engine import Store, open_store
from digest.store.slots import LostClaim
from digest.store.tables import deliveries, editions
from digest.store.tables import slots as table

NOW = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=1)
KEY = SlotKey("news", dt.date(2026, 11, 24), "morning")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Store]:
    """On SQLite alone: the statements are the same, and test_ledger.py tries them on PostgreSQL."""
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        yield store


def put(ledger: Store, key: SlotKey = KEY, state: str = "due", **values: Any) -> Slot:
    with ledger.begin() as connection:
        slots.insert_due(connection, [Planned(key, NOW)], NOW)
        mine = (table.c.newsletter == key.newsletter, table.c.date == key.date, table.c.name == key.name)
        connection.execute(table.update().where(*mine).values(state=state, **values))
        found = slots.find(connection, key)
    assert found is not None
    return found


def frozen(ledger: Store, slot: Slot, edition: str = "e", **values: Any) -> None:
    row = {"id": edition, "slot": slot.id, "newsletter": "news", "due": NOW, "edition": "{}", "mails": b""}
    with ledger.begin() as connection:
        connection.execute(editions.insert(), row | {"content_hash": "0" * 64, "frozen": NOW} | values)


def named(name: str, day: int = 24, newsletter: str = "news") -> SlotKey:
    return SlotKey(newsletter, dt.date(2026, 11, day), name)


def test_a_new_slot_is_due_for_no_reason_and_unchanged_since_it_was_put_in(ledger: Store) -> None:
    slot = put(ledger)
    assert slot == Slot(slot.id, KEY, 0, NOW, "due", "", "", 0, None, NOW)


def test_an_extra_edition_says_that_it_was_asked_for_now(ledger: Store) -> None:
    put(ledger)
    with ledger.begin() as connection:
        extra = slots.add_extra(connection, KEY, LATER)
        assert extra == Slot(extra.id, KEY, 1, LATER, "due", "asked for", "", 0, None, LATER)
        assert slots.add_extra(connection, KEY, LATER).number == 2
        assert slots.find(connection, KEY, 1) == extra
        assert slots.find(connection, KEY, 3) is None


def test_slots_are_listed_by_when_they_are_due_then_as_they_came(ledger: Store) -> None:
    keys = [named("a"), named("b"), named("c"), named("d", newsletter="weekly")]
    with ledger.begin() as connection:
        times = (LATER, NOW, NOW, NOW)
        for key, due in zip(keys, times, strict=True):
            slots.insert_due(connection, [Planned(key, due)], NOW)
        assert [s.key.name for s in slots.unfinished(connection)] == ["b", "c", "d", "a"]
        assert [s.key.name for s in slots.unfinished(connection, "weekly")] == ["d"]
        assert [s.key.name for s in slots.past(connection)] == ["a", "d", "c", "b"]
        assert [s.key.name for s in slots.past(connection, "news", 2)] == ["a", "c"]


def test_a_name_that_leaves_one_newsletter_stays_in_another(ledger: Store) -> None:
    with ledger.begin() as connection:
        slots.sync_schedule(connection, {"news": ["morning"], "weekly": ["morning"]}, NOW)
        slots.sync_schedule(connection, {"weekly": ["morning"]}, LATER)
        again = slots.sync_schedule(connection, {"news": ["morning"], "weekly": ["morning"]}, LATER)
    assert again == {"news": {"morning": LATER}, "weekly": {"morning": NOW}}


def test_a_claim_says_when_it_was_and_forgets_the_last_reason(ledger: Store) -> None:
    slot = put(ledger, reason="the machine was down")
    with ledger.begin() as connection:
        taken = slots.claim(connection, slot.id, "me", LATER)
    assert taken == Slot(slot.id, KEY, 0, NOW, "claimed", "", "me", 1, LATER + slots.LEASE, LATER)


def test_whoever_ends_a_claim_leaves_the_slot_as_it_is(ledger: Store) -> None:
    slot = put(ledger)
    with ledger.begin() as connection:
        taken = slots.claim(connection, slot.id, "me", LATER)
        assert taken is not None
        free = slots.release(connection, taken)
        assert (free.state, free.owner, free.lease_until, free.fence) == ("claimed", "", None, 1)
        assert slots.claim(connection, slot.id, "you", LATER) is not None


def test_a_claim_that_was_lost_is_told_in_words(ledger: Store) -> None:
    slot = put(ledger)
    with ledger.begin() as connection:
        taken = slots.claim(connection, slot.id, "me", NOW)
        assert taken is not None
        slots.interrupt(connection, taken, "cancelled", LATER, "by Ann")
        with pytest.raises(LostClaim) as lost:
            slots.renew(connection, taken, LATER)
    assert str(lost.value).startswith("Slot news/2026-11-24/morning is no longer claimed under our claim.")
    assert lost.value.advice == "Another process went on with it."


def test_an_operators_hand_takes_the_slot_away_and_says_why(ledger: Store) -> None:
    slot = put(ledger)
    with ledger.begin() as connection:
        taken = slots.claim(connection, slot.id, "me", NOW)
        assert taken is not None
        moved = slots.interrupt(connection, taken, "held", LATER, "by Ann")
        assert moved == Slot(slot.id, KEY, 0, NOW, "held", "by Ann", "", 2, None, LATER)
        plain = slots.interrupt(connection, moved, "due", LATER)
    assert (plain.reason, plain.fence) == ("", 3)


def test_holders_are_listed_by_name_and_those_that_are_gone_let_go(ledger: Store) -> None:
    for owner, name in (("b", "x"), ("a", "y"), ("b", "z")):
        put(ledger, named(name), "claimed", owner=owner, lease_until=LATER)
    put(ledger, named("w"), "claimed", owner="c", lease_until=NOW)
    with ledger.begin() as connection:
        assert slots.owners(connection, NOW) == ("a", "b")
        assert slots.let_go(connection, ["b"]) == 2
        left = {s.key.name: (s.owner, s.lease_until) for s in slots.unfinished(connection)}
    assert left == {"x": ("", None), "y": ("a", LATER), "z": ("", None), "w": ("c", NOW)}


def test_cancelling_drops_what_nobody_has_begun_to_send_and_counts_it(ledger: Store) -> None:
    slot = put(ledger, state="sending")
    other = put(ledger, named("evening"), "sending")
    frozen(ledger, slot)
    frozen(ledger, other, "other")
    given = ["ready", "deferred", "claimed", "accepted"]
    with ledger.begin() as connection:
        for number, state in enumerate(given):
            row = {"edition": "e", "subscriber": number, "state": state, "not_before": NOW, "changed": NOW}
            connection.execute(deliveries.insert(), row)
        connection.execute(deliveries.insert(), row | {"edition": "other", "state": "ready"})
        assert slots.cancel(connection, slot, LATER, "by Ann") == 2
        query = sa.select(deliveries.c.state, deliveries.c.not_before, deliveries.c.changed)
        rows = [tuple(found) for found in connection.execute(query.order_by(deliveries.c.id))]
        cancelled = slots.get(connection, slot.id)
    dropped = ("cancelled", None, LATER)
    assert rows == [dropped, dropped, ("claimed", NOW, NOW), ("accepted", NOW, NOW), ("ready", NOW, NOW)]
    assert (cancelled.state, cancelled.reason, cancelled.changed) == ("cancelled", "by Ann", LATER)


def test_cancelling_what_was_never_frozen_drops_nothing(ledger: Store) -> None:
    slot = put(ledger)
    with ledger.begin() as connection:
        assert slots.cancel(connection, slot, LATER, "by Ann") == 0


def test_a_copied_database_holds_what_is_frozen_and_not_done(ledger: Store) -> None:
    states: list[State] = ["due", "built", "frozen", "sending", "paused", "held", "done"]
    for number, state in enumerate(states, 1):
        put(ledger, named(state, number), state)
    with ledger.begin() as connection:
        held = slots.put_on_hold(connection, LATER, "this is a copy")
        found = {s.key.name: s.state for s in slots.past(connection)}
    assert [(s.key.name, s.state, s.reason, s.changed, s.fence) for s in held] == [
        (name, "held", "this is a copy", LATER, 1) for name in ("frozen", "sending", "paused")
    ]
    assert found == {
        "due": "due", "built": "built", "frozen": "held", "sending": "held", "paused": "held", "held": "held", "done": "done",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "made", "audience", "after"),
    [
        ("held", False, None, "due"),
        ("held", True, None, "frozen"),
        ("held", True, NOW, "sending"),
        ("paused", True, NOW, "sending"),
        ("paused", True, None, "sending"),  # paused before its audience was fixed
    ],
)
def test_what_was_held_goes_on_where_it_was(
    ledger: Store, state: str, made: bool, audience: dt.datetime | None, after: str
) -> None:
    slot = put(ledger, state=state)
    other = put(ledger, named("evening"), "sending")
    frozen(ledger, other, "other", audience_at=None if audience else NOW)
    if made:
        frozen(ledger, slot, audience_at=audience)
    with ledger.begin() as connection:
        moved = slots.resume(connection, slot, LATER)
    assert (moved.state, moved.changed, moved.fence, moved.reason) == (after, LATER, 1, "")


def test_only_what_is_held_or_paused_can_go_on(ledger: Store) -> None:
    slot = put(ledger, state="sending")
    with (
        ledger.begin() as connection,
        pytest.raises(ValueError, match="morning is sending, neither held nor paused"),
    ):
        slots.resume(connection, slot, NOW)
