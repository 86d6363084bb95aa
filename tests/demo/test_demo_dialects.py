"""Each dialect carries a picture's caption and credit in its own way, and survives hostile words."""

from __future__ import annotations

import datetime as dt
import json

import feedparser
import pytest
from lxml import etree, html

from digest.demo.dialects import DIALECTS
from digest.demo.newsroom import ZONE, Paper, Piece, Shot

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=ZONE)
SHOT = Shot(file="lake", caption="Boats < at > rest & quiet", credit='A. "B" C', alt="A lake")
PIECE = Piece(
    slug="a",
    title="Fish & <chips> ]]> done",
    standfirst="One & two < three.",
    published=NOW - dt.timedelta(hours=1),
    updated=NOW,
    kicker="Food",
    by=("Ann",),
    text=("First <b> & second.", "Third ]]> fourth."),
    picture=SHOT,
    link="https://p.example/2026/11/23/a",
)


def serve(dialect: str) -> bytes:
    """A feed of one entry full of characters that mean something in XML and HTML."""
    paper = Paper(
        name="p",
        paper="P & Q",
        title="P & Q",
        site="https://p.example",
        about="",
        language="en",
        dialect=dialect,
        pieces=((PIECE,),),
    )
    return DIALECTS[dialect](paper, (PIECE,), NOW)


def texts(markup: str) -> str:
    """What a person reads in a piece of HTML."""
    return " ".join(html.fromstring(f"<div>{markup}</div>").text_content().split())


@pytest.mark.parametrize("dialect", [d for d in DIALECTS if d != "json"])
def test_every_xml_dialect_is_well_formed_and_says_what_was_written(dialect: str) -> None:
    etree.fromstring(serve(dialect))
    [entry] = feedparser.parse(serve(dialect), sanitize_html=False).entries
    # A title in CDATA is HTML by habit; the others are plain text.
    title = texts(entry.title) if dialect == "media-loose" else entry.title
    assert title == "Fish & <chips> ]]> done"
    assert "One & two < three." in (
        texts(entry.summary) if "<p>" in entry.summary or "&lt;" in entry.summary else entry.summary
    )


@pytest.mark.parametrize(
    "dialect", ["media-rss", "media-group", "media-loose", "wordpress", "atom-html", "atom-xhtml", "rdf"]
)
def test_the_full_text_comes_through(dialect: str) -> None:
    [entry] = feedparser.parse(serve(dialect), sanitize_html=False).entries
    full = " ".join(texts(content.value) for content in entry.content)
    assert "First <b> & second." in full
    assert "Third ]]> fourth." in full


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ("wordpress", 'Boats < at > rest & quiet Photo: A. "B" C'),
        ("enclosure", 'Boats < at > rest & quiet (Photo: A. "B" C)'),
        ("atom-html", 'Boats < at > rest & quiet (Photo: A. "B" C)'),
        ("atom-xhtml", 'Boats < at > rest & quiet © A. "B" C'),
        ("rdf", 'Boats < at > rest & quiet (Photo: A. "B" C)'),
    ],
)
def test_papers_without_a_field_for_it_put_the_credit_behind_the_caption(dialect: str, words: str) -> None:
    [entry] = feedparser.parse(serve(dialect), sanitize_html=False).entries
    parts = [c.value for c in entry.get("content", [])] + [entry.summary]
    assert any(words in texts(part) for part in parts)


def test_media_rss_nests_caption_credit_and_alternative_text_in_its_picture() -> None:
    media = "{http://search.yahoo.com/mrss/}"
    content = etree.fromstring(serve("media-rss")).find(f".//{media}content")
    inside = {child.tag.removeprefix(media): child.text for child in content}
    assert inside == {"description": SHOT.caption, "credit": SHOT.credit, "text": SHOT.alt}


def test_a_media_group_offers_sizes_of_one_picture() -> None:
    media = "{http://search.yahoo.com/mrss/}"
    group = etree.fromstring(serve("media-group")).find(f".//{media}group")
    widths = [content.get("width") for content in group.iter(f"{media}content")]
    assert widths == ["320", "640", "1200"]


def test_wordpress_adds_its_tail() -> None:
    [entry] = feedparser.parse(serve("wordpress"), sanitize_html=False).entries
    assert texts(entry.summary).endswith("The post Fish & <chips> ]]> done appeared first on P & Q.")


def test_the_plain_dialect_has_neither_guid_nor_picture() -> None:
    assert b"guid" not in serve("plain")
    assert b"lake.jpg" not in serve("plain")


def test_json_feed_says_what_was_written() -> None:
    [item] = json.loads(serve("json"))["items"]
    assert item["title"] == PIECE.title
    assert "First <b> & second." in texts(item["content_html"])
    assert item["image"] == "demo:pictures/lake.jpg"


def test_a_changed_entry_says_when() -> None:
    assert NOW.isoformat().encode() in serve("media-rss")
    assert feedparser.parse(serve("atom-html")).entries[0].updated == NOW.isoformat()
