"""The press serves every sample feed in its own format, as it was at a moment."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import feedparser
import pytest
from PIL import Image

from digest.demo.newsroom import ZONE, paper_names, picture_names, read_paper, read_picture
from digest.demo.press import demo_feeds, open_demo
from digest.errors import FetchError

EVENING = dt.datetime(2026, 11, 23, 17, 30, tzinfo=ZONE)
MORNING = dt.datetime(2026, 11, 23, 6, 30, tzinfo=ZONE)


def read(url: str, now: dt.datetime = EVENING) -> tuple[str, list[dict[str, Any]]]:
    """The format and the entries of a feed, read as any reader would."""
    body = open_demo(url, now)
    if body.startswith(b"{"):
        document = json.loads(body)
        return document["version"], document["items"]
    parsed = feedparser.parse(body)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed.version, list(parsed.entries)


def words(url: str, now: dt.datetime, part: str) -> str:
    """The title and summary of the one entry whose link contains ``part``."""
    [entry] = [e for e in read(url, now)[1] if part in (e.get("link") or e["url"])]
    return f"{entry['title']} {entry['summary']}"


@pytest.mark.parametrize("url", demo_feeds())
def test_every_feed_holds_all_its_entries_in_the_evening_with_title_and_link(url: str) -> None:
    _, entries = read(url)
    assert len(entries) == len(read_paper(url.removeprefix("demo:")).pieces)
    assert all(e["title"] and (e.get("link") or e["url"]).startswith("https://") for e in entries)


def test_the_formats_are_those_of_the_real_press() -> None:
    formats = [read(url)[0] for url in demo_feeds()]
    assert {f: formats.count(f) >= 1 for f in ("rss20", "atom10", "rss10")} == dict.fromkeys(
        ("rss20", "atom10", "rss10"), True
    )
    assert "https://jsonfeed.org/version/1.1" in formats
    assert len({read_paper(name).dialect for name in paper_names()}) == 10


def test_there_are_at_least_ten_feeds_in_three_languages_and_a_hundred_and_fifty_entries() -> None:
    papers = [read_paper(name) for name in paper_names()]
    assert len(papers) >= 10
    assert {paper.language for paper in papers} == {"en", "fr", "de"}
    assert sum(len(paper.pieces) for paper in papers) >= 150
    assert any(piece.language == "ar" for paper in papers for versions in paper.pieces for piece in versions)


@pytest.mark.parametrize("url", demo_feeds())
def test_the_same_moment_gives_the_same_bytes(url: str) -> None:
    assert open_demo(url, EVENING) == open_demo(url, EVENING)


@pytest.mark.parametrize("url", [u for u in demo_feeds() if u != "demo:moselle-weekly"])
def test_entries_come_newest_first_and_none_before_its_time(url: str) -> None:
    for now in (MORNING, EVENING):
        times = [e.get("published_parsed") or e["updated_parsed"] for e in read(url, now)[1]]
        assert times == sorted(times, reverse=True)
        assert all(dt.datetime(*t[:6], tzinfo=dt.UTC) <= now for t in times)


def test_json_feed_entries_come_newest_first_too() -> None:
    times = [item["date_published"] for item in read("demo:moselle-weekly")[1]]
    assert times == sorted(times, reverse=True)


def test_before_anything_happened_a_feed_is_empty_and_still_a_feed() -> None:
    before = dt.datetime(2026, 11, 1, tzinfo=ZONE)
    assert [read(url, before)[1] for url in demo_feeds()] == [[]] * len(demo_feeds())


@pytest.mark.parametrize(
    ("url", "part", "morning", "evening"),
    [
        ("demo:moselle-weekly", "harvest", "nine million", "11 million"),
        ("demo:trierer-bote", "mosel-scheitel", "7,10", "6,80"),
        ("demo:stad-bulletin", "tram-findel", "The new date is to be named", "from Saturday"),
    ],
)
def test_a_morning_entry_reads_differently_in_the_evening(
    url: str, part: str, morning: str, evening: str
) -> None:
    early, late = words(url, EVENING.replace(hour=9), part), words(url, EVENING, part)
    assert morning in early
    assert evening not in early
    assert evening in late


def test_an_updated_entry_keeps_its_id_and_its_place() -> None:
    def ids(now: dt.datetime) -> list[str]:
        return [item["id"] for item in read("demo:moselle-weekly", now)[1]]

    assert [i for i in ids(EVENING) if i in ids(MORNING)] == ids(MORNING)


def test_a_wire_report_is_printed_word_for_word_by_several_papers() -> None:
    sentence = "at a depth of 24 kilometres, some 40 kilometres south of Paleochora"
    papers = [n for n in paper_names() if sentence in open_demo(f"demo:{n}", EVENING).decode()]
    assert len(papers) >= 4


def test_two_matches_of_one_day_are_both_there() -> None:
    titles = [e["title"] for e in read("demo:three-rivers-sport")[1]]
    assert sum("Wellenbach in the semi-finals" in t or "penalties after the lights" in t for t in titles) == 2


def test_some_entries_are_sponsored_in_each_language() -> None:
    kickers = {v[-1].kicker for n in paper_names() for v in read_paper(n).pieces}
    assert {"Sponsored", "Publireportage", "Anzeige"} <= kickers


def test_one_headline_is_very_long() -> None:
    assert max(len(v[-1].title) for n in paper_names() for v in read_paper(n).pieces) > 200


def test_every_picture_in_the_feeds_exists_with_a_credit_and_every_picture_is_used() -> None:
    shots = [p.picture for n in paper_names() for v in read_paper(n).pieces for p in v if p.picture]
    assert {f"{shot.file}.jpg" for shot in shots} == set(picture_names())
    assert all(shot.caption and shot.credit for shot in shots)


@pytest.mark.parametrize("name", picture_names())
def test_a_picture_is_wide_enough_for_a_sharp_screen_and_light(name: str) -> None:
    body = open_demo(f"demo:pictures/{name}", EVENING)
    assert body == read_picture(name)
    assert len(body) <= 45_000
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1200, 675))


def test_the_pictures_weigh_at_most_a_megabyte_together() -> None:
    assert len(picture_names()) >= 24
    assert sum(len(read_picture(name)) for name in picture_names()) <= 1_048_576


def test_a_picture_comes_narrower_when_asked() -> None:
    with Image.open(io.BytesIO(open_demo("demo:pictures/lake.jpg?w=320", EVENING))) as picture:
        assert picture.size == (320, 180)


@pytest.mark.parametrize(
    "url", ["demo:lakeside-couriere", "demo:pictures/lak.jpg", "demo:../config.yaml", "demo:"]
)
def test_an_unknown_address_is_an_error_with_advice(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        open_demo(url, EVENING)
    assert caught.value.kind == "not_found"
    assert caught.value.advice


def test_the_advice_names_the_nearest_feed_and_lists_them_all() -> None:
    with pytest.raises(FetchError, match=r"Did you mean demo:lakeside-courier\?.*demo:world-ledger"):
        open_demo("demo:lakeside-couriere", EVENING)


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(FetchError, match="not a demo: address"):
        open_demo("https://example.org/feed", EVENING)


def test_a_feed_serves_at_most_its_newest_forty() -> None:
    for name in paper_names():
        assert len(read_paper(name).at(EVENING)) <= 40
