"""Choosing: filters, caps, sections, order, and a reason for everything."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from digest.compose import Newslist, compose, newslist
from digest.compose.choose import Candidate
from digest.compose.edition import decided as made_by
from digest.config.newsletter import Newsletter
from digest.model import Edition, Member, Reason, Story
from tests.compose.compose_samples import (
    NOW,
    SLOT,
    WIDE,
    decided,
    entry,
    feed,
    newsletter,
    section,
    sent,
    story,
)


def composed(letter: Newsletter, stories: Sequence[Story], **more: Any) -> Edition:
    return compose(letter, SLOT, NOW, stories, now=NOW, **more)


def printed(edition: Edition) -> list[list[str]]:
    return [[item.entry for item in part.items] for part in edition.sections]


def why_left(edition: Edition) -> dict[str, str]:
    return {out.entry: out.reason.kind for out in edition.left_out}


def test_the_lead_stands_alone_in_a_first_section_without_a_name() -> None:
    letter = newsletter(
        papers=("Courier", "Sport"), sections=[section("News", "Courier"), section("Sport", "Sport")]
    )
    stories = [
        story(entry("a", hours=1)),
        story(entry("b", hours=3)),
        story(entry("c", "Sport", hours=20)),
    ]
    edition = composed(letter, stories)
    assert [part.name for part in edition.sections] == ["", "News", "Sport"]
    assert printed(edition) == [["a"], ["b"], ["c"]]


def test_a_newsletter_without_sections_has_the_lead_and_one_stream() -> None:
    edition = composed(
        newsletter(), [story(entry("a")), story(entry("b", hours=2)), story(entry("c", hours=3))]
    )
    assert [part.name for part in edition.sections] == ["", ""]
    assert printed(edition) == [["a"], ["b", "c"]]


def test_a_section_without_feeds_takes_what_no_other_takes() -> None:
    letter = newsletter(papers=("Courier", "Sport"), sections=[section("Rest"), section("Sport", "Sport")])
    stories = [story(entry("a")), story(entry("b", hours=2)), story(entry("c", "Sport", hours=3))]
    assert printed(composed(letter, stories)) == [["a"], ["b"], ["c"]]


def test_without_such_a_section_a_story_of_no_section_is_left_out() -> None:
    letter = newsletter(papers=("Courier", "Extra"), sections=[section("News", "Courier")])
    edition = composed(letter, [story(entry("a")), story(entry("b", "Extra"))])
    assert printed(edition) == [["a"]]
    assert why_left(edition) == {"b": "section"}


def test_a_story_goes_to_the_section_of_a_report_when_its_lead_has_none() -> None:
    letter = newsletter(papers=("Courier", "Extra"), sections=[section("News", "Courier")])
    edition = composed(letter, [story(entry("b", "Extra"), ("report", entry("a")))])
    assert printed(edition) == [["b"]]


def test_every_section_gets_its_best_story_before_others_get_more() -> None:
    letter = newsletter(
        papers=("Courier", "Sport"),
        sections=[section("News", "Courier"), section("Sport", "Sport", weight=0.01)],
        max_stories=4,
        max_per_paper=9,
    )
    stories = [story(entry(k, hours=h)) for k, h in (("a", 1), ("b", 2), ("c", 3), ("d", 4))]
    edition = composed(letter, [*stories, story(entry("z", "Sport", hours=23))])
    assert printed(edition) == [["a"], ["b", "c"], ["z"]]
    assert why_left(edition) == {"d": "cut"}


def test_independent_papers_count_and_say_so() -> None:
    letter = newsletter(papers=("Courier", "Herald", "Post"))
    wide = story(entry("a", hours=5), ("report", entry("b", "Herald")), ("report", entry("c", "Post")))
    edition = composed(letter, [story(entry("d", hours=0.5)), wide])
    assert edition.items[0].entry == "a"
    assert "3 independent papers" in [reason.text for reason in edition.items[0].reasons]


def test_copies_of_a_wire_text_are_one_voice() -> None:
    letter = newsletter(papers=("Courier", "Herald", "Post"))
    wire = story(entry("a"), ("copy", entry("b", "Herald")), ("copy", entry("c", "Post")))
    edition = composed(letter, [wire])
    assert edition.items[0].copies == 2
    assert "papers" not in [reason.kind for reason in edition.items[0].reasons]


def test_a_feed_of_double_weight_comes_first() -> None:
    letter = newsletter(feed("Courier"), feed("Herald", weight=2.0))
    edition = composed(letter, [story(entry("a", hours=1)), story(entry("b", "Herald", hours=1))])
    assert printed(edition) == [["b"], ["a"]]


def test_of_two_equal_stories_the_region_comes_first() -> None:
    letter = newsletter(
        papers=("World", "Home"), sections=[section("World", "World"), section("Home", "Home")], region="Home"
    )
    edition = composed(letter, [story(entry("a", "World")), story(entry("b", "Home"))])
    assert edition.items[0].entry == "b"
    assert "from your region" in [reason.text for reason in edition.items[0].reasons]


def test_an_entry_before_the_window_is_too_old() -> None:
    edition = composed(newsletter(), [story(entry("a", hours=23)), story(entry("b", hours=25))])
    assert printed(edition) == [["a"]]
    assert why_left(edition) == {"b": "old"}


def test_the_window_of_a_coming_slot_ends_now() -> None:
    letter = newsletter()
    due = NOW + dt.timedelta(hours=10)
    edition = compose(letter, SLOT, due, [story(entry("a", hours=20))], now=NOW)
    assert printed(edition) == [["a"]]


def test_a_story_goes_on_under_its_newest_report_when_its_lead_is_too_old() -> None:
    letter = newsletter(papers=("Courier", "Herald"))
    edition = composed(letter, [story(entry("a", hours=30), ("report", entry("b", "Herald", hours=2)))])
    assert printed(edition) == [["b"]]
    assert edition.items[0].members == ("a", "b")
    assert edition.items[0].also_in == ()


@pytest.mark.parametrize("word", ["MARCHE", "marché", "le marche"])
def test_words_leave_entries_out_whatever_their_case_and_accents(word: str) -> None:
    letter = newsletter(feed("Courier", exclude_words=(word,)))
    edition = composed(letter, [story(entry("a", title="Le Marché couvert rouvre")), story(entry("b"))])
    assert why_left(edition) == {"a": "filter"}


def test_a_filter_word_is_a_whole_word() -> None:
    letter = newsletter(feed("Courier", exclude_words=("art",)))
    assert printed(composed(letter, [story(entry("a", title="Party starts on Sunday"))])) == [["a"]]


def test_only_entries_with_an_included_word_or_category_are_kept() -> None:
    letter = newsletter(feed("Courier", include_words=("budget",), include_categories=("Politics",)))
    stories = [
        story(entry("a", title="Budget passes", categories=("Politics",))),
        story(entry("b", title="Budget recipes", categories=("Food",))),
        story(entry("c", title="Vote fails", categories=("Politics",))),
    ]
    assert why_left(composed(letter, stories)) == {"b": "filter", "c": "filter"}


def test_entries_of_other_newsletters_feeds_are_left_out() -> None:
    edition = composed(newsletter(), [story(entry("a")), story(entry("b", "Stranger"))])
    assert why_left(edition) == {"b": "feed"}


def test_a_paper_leads_no_more_than_its_share() -> None:
    letter = newsletter(papers=("Courier", "Herald"), max_per_paper=2)
    stories = [story(entry(key, hours=i + 1)) for i, key in enumerate("abcd")]
    edition = composed(letter, [*stories, story(entry("h", "Herald", hours=20))])
    assert printed(edition) == [["a"], ["b", "h"]]
    assert {out.entry: out.reason.text for out in edition.left_out}["c"].startswith("Courier has its 2")


def test_sponsored_stories_are_labelled_few_and_never_the_lead() -> None:
    letter = newsletter(max_sponsored=1)
    stories = [story(entry(k, hours=h, sponsored=True)) for k, h in (("x", 0.1), ("y", 0.2))]
    edition = composed(letter, [*stories, story(entry("a", hours=9))])
    assert printed(edition) == [["a"], ["x"]]
    assert [item.sponsored for item in edition.items] == [False, True]
    assert why_left(edition) == {"y": "sponsored"}


def test_nothing_but_sponsored_stories_makes_no_edition() -> None:
    edition = composed(newsletter(), [story(entry("x", sponsored=True))])
    assert edition.sections == ()
    assert why_left(edition) == {"x": "sponsored"}


def test_advertising_does_not_speak_for_a_story() -> None:
    letter = newsletter(papers=("Courier", "Herald"))
    told = story(entry("x", sponsored=True), ("report", entry("b", "Herald")))
    item = composed(letter, [told]).items[0]
    assert (item.entry, item.sponsored, item.also_in) == ("b", False, ())


def test_the_lead_has_a_picture_when_two_stories_are_near_equals() -> None:
    stories = [story(entry("a", hours=1)), story(entry("b", hours=1.5, pictures=(WIDE,)))]
    assert composed(newsletter(), stories).items[0].entry == "b"


def test_a_small_or_upright_picture_lifts_no_story() -> None:
    small = replace(WIDE, width=150, height=100)
    upright = replace(WIDE, width=600, height=900)
    for picture in (small, upright):
        stories = [story(entry("a", hours=1)), story(entry("b", hours=1.5, pictures=(picture,)))]
        assert composed(newsletter(), stories).items[0].entry == "a"


def test_columns_live_pages_and_films_do_not_open_an_edition() -> None:
    for url in ("https://courier.example/opinion/x", "https://courier.example/live/x", "https://youtu.be/x"):
        edition = composed(newsletter(), [story(entry("o", hours=0.1, url=url)), story(entry("a", hours=23))])
        assert edition.items[0].entry == "a"


def test_the_top_of_an_edited_feed_comes_first() -> None:
    letter = newsletter(papers=("Courier", "Herald"), max_per_paper=20, max_stories=20)
    ages = [6, 1, 5, 2, 9, 3, 8, 4] * 5
    edited = [story(entry(f"c{i}", hours=age, position=i)) for i, age in enumerate(ages)]
    by_time = [story(entry(f"h{i}", "Herald", hours=i + 1.0, position=i)) for i in range(20)]
    first = composed(letter, [*edited, *by_time]).items[0]
    assert first.entry in {"c0", "c1"}
    assert any(reason.kind == "position" for reason in first.reasons)


def test_the_order_of_a_feed_sorted_by_time_says_nothing() -> None:
    letter = newsletter(max_per_paper=20)
    by_time = [story(entry(f"h{i}", hours=i + 1.0, position=i)) for i in range(8)]
    reasons = [reason.kind for item in composed(letter, by_time).items for reason in item.reasons]
    assert "position" not in reasons


def test_the_same_address_or_headline_is_printed_once() -> None:
    letter = newsletter(papers=("Courier", "Herald"))
    stories = [
        story(entry("a", url="https://courier.example/one")),
        story(entry("b", hours=2, url="https://courier.example/one")),
        story(entry("c", "Herald", hours=3, title="Headlinea: about SUBJECTA!")),
    ]
    edition = composed(letter, stories)
    assert printed(edition) == [["a"]]
    assert why_left(edition) == {"b": "same", "c": "same"}


def test_three_stories_of_one_affair_do_not_stand_in_a_row() -> None:
    titles = {
        "a": "Minister Varga denies the dam report",
        "b": "Varga dam report: minister under fire",
        "c": "Dam report: opposition wants Varga out",
        "d": "Minister Varga wrote to the dam builders",
        "e": "Storm closes the northern harbours",
    }
    fill = [story(entry(f"f{i}", hours=20)) for i in range(40)]
    stories = [story(entry(k, hours=i + 1, title=t)) for i, (k, t) in enumerate(titles.items())]
    letter = newsletter(max_stories=6, max_per_paper=9)
    order = [item.entry for item in composed(letter, [*stories, *fill]).items]
    assert order.index("e") <= 2


def test_papers_read_are_counted_whether_printed_or_not() -> None:
    letter = newsletter(papers=("Courier", "Herald", "Post"), max_stories=1)
    stories = [story(entry("a")), story(entry("b", "Herald")), story(entry("c", "Post", hours=40))]
    assert composed(letter, stories).papers == 2


def test_pictures_follow_the_feeds_rights() -> None:
    letter = newsletter(feed("Courier", pictures="none"), feed("Herald", pictures="link_only"))
    stories = [
        story(entry("a", pictures=(WIDE,))),
        story(entry("b", "Herald", hours=3, pictures=(WIDE,))),
    ]
    shown = {item.entry: item.picture for item in composed(letter, stories).items}
    assert shown == {"a": None, "b": replace(WIDE, link_only=True)}


def test_a_picture_without_right_stays_away_even_when_an_editor_asks_for_it() -> None:
    letter = newsletter(feed("Courier", pictures="none"))
    wish = decided(1, "picture", "a", '{"url": "https://pictures.example/wide.jpg"}')
    edition = composed(letter, [story(entry("a", pictures=(WIDE,)))], decisions=[wish])
    assert edition.items[0].picture is None
    assert [reason.text for reason in edition.ignored] == [
        "picture by Ann: its feed gives no right to that picture"
    ]


def test_a_film_or_column_gives_way_to_a_plain_report() -> None:
    film = entry("f", hours=0.5, url="https://www.youtube.com/watch?v=1")
    told = story(film, ("report", entry("b", "Herald", hours=3)))
    item = composed(newsletter(papers=("Courier", "Herald")), [told]).items[0]
    assert (item.entry, [link.url for link in item.also_in]) == ("b", [film.url])


def test_other_papers_writing_of_the_affair_lift_a_story() -> None:
    papers = tuple(f"P{i}" for i in range(6))
    fill = [story(entry(f"f{i}", papers[i % 6], hours=3)) for i in range(60)]
    words = (
        "Varga resigns over dam",
        "Dam builders knew, says Varga aide",
        "Varga dam: what he wrote",
        "Varga dam vote",
    )
    affair = [story(entry(f"v{i}", papers[i], hours=4, title=words[i])) for i in range(4)]
    edition = composed(newsletter(papers=papers), [*fill, *affair])
    first = edition.items[0]
    assert first.entry == "v0"
    assert "4 papers write of “dam” and “varga”" in [reason.text for reason in first.reasons]


def test_a_notice_added_by_hand_ranks_no_other_story_differently() -> None:
    stories = [story(entry(f"n{i}", hours=i + 1)) for i in range(6)]
    value = json.dumps({"title": "Headlinen0 about subjectn0, again", "url": "https://club.example/"})
    without = composed(newsletter(), stories)
    added = composed(newsletter(), stories, decisions=[decided(1, "add", "mine", value)])
    before, after = ({i.story: i.score for i in made.items} for made in (without, added))
    assert "mine" in after
    assert all(before[key] == after[key] for key in before.keys() & after.keys())


def test_a_notice_added_by_hand_belongs_to_the_affair_it_tells_of() -> None:
    fill = [story(entry(f"f{i}", hours=i + 1)) for i in range(50)]
    affair = story(entry("v", title="Varga opens the Alma bridge at Dorn", hours=1))
    index = newslist(newsletter(), SLOT, NOW, [*fill, affair], now=NOW).survey.index
    notice = entry("mine", "", title="Alma bridge at Dorn: Varga opens the road")
    assert index.same_affair(notice, affair.lead)
    assert not index.same_affair(notice, fill[0].lead)
    assert not index.same_affair(entry("mine", "", title="Choir practice is on Monday"), affair.lead)


def test_an_edition_carries_the_newsletters_language_and_zone() -> None:
    edition = composed(newsletter(language="fr", timezone="Europe/Luxembourg"), [story(entry("a"))], number=2)
    assert (edition.language, edition.timezone, edition.number) == ("fr", "Europe/Luxembourg", 2)
    assert (edition.slot, edition.due, edition.composed) == (SLOT, NOW, NOW)


def test_what_is_left_out_is_listed_by_its_score_then_by_its_story() -> None:
    letter = newsletter(papers=("Courier", "Herald"), max_stories=1)
    stories = [story(entry(key, hours=hours)) for key, hours in (("a", 1), ("b", 9), ("c", 5))]
    edition = composed(letter, [*stories, story(entry("z", hours=40)), story(entry("y", "Stranger"))])
    assert [out.entry for out in edition.left_out] == ["c", "b", "y", "z"]
    of_b = edition.left_out[1]
    assert (of_b.story, of_b.title, of_b.paper) == ("s-b", entry("b").title, "Courier")


def test_the_window_reaches_back_to_the_last_edition() -> None:
    before = sent(story(entry("z")), "words", hours=40)
    assert printed(composed(newsletter(), [story(entry("a", hours=42))], earlier=[before])) == [["a"]]


def test_an_entry_made_by_hand_weighs_as_much_as_a_plain_feeds() -> None:
    by_hand = decided(1, "add", "h", '{"title": "Choir seeks tenors"}')
    steps = [by_hand, decided(2, "merge", "a", "h"), decided(3, "merge", "a", "b"), decided(4, "split", "a")]
    edition = composed(
        newsletter(papers=("Courier", "Herald")),
        [story(entry("a")), story(entry("b", "Herald", hours=2))],
        decisions=steps,
    )
    assert [(item.entry, item.members) for item in edition.items] == [("b", ("b", "h")), ("a", ("a",))]


def test_an_entry_made_by_hand_stays_in_the_story_that_it_joins() -> None:
    by_hand = decided(1, "add", "h", '{"title": "Choir seeks tenors"}')
    steps = [by_hand, decided(2, "merge", "a", "h"), decided(3, "lead", "h")]
    edition = composed(newsletter(), [story(entry("a"))], decisions=steps)
    assert [(item.headline, item.members) for item in edition.items] == [("Choir seeks tenors", ("h", "a"))]


def test_why_grouping_made_an_entry_the_lead_is_not_why_it_is_printed() -> None:
    lead = Member(entry("a"), "lead", (Reason("picture", "has a captioned picture"),))
    reasons = composed(newsletter(), [Story("s-a", (lead,))]).items[0].reasons
    assert [reason.kind for reason in reasons] == ["age"]


def test_a_long_edition_listens_for_twenty_stories_a_place() -> None:
    papers = tuple(f"P{i}" for i in range(12))
    words = (
        "Varga resigns over dam",
        "Dam builders knew, says Varga aide",
        "Varga dam vote",
        "Dam and Varga",
    )
    affair = [story(entry(f"v{i}", papers[i], hours=3.1, title=title)) for i, title in enumerate(words)]
    fill = [story(entry(f"f{i}", papers[i % 12], hours=3)) for i in range(230)]
    letter = newsletter(papers=papers, max_stories=12)
    assert composed(letter, [*affair, *fill]).items[0].entry == "v0"


@pytest.mark.parametrize(
    ("stories", "why"),
    [
        ([story(entry("b", "Stranger"))], Reason("feed", "from no feed of this newsletter")),
        (
            [story(entry("b", "Extra"))],
            Reason("section", "no section takes its feeds; one without feeds would"),
        ),
        (
            [story(entry("b"))],
            Reason("sent", "printed in daily/2026-03-02/morning, and nothing new since"),
        ),
    ],
)
def test_a_story_that_may_not_be_printed_is_told_why(stories: list[Story], why: Reason) -> None:
    letter = newsletter(papers=("Courier", "Extra"), sections=[section("News", "Courier")])
    before = sent(story(entry("b")), entry("b").title) if why.kind == "sent" else None
    edition = composed(letter, stories, earlier=[before] if before else [])
    assert [out.reason for out in edition.left_out] == [why]


def test_advertising_is_no_independent_paper() -> None:
    letter = newsletter(papers=("Courier", "Herald"))
    told = story(entry("b"), ("report", entry("x", "Herald", sponsored=True)))
    assert "papers" not in [reason.kind for reason in composed(letter, [told]).items[0].reasons]


def test_a_sidebar_does_not_take_the_place_of_a_film() -> None:
    film = entry("f", hours=0.5, url="https://www.youtube.com/watch?v=1")
    told = story(film, ("sidebar", entry("b", "Herald", hours=3)))
    assert composed(newsletter(papers=("Courier", "Herald")), [told]).items[0].entry == "f"


def test_a_story_that_runs_under_another_report_says_why() -> None:
    letter = newsletter(papers=("Courier", "Herald"))
    film = entry("f", hours=0.5, url="https://www.youtube.com/watch?v=1")
    told = story(film, ("report", entry("b", "Herald", hours=3)))
    assert composed(letter, [told]).items[0].reasons[0] == Reason("lead", "leads now: not a film")
    told = story(entry("a", hours=30), ("report", entry("b", "Herald", hours=2)))
    assert composed(letter, [told]).items[0].reasons[0] == Reason("lead", "leads now: the best report left")
    newer = entry("b", "Herald", standfirst="Rescuers brought 95 people ashore.")
    told = story(entry("a", hours=13), ("report", newer))
    edition = composed(letter, [told], earlier=[sent(story(entry("a", hours=13)), entry("a").title)])
    assert edition.items[0].reasons[0] == Reason("lead", "leads now: it has the news")


def test_a_lead_that_an_editor_chose_stays_and_says_so() -> None:
    newer = entry("b", "Herald", standfirst="Rescuers brought 95 people ashore.")
    told = story(entry("a", hours=13), ("report", newer))
    before = sent(story(entry("a", hours=13)), entry("a").title)
    chosen = [decided(1, "lead", "a")]
    letter = newsletter(papers=("Courier", "Herald"))
    item = composed(letter, [told], earlier=[before], decisions=chosen).items[0]
    assert (item.entry, item.updated) == ("a", "Rescuers brought 95 people ashore.")
    assert item.reasons[0] == Reason("editor", "made the lead by Ann", 1.0)


def test_a_picture_that_an_editor_took_away_lifts_no_story() -> None:
    stories = [story(entry("a", hours=1)), story(entry("b", hours=1.5, pictures=(WIDE,)))]
    assert composed(newsletter(), stories, decisions=[decided(1, "picture", "b")]).items[0].entry == "a"


def test_a_sections_weight_counts_and_is_told() -> None:
    letter = newsletter(sections=[section("News", weight=2.0)])
    item = composed(letter, [story(entry("a", hours=0))]).items[0]
    assert item.score == 2.0
    assert Reason("section", "its section counts 2", 2.0) in item.reasons


def test_a_score_is_told_to_four_places() -> None:
    item = composed(newsletter(), [story(entry("a", hours=1))]).items[0]
    assert item.score == round(0.5 ** (1 / 18), 4)


def test_only_the_lead_is_told_that_its_picture_fills_the_width() -> None:
    stories = [story(entry(key, hours=hours, pictures=(WIDE,))) for key, hours in (("a", 1), ("b", 2))]
    first, second = composed(newsletter(), stories).items
    assert first.reasons[-1] == Reason("picture", "a picture worth the full width")
    assert [reason.kind for reason in second.reasons] == ["age"]


def test_those_with_a_chance_and_the_pinned_are_ranked_by_their_echo() -> None:
    papers = tuple(f"P{i}" for i in range(6))
    words = ("Varga resigns over dam", "Dam builders knew, says Varga aide", "Varga dam vote")
    affair = [entry(f"v{i}", papers[i], hours=(0.1, 20, 20)[i], title=words[i]) for i in range(3)]
    low = [
        entry(f"w{i}", papers[i], hours=22, title=t.replace("Varga", "Ostend")) for i, t in enumerate(words)
    ]
    fill = [story(entry(f"f{i}", papers[i % 6], hours=3)) for i in range(220)]
    letter = newsletter(papers=papers, max_stories=9)
    edition = composed(letter, [*map(story, [*affair, *low]), *fill], decisions=[decided(1, "pin", "w0")])
    echoes = {item.entry for item in edition.items if any(r.kind == "echo" for r in item.reasons)}
    assert {"v0", "w0"} <= echoes


def test_a_paper_counts_as_read_when_an_editor_adds_it_and_not_when_they_hide_what_was_too_old() -> None:
    letter = newsletter(papers=("Courier", "Herald"))
    stories = [story(entry("a")), story(entry("b", "Herald", hours=40))]
    notice = decided(1, "add", "mine", json.dumps({"title": "Choir practice", "paper": "St Mary's"}))
    assert composed(letter, stories, decisions=[notice]).papers == 2
    assert composed(letter, stories, decisions=[decided(1, "hide", "b")]).papers == 1


def kept_day() -> Newslist:
    """A day of two papers of which one story is printed, and an affair that three papers tell."""
    papers = ("Courier", "Herald", "Post")
    words = ("Varga resigns over dam", "Dam builders knew, says Varga aide", "Varga dam vote")
    affair = [story(entry(f"v{i}", papers[i], title=title)) for i, title in enumerate(words)]
    fill = [story(entry(f"f{i}", papers[i % 3], hours=3)) for i in range(60)]
    return newslist(newsletter(papers=papers, max_stories=2), SLOT, NOW, [*affair, *fill], now=NOW)


def test_what_stays_below_the_cut_is_told_once_however_often_an_editor_decides() -> None:
    kept = kept_day()
    first, second = (made_by(kept, ()).left_out for _ in range(2))
    below = [(a, b) for a, b in zip(first, second, strict=True) if a.reason.text.startswith("below the cut")]
    assert len(below) > 50
    assert all(a is b for a, b in below)


def test_the_echo_of_a_story_is_listened_to_once_and_only_where_it_has_a_chance() -> None:
    kept = kept_day()
    made_by(kept, ())
    heard = dict(kept.heard)
    assert any(r.kind == "echo" for made in heard.values() for r in made.rank.reasons)
    plain = [made for made in kept.plain.values() if isinstance(made, Candidate)]
    assert not any(r.kind == "echo" for made in plain for r in made.rank.reasons)
    made_by(kept, ())
    assert all(kept.heard[key] is made for key, made in heard.items())


def test_a_newslist_keeps_the_stories_as_they_were_given() -> None:
    stories = [story(entry("a", pictures=(WIDE,)))]
    kept = newslist(newsletter(feed("Courier", pictures="none")), SLOT, NOW, stories, now=NOW)
    assert kept.told == tuple(stories)
    assert kept.stories[stories[0].id].lead.pictures == ()


def test_a_picture_of_one_feed_is_not_forbidden_for_anothers_want_of_rights() -> None:
    letter = newsletter(feed("Courier", pictures="none"), feed("Herald"))
    other = replace(WIDE, url="https://pictures.example/other.jpg")
    stories = [story(entry("a", pictures=(WIDE,))), story(entry("b", "Herald", pictures=(other,)))]
    assert newslist(letter, SLOT, NOW, stories, now=NOW).forbidden == {WIDE.url}
