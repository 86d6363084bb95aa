"""The feeds of a site."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from aiohttp import web

from digest.config.settings import PullSettings
from digest.errors import FetchError
from digest.pull import Discovered, discover
from tests.pull.conftest import NOW, Newsstand, rss

PAGE = """<!doctype html><title>The Paper</title>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments">
<link rel="alternate" type="application/rss+xml" title="Sport" href="/sport">
<link rel="alternate" type="application/atom+xml" title="Dead" href="/dead">
<link rel="alternate" type="application/rss+xml" title="Again" href="/sport">"""


def found(stand: Newsstand, path: str = "/") -> tuple[Discovered, ...]:
    return asyncio.run(discover(stand.url + path, PullSettings(**stand.settings), now=NOW, user_agent="t"))


def test_a_feeds_own_address_is_the_feed(stand: Newsstand) -> None:
    stand.set({"/feed": rss("A", "B")})
    assert found(stand, "/feed") == (
        Discovered(
            url=f"{stand.url}/feed", title="The Paper", site="https://paper.example/", language="", entries=2,
            pictures=0, newest=dt.datetime(2026, 5, 4, 11, tzinfo=dt.UTC),
        ),
    )  # fmt: skip


def test_a_page_gives_the_feeds_it_names_comments_last(stand: Newsstand) -> None:
    stand.set({"/": PAGE, "/comments": rss("c"), "/sport": rss("s")})
    assert [f.url.removeprefix(stand.url) for f in found(stand)] == ["/sport", "/comments"]


def test_a_page_that_names_none_is_tried_at_the_usual_places(stand: Newsstand) -> None:
    stand.set({"/news/today": "<html>no links</html>", "/feed.xml": rss("x")})
    assert [f.url for f in found(stand, "/news/today")] == [f"{stand.url}/feed.xml"]


def test_a_site_without_feeds_has_none(stand: Newsstand) -> None:
    stand.set({"/": "<html></html>"})
    assert found(stand) == ()


def test_an_address_that_cannot_be_read_is_an_error(stand: Newsstand) -> None:
    with pytest.raises(FetchError):
        found(stand, "/missing")


def test_a_redirect_to_the_front_page_is_followed(stand: Newsstand) -> None:
    stand.set({"/old": web.Response(status=301, headers={"Location": "/"}), "/": PAGE, "/sport": rss("s")})
    assert [f.url for f in found(stand, "/old")] == [f"{stand.url}/sport"]
