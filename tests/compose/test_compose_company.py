"""Papers that always tell the same stories are neighbours, and their agreement counts less."""

from __future__ import annotations

import math

import pytest

from digest.compose import compose
from digest.compose.company import Company, company, outlook
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
    assert found.closest("Herald", ["Times", "Radio"]) > 0.5
    assert found.closest("Herald", ["Times"]) < 0.1
    assert found.closest("Herald", []) == 0.0


def test_where_all_papers_are_neighbours_none_are() -> None:
    assert company([told(f"n{n}", "Herald", "Radio") for n in range(6)]) == Company()
    assert company([]) == Company()


def test_what_many_papers_print_makes_no_neighbours() -> None:
    assert company([told("w", "Herald", "Radio", "Times", "Globe")]) == Company()


def test_a_story_of_strangers_comes_before_one_of_neighbours() -> None:
    letter = newsletter(papers=("Herald", "Radio", "Times", "Globe"), max_stories=12)
    made = compose(letter, SLOT, NOW, DAY, now=NOW)
    order = [item.story for item in made.items]
    assert {"w1", "w2", "w3"} == set(order[:3])


def test_company_is_what_two_papers_share_beyond_the_mean_of_all_pairs() -> None:
    found = company([told("n1", "A", "B"), told("n2", "A", "B"), told("n3", "B", "C")])
    close = {"AB": 2 / (math.sqrt(2 * 3) + 1), "BC": 1 / (math.sqrt(3 * 1) + 1)}
    mean = sum(close.values()) / 3
    assert found.pairs == {
        frozenset(k): pytest.approx((share - mean) / (1 - mean)) for k, share in close.items()
    }


def test_three_papers_with_a_story_keep_company() -> None:
    assert company([told("n1", "A", "B", "C"), told("n2", "A", "D")]).pairs.keys() >= {frozenset("BC")}


WORLD = {"Post": "NZ", "Star": "NZ", "Sun": "GB", "Zeit": "DE"}


def test_papers_of_one_country_are_neighbours_the_more_the_fewer_they_are() -> None:
    found = company([], WORLD)
    assert found.world == pytest.approx(5 / 6)
    assert found.closest("Post", ["Star"]) == pytest.approx(0.9 * 5 / 6)
    assert found.closest("Post", ["Sun", "Globe"]) == 0.0
    assert found.closest("Globe", ["World"]) == 0.0  # nobody knows where either is at home
    assert company([], {**WORLD, "Bild": "DE"}).closest("Post", ["Star"]) == pytest.approx(0.9 * 8 / 10)


def test_where_all_papers_are_of_one_country_none_are_neighbours_for_it() -> None:
    assert company([], {"Post": "NZ", "Star": "NZ"}).closest("Post", ["Star"]) == 0.0
    learnt = company(DAY, {"Herald": "NZ", "Radio": "NZ", "Times": "GB"})
    assert learnt.closest("Herald", ["Radio"]) > 0.9 * learnt.world


def test_a_papers_places_say_the_more_the_more_often_strangers_tell_what_it_tells() -> None:
    near = company([], WORLD)
    stories = [
        *(told(f"p{n}", "Post", "Star") for n in range(30)),
        *(told(f"a{n}", "Star") for n in range(10)),
        *(told(f"s{n}", "Sun", "Zeit") for n in range(10)),
        *(told(f"z{n}", "Zeit") for n in range(10)),
    ]
    found = outlook(stories, near)
    far = 1 - 0.9 * 5 / 6
    mean = (60 * far + 20) / (30 + 40 + 10 + 20)
    assert found == {
        "Post": pytest.approx((30 * far / mean + 5) / 35),
        "Star": pytest.approx((30 * far / mean + 5) / 45),
        "Sun": 1.5,
        "Zeit": pytest.approx((10 / mean + 5) / 25),
    }
    assert found["Post"] < 1 < found["Zeit"]


def test_where_no_story_is_told_twice_all_places_say_the_same() -> None:
    assert outlook([told("a", "Post"), told("b", "Sun")], Company()) == {}
    assert outlook([], Company()) == {}


def test_the_order_of_stories_changes_nothing_to_the_last_digit() -> None:
    near = company(DAY, WORLD)
    stories = [
        told(f"o{n}", *papers)
        for n, papers in enumerate((("Post", "Sun"), ("Post", "Star"), ("Star", "Zeit")) * 7)
    ]
    found = outlook(stories, near)
    assert all(outlook(stories[n:] + stories[:n], near) == found for n in range(len(stories)))
    assert all(company(DAY[n:] + DAY[:n]).pairs == company(DAY).pairs for n in range(len(DAY)))
