"""A second look: what an entry's likely fellows say counts for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from digest.group import compare, index, pooled, scoring, why
from digest.group.index import Index
from digest.group.words import read
from digest.model import Entry, Reason
from tests.group.news import ALONE, DAY, entry

# The first and the last share hardly a word; the two between have words of both.
FERRY = [
    entry(11, "Ferry Halcyon runs aground off Orkney", "The ship struck rocks near Stromness in fog."),
    entry(
        12,
        "Halcyon aground: passengers of the Orkney ferry taken off",
        "Helicopters lifted 140 passengers from the Halcyon near Stromness.",
    ),
    entry(
        13,
        "Helicopters lift 140 passengers from stricken ferry Halcyon",
        "Coastguard crews from Kirkwall flew all night to the ship.",
    ),
    entry(
        14,
        "Coastguard crews praised for night rescue of 140",
        "Helicopters from Kirkwall flew nine times.",
    ),
]


def odds(entries: list[Entry], a: Entry, b: Entry) -> float:
    made = Index()
    made.add(entries)
    found = made.odds(a.id, b.id)
    assert found is not None
    return found[0]


def rows_of(words: Any, papers: list[int]) -> compare.Rows:
    """Rows of which only the words and the papers matter."""
    nothing = compare.rows(read(()), np.zeros(0), np.zeros(0, np.int64), compare.frequencies(read(())))
    return replace(nothing, words=words, paper=np.array(papers))


def test_the_cosines_are_those_of_the_pooled_words() -> None:
    words = sparse.csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]))
    i, j = np.array([0, 1]), np.array([2, 2])
    fellows = pooled.fellows(3, i, j, np.array([0.0, -4.0]))
    assert fellows.toarray().tolist() == [[0, 0, 0.5], [0, 0, 0], [0.5, 0, 0]]
    found = pooled.features(rows_of(words, [7, 8, 7]), fellows, np.array([0, 0]), np.array([1, 2]))
    first = np.array([1.3, 0.4]) / np.hypot(1.3, 0.4)
    third = np.array([1.1, 0.8]) / np.hypot(1.1, 0.8)
    ours, theirs = float(first @ [0.6, 0.8]), float(third[0])
    assert found.tolist() == [
        pytest.approx([first[1], first[1], 0.0, 0.0, 0.0, 0.0]),
        pytest.approx([float(first @ third), max(ours, theirs), min(ours, theirs)] * 2),
    ]


def test_many_pairs_are_looked_at_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    words = sparse.csr_matrix(np.eye(4) * 0.6 + 0.4)
    i, j = np.triu_indices(4, 1)
    fellows = pooled.fellows(4, i, j, np.linspace(-2, 2, 6))
    rows = rows_of(words, [7, 8, 7, 8])
    whole = pooled.features(rows, fellows, i, j)
    monkeypatch.setattr(pooled, "PAIRS", 4)
    assert pooled.features(rows, fellows, i, j).tolist() == whole.tolist()


def test_a_third_paper_that_has_words_of_both_brings_two_nearer() -> None:
    first, _, third, _ = FERRY
    assert odds([*FERRY[:3], *ALONE], first, third) > odds([first, third, *ALONE], first, third) + 0.1


def test_who_has_words_of_both_is_told() -> None:
    first, second, third, _ = FERRY
    told = why(first, third, others=[second, *ALONE])
    assert told[1] == Reason(
        "fellow", "Paper 12 has words of both: Halcyon aground: passengers of the Orkney ferry taken off"
    )
    assert "fellow" not in {r.kind for r in why(first, third, others=ALONE)}


def test_nobody_is_between_two_that_were_not_compared_or_gained_nothing_by_company() -> None:
    made = Index()
    made.add([*FERRY, *ALONE])
    assert made.between(FERRY[0].id, ALONE[0].id) is None
    assert made.between(FERRY[2].id, FERRY[0].id) == FERRY[1].id
    alone = Index()
    alone.add([FERRY[0], FERRY[1], *ALONE])
    assert alone.between(FERRY[0].id, FERRY[1].id) is None


def test_strangers_gain_nothing_from_the_company_of_others() -> None:
    bank = entry(21, "Central bank keeps rate after ferry strike vote", "The Orkney economy is small.")
    assert odds([*FERRY, bank, *ALONE], FERRY[0], bank) < 0.1


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_the_order_in_which_fellows_come_changes_nothing(order: tuple[int, ...]) -> None:
    made = Index()
    for place in order:
        made.add([FERRY[place]])
    made.add(ALONE)
    for a, b in [(FERRY[0], FERRY[2]), (FERRY[1], FERRY[3])]:
        found = made.odds(a.id, b.id)
        assert found is not None
        assert found[0] == pytest.approx(
            odds([*FERRY, *ALONE], a, b), abs=0.05
        )  # what was rare may be common since


def test_fellows_of_a_later_block_are_asked_for_the_earlier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third, _ = FERRY
    alone = odds([first, third], first, third)
    monkeypatch.setattr(index, "BLOCK", 2)
    late = entry(12, second.title, second.standfirst, minutes=900)
    made = Index()
    made.add([first, third, late])
    found = made.odds(first.id, third.id)
    assert found is not None
    assert found[0] > alone + 0.1


def test_a_text_printed_word_for_word_needs_no_company() -> None:
    again = entry(31, FERRY[2].title, FERRY[2].standfirst)
    assert odds([FERRY[2], again, *DAY], FERRY[2], again) == pytest.approx(1 / (1 + np.exp(-6)))


def test_on_a_day_the_second_look_weighs_the_first_and_the_company() -> None:
    fit = scoring.weights()
    company = np.array([0.5, 0.4, 0.3, 0.2, 0.1, 0.6])
    found = scoring.second_odds(np.array([1.0]), company[None, :], fit)
    by_hand = fit.second_odds + float(company @ fit.second)
    assert found.tolist() == pytest.approx([by_hand + fit.second_constant])
