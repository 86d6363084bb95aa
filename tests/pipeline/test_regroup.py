"""A process that stays groups what is new and gives what grouping everything anew would give."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from digest.group.index import Index
from digest.model import Entry
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.regroup import WINDOW, Regrouper, regroup
from digest.store import entries, stories, tables
from tests.pipeline.conftest import MORNING, entry

sys.path.insert(0, str(Path(__file__).parent.parent / "eval"))
import quality

HOUR = dt.timedelta(hours=1)
FIRE = "Fire destroys the sawmill of Wiltz", "Sawmill of Wiltz burns down in a night of fire"


def bring(
    newsroom: Newsroom, found: list[Entry], group: Regrouper, now: dt.datetime
) -> dict[str, str | None]:
    """Save what a pull found, group it, and read the stories back."""
    with newsroom.store.begin() as connection:
        entries.save_entries(connection, found, now)
    group(newsroom, now)
    return told(newsroom, now)


def told(newsroom: Newsroom, now: dt.datetime) -> dict[str, str | None]:
    with newsroom.store.read() as connection:
        return {e: story for e, (_, story) in stories.standing(connection, now - WINDOW).items()}


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each grouping was given."""
    given: list[int] = []
    add = Index.add

    def counted(self: Index, found: list[Entry], **more: object) -> dict[str, str]:
        given.append(len(found))
        return add(self, found, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Index, "add", counted)
    return given


def test_the_second_time_only_what_is_new_is_compared(newsroom: Newsroom, added: list[int]) -> None:
    group = Regrouper()
    before = bring(newsroom, [], group, MORNING)
    after = bring(newsroom, [entry(10, FIRE[0], MORNING)], group, MORNING)
    assert added == [6, 1]
    assert {k: after[k] for k in before} == before
    assert len(after) == 7


def test_a_follow_up_joins_its_story_under_the_id_it_has(newsroom: Newsroom) -> None:
    group = Regrouper()
    first = bring(newsroom, [entry(10, FIRE[0], MORNING, standfirst=FIRE[1])], group, MORNING)
    later = bring(newsroom, [entry(11, FIRE[1], MORNING, standfirst=FIRE[0])], group, MORNING)
    assert later[entry(11, "", MORNING).id] == first[entry(10, "", MORNING).id]
    with newsroom.store.read() as connection:
        (story,) = (s for s in stories.load_stories(connection, MORNING - HOUR) if len(s.members) > 1)
    assert sorted(m.role for m in story.members) == ["lead", "report"]
    assert any(r.kind == "score" for m in story.members for r in m.reasons)


def test_an_entry_that_says_something_else_now_leaves_its_story(newsroom: Newsroom, added: list[int]) -> None:
    group = Regrouper()
    pair = [
        entry(10, FIRE[0], MORNING, standfirst=FIRE[1]),
        entry(11, FIRE[1], MORNING, standfirst=FIRE[0]),
    ]
    first = bring(newsroom, pair, group, MORNING)
    assert len(set(first.values())) == 7
    changed = replace(
        pair[1], title="Parliament votes on pensions", standfirst="The deputies said yes, late."
    )
    later = bring(newsroom, [changed], group, MORNING)
    assert added == [8, 1]
    assert len(set(later.values())) == 8
    with newsroom.store.read() as connection:
        assert all(s.members[0].role == "lead" for s in stories.load_stories(connection, MORNING - WINDOW))
    assert bring(newsroom, [replace(changed, position=9)], group, MORNING) == later
    assert added == [8, 1, 0]


def test_what_left_the_window_is_forgotten(newsroom: Newsroom, added: list[int]) -> None:
    group = Regrouper()
    later = MORNING + WINDOW - HOUR
    bring(
        newsroom,
        [entry(n, f"Story {n} of a baker", later - HOUR) for n in range(20, 40)],
        group,
        later - HOUR,
    )
    assert group(newsroom, later + 2 * HOUR)[0] == 20
    assert added == [26, 0]


def test_what_another_process_grouped_meanwhile_is_taken_over(newsroom: Newsroom, added: list[int]) -> None:
    group = Regrouper()
    before = bring(newsroom, [], group, MORNING)
    with newsroom.store.begin() as connection:
        one = next(iter(before))
        connection.execute(
            sa.update(tables.stories).where(tables.stories.c.entry == one).values(story="0" * 16)
        )
    group(newsroom, MORNING)
    assert added == [6, 6]
    assert told(newsroom, MORNING)[one] == "0" * 16


def test_when_half_of_the_entries_are_new_all_are_grouped_anew(newsroom: Newsroom, added: list[int]) -> None:
    group = Regrouper()
    group(newsroom, MORNING)
    many = [entry(n, f"Baker {n} of the street of the {n} mills", MORNING) for n in range(10, 17)]
    bring(newsroom, many, group, MORNING)
    assert added == [6, 13]


def test_a_grouping_that_was_not_kept_is_no_longer_built_upon(newsroom: Newsroom, added: list[int]) -> None:
    group = Regrouper()
    fire = [entry(10, FIRE[0], MORNING)]
    group(newsroom, MORNING)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError, match="disk"):  # noqa: PT012
        patch.setattr(stories, "save_grouping", full)
        bring(newsroom, fire, group, MORNING)
    group(newsroom, MORNING)
    assert added == [6, 1, 7]


def full(_connection: object, _stories: object) -> int:
    raise OSError("disk is full")


def test_after_a_day_of_pulls_the_stories_are_those_of_grouping_anew(newsroom: Newsroom) -> None:
    english, _ = quality.labelled("en")
    base = min(e.published for e in english)
    english = [replace(e, published=MORNING + (e.published - base) % (24 * HOUR)) for e in english]
    group = Regrouper()
    for part in np.array_split(np.arange(len(english)), 8):
        kept = bring(newsroom, [english[n] for n in part], group, MORNING + 24 * HOUR)
    regroup(newsroom, MORNING + 24 * HOUR)
    anew = told(newsroom, MORNING + 24 * HOUR)
    assert quality.b_cubed(kept, anew)["f1"] >= 0.97
    assert sum(kept[e] == anew[e] for e in anew) >= 0.95 * len(anew)
