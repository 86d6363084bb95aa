"""The same blocks as a web page and in feeds."""

from __future__ import annotations

import json
import re

import feedparser
from lxml import html as lxml_html

from digest.render import page
from digest.render.feed import atom, json_feed
from digest.render.page import page_css
from tests.render.newsroom import LEAD, SITE, everything, front, native, newsletter


def test_a_page_shows_every_story_and_nothing_of_a_subscriber() -> None:
    text = page(everything(), newsletter(), site_url=SITE)
    tree = lxml_html.document_fromstring(text)
    for story in everything().items:
        assert story.headline in " ".join(tree.text_content().split())
    assert not re.search(r"__[A-Z]|Unsubscribe|Preferences|You get this because|View in browser", text)
    assert all(a.get("href") for a in tree.iter("a"))
    assert (
        tree.xpath("string(//link[@rel='canonical']/@href)") == f"{SITE}/archive/moselle/2026-11-23/evening"
    )


def test_a_page_under_a_strict_policy_carries_no_style() -> None:
    text = page(front(), newsletter(), site_url=SITE, stylesheet="/static/moselle.css")
    assert "<style" not in text
    assert "style=" not in text
    assert '<link rel="stylesheet" href="/static/moselle.css">' in text


def test_the_style_sheet_of_pages_stands_alone() -> None:
    css = page_css(newsletter())
    assert ".standfirst {" in css
    assert "prefers-color-scheme: dark" in css
    assert "&#" not in css
    assert css.count("{") == css.count("}")
    assert "text-align: right" in page_css(newsletter("ar"))


def test_a_page_reads_right_to_left_in_arabic() -> None:
    tree = lxml_html.document_fromstring(page(native("ar"), newsletter("ar"), site_url=SITE))
    assert (tree.get("lang"), tree.get("dir")) == ("ar", "rtl")


def test_an_atom_feed_has_an_entry_for_each_edition() -> None:
    read = feedparser.parse(atom([front()], newsletter(), site_url=SITE))
    assert not read.bozo
    assert read.feed.title == "The Moselle Evening"
    assert read.feed.id == "tag:moselle.example,2026:moselle"
    entry = read.entries[0]
    assert entry.id == "tag:moselle.example,2026:moselle/2026-11-23/evening"
    assert entry.link == f"{SITE}/archive/moselle/2026-11-23/evening"
    assert entry.title.startswith("Lake ministers part")
    assert entry.published == "2026-11-23T16:30:00Z"
    assert LEAD.headline in entry.content[0].value
    assert "Agence Lémanique" in entry.content[0].value


def test_an_empty_atom_feed_is_still_one() -> None:
    assert feedparser.parse(atom([], newsletter(), site_url=SITE)).feed.updated == "1970-01-01T00:00:00Z"


def test_a_json_feed_says_the_same() -> None:
    feed = json.loads(json_feed([front()], newsletter(), site_url=SITE))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{SITE}/archive/moselle/feed.json"
    assert [entry["url"] for entry in feed["items"]] == [f"{SITE}/archive/moselle/2026-11-23/evening"]
    assert "9 stories from 31 papers" in feed["items"][0]["summary"]
    assert "class=" not in feed["items"][0]["content_html"]
