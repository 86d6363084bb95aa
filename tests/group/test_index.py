"""New entries join known ones at their own cost."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from digest.group.index import Index
from digest.model import Entry
from tests.group.news import ALONE, DAY, QUAKE, entry

sys.path.insert(0, str(Path(__file__).parent.parent / "eval"))
import quality

TOLERANCE = 0.97  # B-cubed F1 between the two groupings, as docs/grouping.md promises


def labelled() -> list[Entry]:
    entries = [e for language in quality.languages() for e in quality.labelled(language)[0]]
    return sorted(entries, key=lambda e: (e.published, e.id))


def test_a_new_report_joins_its_story_and_the_story_keeps_its_id() -> None:
    index = Index()
    index.add([QUAKE[0], *ALONE])
    before = index.story_of()
    changed = index.add([QUAKE[1]])
    assert changed == {QUAKE[0].id: before[QUAKE[0].id], QUAKE[1].id: before[QUAKE[0].id]}
    assert {k: v for k, v in index.story_of().items() if k in before} == before


def test_an_entry_already_here_changes_nothing() -> None:
    index = Index()
    index.add(DAY)
    assert index.add(DAY) == {}
    assert len(index) == 4


def test_an_index_starts_with_the_ids_the_store_knows() -> None:
    index = Index()
    index.add([QUAKE[0], *ALONE], known={QUAKE[0].id: "a" * 16})
    index.add([QUAKE[1]])
    assert index.story_of()[QUAKE[1].id] == "a" * 16


def test_added_in_parts_the_stories_are_those_of_one_go_within_the_tolerance() -> None:
    entries = labelled()
    whole, parts = Index(), Index()
    whole.add(entries)
    for part in np.array_split(np.arange(len(entries)), 10):
        parts.add([entries[n] for n in part])
    assert quality.b_cubed(parts.story_of(), whole.story_of())["f1"] >= TOLERANCE


def test_likeliest_fellows_and_close_calls_can_be_asked_for() -> None:
    index = Index()
    near = entry(7, "A museum of astronomy opens in Iquique", "It shows the stars of the southern sky.")
    index.add([*DAY, near])
    fellow, chance = index.likeliest(QUAKE[0].id, 1)[0]
    assert fellow == QUAKE[1].id
    assert chance > 0.5
    close = index.close_calls(3)
    assert all(index.story_of()[a] != index.story_of()[b] for a, b, _ in close)
    assert near.id in {entry_id for a, b, _ in close for entry_id in (a, b)}


def test_a_forgotten_entry_leaves_its_story_and_the_rest_keep_theirs() -> None:
    index = Index()
    index.add(DAY)
    before = index.story_of()
    index.forget({QUAKE[0].id})
    index.add([])
    assert index.story_of() == {k: v for k, v in before.items() if k != QUAKE[0].id}


def test_an_entry_that_held_a_story_together_is_missed_when_it_is_forgotten() -> None:
    apart = {e.id for e in QUAKE}
    index = Index()
    index.add([*QUAKE, *ALONE])
    index.forget(apart - {QUAKE[1].id})
    assert index.add([]) == {}
    index.add([QUAKE[0]])
    assert len({index.story_of()[e.id] for e in QUAKE}) == 1


def test_forgotten_and_added_again_an_entry_is_where_it_was_within_the_tolerance() -> None:
    entries = labelled()
    index = Index()
    index.add(entries)
    before = index.story_of()
    for part in np.array_split(np.arange(len(entries)), 5):
        some = [entries[n] for n in part]
        index.forget({e.id for e in some})
        index.add(some, known=before)
    assert quality.b_cubed(index.story_of(), before)["f1"] >= TOLERANCE
    kept = sum(before[e] == s for e, s in index.story_of().items())
    assert kept >= 0.98 * len(entries)
