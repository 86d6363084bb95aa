"""Groups join best first, and a newcomer needs to be like some members of a big story, not like all."""

from __future__ import annotations

from digest.group.link import capped_link


def test_strong_pairs_join_and_weak_ones_do_not() -> None:
    assert capped_link([(0, 1, 0.9), (1, 2, 0.2)], 0.5, 2) == {0: 0, 1: 0, 2: 2}


def test_a_chain_of_middling_pairs_does_not_join_everything() -> None:
    found = capped_link([(n, n + 1, 0.6) for n in range(9)], 0.5, 2)
    assert max(list(found.values()).count(g) for g in found.values()) == 2


def test_two_witnesses_let_an_entry_into_a_big_story() -> None:
    story = [(i, j, 0.9) for i in range(6) for j in range(i + 1, 6)]
    assert capped_link([*story, (0, 6, 0.6), (1, 6, 0.6)], 0.5, 2)[6] == 0
    assert capped_link([*story, (0, 6, 0.9)], 0.5, 2)[6] == 6


def test_more_witnesses_make_it_average_link() -> None:
    story = [(i, j, 0.9) for i in range(6) for j in range(i + 1, 6)]
    assert capped_link([*story, (0, 6, 0.6), (1, 6, 0.6)], 0.5, 100)[6] == 6


def test_ties_go_to_the_smallest() -> None:
    assert capped_link([(1, 2, 0.5), (0, 1, 0.5)], 0.5, 2) == {0: 0, 1: 0, 2: 2}
