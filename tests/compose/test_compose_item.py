"""The printed words: standfirsts in whole sentences, captions that add something, links to the others."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from digest.compose import compose
from digest.compose.item import edited, item
from digest.compose.survey import survey
from digest.model import Feed, Item, Link, Story
from tests.compose.compose_samples import NOW, SLOT, WIDE, entry, feed, newsletter, sent, story

FOUR = "The first one is here. The second follows it. A third comes too. The fourth is too much."


def items(*stories: Story, feeds: tuple[Feed, ...] = ()) -> tuple[Item, ...]:
    letter = newsletter(*(feeds or (feed("Courier"), feed("Herald"), feed("Post"))))
    return compose(letter, SLOT, NOW, stories, now=NOW).items


def printed(*stories: Story, feeds: tuple[Feed, ...] = ()) -> Item:
    return items(*stories, feeds=feeds)[0]


def test_the_lead_has_three_sentences_and_others_two() -> None:
    lead, other = items(story(entry("a", standfirst=FOUR)), story(entry("b", hours=5, standfirst=FOUR)))
    assert lead.standfirst == "The first one is here. The second follows it. A third comes too."
    assert other.standfirst == "The first one is here. The second follows it."


def test_a_long_second_sentence_is_left_away_whole() -> None:
    long = "It starts short. " + "And then it goes on and on, " * 20 + "to its end."
    assert printed(story(entry("a", standfirst=long))).standfirst == "It starts short."


def test_an_endless_first_sentence_is_cut_and_says_so() -> None:
    cut = printed(story(entry("a", standfirst="and on it goes " * 60))).standfirst
    assert len(cut) <= 480
    assert cut.endswith(("and…", "on…", "it…", "goes…"))


def test_a_last_sentence_that_the_feed_cut_off_goes() -> None:
    for tail in ("But then the […]", "But then the...", "But then the …"):
        standfirst = printed(story(entry("a", standfirst=f"It was shut for years. {tail}"))).standfirst
        assert standfirst == "It was shut for years."


def test_a_cut_off_sentence_alone_ends_in_an_ellipsis() -> None:
    assert printed(story(entry("a", standfirst="It was shut for [...]"))).standfirst == "It was shut for…"


@pytest.mark.parametrize(
    ("rights", "expected"),
    [("headline", ""), ("sentence", "The first one is here."), ("standfirst", FOUR[: FOUR.index(" The f")])],
)
def test_no_more_text_than_the_feed_allows(rights: str, expected: str) -> None:
    allowed = (feed("Courier", text=rights),)
    assert printed(story(entry("a", standfirst=FOUR)), feeds=allowed).standfirst == expected


@pytest.mark.parametrize(
    "standfirst", ["Bridge opens after years", "BRIDGE OPENS – AFTER YEARS.", "Bridge opens"]
)
def test_a_standfirst_that_repeats_the_headline_goes(standfirst: str) -> None:
    assert (
        printed(story(entry("a", title="Bridge opens after years", standfirst=standfirst))).standfirst == ""
    )


def test_only_the_repeating_sentence_goes() -> None:
    told = entry("a", title="Bridge opens", standfirst="Bridge opens. It was shut for years.")
    assert printed(story(told)).standfirst == "It was shut for years."


def test_the_text_speaks_when_there_is_no_standfirst() -> None:
    assert printed(story(entry("a", text=FOUR))).standfirst.startswith("The first one is here.")


@pytest.mark.parametrize(
    "caption", ["Headlinea about SUBJECTA", "bridge_01.JPG", "IMG_2041", "image", "Photo", "—", "subjecta"]
)
def test_a_caption_that_adds_nothing_goes_and_the_credit_stays(caption: str) -> None:
    picture = printed(story(entry("a", pictures=(replace(WIDE, caption=caption),)))).picture
    assert picture == replace(WIDE, caption="")


def test_a_caption_that_tells_something_stays() -> None:
    assert printed(story(entry("a", pictures=(WIDE,)))).picture == WIDE


def test_only_the_leads_own_picture_is_shown() -> None:
    assert printed(story(entry("a"), ("report", entry("b", "Herald", pictures=(WIDE,))))).picture is None


def test_also_in_names_each_other_paper_once_the_weightiest_first() -> None:
    told = story(
        entry("a"),
        ("report", entry("p", "Post", hours=2)),
        ("report", entry("q", "Post", hours=3)),
        ("report", entry("h", "Herald", hours=1)),
        ("report", entry("c", hours=2)),
        ("copy", entry("k", "Kurier")),
        ("sidebar", entry("s", "Star")),
    )
    feeds = (feed("Courier"), feed("Post"), feed("Herald", weight=2.0), feed("Kurier"), feed("Star"))
    item = printed(told, feeds=feeds)
    assert [link.url for link in item.also_in] == ["https://herald.example/h", "https://post.example/q"]
    assert [link.url for link in item.more] == ["https://star.example/s", "https://courier.example/c"]


def test_copies_count_papers_and_name_the_agency() -> None:
    told = story(
        entry("a", standfirst="PARIS (AFP) – The bridge opens."),
        ("copy", entry("b", "Herald")),
        ("copy", entry("c", "Herald", hours=2)),
        ("copy", entry("d", "Post")),
    )
    item = printed(told)
    assert (item.copies, item.wire) == (2, "AFP")


@pytest.mark.parametrize(
    ("author", "agency"),
    [("Reuters", "Reuters"), ("By Jo Doe, Associated Press", "AP"), ("dpa", "dpa"), ("Apa", "")],
)
def test_the_agency_is_read_from_the_byline(author: str, agency: str) -> None:
    assert printed(story(entry("a"), ("copy", entry("b", "Herald", authors=(author,))))).wire == agency


@pytest.mark.parametrize(
    ("ours", "theirs", "agency"),
    [
        ("ATHENS (XY) – The earth shook.", "The earth shook. (XY)", "XY"),
        ("The earth shook. (HE).", "The earth shook. Source: HE", "Herald Enterprise"),
        ("The earth shook. (XY).", "ATHENS, Greece (XY) - The earth shook.", "XY"),
        ("ATHENS (XY) – The earth shook.", "The earth shook.", ""),
        ("The board (EU) – met.", "The board (EU) said so.", ""),
    ],
)
def test_an_agency_nobody_knows_is_named_when_two_printings_sign_it(
    ours: str, theirs: str, agency: str
) -> None:
    copy = entry("b", "Herald", standfirst=theirs)
    told = story(entry("a", standfirst=ours), ("copy", dataclasses.replace(copy, paper="Herald Enterprise")))
    assert printed(told).wire == agency


def test_a_story_without_copies_names_no_agency() -> None:
    assert printed(story(entry("a", authors=("AFP",)))).wire == ""


def test_a_kicker_that_is_the_headline_goes() -> None:
    assert printed(story(entry("a", title="Bridge opens", kicker="BRIDGE OPENS"))).kicker == ""


def test_language_falls_back_to_the_feeds() -> None:
    assert printed(story(entry("a")), feeds=(feed("Courier", language="lb"),)).language == "lb"


def test_an_item_says_what_its_entry_says() -> None:
    told = entry("a", kicker="Bridge", minutes=4, language="fr", standfirst="It opens.")
    found = printed(story(told))
    assert (found.published, found.kicker, found.minutes) == (told.published, "Bridge", 4)
    assert (found.language, found.sponsored, found.updated) == ("fr", False, "")


def test_a_feed_may_cut_off_after_many_sentences() -> None:
    whole = "The first one is here. The second follows it."
    assert printed(story(entry("a", standfirst=f"{whole} But then the […]"))).standfirst == whole


@pytest.mark.parametrize(("length", "sentences"), [(240, 2), (241, 1)])
def test_a_second_sentence_comes_while_both_have_240_characters(length: int, sentences: int) -> None:
    first = "It starts short."
    second = "B" + "b" * (length - len(first) - 3) + "."
    _, other = items(story(entry("a")), story(entry("b", hours=5, standfirst=f"{first} {second}")))
    assert other.standfirst == " ".join([first, second][:sentences])


def test_a_link_says_its_language_and_when() -> None:
    there = entry("b", "Herald", language="de")
    (link,) = printed(story(entry("a"), ("report", there))).also_in
    assert link == Link(there.url, there.title, "Herald", "de", there.published)


def test_further_texts_come_newest_first_and_those_of_earlier_editions_last() -> None:
    old, new = entry("o", "Herald", hours=4), entry("n", "Herald", hours=2)
    before = sent(story(entry("z", "Post")), "words", hours=13)
    told = story(entry("a"), ("sidebar", old), ("sidebar", new))
    looked = survey(told.entries(), ())
    more = item(told, looked, opens=True, sent=[before]).more
    assert [link.url for link in more] == [new.url, old.url, before.url]
    assert more[-1] == Link(before.url, before.headline, "Post", when=before.sent)


def test_nothing_is_linked_twice_or_nowhere() -> None:
    told = story(
        entry("a"),
        ("sidebar", entry("b", "Herald", url="")),
        ("sidebar", entry("c", "Herald", url=entry("a").url)),
        ("sidebar", entry("d", "Herald", title=entry("a").title)),
    )
    assert printed(told).more == ()


def test_of_several_signatures_the_commonest_is_the_agency() -> None:
    told = story(
        entry("a", standfirst="The earth shook. (AB)"),
        *(("copy", entry(k, p, standfirst="The earth shook. (XY)")) for k, p in (("b", "Herald"), ("c", "Post"))),
    )  # fmt: skip
    assert printed(told).wire == "XY"


def test_a_long_text_is_signed_at_its_end() -> None:
    texts = ["The earth shook in the night. " * 20 + "(XY)" for _ in range(2)]
    told = story(entry("a", text=texts[0]), ("copy", entry("b", "Herald", text=texts[1])))
    assert printed(told).wire == "XY"


def test_an_editors_alternative_text_replaces_the_pictures() -> None:
    made = printed(story(entry("a", pictures=(WIDE,))))
    shown = edited(made, {"alt": "A bridge"}, ()).picture
    assert shown == replace(WIDE, alt="A bridge")
