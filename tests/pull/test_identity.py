"""One entry keeps one id for life."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from digest.model import Entry
from digest.pull import reconcile
from digest.pull.ids import entry_id

NOW = dt.datetime(2026, 5, 4, 17, 0, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 5, 4, 6, 0, tzinfo=dt.UTC)
FEED = "https://paper.example/feed"


def entry(
    number: int,
    *,
    guid: str | None = None,
    url: str = "",
    title: str = "",
    when: dt.datetime = MORNING,
    seen: dt.datetime = NOW,
    **more: str,
) -> Entry:
    guid = f"guid-{number}" if guid is None else guid
    url = url or f"https://paper.example/{number}"
    title = title or f"Headline number {number} tells about subject{number}"
    return Entry(
        id=entry_id(FEED, guid or url), feed=FEED, paper="Paper", url=url, title=title, guid=guid,
        published=when, first_seen=seen, **{"standfirst": f"Standfirst{number} follows.", **more},  # type: ignore[arg-type]
    )  # fmt: skip


def stored(*entries: Entry) -> list[Entry]:
    return [replace(e, first_seen=MORNING) for e in entries]


def test_unknown_entries_are_new() -> None:
    found = reconcile([entry(1), entry(2)], [], now=NOW)
    assert [e.title[:17] for e in found.new] == ["Headline number 1", "Headline number 2"]
    assert (found.changed, found.unchanged, found.held, found.dropped) == ((), (), (), 0)


def test_a_known_entry_keeps_id_first_seen_and_date_but_not_its_position() -> None:
    [old] = stored(entry(1))
    again = replace(entry(1, when=NOW), position=7)
    [same] = reconcile([again], [old], now=NOW).unchanged
    assert (same.id, same.first_seen, same.published, same.position) == (old.id, MORNING, MORNING, 7)


def test_other_words_make_it_changed() -> None:
    [old] = stored(entry(1))
    [changed] = reconcile([entry(1, standfirst="Two people were hurt.")], [old], now=NOW).changed
    assert (changed.id, changed.updated, changed.first_seen) == (old.id, NOW, MORNING)


def test_case_and_punctuation_are_not_other_words() -> None:
    [old] = stored(entry(1, title="Rain: in Spain"))
    assert reconcile([entry(1, title="RAIN – in Spain!")], [old], now=NOW).changed == ()


def test_a_guid_may_move_to_https() -> None:
    [old] = stored(entry(1, guid="http://paper.example/?p=1"))
    assert len(reconcile([entry(1, guid="https://paper.example/?p=1")], [old], now=NOW).unchanged) == 1


def test_one_guid_for_different_items_is_told_apart_and_stays_so() -> None:
    pulled = [entry(1, guid="0"), entry(2, guid="0"), entry(3, guid="0")]
    first = reconcile(pulled, [], now=NOW).new
    assert len({e.id for e in first}) == 3
    again = reconcile([pulled[2], pulled[0]], stored(*first), now=NOW)
    assert {e.id for e in again.unchanged} == {first[2].id, first[0].id}
    assert again.new == ()


def test_a_guid_used_again_for_another_item_is_another_entry() -> None:
    [old] = stored(entry(1, guid="today"))
    other = entry(2, guid="today", when=NOW, title="Parliament votes on bridges", standfirst="By Friday.")
    found = reconcile([other], [old], now=NOW)
    assert len(found.new) == 1
    assert found.new[0].id != old.id


def test_a_rewritten_headline_and_address_are_the_same_entry() -> None:
    dawn = MORNING - dt.timedelta(hours=1)
    [old] = stored(entry(1, when=dawn))
    rewritten = entry(
        1,
        when=dawn,
        url="https://paper.example/quite-another",
        title="Wholly different words now",
        standfirst="Nothing as it was.",
    )
    assert [e.id for e in reconcile([rewritten], [old], now=NOW).changed] == [old.id]


def test_a_feed_that_changes_all_guids_does_not_flood() -> None:
    old = stored(*(entry(n) for n in range(30)))
    found = reconcile([entry(n, guid=f"new-{n}") for n in range(30)], old, now=NOW)
    assert len(found.unchanged) == 30
    assert found.new == ()


def test_a_feed_that_changes_guids_and_addresses_is_known_by_its_words() -> None:
    old = stored(*(entry(n) for n in range(30)))
    found = reconcile(
        [entry(n, guid=f"x{n}", url=f"https://paper.example/r?to={n}&session=9") for n in range(30)],
        old,
        now=NOW,
    )
    assert len(found.unchanged) == 30


def test_a_recurring_headline_alone_is_not_the_same_entry() -> None:
    [old] = stored(entry(1, title="Morning briefing", standfirst="Monday's news."))
    found = reconcile(
        [entry(2, title="Morning briefing", standfirst="Tuesday's other news.", when=NOW)], [old], now=NOW
    )
    assert len(found.new) == 1


def test_entries_that_all_link_to_the_front_page_are_told_apart() -> None:
    home = "https://paper.example/"
    old = stored(*(entry(n, guid="", url=home) for n in range(3)))
    old = [replace(e, id=f"{n:016x}") for n, e in enumerate(old)]
    found = reconcile([entry(n, guid="", url=home) for n in (1, 2, 3, 4)], old, now=NOW)
    assert (len(found.unchanged), len(found.new)) == (2, 2)
    assert len({e.id for e in found.new}) == 2


def test_an_entry_listed_twice_is_one() -> None:
    found = reconcile([entry(1), entry(1)], [], now=NOW)
    assert (len(found.new), found.dropped) == (1, 1)


def test_a_republished_archive_is_held_back() -> None:
    old = stored(*(entry(n) for n in range(5)))
    archive = [entry(100 + n, when=NOW - dt.timedelta(days=3 + n % 20)) for n in range(95)]
    found = reconcile(
        [*(entry(n) for n in range(3)), entry(50, when=NOW), *archive], old, now=NOW, last_success=MORNING
    )
    assert (len(found.held), len(found.new), len(found.unchanged)) == (95, 1, 3)
    assert reconcile(archive, old, now=NOW, last_success=MORNING, hold=False).held == ()


def test_a_feed_away_for_days_is_not_an_archive() -> None:
    old = stored(*(replace(entry(n), first_seen=NOW - dt.timedelta(days=7)) for n in range(5)))
    fresh = [entry(100 + n, when=NOW - dt.timedelta(days=n % 5)) for n in range(50)]
    assert reconcile(fresh, old, now=NOW, last_success=NOW - dt.timedelta(days=7)).held == ()


def test_the_first_pull_of_an_archive_takes_only_what_is_kept() -> None:
    archive = [entry(n, when=NOW - dt.timedelta(days=n)) for n in range(0, 3000, 10)]
    found = reconcile(archive, [], now=NOW, keep=dt.timedelta(days=30))
    assert (len(found.new), found.dropped) == (4, 296)


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_a_feed_does_not_matter(order: int) -> None:
    old = stored(*(entry(n) for n in range(20)))
    pulled = [entry(n, guid=f"g{n % 7}") for n in range(10, 30)][::order]
    found = reconcile(pulled, old, now=NOW)
    assert {e.title for e in found.unchanged} == {e.title for e in old[10:]}
    assert len({e.id for e in (*found.new, *found.unchanged)}) == 20


def test_a_date_that_lay_days_ahead_is_believed_once_it_has_come() -> None:
    """The clock here was a year behind when the entry was first seen."""
    wrong = NOW - dt.timedelta(days=365)
    behind = entry(1, when=wrong, seen=wrong)
    [right] = reconcile([entry(1)], [behind], now=NOW).redated
    assert (right.published, right.first_seen) == (MORNING, wrong)
    # What lies ahead still was cut to now by the pull: it stays where it was.
    assert reconcile([entry(1, when=NOW)], [behind], now=NOW).redated == ()
