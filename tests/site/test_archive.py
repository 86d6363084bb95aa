"""What everybody may read: the archive page by page, feeds, the page for a friend, in the right language."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.model import Edition, SlotKey
from digest.pipeline.newsroom import Newsroom
from digest.site.archive import LISTED
from digest.store.editions import to_json
from digest.store.tables import editions, slots
from tests.site.conftest import Browser, served

FIRST = dt.date(2026, 1, 1)


@pytest.fixture
def years(newsroom: Newsroom) -> Newsroom:
    """More editions than a page of the archive shows, and some that never went out."""
    count = LISTED + 5
    with newsroom.store.begin() as connection:
        for number in range(count + 3):
            day = FIRST + dt.timedelta(days=number)
            due = dt.datetime.combine(day, dt.time(5, 30), dt.UTC)
            state = "done" if number < count else ("skipped", "frozen", "cancelled")[number - count]
            slot = {"newsletter": "evening", "date": day, "name": "morning", "due": due}
            made = connection.execute(slots.insert(), slot | {"state": state, "changed": due})
            row = {
                "id": f"evening/{day}/morning",
                "slot": made.inserted_primary_key[0],
                "newsletter": "evening",
            }
            content = {"edition": "{}", "mails": b"", "content_hash": "", "subject": f"Edition {number}"}
            connection.execute(editions.insert(), row | content | {"due": due, "frozen": due})
    return newsroom


def listed(text: str) -> list[int]:
    return [int(number) for number in re.findall(r">Edition (\d+)<", text)]


def test_the_archive_reaches_back_to_the_first_edition_page_by_page(
    years: Newsroom, browser: Browser
) -> None:
    first = browser.get("/archive/evening")
    second = browser.get("/archive/evening?page=2")
    assert listed(first.text) == list(range(LISTED + 4, 4, -1))
    assert listed(second.text) == [4, 3, 2, 1, 0]
    assert 'href="/archive/evening?page=2"' in first.text
    assert "Newer editions" not in first.text
    assert 'rel="prev" href="/archive/evening"' in second.text
    assert "Earlier editions" not in second.text


@pytest.mark.parametrize("asked", ["0", "-1", "x", "1%00", "99999999999999", "²"])
def test_a_page_that_is_no_number_is_the_first(years: Newsroom, browser: Browser, asked: str) -> None:
    from urllib.parse import quote

    assert listed(browser.get(f"/archive/evening?page={quote(asked)}").text)[0] == LISTED + 4


def test_feed_readers_find_the_feeds_of_the_archive(browser: Browser) -> None:
    text = browser.get("/archive/evening").text
    kinds = re.findall(r'rel="alternate" type="([^"]+)" title="The Evening" href="([^"]+)"', text)
    assert kinds == [
        ("application/atom+xml", "/archive/evening/feed.xml"),
        ("application/feed+json", "/archive/evening/feed.json"),
    ]


def test_the_page_for_a_friend_writes_a_mail_with_the_link_and_asks_for_no_address(
    years: Newsroom, browser: Browser
) -> None:
    real = f"evening/{FIRST}/morning"
    edition = Edition(SlotKey("evening", FIRST, "morning"), years.clock(), "en", "UTC", years.clock(), ())
    with years.store.begin() as connection:
        connection.execute(editions.update().values(edition=to_json(edition)))
    answer = browser.get(f"/forward/{real}")
    assert answer.status == 200
    found = re.search(r'href="(mailto:[^"]+)"', answer.text)
    assert found
    mail = parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)
    assert mail["subject"] == ["Edition 0"]
    assert f"https://evening.example/archive/evening/{FIRST}/morning" in mail["body"][0]
    assert "<form" not in answer.text
    assert browser.ask("POST", f"/forward/{real}", "x=1").status == 404


@pytest.mark.parametrize("path", ["/forward/evening/2026-01-01/noon", "/forward/evening/", "/forward/no/x"])
def test_an_edition_that_never_went_out_cannot_be_forwarded(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 404


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr-LU,fr;q=0.9,en;q=0.8", "fr"),
        ("xx, ar;q=0.3", "ar"),
        ("de;q=0, pl", "pl"),
        ("", "en"),
        ("*", "en"),
        (";;;q=,,", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_pages_about_no_newsletter_speak_the_visitors_language(
    polyglot: Newsroom, header: str, language: str
) -> None:
    with served(polyglot) as browser:
        for path in ("/", "/nowhere"):
            assert f'<html lang="{language}"' in browser.get(path, **{"Accept-Language": header}).text


def test_the_pages_wear_the_newsletters_own_colours(newsroom: Newsroom, browser: Browser) -> None:
    css = browser.get("/site/evening.css")
    assert css.headers["content-type"].startswith("text/css")
    assert newsroom.newsletters["evening"].settings.theme.light.accent in css.text
    assert "&#" not in css.text
    assert browser.get("/site/none.css").status == 404
