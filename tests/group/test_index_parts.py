"""The parts of an index: numbers, headlines without their numbers, columns and series, company, what is near in time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from digest.group import columns, index, pooled, scoring
from digest.group.edges import Edges
from digest.group.identity import story_ids
from digest.group.index import Index
from tests.group.news import ALONE, DAY, NOON, QUAKE, entry
from tests.group.test_pooled import FERRY


def made(*entries: index.Entry) -> Index:
    found = Index()
    found.add(entries)
    return found


def test_entries_added_later_are_found_by_their_own_numbers() -> None:
    both = made(QUAKE[0], *ALONE)
    both.add([QUAKE[1]])
    found = both.odds(QUAKE[1].id, QUAKE[0].id)
    assert found is not None
    assert both._number == {e.id: n for n, e in enumerate([QUAKE[0], *ALONE, QUAKE[1]])}


def test_a_headlines_number_leaves_out_its_figures_small_words_and_what_stands_below() -> None:
    found = made(
        entry(1, "Weather for Kelso: 12 degrees", "Rain falls."),
        entry(2, "The weather for Kelso 13 degrees", "The sun shines."),
        entry(3, "The weather for Kelso 12 degrees", "Snow lies."),
        entry(4, "Weather for Tarn: 12 degrees", "Rain falls."),
    )
    headlines, titles = found._headlines.tolist(), found._titles.tolist()
    assert headlines[0] == headlines[1] == headlines[2] != headlines[3]
    assert titles[0] == titles[2]
    assert len(set(titles)) == 3


@pytest.mark.parametrize(
    ("feeds", "headlines", "titles", "hours", "serial", "days", "column"),
    [
        ([1, 1], [5, 5], [7, 7], [0, 18], False, [0, 0], True),
        ([1, 1], [5, 5], [7, 7], [0, 17], False, [0, 0], False),
        ([1, 2], [5, 5], [7, 7], [0, 18], False, [0, 0], False),
        ([1, 1], [5, 6], [7, 7], [0, 18], False, [0, 0], False),
        ([1, 1], [0, 0], [7, 7], [0, 18], False, [0, 0], False),  # headlines of small words alone
        ([1, 1], [5, 5], [7, 8], [0, 1], True, [0, 0], True),
        ([1, 1], [5, 5], [7, 7], [0, 1], True, [0, 0], False),
        ([1, 1], [5, 5], [7, 8], [0, 1], False, [0, 0], False),
        ([1, 1], [5, 5], [7, 8], [0, 1], False, [1, 31], True),
        ([1, 1], [5, 5], [7, 8], [0, 1], False, [31, 1], True),
        ([1, 1], [5, 6], [7, 8], [0, 1], False, [26, 27], False),
        ([1, 2], [5, 5], [7, 8], [0, 1], False, [26, 27], False),
        ([1, 1], [5, 5], [7, 8], [0, 1], False, [27, 27], False),
        ([1, 1], [5, 5], [7, 8], [0, 1], False, [27, 0], False),
        ([1, 1], [5, 5], [7, 8], [0, 1], False, [0, 1], False),
    ],
)
def test_a_column_is_one_headline_of_one_feed_long_after_or_dated_anew_or_another_part_of_its_series(  # noqa: PLR0917 - one row
    feeds: list[int],
    headlines: list[int],
    titles: list[int],
    hours: list[float],
    serial: bool,
    days: list[int],
    column: bool,
) -> None:
    found = Index()
    found._feeds, found._hours = np.array(feeds), np.array(hours, float)
    found._headlines, found._titles = np.array(headlines, np.uint64), np.array(titles, np.uint64)
    found._serial, found._live = np.array([serial, serial]), np.array([True, False])
    found._days = np.array(days)
    assert found._columns(np.array([0]), np.array([1])).tolist() == [column]


@pytest.mark.parametrize(
    ("feeds", "titles", "live", "apart"),
    [
        ([1, 1], [7, 8], [True, True], True),
        ([1, 2], [7, 8], [True, True], False),
        ([1, 1], [7, 7], [True, True], False),  # one page under two addresses
        ([1, 1], [7, 8], [True, False], False),
        ([1, 1], [7, 8], [False, True], False),
    ],
)
def test_two_live_pages_of_a_feed_are_two_logs(
    feeds: list[int], titles: list[int], live: list[bool], apart: bool
) -> None:
    found = Index()
    found._feeds, found._hours, found._live = np.array(feeds), np.zeros(2), np.array(live)
    found._headlines, found._titles = np.array([5, 6], np.uint64), np.array(titles, np.uint64)
    found._serial, found._days = np.zeros(2, bool), np.zeros(2, np.int64)
    assert found._columns(np.array([0]), np.array([1])).tolist() == [apart]


@pytest.mark.parametrize(
    ("title", "published", "day"),
    [
        ("The morning show (27 May 2026)", "2026-05-27", 27),
        ("The morning show (26 May 2026)", "2026-05-27", 26),
        ("Live: the world on June 1", "2026-05-31", 1),
        ("5月31日の天気", "2026-06-01", 31),
        ("Twenty-seven and 27 again, 26 before", "2026-05-27", 27),
        ("26 or 28", "2026-05-27", 26),
        ("The bank sells 27.5 per cent, 1,27 million, 127 men, 1:27, 27:1", "2026-05-27", 0),
        ("The morning show (3 May 2026)", "2026-05-27", 0),
        ("The morning show", "2026-05-27", 0),
        ("x" * 300 + " 27", "2026-05-27", 0),
        ("On the 1st", "0001-01-01", 1),
        ("On the 31st", "9999-12-31", 31),
        ("On the 3rd", "9999-12-31", 0),
    ],
)
def test_a_headline_is_dated_with_its_own_day_or_one_beside_it(title: str, published: str, day: int) -> None:
    when = dt.datetime.fromisoformat(published).replace(tzinfo=dt.UTC)
    assert columns.dated(entry(1, title, published=when)) == day


def test_headlines_of_small_words_alone_make_no_series() -> None:
    titles = np.arange(6, dtype=np.uint64)
    feeds = np.ones(6, np.int64)
    assert columns.in_series(feeds, np.full(6, 9, np.uint64), titles).all()
    assert not columns.in_series(feeds, np.zeros(6, np.uint64), titles).any()


def test_of_entries_as_far_away_the_first_are_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "CONTEXT", 2)
    found = Index()
    found._hours = np.array([1.0, 1.0, 1.0, 2.0, 9.0])
    assert found._context(np.array([4])).tolist() == [0, 3]


def test_a_likely_pair_is_one_with_better_odds_than_even(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    setting = scoring.setting

    def note(entries: int, partnered: int) -> scoring.Setting:
        asked.append((entries, partnered))
        return setting(entries, partnered)

    monkeypatch.setattr(scoring, "setting", note)
    found = made(*DAY, entry(5, "Iquique counts 12 dead after the quake", "The mayor spoke of 12 dead."))
    assert (found._edges.first <= 0).any()
    assert asked == [(5, 2)]
    edges = found._edges
    found._edges = replace(edges, first=np.full(len(edges.i), 0.5))
    found._setting()
    assert asked[1:] == [(5, len({*edges.i.tolist(), *edges.j.tolist()}))]


def test_company_are_the_likely_fellows_of_an_entry_and_of_no_other() -> None:
    found = made(*FERRY, *ALONE)
    number = found._number
    assert found._fellows(number[ALONE[0].id]) == {}
    company = found._fellows(number[FERRY[0].id])
    assert company
    assert company.keys() <= {number[e.id] for e in FERRY[1:]}
    found._edges.first[:] = pooled.LEAST
    assert found._fellows(number[FERRY[0].id]).keys() == company.keys() | {
        int(n) for n in found._around(number[FERRY[0].id])[1]
    }
    found._edges.first[:] = pooled.LEAST - 0.01
    assert found._fellows(number[FERRY[0].id]) == {}


def test_nobody_is_between_two_that_gained_nothing_nor_two_who_have_no_company() -> None:
    found = made(*FERRY, *ALONE)
    edges = found._edges
    i, j = sorted((found._number[FERRY[0].id], found._number[FERRY[2].id]))
    pair = (edges.i == i) & (edges.j == j)
    assert found.between(FERRY[0].id, FERRY[2].id) == FERRY[1].id
    edges.day[:] = edges.first + np.where(pair, 0, 1)  # all others gained
    assert found.between(FERRY[0].id, FERRY[2].id) is None
    two = made(QUAKE[0], QUAKE[1], *ALONE)
    two._edges.day[:] = two._edges.first + 1
    assert two.between(QUAKE[0].id, QUAKE[1].id) is None


def test_of_edges_each_pair_is_kept_as_it_came_first_in_the_order_of_pairs() -> None:
    odds = np.arange(4.0)
    once = Edges(np.array([1, 0, 0, 0]), np.array([2, 3, 1, 1]), odds, odds, odds).once(4)
    assert (once.i.tolist(), once.j.tolist(), once.day.tolist()) == ([0, 0, 1], [1, 3, 2], [2.0, 1.0, 0.0])


def test_what_is_left_of_a_story_is_put_together_again_also_after_a_second_forgetting() -> None:
    first, second, third, _ = FERRY
    whole = made(first, second, third, *QUAKE, *ALONE)
    whole.forget({second.id})  # the one that had words of both ends
    whole.forget({QUAKE[0].id})
    before = whole.story_of()
    assert before[first.id] == before[third.id]
    whole.add([entry(90, "A heron nests on the roof of the opera", "It has three eggs.")])
    after = whole.story_of()
    assert after[first.id] != after[third.id]


def test_a_hundred_papers_with_one_headline_tell_one_story_whatever_stands_below() -> None:
    title = "Ferry Halcyon runs aground off Orkney"
    told = [entry(n, title, f"Word{n} word{n + 500} word{n + 1000}.", url="") for n in range(100, 200)]
    found = made(*told)
    assert len(set(found.story_of().values())) == 1


def test_a_pair_about_which_there_is_no_doubt_stays_so_when_others_come() -> None:
    again = entry(31, FERRY[2].title, FERRY[2].standfirst)
    found = made(FERRY[2], again)
    found.add([FERRY[1], *ALONE])
    odds = found.odds(FERRY[2].id, again.id)
    assert odds is not None
    assert odds[0] == pytest.approx(1 / (1 + np.exp(-6)))
    assert 6.0 in found._edges.first.tolist()


def test_a_pair_in_two_languages_is_not_looked_at_again() -> None:
    abroad = entry(
        32, "Fähre Halcyon bei Orkney auf Grund", "Nahe Stromness, Rosa Diaz, 140 Passagiere.", language="de"
    )
    home = entry(33, "Ferry Halcyon aground off Orkney", "Near Stromness, Rosa Diaz says, 140 passengers.")
    found = Index(across_languages=True)
    found.add([abroad, home, *FERRY, *ALONE])
    i, j = sorted((found._number[abroad.id], found._number[home.id]))
    at = (found._edges.i == i) & (found._edges.j == j)
    assert found._edges.first[at].tolist() == found._edges.day[at].tolist()
    assert at.sum() == 1


def test_a_new_story_takes_no_id_that_an_older_one_has() -> None:
    found = made(QUAKE[0], ALONE[0])
    found._story[found._number[ALONE[0].id]] = story_ids([[ALONE[1].id]], {})[0]
    found.add([ALONE[1]])
    assert len(set(found.story_of().values())) == 3


def test_the_context_of_a_block_is_as_many_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "CONTEXT", 3)
    found = Index()
    found._hours = np.array([0.0, 1.0, 2.0, 5.0, 9.0, 6.0])
    assert found._context(np.array([5])).tolist() == [2, 3, 4]


def test_what_is_far_from_a_block_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "BLOCK", 2)
    monkeypatch.setattr(index, "CONTEXT", 2)
    found = made(FERRY[0], FERRY[2])
    before = found.odds(FERRY[0].id, FERRY[2].id)
    late = [
        entry(n, title, text, minutes=3000 + n)
        for n, (title, text) in enumerate(
            [(e.title, e.standfirst) for e in (*QUAKE, QUAKE[0])]
            + [("Iquique counts its dead after the quake", "A magnitude 7.1 earthquake shook Iquique.")],
            40,
        )
    ]
    found.add(late)
    assert found.odds(FERRY[0].id, FERRY[2].id) == before
    assert len({found.story_of()[e.id] for e in late}) == 1


def test_the_first_entry_of_all_is_looked_at_again_too() -> None:
    alone, company = made(FERRY[0], FERRY[2]), made(*FERRY[:3])
    before, after = (one.odds(FERRY[0].id, FERRY[2].id) for one in (alone, company))
    assert before is not None
    assert after is not None
    assert after[0] > before[0] + 0.1


def test_a_pair_with_one_end_too_far_away_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "CONTEXT", 1)
    far, near, new = (
        replace(e, published=NOON + dt.timedelta(hours=h))
        for e, h in zip((FERRY[0], FERRY[2], FERRY[3]), (0, 20, 21), strict=True)
    )
    found = made(far, near)
    before = found.odds(far.id, near.id)
    found.add([new])
    assert found.odds(far.id, near.id) == before
    assert found.story_of()[near.id] == found.story_of()[new.id]


@pytest.mark.parametrize(
    ("evening", "morning", "compared"),
    [
        ("Dr. Maran | Harbour Radio (2 March 2026)", "Dr. Maran | Harbour Radio (3 March 2026)", False),
        ("Cholera updates LIVE: twelve ill in Sund", "Cholera updates LIVE: schools of Sund shut", False),
        ("Ferry Alma aground off Sund: 2 hurt", "Ferry Alma aground off Sund: 13 hurt", True),
    ],
)
def test_a_programme_dated_anew_and_the_next_live_page_are_no_update_of_a_story(
    evening: str, morning: str, compared: bool
) -> None:
    same = {"feed": "https://harbour.example/feed", "paper": "Harbour Radio"}
    first, second = entry(31, evening, **same), entry(32, morning, minutes=560, **same)
    assert (made(first, second, *DAY).odds(first.id, second.id) is not None) == compared
