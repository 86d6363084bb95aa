"""What is read of editions, statement by statement: whose, how far, in what order; and whom an edition goes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.errors import StoreError
from digest.model import Correction, Edition, SentItem, SlotKey
from digest.slots import Slot
from digest.store import editions, slots
from digest.store.audience import fix_audience, wanting
from digest.store.engine import Store, open_store
from digest.store.tables import corrections, deliveries, sent_items, subscribers, subscriptions
from digest.store.tables import editions as table
from digest.store.tables import slots as slot_table

NOW = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """On SQLite alone: test_editions.py tries the statements that matter on PostgreSQL."""
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as opened:
        yield opened


def put(connection: sa.Connection, insert: sa.Insert, row: dict[str, Any]) -> int:
    """Insert a row; its id."""
    key = connection.execute(insert, row).inserted_primary_key
    assert key
    return int(key[0])


def made(store: Store, name: str, state: str = "frozen", newsletter: str = "news", **values: Any) -> Slot:
    """A slot with an edition whose id is ``name``."""
    due = values.get("due", NOW)
    with store.begin() as connection:
        row = {"newsletter": newsletter, "date": NOW.date(), "name": name, "due": due, "state": state}
        number = put(connection, slot_table.insert(), row | {"changed": NOW})
        edition = {"id": name, "slot": number, "newsletter": newsletter, "due": due, "edition": "{}"}
        content = {"mails": b"", "content_hash": "0" * 64, "frozen": NOW, "subject": f"On {name}"}
        connection.execute(table.insert(), edition | content | values)
        return slots.get(connection, number)


def item(edition: str, entry: str = "a", sent: dt.datetime = NOW) -> SentItem:
    return SentItem(edition, sent, f"s-{entry}", entry, (entry, "z"), "H", "https://a.example", "A", "words")


def remember(store: Store, *items: SentItem) -> None:
    with store.begin() as connection:
        editions.remember(connection, "news", items)


def corrected(store: Store, edition: str, told: str = "") -> int:
    row = {"edition": edition, "when": NOW, "who": "Ann", "verb": "amend", "entry": "a", "told": told}
    with store.begin() as connection:
        return put(connection, corrections.insert(), row)


def queued(store: Store, edition: str, state: str, subscriber: int = 1, **values: Any) -> None:
    row = {"edition": edition, "subscriber": subscriber, "state": state, "changed": NOW}
    with store.begin() as connection:
        connection.execute(deliveries.insert(), row | values)


def told_by(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(sa.select(corrections.c.told).order_by(corrections.c.id)).scalars())


def ids(found: tuple[editions.Summary, ...]) -> list[str]:
    return [summary.id for summary in found]


def test_thawing_forgets_an_edition_with_its_memory_and_what_it_told_and_no_other(store: Store) -> None:
    slot, _ = made(store, "one"), made(store, "two")
    remember(store, item("one"), item("two"))
    corrected(store, "two", "one"), corrected(store, "two", "two")
    with store.begin() as connection:
        assert editions.thaw(connection, slot)
        assert ids(editions.summaries(connection)) == ["two"]
        assert list(connection.execute(sa.select(sent_items.c.edition)).scalars()) == ["two"]
        assert not editions.thaw(connection, slot)
    assert told_by(store) == ["", "two"]


def test_an_edition_whose_audience_is_fixed_is_not_thawed(store: Store) -> None:
    slot = made(store, "one", audience_at=NOW)
    remember(store, item("one"))
    with store.begin() as connection:
        assert not editions.thaw(connection, slot)
        assert len(editions.earlier(connection, "news", NOW)) == 1


def test_a_frozen_edition_tells_of_the_corrections_that_it_carries(store: Store) -> None:
    made(store, "one")
    first, _ = corrected(store, "one"), corrected(store, "one")
    key = SlotKey("news", NOW.date(), "evening")
    mine = Correction(first, "one", NOW, "Ann", "amend", "a")
    edition = Edition(key, NOW, "en", "UTC", NOW, (), corrections=(mine,))
    with store.begin() as connection:
        editions.tell(connection, edition)
    assert told_by(store) == [edition.id, ""]


def test_what_is_frozen_names_the_edition_that_it_corrects_and_when_it_was_frozen(store: Store) -> None:
    key = SlotKey("news", NOW.date(), "evening")
    edition = Edition(key, NOW, "en", "UTC", NOW, ())
    for number, corrects in enumerate(("one", "")):
        with store.begin() as connection:
            row = {"newsletter": "news", "date": key.date, "name": key.name, "number": number, "due": NOW}
            held = {"state": "built", "owner": "me", "changed": NOW}
            made_slot = put(connection, slot_table.insert(), row | held)
            slot = slots.get(connection, made_slot)
            one = replace(edition, number=number)
            words = {"corrects": corrects} if corrects else {}
            later = NOW + HOUR
            editions.freeze(connection, slot, one, (), memory=(), now=later, **words)
            assert editions.corrects(connection, slot) == corrects
            assert {(s.frozen, s.subject) for s in editions.summaries(connection)} == {(later, "")}


def test_an_edition_is_indented_when_asked_for() -> None:
    edition = Edition(SlotKey("news", NOW.date(), "evening"), NOW, "en", "UTC", NOW, ())
    assert "\n" not in editions.to_json(edition)
    assert "\n  " in editions.to_json(edition, indent=2)


def test_an_edition_that_is_not_there_says_where_to_look(store: Store) -> None:
    with store.read() as connection, pytest.raises(StoreError) as refused:
        editions.load(connection, "gone")
    assert str(refused.value) == "There is no edition gone. See `digest editions list`."


def test_words_are_looked_for_as_they_are_written(store: Store) -> None:
    made(store, "one", edition='{"picture": "a_b.jpg"}')
    made(store, "two", edition='{"picture": "axb.jpg"}')
    with store.read() as connection:
        assert editions.mentioning(connection, "a_b") == ("one",)


def test_what_is_asked_of_an_edition_is_answered_of_that_one(store: Store) -> None:
    one, two = made(store, "one", "sending", corrects="two"), made(store, "two", "done")
    with store.begin() as connection:
        assert [editions.subject(connection, name) for name in ("one", "two", "gone")] == [
            "On one",
            "On two",
            "",
        ]
        assert [editions.state(connection, name) for name in ("one", "two", "gone")] == [
            "sending",
            "done",
            "",
        ]
        assert [editions.of_slot(connection, slot) for slot in (one, two)] == ["one", "two"]
        assert [editions.corrects(connection, slot) for slot in (one, two)] == ["two", ""]
        slot = replace(one, id=99)
        assert (editions.of_slot(connection, slot), editions.corrects(connection, slot)) == (None, "")


def test_editions_are_listed_the_newest_first_of_one_newsletter_or_all(store: Store) -> None:
    made(store, "b")
    made(store, "a")
    made(store, "c", due=NOW - HOUR)
    made(store, "d", due=NOW + HOUR, newsletter="other")
    with store.read() as connection:
        assert ids(editions.summaries(connection)) == ["d", "b", "a", "c"]
        assert ids(editions.summaries(connection, limit=2)) == ["d", "b"]
        assert ids(editions.summaries(connection, "news")) == ["b", "a", "c"]


def test_published_is_what_has_gone_out_or_is_going_out_page_by_page(store: Store) -> None:
    for name, state in (("b", "sending"), ("a", "paused"), ("f", "frozen"), ("x", "cancelled")):
        made(store, name, state)
    made(store, "c", "done", due=NOW - HOUR)
    made(store, "d", "done", newsletter="other")
    with store.read() as connection:
        assert ids(editions.published(connection, "news", 9)) == ["b", "a", "c"]
        assert ids(editions.published(connection, "news", 1)) == ["b"]
        assert ids(editions.published(connection, "news", 9, skip=1)) == ["a", "c"]


@pytest.mark.parametrize(
    ("state", "attempts", "begun"),
    [
        ("ready", 0, False),
        ("cancelled", 0, False),
        ("suppressed", 0, False),
        ("ready", 1, True),
        ("cancelled", 1, True),
        ("claimed", 0, True),
        ("accepted", 1, True),
    ],
)
def test_an_edition_has_begun_once_a_server_may_have_been_reached(
    store: Store, state: str, attempts: int, *, begun: bool
) -> None:
    slot, other = made(store, "one"), made(store, "two")
    queued(store, "one", "ready", 2)
    queued(store, "one", state, attempts=attempts)
    with store.read() as connection:
        assert editions.begun(connection, slot) is begun
        assert not editions.begun(connection, other)
        assert not editions.begun(connection, replace(slot, id=99))


@pytest.mark.parametrize(
    ("state", "fixed", "delivery", "remembered"),
    [
        ("frozen", None, "", True),
        ("sending", NOW, "ready", True),
        ("held", None, "", False),
        ("held", NOW, "ready", True),
        ("cancelled", None, "", False),
        ("cancelled", NOW, "ready", False),
        ("cancelled", NOW, "accepted", True),
        ("done", NOW, "suppressed", True),
    ],
)
def test_what_nobody_got_is_not_remembered(
    store: Store, state: str, fixed: dt.datetime | None, delivery: str, *, remembered: bool
) -> None:
    made(store, "one", state, audience_at=fixed)
    made(store, "other", "cancelled", "other", audience_at=NOW)
    made(store, "two", "done", audience_at=NOW)
    remember(store, item("one"), item("two"))
    if delivery:
        queued(store, "one", delivery)
    with store.read() as connection:
        found = editions.earlier(connection, "news", NOW)
    assert found == ((item("one"), item("two")) if remembered else (item("two"),))


def test_memory_is_told_the_newest_first_then_by_edition_and_entry(store: Store) -> None:
    for name in ("two", "one"):
        made(store, name)
    order = [item("two", "c", NOW + HOUR), item("one", "a"), item("one", "b"), item("two", "a")]
    remember(store, order[2], order[3], order[1], order[0], item("one", "old", NOW - HOUR))
    with store.read() as connection:
        assert editions.earlier(connection, "news", NOW) == tuple(order)


# --- the audience -------------------------------------------------------------------------------------


def person(store: Store, name: str, slots_wanted: tuple[str, ...] = ()) -> int:
    who = {"address": name, "address_key": name, "state": "active", "token_id": name, "created": NOW}
    wish = {"newsletter": "news", "slots": list(slots_wanted), "state": "active", "since": NOW, "consent": {}}
    with store.begin() as connection:
        number = put(connection, subscribers.insert(), who | {"language": "en"})
        connection.execute(subscriptions.insert(), wish | {"subscriber": number})
    return number


def audience(store: Store, edition: str = "one") -> list[int]:
    query = sa.select(deliveries.c.subscriber).where(deliveries.c.edition == edition)
    with store.read() as connection:
        return sorted(connection.execute(query).scalars())


def test_whom_a_slot_is_for_is_told_of_all_or_of_some(store: Store) -> None:
    people = [person(store, name) for name in "abc"]
    person(store, "d", ("a%b",)), person(store, "e", ("a-b",))
    with store.read() as connection:
        everybody = wanting("news", "axb", NOW)
        assert sorted(connection.execute(everybody).scalars()) == people
        assert not connection.execute(wanting("news", "axb", NOW - HOUR)).all()
        assert len(connection.execute(wanting("news", "a%b", NOW)).all()) == 4
        some = wanting("news", "axb", NOW, (people[1], people[1]))
        assert connection.execute(some).scalars().all() == people[1:2]
        connection.execute(
            subscribers.update().where(subscribers.c.id == people[0]).values(state="suppressed")
        )
        assert sorted(connection.execute(everybody).scalars()) == people[1:]


def test_a_correction_goes_to_those_who_got_the_edition_or_may_have(store: Store) -> None:
    people = [person(store, name) for name in "abcd"]
    made(store, "old", "done")
    made(store, "one", "sending", corrects="old")
    for who, state in zip(people, ("accepted", "uncertain", "bounced"), strict=False):
        queued(store, "old", state, who)
    queued(store, "elsewhere", "accepted", people[3])
    assert fix_audience(store, "one", NOW) == 2
    assert audience(store) == people[:2]


def test_an_audience_is_fixed_in_batches_that_share_nobody(store: Store) -> None:
    people = [person(store, name) for name in "abcde"]
    other = made(store, "two", "sending")
    made(store, "one", "sending")
    assert fix_audience(store, "one", NOW, batch=2) == 5
    assert audience(store) == people
    with store.read() as connection:
        rows = dict(connection.execute(sa.select(table.c.id, table.c.audience_at)).all())
        assert rows == {"one": NOW, "two": None}
        assert editions.of_slot(connection, other) == "two"


@pytest.mark.parametrize(("people", "batches"), [("abcd", [2, 2]), ("abcde", [2, 2, 1]), ("", [])])
def test_each_batch_of_an_audience_is_its_own_and_none_is_empty(
    store: Store, people: str, batches: list[int]
) -> None:
    for name in people:
        person(store, name)
    made(store, "one", "sending")
    sizes: list[int] = []

    def note(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO deliveries"):
            sizes.append(cursor.rowcount)

    sa.event.listen(store.engine, "after_cursor_execute", note)
    fix_audience(store, "one", NOW, batch=2)
    assert sizes == batches


def test_an_edition_that_nobody_wants_has_an_audience_of_none_and_tells_nobody(store: Store) -> None:
    person(store, "a", ("another",))
    made(store, "one", "sending")

    def queued_some(*_: object) -> None:
        raise AssertionError

    assert fix_audience(store, "one", NOW, queued=queued_some) == 0
    with store.read() as connection:
        assert [s.audience for s in editions.summaries(connection)] == [0]
