"""What holds for any day: every story once, caps kept, nothing random, the order of input without effect."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.compose import compose, memory, newslist
from digest.compose import decided as edition_of
from digest.compose.item import item
from digest.compose.survey import survey
from digest.config.newsletter import Newsletter
from digest.model import Decision, Edition, Entry, Member, Story
from tests.compose.compose_samples import NOW, SLOT, WIDE, decided, entry, newsletter, section

pytestmark = pytest.mark.slow

PAPERS = ("Courier", "Herald", "Post", "Kurier", "Stranger")
WORDS = ("bridge", "opens", "Varga", "dam", "report", "storm", "harbour", "Alma", "7", "12", "minister")
ROLES = ("report", "copy", "sidebar")


@st.composite
def days(draw: st.DrawFn) -> tuple[Story, ...]:
    """A partition of up to 30 entries of a few papers into stories."""
    count = draw(st.integers(0, 30))
    made = [draw(entries(number)) for number in range(count)]
    groups: dict[int, list[Entry]] = {}
    for one in made:
        groups.setdefault(draw(st.integers(0, 12)), []).append(one)
    return tuple(
        Story(
            f"s{key}",
            tuple(Member(e, "lead" if i == 0 else draw(st.sampled_from(ROLES))) for i, e in enumerate(g)),
        )
        for key, g in groups.items()
    )


@st.composite
def entries(draw: st.DrawFn, number: int) -> Entry:
    title = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)))
    return entry(
        f"e{number}",
        draw(st.sampled_from(PAPERS)),
        draw(st.floats(0, 30)),
        title=title,
        standfirst=" ".join(draw(st.lists(st.sampled_from(WORDS), max_size=8))),
        sponsored=draw(st.integers(0, 5)) == 0,
        position=draw(st.integers(0, 30)),
        pictures=(WIDE,) if draw(st.booleans()) else (),
    )


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Decision, ...]:
    verbs = ("pin", "hide", "move", "order", "merge", "split", "lead")
    values = st.sampled_from(("", "lead", "News", "Rest", "e1", "e5", "e9"))
    count = draw(st.integers(0, 6))
    return tuple(
        decided(i, draw(st.sampled_from(verbs)), f"e{draw(st.integers(0, 30))}", draw(values))
        for i in range(count)
    )


LETTERS = st.builds(
    lambda count, paper, share, sections, sponsored: newsletter(
        papers=PAPERS[:-1],
        max_stories=count,
        max_per_paper=paper,
        max_sponsored=sponsored,
        sections=[section("News", "Courier", "Herald", max_stories=share), section("Rest", max_stories=share)]
        if sections
        else (),
    ),
    st.integers(1, 8),
    st.integers(1, 4),
    st.integers(1, 5),
    st.booleans(),
    st.integers(0, 2),
)


def composed(letter: Newsletter, stories: Sequence[Story], wishes: Sequence[Decision] = ()) -> Edition:
    return compose(letter, SLOT, NOW, stories, now=NOW, decisions=wishes)


@settings(max_examples=40, deadline=None)
@given(LETTERS, days())
def test_every_story_is_printed_or_left_out_exactly_once(
    letter: Newsletter, stories: tuple[Story, ...]
) -> None:
    edition = composed(letter, stories)
    told = Counter([i.story for i in edition.items] + [out.story for out in edition.left_out])
    assert told == Counter(story.id for story in stories)
    assert all(out.reason.text for out in edition.left_out)
    assert all(i.reasons for i in edition.items)


@settings(max_examples=40, deadline=None)
@given(LETTERS, days())
def test_no_cap_is_ever_exceeded(letter: Newsletter, stories: tuple[Story, ...]) -> None:
    edition = composed(letter, stories)
    caps = letter.settings
    assert len(edition.items) <= caps.max_stories
    assert max(Counter(i.paper for i in edition.items).values(), default=0) <= caps.max_per_paper
    assert sum(i.sponsored for i in edition.items) <= caps.max_sponsored
    assert not any(i.sponsored for part in edition.sections[:1] for i in part.items)
    for part in edition.sections[1:]:
        assert len(part.items) <= next(plan.max_stories for plan in letter.sections if plan.name == part.name)


@settings(max_examples=40, deadline=None)
@given(LETTERS, days(), decisions())
def test_nothing_is_printed_twice_whatever_an_editor_decides(
    letter: Newsletter, stories: tuple[Story, ...], wishes: tuple[Decision, ...]
) -> None:
    edition = composed(letter, stories, wishes)
    assert len(edition.items) <= letter.settings.max_stories
    assert len({i.url for i in edition.items}) == len({i.story for i in edition.items}) == len(edition.items)
    members = [member for i in edition.items for member in i.members]
    assert len(members) == len(set(members))
    for i in edition.items:
        assert i.paper not in {link.paper for link in i.also_in}
        assert len({link.paper for link in i.also_in}) == len(i.also_in)


@settings(max_examples=40, deadline=None)
@given(LETTERS, days(), decisions(), st.randoms(use_true_random=False))
def test_the_order_of_input_has_no_effect(
    letter: Newsletter, stories: tuple[Story, ...], wishes: tuple[Decision, ...], dice: random.Random
) -> None:
    shuffled, reversed_wishes = list(stories), list(wishes)[::-1]
    dice.shuffle(shuffled)
    assert composed(letter, stories, wishes) == composed(letter, shuffled, reversed_wishes)


@settings(max_examples=40, deadline=None)
@given(LETTERS, days())
def test_an_edition_sent_unchanged_leaves_nothing_to_print_of_it(
    letter: Newsletter, stories: tuple[Story, ...]
) -> None:
    first = composed(letter, stories)
    following = compose(letter, SLOT, NOW, stories, now=NOW, earlier=memory(first, stories), number=1)
    assert {i.story for i in first.items}.isdisjoint(i.story for i in following.items)


@settings(max_examples=40, deadline=None)
@given(days())
def test_a_standfirst_is_in_the_papers_own_words(stories: tuple[Story, ...]) -> None:
    view = survey((), ())
    for story in stories:
        made = item(story, view, opens=True)
        assert made.standfirst in story.lead.standfirst


@settings(max_examples=40, deadline=None)
@given(LETTERS, days(), st.lists(decisions(), min_size=2, max_size=4))
def test_a_newslist_that_is_kept_makes_the_same_edition_as_a_new_one(
    letter: Newsletter, stories: tuple[Story, ...], changes: list[tuple[Decision, ...]]
) -> None:
    kept = newslist(letter, SLOT, NOW, stories, now=NOW)
    for wishes in (*changes, ()):
        assert edition_of(kept, wishes) == composed(letter, stories, wishes)
