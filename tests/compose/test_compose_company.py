"""Papers that always tell the same stories are neighbours, and their agreement counts less."""

from __future__ import annotations

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
