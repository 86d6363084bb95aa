"""Groups join best first, and a newcomer needs to be like some members of a big story, not like all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.group.link import GAIN, ROUNDS, capped_link, settle

SCORES = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]),
    st.sampled_from([0.125, 0.25, 0.375, 0.5, 0.75, 1.0]),  # sums of which are exact
)


def plainly(scores: dict[tuple[int, int], float], threshold: float, witnesses: float) -> dict[int, int]:
    """The same by its definition: every link anew before each join."""
    groups = {item: {item} for pair in scores for item in pair}
    while True:
        links = [
            (-sum(scores.get((min(i, j), max(i, j)), 0.0) for i in groups[a] for j in groups[b])
             / (min(len(groups[a]), len(groups[b])) * min(max(len(groups[a]), len(groups[b])), witnesses)), a, b)
            for a in groups for b in groups if a < b
        ]  # fmt: skip
        best = min(links, default=(0.0, 0, 0))
        if -best[0] < threshold:
            return {item: min(group) for group in groups.values() for item in group}
        groups[best[1]] |= groups.pop(best[2])


@settings(deadline=None, max_examples=60)
@given(SCORES, st.sampled_from([0.25, 0.5]), st.sampled_from([2.0, 10.0]))
def test_groups_join_as_the_definition_says(
    scores: dict[tuple[int, int], float], threshold: float, witnesses: float
) -> None:
    edges = [(i, j, score) for (i, j), score in scores.items()]
    assert capped_link(edges, threshold, witnesses) == plainly(scores, threshold, witnesses)


def test_thousands_around_one_item_join_in_a_moment() -> None:
    star = [(0, n, 0.9) for n in range(1, 20_000)]
    pairs = [(n, n + 1, 0.9) for n in range(1, 20_000 - 1)]
    assert set(capped_link([*star, *pairs], 0.4, 2).values()) == {0}


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


def test_an_item_that_joined_too_early_settles_where_it_is_likest() -> None:
    """The pair 0 and 1 was first; 1 belongs to the story of 2, 3 and 4."""
    edges = [(0, 1, 0.95), (1, 2, 0.9), (1, 3, 0.9), (1, 4, 0.9), (2, 3, 0.93), (2, 4, 0.93), (3, 4, 0.93)]
    joined = capped_link(edges, 0.5, 10)
    assert joined[1] == joined[0]
    edges[0] = (0, 1, 0.55)
    assert settle(edges, joined, 0.5, 2) == {0: 0, 1: 1, 2: 1, 3: 1, 4: 1}


def test_what_is_where_it_belongs_stays() -> None:
    edges = [(0, 1, 0.9), (2, 3, 0.9), (1, 2, 0.6)]
    joined = capped_link(edges, 0.5, 4)
    assert settle(edges, joined, 0.5, 2) == joined == {0: 0, 1: 0, 2: 2, 3: 2}


def test_an_item_left_alone_settles_with_those_of_whom_two_are_like_it() -> None:
    story = [(i, j, 0.9) for i in range(6) for j in range(i + 1, 6)]
    edges = [*story, (0, 6, 0.6), (1, 6, 0.6)]
    joined = capped_link(edges, 0.5, 4)
    assert joined[6] == 6
    assert settle(edges, joined, 0.5, 2)[6] == 0


@settings(deadline=None, max_examples=60)
@given(SCORES, st.sampled_from([0.25, 0.5]), st.sampled_from([2.0, 10.0]))
def test_settling_keeps_every_item_and_names_groups_by_their_first(
    scores: dict[tuple[int, int], float], threshold: float, witnesses: float
) -> None:
    edges = [(i, j, score) for (i, j), score in scores.items()]
    joined = capped_link(edges, threshold, witnesses)
    found = settle(edges, joined, threshold, witnesses)
    assert found.keys() == joined.keys()
    assert all(min(i for i, g in found.items() if g == group) == group for group in found.values())
    assert settle(edges[::-1], joined, threshold, witnesses) == found


def settled_plainly(
    scores: dict[tuple[int, int], float], group: dict[int, int], threshold: float, witnesses: float
) -> list[set[int]]:
    """The same by its definition: whoever is there is counted anew before each move."""
    at = dict(group)
    for _ in range(ROUNDS):
        for item in sorted({item for pair in scores for item in pair}):
            likeness = {}
            for there in set(at.values()):
                fellows = [other for other in at if at[other] == there and other != item]
                like = [scores.get((min(item, other), max(item, other)), 0.0) for other in fellows]
                likeness[there] = sum(like) / min(len(like), witnesses) if like else 0.0
            here = likeness.pop(at[item])
            best = max(((like, -there) for there, like in likeness.items() if like), default=(0.0, 0))
            if best[0] >= threshold and best[0] > GAIN * here:
                at[item] = -best[1]
    return sorted(({i for i in at if at[i] == there} for there in set(at.values())), key=min)


@settings(deadline=None, max_examples=100)
@given(
    SCORES,
    st.lists(st.integers(0, 3), min_size=10, max_size=10),
    st.sampled_from([0.25, 0.5]),
    st.sampled_from([2.0, 10.0]),
)
def test_items_settle_as_the_definition_says(
    scores: dict[tuple[int, int], float], groups: list[int], threshold: float, witnesses: float
) -> None:
    items = {item for pair in scores for item in pair}
    group = {item: groups[item] for item in items}
    edges = [(i, j, score) for (i, j), score in scores.items()]
    found = settle(edges, group, threshold, witnesses)
    together = [{i for i in found if found[i] == there} for there in sorted(set(found.values()))]
    assert together == settled_plainly(scores, group, threshold, witnesses)
