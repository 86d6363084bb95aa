"""No story twice, unless it has something new to say; and what counts as new."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from digest.compose import compose, memory
from digest.compose.recall import Archive, Told
from digest.model import Edition, Feed, Reason, SentItem, Story
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


def told(sentence: str, *, by: Feed | None = None, **more: Any) -> Edition:
    """The evening's edition with a newer report of the Herald in the ferry's story."""
    newer = entry("e", "Herald", **{"hours": 1, "title": MORNING.title, "standfirst": sentence, **more})
    letter = newsletter(feed("Courier"), by or feed("Herald"))
    stories = [story(MORNING, ("report", newer), key="ferry")]
    return compose(letter, SLOT, NOW, stories, now=NOW, earlier=[sent(FIRST, WORDS)])


def test_what_is_new_is_told_among_the_reasons() -> None:
    item = told("Rescuers brought 95 passengers ashore.").items[0]
    assert Reason("new number", "new since then: 95") in item.reasons


def test_the_storys_own_lead_is_quoted_before_a_newer_report() -> None:
    lead = entry("e", "Herald", hours=3, title="Ferry aground", standfirst="Rescuers brought 95 ashore.")
    newer = entry("p", "Post", hours=1, title="Ferry aground", standfirst="Rescuers brought 97 ashore.")
    item = evening(story(lead, ("report", newer), ("report", MORNING), key="ferry")).items[0]
    assert (item.entry, item.updated) == ("e", "Rescuers brought 95 ashore.")


def test_what_is_as_old_as_what_was_known_is_not_newer() -> None:
    assert told("Rescuers brought 95 ashore.", hours=13).items == ()
    assert len(told("Rescuers brought 95 ashore.", hours=12.99).items) == 1
    when = NOW - dt.timedelta(hours=12)  # the edition's own moment
    for updated, count in ((when, 0), (when + dt.timedelta(minutes=1), 1)):
        rewritten = dataclasses.replace(MORNING, standfirst="Now 300 people.", updated=updated)
        assert len(evening(story(rewritten, key="ferry")).items) == count


@pytest.mark.parametrize(
    ("by", "language", "count"),
    [("en", "de", 0), ("en", "de-AT", 0), ("de", "", 0), ("", "lb", 0), ("de", "en", 1), ("", "", 1)],
)
def test_a_noun_is_a_name_unless_the_language_writes_nouns_so(by: str, language: str, count: int) -> None:
    """The entry's own language, else its feed's."""
    sentence = "On board gab es fur alle dort Kaffee."
    edition = told(sentence, by=feed("Herald", language=by), language=language, title="Ferry")
    assert len([i for i in edition.items if i.updated]) == count


def test_of_a_feed_that_allows_one_sentence_no_other_is_quoted() -> None:
    by = feed("Herald", text="sentence")
    assert told("Nobody was hurt. Rescuers brought 95 ashore.", by=by).items == ()
    assert told("Rescuers brought 95 ashore. Nobody was hurt.", by=by).items[0].updated


def test_an_archive_tells_the_latest_first_and_each_once() -> None:
    printed = [sent(FIRST, "", hours) for hours in (30, 6, 18)]
    items = [dataclasses.replace(i, edition=f"e{n}") for n, i in enumerate(printed)]
    assert [i.edition for i in Archive(items).of(FIRST)] == ["e1", "e2", "e0"]


def test_memory_holds_every_word_of_the_story_once() -> None:
    full = dataclasses.replace(MORNING, text="The Alma was built in Gdynia.")
    plain = entry("o", "Post", hours=13, title="Ferry aground", standfirst="She lists.")
    both = story(full, ("report", plain), key="ferry")
    (kept,) = memory(compose(LETTER, SLOT, NOW, [both], now=NOW), [both])
    printed = f"{MORNING.title}\n{MORNING.standfirst}\n"
    parts = [printed, WORDS, "Ferry aground\nShe lists.", "The Alma was built in Gdynia."]
    assert kept.words == "\n".join(parts)


def test_an_item_made_by_hand_is_remembered_by_its_own_words() -> None:
    (kept,) = memory(compose(LETTER, SLOT, NOW, [FIRST], now=NOW), [])
    assert kept.words == f"{WORDS}\n"


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The man Weller was held.", None),  # one name alone
        ("The man Weller was held briefly.", None),
        ("The man Weller was held briefly yesterday abroad.", Reason("new name", "new since then: “weller”")),
        ("The man fled across rooftops barefoot.", None),  # three words, no name
        (
            "The man, Jonas Weller, knows Maria Halvorsen well from there.",
            Reason("new name", "new since then: “jonas weller maria”"),
        ),
        ("A man was held Monday, Tuesday, Wednesday, Thursday, Friday, today.", None),
        (
            "Divers found deep tears below the waterline.",
            Reason("new sentence", "new since then: divers, found, deep, tears, below", 6.0),
        ),
        (
            "A man held at the harbour with four red crates, divers found.",
            Reason("new number", "new since then: 4"),
        ),
    ],
)
def test_what_is_new_is_a_number_a_name_or_a_sentence(sentence: str, reason: Reason | None) -> None:
    assert Told("A man was held at the harbour.").new(sentence) == reason


@pytest.mark.parametrize(
    ("known", "unknown", "new"), [(3, 5, True), (4, 5, False), (4, 6, True), (5, 7, False), (0, 4, False)]
)
def test_a_sentence_is_new_with_five_unknown_words_that_are_three_fifths_of_it(
    known: int, unknown: int, new: bool
) -> None:
    old = ["harbour", "ferry", "rudder", "tugboat", "master"][:known]
    fresh = ["xylophone", "quarry", "wedding", "bicycle", "judge", "opera", "vineyard"][:unknown]
    reason = Told("harbour ferry rudder tugboat master").new(" ".join([*old, *fresh]))
    assert (reason is not None) is new


def test_a_word_is_had_by_its_stem_or_in_spite_of_a_slip() -> None:
    told = Told("The organisation spoke yesterday")
    assert told.new("organs organism organ organic organize") is None
    assert told.new("The orgnaisation spkoe yseterday yesterady yesterdya") is None
