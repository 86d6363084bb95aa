"""Addresses in feeds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.pull import links


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        (
            "https://www.bbc.co.uk/news/a-1?at_medium=RSS&at_campaign=KARANGA",
            "https://www.bbc.co.uk/news/a-1",
        ),
        ("https://x.example/a?utm_source=rss&id=7&utm_medium=feed#comments", "https://x.example/a?id=7"),
        ("http://x.example/a.html?ns_mchannel=rss&ito=1490&ns_campaign=1490", "http://x.example/a.html"),
        ("https://x.example/a?partner=rss&emc=rss", "https://x.example/a"),
        ("https://x.example/?p=12&fbclid=abc&ref=rss", "https://x.example/?p=12"),
        ("https://x.example/?attachment_id=3&rss=1", "https://x.example/?attachment_id=3"),
        ("https://x.example/a?source=reuters", "https://x.example/a?source=reuters"),
        ("HTTPS://Example.COM:443/A/./b/../c", "https://example.com/A/c"),
        ("https://x.example", "https://x.example/"),
        ("https://x.example:8080/a", "https://x.example:8080/a"),
        ("  https://x.example/a\n b ", "https://x.example/a%20b"),
        ("https://user:secret@x.example/a", "https://x.example/a"),
        ("https://good.example\\@evil.example/", "https://good.example/@evil.example/"),
        ("https://app.example/#!/story/7", "https://app.example/#!/story/7"),
        ("https://x.example/é?q=ü%20x", "https://x.example/%C3%A9?q=%C3%BC%20x"),
        ("https://аррӏе.example/", "https://xn--80ak6aa92e.example/"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
    ],
)
def test_an_address_becomes_canonical(given_url: str, expected: str) -> None:
    assert links.canonical(given_url) == expected
    assert links.canonical(expected) == expected


@pytest.mark.parametrize(
    "given_url",
    [
        "", "#", "javascript:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)", " JaVaScRiPt:alert(1)",
        "data:text/html,x", "vbscript:x", "file:///etc/passwd", "mailto:a@b.example", "https://", "https:///",
        "http://[::1", "http://a b/", "https://x.example:99999/", "https://x\x00y.example/", "news",
        "https://x.example/" + "a" * 5000, "tel:+352", "about:blank", "https://%00/", "blob:https://x.example/1",
    ],
)  # fmt: skip
def test_what_no_reader_should_follow_is_dropped(given_url: str) -> None:
    assert links.canonical(given_url) == ""


def test_relative_addresses_are_resolved() -> None:
    base = "https://x.example/feeds/rss.xml"
    assert links.canonical("../news/1", base) == "https://x.example/news/1"
    assert links.canonical("//cdn.example/1", base) == "https://cdn.example/1"
    assert links.canonical("?p=1", base) == "https://x.example/feeds/rss.xml?p=1"
    assert links.canonical("javascript:x", base) == ""


def test_picture_addresses_keep_their_parameters() -> None:
    url = "https://i.example/a.jpg?ref=rss&utm_x_y=1&w=600&h[]=2"
    assert links.absolute(url + "#top") == url


@given(st.text(), st.text())
def test_an_address_is_http_ascii_and_stable_or_nothing(url: str, base: str) -> None:
    for made in (links.canonical(url), links.canonical(url, "https://x.example/" + base)):
        if made:
            assert made.startswith(("http://", "https://"))
            assert made.isascii()
            assert not set(made) & set('"<> \\^`{|}\t\r\n')
            assert links.canonical(made) == made


def test_same_address_in_other_clothes() -> None:
    assert links.same("http://X.example/a/") == links.same("https://x.example/a")
    assert links.same("tag:x,2020:1") == "tag:x,2020:1"
    assert links.same("https://x.example/a") != links.same("https://x.example/b")


def test_messages_show_neither_credentials_nor_query() -> None:
    assert links.shown("https://me:secret@x.example/f?token=t\x00") == "https://x.example/f?…"
    assert links.shown("http://[::1") == "an address that cannot be read"


def test_a_redirector_gives_away_its_target() -> None:
    assert links.target("https://www.google.com/url?q=https://x.example/a&sa=U") == "https://x.example/a"
    assert links.target("https://x.example/url?q=1") == "https://x.example/url?q=1"


def test_the_url_standards_own_vectors_never_break_it(corpora: Path | None) -> None:
    if corpora is None:
        return
    cases = 0
    for line in (corpora / "corpora/ssrf/ssrf_urls.jsonl").read_text().splitlines():
        made = links.canonical(str(json.loads(line).get("url", "")))
        assert made == "" or made.startswith(("http://", "https://"))
        cases += 1
    assert cases > 0


def test_only_a_feed_of_the_sample_may_name_the_samples_pictures() -> None:
    assert links.absolute("demo:pictures/lake.jpg", "demo:lakeside-courier") == "demo:pictures/lake.jpg"
    assert links.absolute("demo:pictures/lake.jpg", "https://paper.example/feed") == ""
    assert links.absolute("demo:pictures/../secret.jpg", "demo:lakeside-courier") == ""
