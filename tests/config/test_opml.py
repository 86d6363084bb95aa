"""OPML as readers and collections really write it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DigestError
from digest.opml import Outline, parse, read, write

NOW = dt.datetime(2026, 11, 23, 17, 30, tzinfo=dt.UTC)


def outlines(inside: str) -> list[tuple[str, str]]:
    body = f'<?xml version="1.0" encoding="UTF-8"?><opml version="1.0"><body>{inside}</body></opml>'
    return [(o.title, o.url) for o in parse(body.encode())]


@pytest.mark.parametrize(
    ("title", "read_as"),
    [
        ("News &amp; Views", "News & Views"),
        ("News & Views", "News & Views"),
        ("Q&A", "Q&A"),
        ("Caf&eacute;&nbsp;noir", "Café noir"),
        ("a < b", "a < b"),
        ("<p>Daily</p> <b>News</b>", "<p>Daily</p> <b>News</b>"),
        ('The "Best" News', 'The "Best" News'),
        ('"Quoted"', '"Quoted"'),
        ("AT&unknown;T", "AT&unknown;T"),
        ("&#169; &#x2014; &#xFFFFFFF;", "© — &#xFFFFFFF;"),
        ("two\n lines", "two lines"),
        ("bell\x07", "bell"),
    ],
)
def test_what_people_get_wrong_in_attributes_is_mended(title: str, read_as: str) -> None:
    inside = f'<outline text="{title}" xmlUrl="https://a.example/?x=1&y=2"/>'
    assert outlines(inside) == [(read_as, "https://a.example/?x=1&y=2")]


@pytest.mark.parametrize("spelling", ["xmlUrl", "xmlurl", "XMLURL", "xmlURL"])
def test_the_address_is_found_however_it_is_spelt(spelling: str) -> None:
    assert outlines(f"<outline text='A' {spelling}='https://a.example/'/>") == [("A", "https://a.example/")]


def test_folders_are_kept_and_the_innermost_counts() -> None:
    body = b"""<opml><body><outline text="All"><outline text="World"><outline text="A" xmlUrl="https://a.example/"/>
      </outline><outline text="B" xmlUrl="https://b.example/"/></outline>
      <outline text="C" xmlUrl="https://c.example/"/></body></opml>"""
    assert [(o.title, o.folder) for o in parse(body)] == [("A", "World"), ("B", "All"), ("C", "")]


def test_each_address_comes_once_with_a_short_name_of_its_own() -> None:
    body = b"""<opml><body><outline text="Daily News" xmlUrl="https://a.example/"/>
      <outline text="Daily news!" xmlUrl="https://b.example/"/><outline text="x" xmlUrl="https://a.example/"/>
      <outline text="" xmlUrl="https://www.c.example/feed"/></body></opml>"""
    assert [o.name for o in parse(body)] == ["daily-news", "daily-news-2", "www-c-example"]


def test_addresses_that_no_feed_has_are_passed_over() -> None:
    assert outlines('<outline text="A" xmlUrl="javascript:alert(1)"/><outline xmlUrl=""/>') == []


def test_the_feed_scheme_of_old_readers_means_http() -> None:
    found = outlines(
        '<outline text="A" xmlUrl="feed://a.example/"/><outline xmlUrl="feed:https://b.example/"/>'
    )
    assert [url for _, url in found] == ["http://a.example/", "https://b.example/"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_heeded(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="Été" xmlUrl="https://a.example/"/></body></opml>'
    assert [o.title for o in parse(text.encode(encoding))] == ["Été"]


def test_entities_of_a_doctype_are_never_looked_up(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    body = f"""<!DOCTYPE opml [<!ENTITY x SYSTEM "file://{tmp_path}/secret"><!ENTITY y "{"lol" * 20}">]>
      <opml><body><outline text="&x;&y;" xmlUrl="https://a.example/"/></body></opml>"""
    assert [o.title for o in parse(body.encode())] == ["&x;&y;"]


def test_a_file_without_feeds_says_so(tmp_path: Path) -> None:
    (tmp_path / "f.opml").write_text("<opml><body/></opml>")
    with pytest.raises(DigestError, match="names no feed"):
        read(tmp_path / "f.opml")


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(DigestError, match="cannot be read: No such file"):
        read(tmp_path / "f.opml")


def test_a_written_document_is_well_formed_and_reads_back() -> None:
    from lxml import etree

    feeds = [
        Outline(
            "a-b", "https://a.example/?x=1&y=<2>", 'A "b" & <c>', "https://a.example/", "fr", "World & all"
        ),
        Outline("c", "https://c.example/", "C"),
    ]
    text = write(feeds, "The Daily & more", NOW)
    assert etree.fromstring(text.encode()).findtext("head/title") == "The Daily & more"
    assert "<dateCreated>Mon, 23 Nov 2026 17:30:00 +0000</dateCreated>" in text
    assert parse(text.encode()) == (feeds[0].__class__("a-b-c", *_rest(feeds[0])), feeds[1])


def _rest(o: Outline) -> tuple[str, str, str, str, str]:
    return o.url, o.title, o.site, o.language, o.folder


@given(
    st.binary(max_size=200)
    | st.text(st.sampled_from(list("<>\"'&;=/ outline xmlUrl text#x!D[]")), max_size=120).map(str.encode)
)
def test_any_bytes_give_feeds_or_none(body: bytes) -> None:
    assert all(o.url and o.name for o in parse(b'<opml><outline xmlUrl="https://a.example/" ' + body))


def test_every_feed_of_the_collections_is_found(corpora: Path | None) -> None:
    """3,365 addresses in 122 files, 80 of which no XML parser takes."""
    files = sorted(corpora.glob("corpora/opml/**/*.opml")) if corpora else []
    for file in files:
        body = file.read_bytes()
        addresses = {a.strip() for a in re.findall(rb'xmlUrl="([^"]*)"', body)}
        found = parse(body)
        assert len(found) == len(addresses), file
        assert not [o for o in found if "\n" in o.title or "xmlUrl" in o.title], file
