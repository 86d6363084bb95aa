"""Every entry is in exactly one story, whatever the order and however odd the entries."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.group import group
from digest.group.compare import NEIGHBOURS
from digest.group.index import compared_pairs
from digest.group.words import texts
from digest.model import Entry
from tests.group.news import ALONE, DAY, NOON, QUAKE, entry

WORDS = [
    "storm",
    "bridge",
    "minister",
    "vote",
    "fire",
    "Kelso",
    "Tarn",
    "Iquique",
    "rate",
    "bank",
    "striker",
    "final",
    "Voss",
    "7.1",
    "1,200",
    "the",
    "of",
    "and",
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
ENTRIES = st.lists(st.tuples(TEXTS, TEXTS, st.integers(0, 3000)), min_size=1, max_size=12).map(
    lambda rows: [
        entry(number, title, body, minutes=minutes + 1) for number, (title, body, minutes) in enumerate(rows)
    ]
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@FEW
@given(ENTRIES)
def test_every_entry_is_in_one_story(entries: list[Entry]) -> None:
    stories = group(entries).stories
    assert sorted(m.entry.id for s in stories for m in s.members) == sorted(e.id for e in entries)
    assert len({s.id for s in stories}) == len(stories)
    assert all(s.members[0].role == "lead" for s in stories)


@pytest.mark.slow
@FEW
@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_of_input_does_not_matter(entries: list[Entry], dice: object) -> None:
    shuffled = list(entries)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert group(entries) == group(shuffled)


@pytest.mark.slow
@FEW
@given(ENTRIES)
def test_grouping_again_with_the_ids_known_changes_nothing(entries: list[Entry]) -> None:
    once = group(entries)
    assert group(entries, known=once.story_of()) == once


def test_unrelated_entries_leave_a_story_as_it_was() -> None:
    words = [f"{a}{b}" for a in ("zor", "mik", "tap", "lun") for b in ("an", "el", "is", "ok", "ur", "yd")]
    unrelated = [
        entry(100 + n, " ".join(words[(n * 5 + k * 7) % 24] + str(n) for k in range(6))) for n in range(60)
    ]
    before, after = group(DAY), group(DAY + unrelated)
    assert {k: v for k, v in after.story_of().items() if k in before.story_of()} == before.story_of()


def test_two_reports_of_one_event_are_one_story() -> None:
    story_of = group(DAY).story_of()
    assert story_of[QUAKE[0].id] == story_of[QUAKE[1].id]
    assert len(set(story_of.values())) == 3


def test_no_entries_make_no_stories() -> None:
    assert group([]).stories == ()


def test_a_story_keeps_the_id_it_had() -> None:
    known = {QUAKE[1].id: "feedfacefeedface"}
    assert group(DAY, known=known).story_of()[QUAKE[0].id] == "feedfacefeedface"


def test_two_parts_of_a_former_story_do_not_share_its_id() -> None:
    known = {e.id: "feedfacefeedface" for e in DAY}
    names = group(DAY, known=known).story_of()
    assert names[QUAKE[0].id] == names[QUAKE[1].id] == "feedfacefeedface"
    assert len(set(names.values())) == 3


def test_empty_entries_stand_alone() -> None:
    entries = [
        entry(1, ""),
        entry(2, ""),
        entry(3, "", "!!!"),
        entry(4, "🎉🎉", "🎉"),
        entry(5, "the of and"),
    ]
    assert len(group(entries).stories) == 5


def test_of_a_title_of_ten_megabytes_only_the_beginning_counts() -> None:
    endless = entry(9, "Iquique quake " * 750_000)
    assert sum(map(len, texts(endless))) < 1000
    assert sum(len(s.members) for s in group([*QUAKE, endless]).stories) == 3


def test_a_hundred_papers_with_one_headline_tell_one_story() -> None:
    title = "Skylark airline files for bankruptcy, grounds 34 aircraft"
    stories = group([*(entry(n, title) for n in range(1, 101)), *ALONE]).stories
    assert max(len(s.members) for s in stories) >= 98


@pytest.mark.slow
def test_two_thousand_entries_with_one_headline_tell_one_story() -> None:
    title = "Skylark airline files for bankruptcy, grounds 34 aircraft"
    stories = group([entry(n, title, minutes=n % 600 + 1) for n in range(2000)]).stories
    assert [len(s.members) for s in stories] == [2000]


def test_a_recurring_column_is_not_one_story_across_days() -> None:
    column = entry(
        1, "Morning briefing: what to know today", "The stories our editors are watching.", feed="f"
    )
    tomorrow = replace(column, id="b" * 16, published=NOON + dt.timedelta(days=1))
    dated = [
        replace(
            column, id=f"{n:016x}", title=f"TV Tonight ({n} May 2026)", published=NOON + dt.timedelta(days=n)
        )
        for n in range(3, 6)
    ]
    assert len(group([column, tomorrow, *dated]).stories) == 5


def test_updates_of_one_event_that_differ_in_numbers_stay_one_story() -> None:
    updates = [
        entry(n, f"Iquique quake: {n * 10} dead in Chile", "A tsunami warning is in force.", feed="f")
        for n in range(1, 4)
    ]
    assert len(group(updates).stories) == 1


def test_entries_without_dates_are_grouped() -> None:
    never = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert len(group([replace(e, published=never) for e in DAY]).stories) == 3


def test_mixed_scripts_do_no_harm() -> None:
    entries = [
        entry(1, "東京で地震 magnitude 5.2", "震源は千葉県。", language=""),
        entry(2, "Ночью в Токио произошло землетрясение", language=""),
        entry(3, "هزة أرضية في طوكيو", language=""),
        entry(4, "แผ่นดินไหวที่โตเกียว", language=""),
        entry(5, "टोक्यो में भूकंप", language=""),
        entry(6, "\u202egnihtemos\u202c \u0000 \ud800", language="xx-nonsense_tag"),
    ]
    assert len(group(entries).stories) == 6


@pytest.mark.slow
def test_of_thousands_of_entries_of_one_feed_each_is_compared_with_a_few() -> None:
    entries = [
        entry(n, f"Bulletin {n} of station {n % 70}", f"Reading {n * 7}.", feed="f") for n in range(5000)
    ]
    i, _, _ = compared_pairs(entries)
    assert len(i) <= NEIGHBOURS * len(entries)
    stories = group(entries).stories
    assert sum(len(s.members) for s in stories) == 5000
    assert len(stories) == 5000  # a series, not a story


def test_taipei_and_peking_write_of_one_event_in_their_own_characters() -> None:
    taipei = entry(21, "華爾街銀行倒閉 儲戶連夜擠兌", "監管機構說，存款獲得保險。", language="zh-TW")
    peking = entry(22, "华尔街银行倒闭 储户连夜挤兑", "监管机构：存款获得保险。", language="zh-CN")
    other = entry(23, "臺北捷運新線明年通車", "市長說，新線有十二個車站。", language="zh-TW")
    made = group([taipei, peking, other])
    assert sorted(sorted(m.entry.id for m in s.members) for s in made.stories) == [
        [taipei.id, peking.id],
        [other.id],
    ]
    (together,) = (s for s in made.stories if len(s.members) == 2)
    assert any(reason.text in taipei.title + peking.title for m in together.members for reason in m.reasons)
