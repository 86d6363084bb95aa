"""An edition that is out is mended on its page, told of in the next one, and by mail when asked."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
from pathlib import Path

import pytest

from digest.errors import StoreError, UsageError
from digest.model import Picture
from digest.pipeline import approval
from digest.pipeline.build import build, planned
from digest.pipeline.correct import Wish, correct, mail
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand
from digest.pipeline.tick import Done, tick
from digest.store import audit, consent, editions
from tests.pipeline.conftest import EVENING, MORNING, TITLES, entry, publish
from tests.site.conftest import Browser

KEY = "evening/2026-11-23/morning"


@pytest.fixture
def sent(newsroom: Newsroom, hand: Hand) -> Newsroom:
    """The morning edition is out."""
    hand.now = MORNING
    ticked(newsroom)
    return newsroom


def ticked(newsroom: Newsroom) -> tuple[Done, ...]:
    return asyncio.run(tick(newsroom, stop=asyncio.Event()))


def story(newsroom: Newsroom, place: int = 0, edition: str = KEY) -> str:
    with newsroom.store.read() as connection:
        return editions.load(connection, edition).items[place].entry


def headline(newsroom: Newsroom, place: int = 0) -> str:
    with newsroom.store.read() as connection:
        return editions.load(connection, KEY).items[place].headline


def page(browser: Browser, edition: str = KEY) -> str:
    return browser.get(f"/archive/{edition}").text


def mails(newsroom: Newsroom) -> list[Path]:
    return sorted(newsroom.path("var/outbox").rglob("*.eml"))


def fresh(newsroom: Newsroom, hand: Hand) -> None:
    noon = EVENING - dt.timedelta(hours=4)
    titles = ["Library opens its roof", "Baker wins the river prize", "Bridge closes for repairs"]
    publish(newsroom, [entry(20 + n, title, noon) for n, title in enumerate(titles)], noon)
    hand.now = EVENING


def test_a_correction_changes_the_page_and_says_so_and_the_frozen_mail_stays(
    sent: Newsroom, browser: Browser
) -> None:
    wrong = headline(sent)
    with sent.store.read() as connection:
        frozen = editions.load_mails(connection, KEY)
    wish = Wish(story(sent), {"headline": "Put right"}, "The headline had the wrong river.")
    correct(sent, KEY, wish, "ada")
    shown = page(browser)
    assert "Put right" in shown
    assert "The headline had the wrong river." in shown
    assert "Corrections" in shown
    assert wrong in shown  # what was printed is named, once
    assert browser.get("/archive/evening/feed.json").text.count("Put right") >= 1
    with sent.store.read() as connection:
        assert editions.load_mails(connection, KEY) == frozen
        assert [(s.who, s.what) for s in audit.of_slot(connection, KEY)] == [("ada", "corrected")]


def test_the_next_edition_tells_of_it_once(sent: Newsroom, hand: Hand) -> None:
    correct(sent, KEY, Wish(story(sent), {"headline": "Put right"}, "It was the Sauer."), "ada")
    fresh(sent, hand)
    (done,) = ticked(sent)
    assert done.built
    assert "It was the Sauer." in done.built.mail.html
    assert "It was the Sauer." in done.built.mail.text
    noon = EVENING + dt.timedelta(hours=8)
    titles = ("Ferry sinks at its pier", "Chess club wins again", "Owls return to the tower")
    publish(sent, [entry(40 + n, t, noon) for n, t in enumerate(titles)], noon)
    hand.now = MORNING + dt.timedelta(days=1)
    (done,) = ticked(sent)
    assert done.built
    assert "It was the Sauer." not in done.built.mail.html


def test_what_an_edition_told_that_was_cancelled_is_told_by_the_next(sent: Newsroom, hand: Hand) -> None:
    correct(sent, KEY, Wish(story(sent), {"headline": "Put right"}, "It was the Sauer."), "ada")
    fresh(sent, hand)
    letter = sent.newsletters["evening"]
    slot = planned(letter, "evening", EVENING.date())
    built = asyncio.run(build(sent, letter, slot, now=hand.now))
    assert "It was the Sauer." in built.mail.html
    approval.cancel(sent, approval.approve(sent, slot, 0, built, "ada"), "ada")
    hand.now = MORNING + dt.timedelta(days=1)
    publish(sent, [entry(43, "Owls return to the tower", hand.now)], hand.now)
    (done,) = ticked(sent)
    assert done.built
    assert "It was the Sauer." in done.built.mail.html
    assert "Baker wins the river prize" in done.built.mail.html  # nobody was told that either


def test_a_correction_without_a_note_or_of_an_unknown_story_is_refused(sent: Newsroom) -> None:
    with pytest.raises(UsageError, match="note is missing"):
        correct(sent, KEY, Wish(story(sent), {"headline": "Put right"}), "ada")
    with pytest.raises(UsageError, match="no story") as told:
        correct(sent, KEY, Wish("nobody", {}, "x"), "ada")
    assert headline(sent) in told.value.advice
    with pytest.raises(StoreError, match="no edition"):
        correct(sent, "evening/2020-01-01/morning", Wish("x", {}, "x"), "ada")


def test_a_takedown_removes_story_and_picture_and_names_neither(
    newsroom: Newsroom, hand: Hand, browser: Browser
) -> None:
    folder = newsroom.path("var/pictures")
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"picture")
    url = "https://evening.example/pictures/a.jpg"
    early = MORNING - dt.timedelta(hours=2)
    shown = Picture(url, "The mayor", "AFP", "", 1200, 800)
    publish(newsroom, [entry(9, "Mayor accused wrongly", early, pictures=(shown,))], hand.now)
    hand.now = MORNING
    ticked(newsroom)
    entry_id = f"{9:016x}"
    assert "Mayor accused wrongly" in page(browser)
    assert browser.get("/pictures/a.jpg").status == 200
    correct(newsroom, KEY, Wish(entry_id, note="It was not true.", remove=True), "ada")
    after = page(browser)
    assert "Mayor accused wrongly" not in after
    assert "A story was removed." in after
    assert "It was not true." in after
    assert browser.get("/pictures/a.jpg").status == 404
    feed = browser.get("/archive/evening/feed.xml").text
    assert "Mayor accused wrongly" not in feed
    fresh(newsroom, hand)
    (done,) = ticked(newsroom)
    assert done.built
    assert "A story was removed." in done.built.mail.text
    assert "Mayor" not in done.built.mail.html


def test_a_picture_that_another_story_shows_stays(newsroom: Newsroom, hand: Hand) -> None:
    folder = newsroom.path("var/pictures")
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"picture")
    shown = Picture("https://evening.example/pictures/a.jpg", "", "", "", 1200, 800)
    early = MORNING - dt.timedelta(hours=2)
    found = [entry(n, t, early, pictures=(shown,)) for n, t in enumerate(TITLES)]
    publish(newsroom, found, hand.now)
    hand.now = MORNING
    ticked(newsroom)
    correct(newsroom, KEY, Wish(story(newsroom), remove=True), "ada")
    assert (folder / "a.jpg").exists()


def test_a_correction_is_mailed_to_those_whom_the_edition_reached_and_to_nobody_else(
    sent: Newsroom, hand: Hand
) -> None:
    from digest.addresses import parse_address

    before = mails(sent)
    hand.now = MORNING + dt.timedelta(hours=1)
    with sent.store.begin() as connection:
        new = consent.new_person(connection, parse_address("three@example.org"), hand.now)
        consent.confirm(connection, new, "evening", {"step": "test"}, hand.now)
        gone = consent.by_address(connection, parse_address("two@example.org").key)
        assert gone
        consent.leave(connection, gone, "evening", "one click", hand.now)
    correct(sent, KEY, Wish(story(sent), {"headline": "Put right"}, "It was the Sauer."), "ada")
    mail(sent, KEY, "ada")
    (done,) = ticked(sent)
    assert str(done.slot) == f"{KEY}/1"
    assert done.slot.state == "done"
    (file,) = [f for f in mails(sent) if f not in before]
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert message["To"] == "one@example.org"
    assert message["Subject"].startswith("Correction: ")
    assert "List-Unsubscribe" in message
    body = message.get_body(("plain",))
    assert body
    assert "It was the Sauer." in body.get_content()
    assert ticked(sent) == ()
    with pytest.raises(UsageError, match="not mailed"):
        mail(sent, KEY, "ada")
