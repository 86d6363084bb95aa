"""A page that fills: what counts how much among what is in, which cap refuses, and in what order it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from digest.compose.choose import Candidate, Page, choose, in_order
from digest.compose.kinds import NEWS
from digest.compose.rank import Rank
from digest.compose.survey import Index, survey
from digest.config.newsletter import Newsletter
from digest.model import Entry, Reason
from tests.compose.compose_samples import entry, newsletter, section, story

FILL = [entry(f"f{i}") for i in range(40)]  # so that a word of four entries is rare
AFFAIR = {  # one affair, four stories
    "v0": "Varga dam report",
    "v1": "Varga dam report denied",
    "v2": "Ministers on Varga dam report",
    "v3": "Varga dam report opens inquiry",
}
TWO_SECTIONS = (section("News", "Courier"), section("Sport", "Sport"))


def candidate(of: Entry, score: float = 1.0, part: int = 0, *, pinned: bool = False) -> Candidate:
    return Candidate(story(of), Rank(score, NEWS, ()), part, pinned=pinned)


def told(key: str, score: float = 1.0, part: int = 0) -> Candidate:
    return candidate(entry(key, title=AFFAIR[key]), score, part)


def index(*candidates: Candidate) -> Index:
    return survey([*FILL, *(c.story.lead for c in candidates)], ()).index


def filled(*candidates: Candidate, letter: Newsletter | None = None, **settings: Any) -> Page:
    settings = {"max_per_paper": 9, **settings}
    return choose(candidates, letter or newsletter(**settings), index(*candidates))


def keys(candidates: Sequence[Candidate]) -> list[str]:
    return [c.story.lead.id for c in candidates]


def rows(page: Page, *order: tuple[str, str]) -> list[list[str]]:
    return [keys(row) for _, row in in_order(page, order)]


def test_a_story_unlike_all_that_is_in_counts_in_full() -> None:
    first, other = told("v0"), candidate(entry("a"), 3.0)
    page = Page(newsletter(), index(first, other))
    page.take(first)
    assert page.worth(other) == 3.0


def test_a_shared_word_does_not_make_one_affair() -> None:
    first, other = told("v0"), candidate(entry("a", title="A report from the harbour"), 3.0)
    page = Page(newsletter(), index(first, other))
    assert page.index.likeness(first.story.lead, other.story.lead) > 0
    page.take(first)
    assert page.worth(other) == 3.0


def test_a_story_counts_the_less_the_more_it_is_like_one_that_is_in_but_never_under_two_fifths() -> None:
    first, like, same = (
        told("v0"),
        candidate(entry("a", title="Varga flees when dam bursts over sleeping town below"), 3.0),
        candidate(entry("b", title="Report: Varga, dam"), 3.0),
    )
    page = Page(newsletter(), index(first, like, same))
    page.take(first)
    likeness = page.index.likeness(first.story.lead, like.story.lead)
    assert 0.15 <= likeness < 0.375
    assert page.worth(like) == pytest.approx(3.0 * (1 - 1.6 * likeness))
    assert page.worth(same) == pytest.approx(1.2)


def test_each_further_story_of_an_affair_counts_a_quarter_less() -> None:
    every = [told(key, 2.0) for key in AFFAIR]
    page = Page(newsletter(), index(*every))
    for taken in every[:3]:
        page.take(taken)
    likenesses = [page.index.likeness(every[3].story.lead, other.story.lead) for other in every[:3]]
    assert page.worth(every[3]) == pytest.approx(2.0 * max(0.4, 1 - 1.6 * max(likenesses)) * 0.75 * 0.75)


@pytest.mark.parametrize(
    ("taken", "refused", "reason"),
    [
        ([("a", 0), ("b", 0)], ("c", 0), Reason("section full", "“News” has its 2 stories already")),
        ([("a", 0), ("b", 1), ("c", 1)], ("d", 0), Reason("paper", "Courier has its 3 stories already")),
    ],
)
def test_a_full_section_or_paper_says_so(
    taken: list[tuple[str, int]], refused: tuple[str, int], reason: Reason
) -> None:
    letter = newsletter(sections=[section("News", max_stories=2), section("Else")], max_per_paper=3)
    page = Page(letter, index())
    for key, part in taken:
        assert page.refusal(candidate(entry(key), part=part)) is None
        page.take(candidate(entry(key), part=part))
    assert page.refusal(candidate(entry(refused[0]), part=refused[1])) == reason


def test_a_section_without_a_name_is_called_the_edition() -> None:
    page = Page(newsletter(sections=[section("", max_stories=1)]), index())
    page.take(candidate(entry("a")))
    assert page.refusal(candidate(entry("b"))) == Reason(
        "section full", "the edition has its 1 story already"
    )


def test_a_plain_story_between_does_not_let_another_sponsored_one_in() -> None:
    page = Page(newsletter(max_sponsored=1, max_per_paper=9), index())
    page.take(candidate(entry("x", sponsored=True)))
    page.take(candidate(entry("a")))
    assert page.refusal(candidate(entry("y", sponsored=True))) == Reason(
        "sponsored", "not more than 1 sponsored"
    )


def test_every_address_that_was_printed_is_remembered() -> None:
    page = Page(newsletter(), index())
    for key in "ab":
        page.take(candidate(entry(key)))
    again = candidate(entry("c", url=entry("a").url))
    assert page.refusal(again) == Reason("same", "the same text is in the edition already")


def test_stories_without_an_address_are_not_one_text() -> None:
    page = Page(newsletter(), index())
    page.take(candidate(entry("a", url="")))
    assert page.refusal(candidate(entry("b", url=""))) is None


def test_what_an_editor_pinned_is_its_sections_share() -> None:
    pinned = candidate(entry("p"), 0.1, pinned=True)
    page = filled(
        candidate(entry("a"), 9.0), pinned, candidate(entry("b"), 5.0), candidate(entry("z", "Sport"), 0.2, 1),
        letter=newsletter(papers=("Courier", "Sport"), sections=TWO_SECTIONS, max_stories=3, max_per_paper=9),
    )  # fmt: skip
    assert keys(page.chosen) == ["a", "p", "z"]


def test_the_lead_is_not_its_sections_share() -> None:
    sport = [candidate(entry(key, "Sport"), score, 1) for key, score in (("y", 5.0), ("z", 4.0))]
    page = filled(
        candidate(entry("a"), 9.0), candidate(entry("b"), 1.0), *sport,
        letter=newsletter(papers=("Courier", "Sport"), sections=TWO_SECTIONS, max_stories=3),
    )  # fmt: skip
    assert keys(page.chosen) == ["a", "b", "y"]


def test_the_share_of_a_section_is_its_own_best() -> None:
    letter = newsletter(sections=[section(name) for name in "ABC"], max_stories=4, max_per_paper=9)
    scores = {"a1": 9, "a2": 8, "a3": 7, "b1": 6, "b2": 5, "c1": 1}
    page = filled(*(candidate(entry(k), s, "abc".index(k[0])) for k, s in scores.items()), letter=letter)
    assert keys(page.chosen) == ["a1", "a2", "b1", "c1"]


def test_of_two_stories_worth_the_same_the_smaller_id_is_taken() -> None:
    likes = [
        candidate(entry(key, title=title), 2.0)
        for key, title in (("m", "Dam report: Varga"), ("n", "Report: Varga, dam"))
    ]
    page = filled(told("v0", 9.0), *reversed(likes), max_stories=2)
    assert keys(page.chosen) == ["v0", "m"]


def test_the_cut_is_the_lowest_score_that_got_in_by_itself() -> None:
    page = filled(
        candidate(entry("a"), 9.0), candidate(entry("b"), 5.0), candidate(entry("p"), 0.1, pinned=True)
    )
    assert page.cut == 5.0


def test_a_story_below_the_cut_is_told_both_figures() -> None:
    low = candidate(entry("b"), 1.25)
    page = filled(candidate(entry("a"), 2.5), low, max_stories=1)
    assert page.left_out(low) == Reason("cut", "below the cut: 1.25 against 2.50", 1.25, 2.5)
    even = candidate(entry("c"), 2.5)
    assert page.left_out(even) == Reason("cut", "below the cut: 2.50 against 2.50", 2.5, 2.5)


def test_where_everything_is_pinned_there_is_no_cut() -> None:
    page = filled(candidate(entry("p"), 1.0, pinned=True), max_stories=1, sections=[section("")])
    assert page.left_out(candidate(entry("b"), 0.5)) == Reason("cut", "the edition has its 1 story", 0.5, 0.0)


def test_a_pinned_story_that_found_no_place_is_told_so_without_figures() -> None:
    pins = [candidate(entry(key), 1.0, pinned=True) for key in "ab"]
    page = filled(*pins, max_stories=1)
    assert page.left_out(pins[1]) == Reason("cut", "the edition has its 1 story")


def test_a_second_sponsored_story_is_told_so_without_figures() -> None:
    ads = [candidate(entry(key, sponsored=True), 5.0) for key in "xy"]
    page = filled(candidate(entry("a"), 1.0), *ads, max_sponsored=1)
    assert page.left_out(ads[1]) == Reason("sponsored", "not more than 1 sponsored")


def test_a_paper_that_has_its_share_keeps_the_figures() -> None:
    scores = {"a": 9.0, "b": 8.0}
    courier = [candidate(entry(key), score) for key, score in scores.items()]
    page = filled(*courier, candidate(entry("h", "Herald"), 1.0), max_per_paper=1)
    assert page.left_out(courier[1]) == Reason("paper", "Courier has its 1 story already", 8.0, 1.0)


@pytest.mark.parametrize(
    "full", [{"max_stories": 2, "sections": [section("")]}, {"sections": [section("", max_stories=2)]}]
)
def test_a_story_left_out_for_another_of_its_affair_is_told_so(full: dict[str, Any]) -> None:
    second = told("v1", 4.0)
    page = filled(told("v0", 9.0), second, candidate(entry("a"), 3.0), **full)
    assert keys(page.chosen) == ["v0", "a"]
    assert page.left_out(second) == Reason("variety", "the edition has its affair already", 4.0, 3.0)


def test_sponsored_stories_alone_make_no_page_and_are_told_why() -> None:
    page = filled(candidate(entry("x", sponsored=True)))
    assert in_order(page, ()) == ()
    assert page.left_out(candidate(entry("x", sponsored=True))) == Reason(
        "sponsored", "a sponsored story never opens an edition, and nothing else is there"
    )


def test_a_section_is_in_the_order_of_its_scores_then_of_the_ids() -> None:
    scores = {"a": 9.0, "p": 1.0, "d": 3.0, "c": 3.0, "b": 5.0}
    page = filled(*(candidate(entry(k), s, pinned=k == "p") for k, s in scores.items()))
    assert rows(page) == [["b", "c", "d", "p"]]


def test_a_third_story_of_an_affair_waits_until_another_stands_between() -> None:
    page = filled(told("v0", 9), told("v1", 8), told("v2", 7), told("v3", 6), candidate(entry("a"), 1))
    assert rows(page) == [["v1", "a", "v2", "v3"]]


def test_a_page_of_one_affair_is_printed_as_it_is() -> None:
    page = filled(told("v0", 9), told("v1", 8), told("v2", 7), told("v3", 6))
    assert rows(page) == [["v1", "v2", "v3"]]


def test_two_stories_of_an_affair_may_stand_together() -> None:
    affair = [told("v0", 8), told("v1", 7), told("v2", 6)]
    page = filled(candidate(entry("a"), 9), *affair, candidate(entry("b"), 1))
    assert rows(page) == [["v0", "v1", "b", "v2"]]


def test_a_row_of_an_affair_is_broken_across_sections_too() -> None:
    letter = newsletter(sections=[section("One"), section("Two")], max_per_paper=9)
    page = filled(told("v0", 9), told("v1", 8), told("v2", 7, 1), candidate(entry("a"), 1, 1), letter=letter)
    assert rows(page) == [["v1"], ["a", "v2"]]


def test_a_story_is_not_put_after_one_of_another_section() -> None:
    letter = newsletter(papers=("Courier", "Sport"), sections=TWO_SECTIONS)
    stories = [candidate(entry(key), score) for key, score in (("a", 9), ("b", 5), ("c", 4))]
    page = filled(*stories, candidate(entry("z", "Sport"), 1.0, 1), letter=letter)
    assert rows(page, ("s-c", "s-z"), ("s-z", "s-b"), ("s-c", "s-gone")) == [["b", "c"], ["z"]]


def test_below_the_cut_is_what_neither_an_editor_nor_an_advertiser_put_forward() -> None:
    page = filled(candidate(entry("a"), 9.0), max_stories=1)
    assert page.is_below(candidate(entry("b"), 1.0))
    assert not page.is_below(candidate(entry("b"), 1.0, pinned=True))
    assert not page.is_below(candidate(entry("b", sponsored=True), 1.0))
    assert not filled().is_below(candidate(entry("b"), 0.0))  # no page, no cut
