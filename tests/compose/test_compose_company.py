"""Papers that always tell the same stories are neighbours, and their agreement counts less."""

from __future__ import annotations

import math

import pytest

from digest.compose import compose
from digest.compose.company import company
from digest.model import Story
from tests.compose.compose_samples import NOW, SLOT, entry, newsletter, story


def told(key: str, *papers: str) -> Story:
    first, *others = (entry(f"{key}{n}", paper) for n, paper in enumerate(papers))
    return story(first, *(("report", other) for other in others), key=key)


DAY = [
    *(told(f"n{n}", "Herald", "Radio") for n in range(6)),
    told("w1", "Herald", "Times"),
    told("w2", "Times", "Globe"),
    told("w3", "Globe", "Radio"),
]


def test_two_papers_that_tell_the_same_stories_are_neighbours_and_strangers_are_none() -> None:
    found = company(DAY)
    assert found[frozenset(("Herald", "Radio"))] > 0.5
    assert found.get(frozenset(("Herald", "Times")), 0.0) < 0.1


def test_where_all_papers_are_neighbours_none_are() -> None:
    assert company([told(f"n{n}", "Herald", "Radio") for n in range(6)]) == {}
    assert company([]) == {}


def test_what_many_papers_print_makes_no_neighbours() -> None:
    assert company([told("w", "Herald", "Radio", "Times", "Globe")]) == {}


def test_a_story_of_strangers_comes_before_one_of_neighbours() -> None:
    letter = newsletter(papers=("Herald", "Radio", "Times", "Globe"), max_stories=12)
    made = compose(letter, SLOT, NOW, DAY, now=NOW)
    order = [item.story for item in made.items]
    assert {"w1", "w2", "w3"} == set(order[:3])


def test_company_is_what_two_papers_share_beyond_the_mean_of_all_pairs() -> None:
    found = company([told("n1", "A", "B"), told("n2", "A", "B"), told("n3", "B", "C")])
    close = {"AB": 2 / (math.sqrt(2 * 3) + 1), "BC": 1 / (math.sqrt(3 * 1) + 1)}
    mean = sum(close.values()) / 3
    assert found == {frozenset(k): pytest.approx((share - mean) / (1 - mean)) for k, share in close.items()}


def test_three_papers_with_a_story_keep_company() -> None:
    assert company([told("n1", "A", "B", "C"), told("n2", "A", "D")]).keys() >= {frozenset("BC")}
