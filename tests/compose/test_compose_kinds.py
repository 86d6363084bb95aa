"""What kind of text an entry is, from its address, categories and headline."""

from __future__ import annotations

import pytest

from digest.compose.kinds import kind_of
from tests.compose.compose_samples import entry


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Parliament passes the budget", "news"),
        ("Your Monday Briefing", "a briefing"),
        ("Five things to know this morning", "a briefing"),
        ("Flood: Evening update as rivers fall", "a briefing"),
        ("Flood updates LIVE: rivers fall", "a live page"),
        ("Jobless claims rise: Live business updates", "a live page"),
        ("Direct bands reopen to live music", "news"),
        ("Opinion: The dam should go", "an opinion"),
        ("Kommentar: Der Damm muss weg", "an opinion"),
        ("The dam should go | Jo Doe", "an opinion"),
        ("JO DOE: The dam should go", "an opinion"),
        ("JO DOE on... the dam", "an opinion"),
        ("UN: The dam should go", "news"),
        ("Watch: Ferry pulled free", "a film"),
        ("Read the engineer's letter", "an explainer"),
        ("In pictures: The flood", "a gallery"),
        ("Why the dam broke", "an explainer"),
        ("Flood: How the dam broke", "an explainer"),
        ("Pourquoi le barrage a cédé", "an explainer"),
        ("Warum der Damm brach", "an explainer"),
        ("Is the dam safe?", "an explainer"),
        ("“Is the dam safe?”", "an explainer"),
        ("Obituary: Ines Halvorsen", "an obituary"),
    ],
)
def test_headlines_tell_the_kind(title: str, kind: str) -> None:
    assert kind_of(entry("a", title=title)).name == kind


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://courier.example/world/2026/dam", "news"),
        ("https://courier.example/opinion/2026/dam", "an opinion"),
        ("https://courier.example/sport/football/dam-town-win", "sport"),
        ("https://courier.example/2026/03/02/flood-live-updates.html", "a live page"),
        ("https://courier.example/lifestyle/food/soup", "a feature"),
        ("https://www.youtube.com/shorts/abc", "a film"),
        ("https://courier.example/news/2026/dam-video.html", "a film"),
        ("https://youtu.be/abc", "a film"),
        ("https://video.courier.example/v/123", "a film"),
        ("https://videos.courier.example/v/123", "a film"),
        ("https://courier.example/tech/videos.courier.example", "news"),
        ("https://courier.example/news/2026/why-the-dam-broke.amp.html", "an explainer"),
        ("https://courier.example/news/2026/the-dam.why-it-broke", "news"),
        ("https://courier.example/news/2026/the-dam/liveblog", "a live page"),
        ("https://courier.example/news/metro/2026/dam", "local news"),
        ("https://courier.example/region/sport/dam-town-win", "sport"),
        ("https://courier.example/news/opinion", "news"),  # a text of that name, not a folder
    ],
)
def test_addresses_tell_the_kind(url: str, kind: str) -> None:
    assert kind_of(entry("a", url=url)).name == kind


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Opinión", "an opinion"),
        ("Fußball", "sport"),
        ("Live Blog", "a live page"),
        ("Lokales", "local news"),
        ("Politik", "news"),
    ],
)
def test_categories_tell_the_kind_last(category: str, kind: str) -> None:
    assert kind_of(entry("a", categories=(category,))).name == kind


def test_what_opens_an_edition_is_news_sport_or_an_obituary() -> None:
    titles = ("Parliament passes the budget", "Obituary: Ines Halvorsen", "Is the dam safe?", "Watch: Ferry")
    assert [kind_of(entry("a", title=title)).opens for title in titles] == [True, True, False, False]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://news.example/news/entertainment-arts-52797700", "a feature"),
        ("https://news.example/news/uk-england-52797701", "local news"),
        ("https://news.example/news/uk-england-dorset-52797701", "local news"),
        ("https://news.example/news/real-estate-52797701", "a feature"),
        ("https://news.example/news/uk-scotland-52797701", "news"),
        ("https://news.example/news/minister-leaves-the-music-hall-52797702", "news"),
        ("https://news.example/news/arts-2020", "news"),
    ],
)
def test_a_numbered_address_is_named_after_its_section(url: str, kind: str) -> None:
    assert kind_of(entry("a", title="Parliament passes the budget", url=url)).name == kind
