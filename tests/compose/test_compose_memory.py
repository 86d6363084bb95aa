"""No story twice, unless it has something new to say; and what counts as new."""

from __future__ import annotations

import datetime as dt

import pytest

from digest.compose import compose, memory
from digest.compose.recall import Told
from digest.model import Edition, SentItem, Story
from tests.compose.compose_samples import NOW, SLOT, entry, feed, newsletter, sent, story

LETTER = newsletter(papers=("Courier", "Herald", "Post"))
MORNING = entry(
    "m",
    hours=13,
    title="Ferry runs aground off Sund",
    standfirst="The ferry Alma ran aground near Sund on Monday with 120 people on board. Nobody was hurt.",
)
FIRST = story(MORNING, key="ferry")
WORDS = f"{MORNING.title}\n{MORNING.standfirst}"


def evening(*stories: Story, earlier: list[SentItem] | None = None) -> Edition:
    return compose(
        LETTER, SLOT, NOW, stories, now=NOW, earlier=[sent(FIRST, WORDS)] if earlier is None else earlier
    )


def test_a_printed_story_does_not_come_back() -> None:
    edition = evening(FIRST)
    assert edition.items == ()
    assert edition.left_out[0].reason.text == "printed in daily/2026-03-02/morning, and nothing new since"


def test_it_is_known_by_its_members_when_regrouping_gave_it_another_id() -> None:
    assert evening(story(MORNING, key="other")).items == ()


def test_it_is_known_by_its_id_when_its_entries_are_others() -> None:
    twin = entry("n", "Herald", hours=15, title=MORNING.title, standfirst=MORNING.standfirst)
    assert evening(story(twin, key="ferry")).items == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "Rescuers brought 95 passengers ashore.",  # a number
        "The master, Ines Halvorsen, spoke of a broken rudder on board.",  # a name
        "Divers found a tear below the waterline and want to tow her away tomorrow.",  # a sentence
    ],
)
def test_it_comes_back_with_the_newest_reports_new_sentence(sentence: str) -> None:
    newer = entry(
        "e", "Herald", hours=1, title="Ferry aground off Sund", standfirst=f"Nobody was hurt. {sentence}"
    )
    item = evening(story(MORNING, ("report", newer), key="ferry")).items[0]
    assert item.updated == sentence
    assert item.entry == "e"  # the morning's headline is not printed again
    assert [link.url for link in item.more] == [MORNING.url]


@pytest.mark.parametrize(
    "standfirst",
    [
        MORNING.standfirst,
        "The ferry Alma ran agroud near Sund on Monday with 120 people on board. Nobody was hurt.",  # a slip
        "The ferry Alma ran aground near Sund on 2 March at 04:10 with 120 people on board.",  # re-dated
        "On Monday the ferry Alma, with 120 people on board, ran aground near Sund.",  # turned round
        "Nobody hurt as ferry runs aground",
        "Updated 17:05: Nobody was hurt.",
        "The ferry ran aground 14 hours ago.",
    ],
)
def test_small_edits_are_not_news(standfirst: str) -> None:
    newer = entry("e", "Herald", hours=1, title=MORNING.title, standfirst=standfirst)
    assert evening(story(MORNING, ("report", newer), key="ferry")).items == ()


def test_the_same_entry_rewritten_with_news_comes_back_under_its_new_words() -> None:
    rewritten = entry(
        "m",
        hours=13,
        updated=NOW - dt.timedelta(hours=2),
        title="Ferry passengers brought ashore",
        standfirst="All 120 people on board the Alma are safe. Tugs pulled her free after 9 hours of work.",
    )
    item = evening(story(rewritten, key="ferry")).items[0]
    assert item.headline == "Ferry passengers brought ashore"
    assert item.updated == "Ferry passengers brought ashore" or "9 hours" in item.updated


def test_the_same_entry_touched_before_the_edition_went_out_does_not() -> None:
    touched = entry(
        "m", hours=13, updated=NOW - dt.timedelta(hours=12.5), title="Other", standfirst="Now 300 people."
    )
    assert evening(story(touched, key="ferry")).items == ()


def test_a_late_but_older_report_is_not_news() -> None:
    older = entry(
        "e", "Herald", hours=14, title="Ferry", standfirst="There were 450 people, says Ines Halvorsen."
    )
    assert evening(story(MORNING, ("report", older), key="ferry")).items == ()


def test_copies_and_sidebars_bring_no_news() -> None:
    newer = entry(
        "e", "Herald", hours=1, title="Ferry", standfirst="There were 450 people, says Ines Halvorsen."
    )
    for role in ("copy", "sidebar"):
        assert evening(story(MORNING, (role, newer), key="ferry")).items == ()


def test_what_any_paper_said_then_is_known() -> None:
    other = entry("o", "Post", hours=13, title="Ferry aground", standfirst="Ines Halvorsen was at the wheel.")
    both = story(MORNING, ("report", other), key="ferry")
    edition = compose(LETTER, SLOT, NOW, [both], now=NOW)
    kept = memory(edition, [both])
    assert kept[0].members == ("m", "o")
    newer = entry("e", "Herald", hours=0, title="Ferry aground", standfirst="The master is Ines Halvorsen.")
    later = NOW + dt.timedelta(hours=6)
    again = story(MORNING, ("report", other), ("report", newer), key="ferry")
    following = compose(
        newsletter(papers=("Courier", "Herald", "Post")), SLOT, later, [again], now=later, earlier=kept
    )
    assert following.id == edition.id  # the same slot composed again: what it printed itself does not count
    assert len(following.items) == 1


def test_memory_keeps_what_was_printed_and_what_was_known() -> None:
    edition = compose(LETTER, SLOT, NOW, [FIRST], now=NOW)
    (kept,) = memory(edition, [FIRST])
    assert (kept.edition, kept.sent, kept.story, kept.entry) == (edition.id, NOW, "ferry", "m")
    assert (kept.headline, kept.url, kept.paper) == (MORNING.title, MORNING.url, "Courier")
    assert "120 people" in kept.words


def test_a_story_sent_twice_needs_something_newer_than_both() -> None:
    second = entry("e", "Herald", hours=6, title="Ferry", standfirst="Rescuers brought 95 people ashore.")
    both = story(MORNING, ("report", second), key="ferry")
    noon = sent(both, WORDS + "\n" + second.standfirst, hours=5)
    assert evening(both, earlier=[sent(FIRST, WORDS), noon]).items == ()


def test_only_words_that_may_be_printed_are_quoted_as_news() -> None:
    letter = newsletter(feed("Courier"), feed("Herald", text="headline"))
    newer = entry(
        "e", "Herald", hours=1, title="Ferry: 95 brought ashore", standfirst="Ines Halvorsen steered it."
    )
    edition = compose(
        letter,
        SLOT,
        NOW,
        [story(MORNING, ("report", newer), key="ferry")],
        now=NOW,
        earlier=[sent(FIRST, WORDS)],
    )
    assert edition.items[0].updated == "Ferry: 95 brought ashore"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("Two people died.", "2 people died."),
        ("1,200 homes are without power.", "1200 homes are without power."),
        ("The vote is on Friday.", "The vote is on 6 March."),
        ("Der Rat der Stadt tagt heute.", "Heute tagt der Rat der Stadt."),
        ("The US president spoke.", "THE US PRESIDENT SPOKE"),
        ("Café Müller closes.", "Cafe Muller Closes"),
        ("China passes the law in parliament.", "The Chinese parliament passes the law."),
    ],
)
def test_the_same_said_otherwise_is_not_new(told: str, sentence: str) -> None:
    assert Told(told).new(sentence) is None


@pytest.mark.parametrize(
    ("told", "sentence", "language", "kind"),
    [
        ("Two people died.", "Three people died.", "en", "new number"),
        ("Zwei Menschen starben.", "Drei Menschen starben.", "de", "new number"),
        ("A man was held.", "The man, Jonas Weller, was held.", "en", "new name"),
        ("Ein Mann sitzt fest.", "Der Mann heißt nach Angaben der Polizei Jonas Weller.", "de", "new name"),
        ("Un homme est mort.", "Selon le maire, Paul Reuter est mort.", "fr", "new name"),
    ],
)
def test_new_numbers_and_names_are_new(told: str, sentence: str, language: str, kind: str) -> None:
    reason = Told(told).new(sentence, language)
    assert reason is not None
    assert reason.kind == kind


def test_a_german_noun_is_not_a_name() -> None:
    assert Told("Der Rat tagt in der Stadt.").new("In der Stadt tagt der Rat mit Kaffee.", "de") is None
