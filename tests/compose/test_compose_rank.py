"""The score of a story, exactly: each thing that counts, what it adds, and the words that say so."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from digest.compose.company import Company
from digest.compose.rank import Rank, fills_the_column, lead_score, rank
from digest.compose.survey import Survey, survey
from digest.model import Entry, Feed, Reason, Story
from tests.compose.compose_samples import NOW, WIDE, entry, feed, story

DAY = dt.timedelta(hours=24)
NEW = Reason("age", "0 min old", 0.0)


def ranked(
    of: Story,
    feeds: Sequence[Feed] = (),
    edited: Mapping[str, float] | None = None,
    others: Sequence[Entry] = (),
    **more: Any,
) -> Rank:
    seen = survey([*of.entries(), *others], feeds)
    return rank(of, Survey(seen.feeds, edited or {}, seen.index), now=NOW, window=DAY, **more)


def now(key: str, paper: str = "Courier", hours: float = 0, **more: Any) -> Entry:
    return entry(key, paper, hours, **more)


def test_a_plain_report_of_this_minute_counts_one() -> None:
    for listen in (True, False):
        assert ranked(story(now("a")), listen=listen) == Rank(1.0, ranked(story(now("a"))).kind, (NEW,))


def test_section_feed_kind_and_region_multiply_and_say_so() -> None:
    column = story(now("a", url="https://courier.example/opinion/a"))
    found = ranked(column, [feed("Courier", weight=0.5)], weight=2.0, region=True)
    assert found.score == pytest.approx(0.4 * 0.5 * 2.0 * 1.1)
    assert found.reasons == (
        NEW,
        Reason("kind", "an opinion", 0.4),
        Reason("feed", "its feed counts 0.5", 0.5),
        Reason("section", "its section counts 2", 2.0),
        Reason("region", "from your region", 1.1),
    )


LOCAL = "https://courier.example/metro/a"


def test_local_news_counts_less_and_says_so() -> None:
    found = ranked(story(now("a", url=LOCAL)))
    assert found.score == pytest.approx(0.7)
    assert found.reasons == (NEW, Reason("kind", "local news", 0.7))


def test_local_news_of_the_readers_own_region_is_news() -> None:
    assert ranked(story(now("a", url=LOCAL)), region=True).score == pytest.approx(1.1)


def test_local_news_that_a_stranger_prints_is_news_and_that_of_a_lesser_paper_is_not() -> None:
    told = story(now("a", url=LOCAL), ("report", now("b", "Herald")))
    assert ranked(told).score == pytest.approx(1 + 0.65)
    lesser = ranked(told, [feed("Courier"), feed("Herald", weight=0.9)])
    assert lesser.score == pytest.approx(0.7 * (1 + 0.65 * math.log2(1.9) ** 1.75))


@pytest.mark.parametrize(("local", "score"), [(0.099, 0.7), (0.1, 1.0)])
def test_in_a_newsletter_of_local_news_none_is_local(local: float, score: float) -> None:
    told = story(now("a", url=LOCAL))
    seen = replace(survey(told.entries(), ()), local=local)
    assert rank(told, seen, now=NOW, window=DAY).score == pytest.approx(score)


def test_other_papers_count_by_their_weight_which_is_never_more_than_two() -> None:
    told = story(now("a"), ("report", now("b", "Herald")), ("report", now("c", "Post")))
    feeds = [feed("Courier", weight=0.5), feed("Herald", weight=3.0), feed("Post", weight=0.5)]
    found = ranked(told, feeds)
    assert found.score == pytest.approx(0.5 * (1 + 0.65 * math.log2(1 + 2.0 + 0.5) ** 1.75))
    assert found.reasons[0] == Reason("papers", "3 independent papers", 3.0)


def test_a_paper_counts_by_its_weightiest_feed() -> None:
    light = replace(now("c", "Herald"), feed="https://herald.example/light")
    told = story(now("a"), ("report", now("b", "Herald")), ("report", light))
    feeds = [feed("Courier"), feed("Herald", weight=1.5), Feed(light.feed, "Herald", weight=0.2)]
    papers, returns = 0.65 * math.log2(2.5) ** 1.75, 0.25
    assert ranked(told, feeds).score == pytest.approx(1 + papers + returns)


def test_a_copy_is_no_other_paper() -> None:
    assert ranked(story(now("a"), ("copy", now("b", "Herald")))).score == 1.0


def test_a_place_in_an_edited_feed_counts_less_while_nobody_else_writes_of_it() -> None:
    told = story(now("a", position=4))
    edited = {told.lead.feed: 0.8}
    assert ranked(told, edited=edited).score == pytest.approx(1 + 1.5 * 0.4 * 0.6)
    assert ranked(told, edited=edited, listen=False).score == pytest.approx(1 + 1.5 * 0.4)
    assert ranked(told, edited=edited).reasons[0] == Reason("position", "place 5 at Courier", 4.0)


def test_a_low_place_is_no_reason() -> None:
    assert ranked(story(now("a", position=5)), edited={now("a").feed: 0.8}).reasons == (NEW,)


def test_the_second_best_place_counts_half() -> None:
    told = story(now("a", position=4), ("report", now("b", "Herald", position=0)))
    edited = {told.lead.feed: 1.0, now("b", "Herald").feed: 0.5}
    found = ranked(told, [feed("Courier", weight=3.0), feed("Herald")], edited)
    place = 1.0 + 0.5 / 2  # the Courier's weight counts twice at most
    assert found.score == pytest.approx(3.0 * (1 + 0.65 + 1.5 * place))
    assert found.reasons[1] == Reason("position", "place 5 at Courier", 4.0)


def test_the_order_of_the_reports_does_not_decide_which_place_is_best() -> None:
    told = story(now("a", position=4), ("report", now("b", "Herald", position=0)))
    edited = {told.lead.feed: 0.4, now("b", "Herald").feed: 1.0}
    assert ranked(told, edited=edited).score == pytest.approx(1 + 0.65 + 1.5 * (1.0 + 0.2 / 2))


def test_the_top_three_places_of_several_papers_are_told_together() -> None:
    entries = [now("b", "Herald", position=2), now("d", "Mail", position=3)]
    told = story(now("a", position=0), *(("report", other) for other in entries))
    found = ranked(told, edited=dict.fromkeys((e.feed for e in told.entries()), 1.0))
    assert Reason("position", "top of 2 feeds", 2.0) in found.reasons


def test_one_place_in_the_top_three_is_told_by_itself() -> None:
    told = story(now("a", position=2), ("report", now("b", "Herald", position=3)))
    found = ranked(told, edited=dict.fromkeys((e.feed for e in told.entries()), 1.0))
    assert Reason("position", "place 3 at Courier", 2.0) in found.reasons


def test_of_a_papers_entries_the_best_placed_counts_and_the_first_of_equals_is_named() -> None:
    other = replace(now("b", position=4), feed="https://courier.example/other")
    low = replace(now("c", position=9), feed="https://courier.example/other")
    told = story(now("a", position=0), ("report", other), ("report", low))
    feeds = [feed("Courier"), Feed(other.feed, "Courier", weight=2.0)]
    found = ranked(told, feeds, {told.lead.feed: 0.8, other.feed: 0.8})
    assert found.score == pytest.approx(1 + 1.5 * 0.8 * 0.6 + 0.25 * math.log2(3))
    assert found.reasons[0] == Reason("position", "place 1 at Courier", 0.0)


def test_sidebars_and_copies_have_no_place() -> None:
    told = story(now("a"), ("sidebar", now("b", "Herald")), ("copy", now("c", "Post")))
    assert ranked(told, edited={now("b", "Herald").feed: 1.0, now("c", "Post").feed: 1.0}).score == 1.0


@pytest.mark.parametrize(
    ("hours", "text"), [(0.2, "1 follow-up in 1 h"), (6.4, "1 follow-up in 6 h"), (0, "1 follow-up in 1 h")]
)
def test_coming_back_to_a_story_counts(hours: float, text: str) -> None:
    for role in ("report", "sidebar"):
        found = ranked(story(now("a"), (role, now("b", hours=hours))))
        assert found.score == pytest.approx(1.25)
        assert found.reasons == (Reason("follow-ups", text, 1.0), NEW)


def test_several_follow_ups_count_by_their_doubling() -> None:
    told = story(now("a"), *(("report", now(key, hours=h)) for key, h in (("b", 2), ("c", 5), ("d", 4))))
    found = ranked(told)
    assert found.score == pytest.approx(1 + 0.25 * 2)
    assert found.reasons[0] == Reason("follow-ups", "3 follow-ups in 5 h", 3.0)


PAPERS = ("Courier", "Herald", "Post", "Mail")
WORDS = (
    "Varga resigns over dam",
    "Dam builders knew, says Varga aide",
    "Varga dam: what he wrote",
    "Varga dam vote",
)


def affair(count: int) -> list[Entry]:
    fill = [now(f"f{i}", PAPERS[i % 4]) for i in range(60)]
    return [now(f"v{i}", PAPERS[i], title=WORDS[i]) for i in range(count)] + fill


def test_papers_beyond_the_storys_own_that_write_of_its_affair_count_by_their_doubling() -> None:
    found = ranked(story(affair(4)[0]), others=affair(4)[1:])
    assert found.score == pytest.approx(1 + 0.8)
    assert found.reasons[0] == Reason("echo", "4 papers write of “dam” and “varga”", 4.0)
    of_three = story(affair(4)[0], *(("report", other) for other in affair(4)[1:3]))
    papers = 0.65 * math.log2(3) ** 1.75
    found = ranked(of_three, others=affair(4)[3:])
    assert found.score == pytest.approx(1 + papers + 0.8 * (2 - math.log2(3)))


def test_two_papers_in_all_are_no_echo_and_nobody_is_asked_without_listening() -> None:
    assert ranked(story(affair(2)[0]), others=affair(2)[1:]).reasons == (NEW,)
    assert ranked(story(affair(4)[0]), others=affair(4)[1:], listen=False).reasons == (NEW,)


def test_an_echo_lets_a_place_count_in_full() -> None:
    first = replace(affair(4)[0], position=0)
    found = ranked(story(first), others=affair(4)[1:], edited={first.feed: 1.0})
    assert found.score == pytest.approx(1 + 0.8 + 1.5)


@pytest.mark.parametrize(
    ("hours", "score", "text", "value"),
    [
        (18, 0.5, "18 h old", 18.0),  # three quarters of the window
        (40, 0.5 ** (40 / 18), "40 h old", 40.0),
        (1, 0.5 ** (1 / 18), "1 h old", 1.0),
        (0.996, 0.5 ** (0.996 / 18), "60 min old", 1.0),
        (1.2345, 0.5 ** (1.2345 / 18), "1 h old", 1.23),
        (-2, 1.0, "0 min old", 0.0),
    ],
)
def test_a_story_fades_with_its_age(hours: float, score: float, text: str, value: float) -> None:
    found = ranked(story(now("a", hours=hours)))
    assert found.score == pytest.approx(score, rel=1e-6)
    assert found.reasons == (Reason("age", text, value),)


def test_a_story_is_as_old_as_its_newest_report_whatever_its_sidebars() -> None:
    told = story(now("a", hours=30), ("report", now("b", "Herald", 18)), ("sidebar", now("c", "Post", 1)))
    assert Reason("age", "18 h old", 18.0) in ranked(told).reasons


@pytest.mark.parametrize(
    ("width", "height", "fills"),
    [
        (480, 300, True), (479, 300, False), (None, None, True), (None, 900, True), (600, None, True),
        (500, 550, True), (500, 551, False),
    ],
)  # fmt: skip
def test_a_picture_fills_the_column_when_it_is_wide_and_not_upright(
    width: int | None, height: int | None, fills: bool
) -> None:
    picture = replace(WIDE, width=width, height=height)
    assert fills_the_column(picture) is fills
    assert lead_score(2.0, picture) == pytest.approx(2.3 if fills else 2.0)


def test_without_a_picture_the_score_stays() -> None:
    assert lead_score(2.0, None) == 2.0


def test_the_weightier_of_two_neighbours_is_heard_in_full_and_the_other_counts_a_fifth() -> None:
    told = story(now("a", "Zeit"), ("report", now("b", "Abend")), ("report", now("c", "Bote")))
    feeds = [feed("Zeit", weight=0.5), feed("Abend"), feed("Bote", weight=2.0)]
    seen = survey(told.entries(), feeds)
    near = Survey(seen.feeds, {}, seen.index, Company({frozenset(("Abend", "Bote")): 1.0}))
    found = rank(told, near, now=NOW, window=DAY)
    assert found.score == pytest.approx(0.5 * (1 + 0.65 * math.log2(1 + 2.0 + 0.2) ** 1.75))


WORLD = Company(homes={"Post": "NZ", "Sun": "GB"}, world=0.8)


def abroad(title: str, standfirst: str = "", *, company: Company = WORLD) -> Rank:
    of = story(now("a", "Post", title=title, standfirst=standfirst, language="en"))
    seen = survey(of.entries(), [])
    return rank(of, Survey(seen.feeds, {}, seen.index, company), now=NOW, window=DAY)


def test_what_is_about_other_countries_counts_more_where_papers_of_many_are_read() -> None:
    found = abroad("New Zealand envoy meets ministers", "The talks are in Beijing, China.")
    assert found.score == pytest.approx(1 + 0.3 * 0.8)
    assert found.reasons == (Reason("abroad", "about China", 1.0), NEW)
    three = abroad("Brazil, China and Hong Kong sign")
    assert three.score == pytest.approx(1 + 0.3 * 0.8 * 2)
    assert three.reasons[0] == Reason("abroad", "about Brazil and China", 2.0)


def test_what_is_about_the_papers_own_country_or_read_at_home_counts_as_before() -> None:
    assert abroad("New Zealand opens a bridge").score == 1.0
    assert abroad("Brazil and China sign", company=Company()).score == 1.0
    assert abroad("A bridge opens").reasons == (NEW,)


def test_a_place_counts_what_its_papers_places_say() -> None:
    of = story(now("a", "Post"))
    seen = survey(of.entries(), [])
    feed_of = of.lead.feed
    told = [
        rank(of, Survey(seen.feeds, {feed_of: 1.0}, seen.index, outlook=outlook), now=NOW, window=DAY).score
        for outlook in ({}, {"Post": 0.5}, {"Sun": 0.5})
    ]
    assert told == pytest.approx([1 + 1.5 * 0.6, 1 + 1.5 * 0.6 * 0.5, 1 + 1.5 * 0.6])
