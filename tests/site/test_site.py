"""The public site: only POST changes anything, and no answer tells whether an address is known."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from pathlib import Path

import pytest
from lxml import etree

from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand
from digest.pipeline.tick import tick
from digest.store.tables import slots
from digest.tokens import Purpose
from tests.pipeline.conftest import CONFIG, MORNING
from tests.site.conftest import Browser, confirmation, link, notes, whose


def test_a_new_reader_subscribes_in_two_steps(newsroom: Newsroom, browser: Browser) -> None:
    assert browser.post("/subscribe/evening", address="new@example.org").status == 200
    path = confirmation(newsroom, browser)
    assert browser.get(path).status == 200
    assert not whose(newsroom, "new@example.org").takes("evening")
    assert browser.post(path, confirm="1").status == 200
    assert whose(newsroom, "new@example.org").takes("evening")


def test_choosing_one_slot_is_remembered(newsroom: Newsroom, browser: Browser) -> None:
    browser.post("/subscribe/evening", address="new@example.org", slot__morning="1")
    browser.post(confirmation(newsroom, browser), confirm="1")
    assert whose(newsroom, "new@example.org").slots("evening") == ("morning",)


def test_the_answer_is_the_same_for_a_known_an_unknown_and_a_suppressed_address(
    newsroom: Newsroom, browser: Browser
) -> None:
    from digest.store.suppress import suppress_keys

    with newsroom.store.begin() as connection:
        suppress_keys(connection, ["gone@example.org"], newsroom.clock(), "hard_bounce")
    answers = {
        re.sub(
            r"\S+@example\.org", "", browser.post("/subscribe/evening", address=f"{name}@example.org").text
        )
        for name in ("one", "new", "gone")
    }
    assert len(answers) == 1


def test_one_address_gets_one_confirmation_mail_a_day_and_three_in_all(
    newsroom: Newsroom, browser: Browser, hand: Hand
) -> None:
    for _day in range(5):
        for _ in range(2):
            browser.post("/subscribe/evening", address="victim@example.org")
        browser.settle()
        hand.now += dt.timedelta(days=1, minutes=1)
    assert len(notes(newsroom)) == 3


def test_a_robot_that_fills_in_the_hidden_field_gets_no_mail(newsroom: Newsroom, browser: Browser) -> None:
    assert browser.post("/subscribe/evening", address="bot@example.org", website="x").status == 200
    browser.settle()
    assert notes(newsroom) == []


def test_a_network_that_asks_too_often_is_slowed_down(browser: Browser) -> None:
    statuses = [browser.post("/subscribe/evening", address="not an address").status for _ in range(25)]
    assert statuses[0] == 400
    assert statuses[-1] == 429


def test_a_confirmation_link_expires(newsroom: Newsroom, browser: Browser, hand: Hand) -> None:
    browser.post("/subscribe/evening", address="new@example.org")
    path = confirmation(newsroom, browser)
    hand.now += dt.timedelta(hours=73)
    assert browser.post(path, confirm="1").status == 404
    assert not whose(newsroom, "new@example.org").takes("evening")


def test_an_old_confirmation_does_not_bring_back_who_left(newsroom: Newsroom, browser: Browser) -> None:
    browser.post("/subscribe/evening", address="new@example.org")
    path = confirmation(newsroom, browser)
    browser.post(path, confirm="1")
    browser.post(link(newsroom, "unsubscribe", whose(newsroom, "new@example.org")), leave="1")
    assert browser.post(path, confirm="1").status == 404
    assert not whose(newsroom, "new@example.org").takes("evening")


@pytest.mark.parametrize("purpose", ["unsubscribe", "preferences"])
def test_following_a_link_changes_nothing(newsroom: Newsroom, browser: Browser, purpose: Purpose) -> None:
    before = whose(newsroom)
    assert browser.get(link(newsroom, purpose)).status == 200
    assert browser.ask("HEAD", link(newsroom, purpose)).status in (200, 405)
    assert whose(newsroom) == before


def test_leaving_can_be_undone_and_explained(newsroom: Newsroom, browser: Browser) -> None:
    path = link(newsroom, "unsubscribe")
    browser.post(path, leave="1")
    assert "subscribe again" in browser.post(path, leave="1").text
    browser.post(path, reason="Too many ferries")
    assert not whose(newsroom).takes("evening")
    browser.post(path, undo="1")
    assert whose(newsroom).takes("evening")


def test_preferences_choose_slots_and_pause(newsroom: Newsroom, browser: Browser) -> None:
    path = link(newsroom, "preferences")
    until = (newsroom.clock() + dt.timedelta(days=10)).date().isoformat()
    answer = browser.post(path, save="1", **{"evening/slot-evening": "1"}, paused_until=until)
    assert "Saved" in answer.text
    who = whose(newsroom)
    assert who.slots("evening") == ("evening",)
    assert who.state == "paused"
    assert f'value="{until}"' in answer.text
    browser.post(path, save="1", **{"evening/slot-evening": "1", "evening/slot-morning": "1"})
    who = whose(newsroom)
    assert (who.state, who.slots("evening")) == ("active", ())


@pytest.mark.parametrize("date", ["yesterday", "1999-01-01", "9999-12-31"])
def test_a_pause_that_makes_no_sense_changes_nothing(newsroom: Newsroom, browser: Browser, date: str) -> None:
    before = whose(newsroom)
    assert browser.post(link(newsroom, "preferences"), save="1", paused_until=date).status == 400
    assert whose(newsroom) == before


def test_a_token_serves_one_purpose_only(newsroom: Newsroom, browser: Browser) -> None:
    token = link(newsroom, "preferences").removeprefix("/p/")
    assert browser.post(f"/u/{token}", leave="1").status == 404
    assert browser.post(f"/c/{token}", confirm="1").status == 404
    assert whose(newsroom).takes("evening")


def test_an_oversized_body_is_not_read(newsroom: Newsroom, browser: Browser) -> None:
    assert browser.post("/subscribe/evening", address="x" * 100_000).status == 400


def test_every_page_forbids_scripts_frames_and_referrers(newsroom: Newsroom, browser: Browser) -> None:
    for path in ("/", "/subscribe/evening", "/archive/evening", "/nowhere", link(newsroom, "preferences")):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_the_archive_shows_what_was_sent_and_nothing_before(
    newsroom: Newsroom, browser: Browser, hand: Hand
) -> None:
    path = "/archive/evening/2026-11-23/morning"
    assert browser.get(path).status == 404
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    answer = browser.get(path)
    assert answer.status == 200
    assert "Harbour reopens after the flood" in answer.text
    assert "/u/" not in answer.text
    assert "style=" not in answer.text
    assert "Harbour" in browser.get("/archive/evening").text or path in browser.get("/archive/evening").text


@pytest.mark.parametrize(
    "state",
    ["composed", "rendered", "awaiting approval", "approved", "frozen", "cancelled", "failed", "missed"],
)
def test_an_edition_that_is_there_but_does_not_go_out_is_nowhere(
    newsroom: Newsroom, browser: Browser, hand: Hand, state: str
) -> None:
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    with newsroom.store.begin() as connection:
        connection.execute(slots.update().where(slots.c.name == "morning").values(state=state))
    for path in ("/archive/evening/2026-11-23/morning", "/forward/evening/2026-11-23/morning"):
        assert browser.get(path).status == 404
    for path in ("/archive/evening", "/archive/evening/feed.xml", "/archive/evening/feed.json"):
        assert "2026-11-23/morning" not in browser.get(path).text


def test_the_archive_is_a_feed_too(newsroom: Newsroom, browser: Browser, hand: Hand) -> None:
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    atom = etree.fromstring(browser.get("/archive/evening/feed.xml").text.encode())
    assert len(atom.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    assert len(json.loads(browser.get("/archive/evening/feed.json").text)["items"]) == 1


@pytest.mark.parametrize("name", ["..%2f..%2fconfig.yaml", "secret.key", "x.svg", "%2e%2e/digest.sqlite3"])
def test_only_pictures_come_out_of_the_pictures_folder(
    newsroom: Newsroom, browser: Browser, name: str
) -> None:
    assert browser.get(f"/pictures/{name}").status == 404


def test_a_feed_that_did_not_change_is_not_sent_again(
    newsroom: Newsroom, browser: Browser, hand: Hand
) -> None:
    empty = browser.get("/archive/evening/feed.xml")
    assert browser.get("/archive/evening/feed.xml", **{"If-None-Match": empty.headers["etag"]}).status == 304
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    fresh = browser.get("/archive/evening/feed.xml", **{"If-None-Match": empty.headers["etag"]})
    assert fresh.status == 200
    again = browser.get("/archive/evening/feed.xml", **{"If-None-Match": f'W/"x", {fresh.headers["etag"]}'})
    assert (again.status, again.text) == (304, "")
    assert browser.get("/archive/evening/feed.exe").status == 404


def test_the_site_is_not_served_without_an_address_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from digest.cli.frame import run

    (tmp_path / "config.yaml").write_text(CONFIG.partition("site:")[0])
    assert run(["--config", str(tmp_path / "config.yaml"), "serve"]) == 2
    assert "Set site.url" in capsys.readouterr().err
