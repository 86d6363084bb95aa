"""Subscribing: nobody learns who is known, nobody is bombed, and what was agreed is kept."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dkim
import pytest
import sqlalchemy as sa

from digest.config.settings import DkimSettings, SmtpSettings
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand
from digest.render.words import LANGUAGES
from digest.store.suppress import suppress_subscribers
from digest.store.tables import subscriptions
from digest.testing import SmtpSink
from tests.site.conftest import Browser, confirmation, link, notes, served, whose


def consent_of(newsroom: Newsroom, address: str, newsletter: str = "evening") -> dict[str, object]:
    mine = (
        subscriptions.c.subscriber == whose(newsroom, address).id,
        subscriptions.c.newsletter == newsletter,
    )
    with newsroom.store.read() as connection:
        return dict(connection.execute(sa.select(subscriptions.c.consent).where(*mine)).scalar_one())


@contextmanager
def busy(newsroom: Newsroom) -> Iterator[None]:
    """Somebody else writes to the database all the while."""
    begun, over = threading.Event(), threading.Event()

    def write() -> None:
        with newsroom.store.begin() as connection:
            connection.execute(subscriptions.update().values(end_reason=""))
            begun.set()
            over.wait(20)

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_the_answer_waits_for_nothing_that_depends_on_the_address(
    newsroom: Newsroom, browser: Browser
) -> None:
    """Were anything written before the answer, it could not come while the database is locked."""
    with busy(newsroom):
        for name in ("one", "new"):
            assert browser.post("/subscribe/evening", address=f"{name}@example.org").status == 200
    browser.settle()
    assert not whose(newsroom, "new@example.org").takes("evening")
    assert len(notes(newsroom)) == 1


def test_what_people_agreed_to_is_kept_with_when_and_where(newsroom: Newsroom, browser: Browser) -> None:
    browser.ask(
        "POST",
        "/subscribe/evening",
        "address=new@example.org",
        **{"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "198.51.100.7"},
    )
    browser.post(confirmation(newsroom, browser), confirm="1")
    proof = consent_of(newsroom, "new@example.org")
    assert (proof["step"], proof["from"], proof["when"]) == (
        "subscribe",
        "198.51.100.7",
        newsroom.clock().isoformat(),
    )
    assert "Subscribe to The Evening" in str(proof["words"])
    assert "We send you a mail to confirm." in str(proof["words"])
    assert "Website" not in str(proof["words"])  # the robots' field
    confirmed = proof["confirmed"]
    assert isinstance(confirmed, dict)
    assert confirmed["words"] == "The Evening Subscribe to The Evening Yes, send it to me"


def test_nobody_is_bombed_by_way_of_many_newsletters(polyglot: Newsroom, hand: Hand) -> None:
    with served(polyglot) as browser:
        for _day in range(2):
            for language in LANGUAGES:
                browser.post(f"/subscribe/{language}", address="victim@example.org")
            browser.settle()
            hand.now += dt.timedelta(days=1, minutes=1)
    assert len(notes(polyglot)) == 10


def test_who_has_confirmed_may_come_and_go_as_often_as_they_like(
    newsroom: Newsroom, browser: Browser, hand: Hand
) -> None:
    for _ in range(5):
        browser.post("/subscribe/evening", address="new@example.org")
        browser.post(confirmation(newsroom, browser), confirm="1")
        who = whose(newsroom, "new@example.org")
        assert who.takes("evening")
        browser.post(link(newsroom, "unsubscribe", who), leave="1")
        for note in notes(newsroom):
            note.unlink()
        hand.now += dt.timedelta(minutes=1)


def test_when_the_mail_could_not_leave_they_may_ask_again_at_once(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    def only_later(step: object) -> str | None:
        return "451 4.3.0 come back" if getattr(step, "verb", "") == "rcpt" and not later.is_set() else None

    later = threading.Event()
    with SmtpSink(only_later) as sink:
        smtp = (SmtpSettings(host="127.0.0.1", port=sink.port, tls="none"),)
        deliver = newsroom.config.deliver.model_copy(update={"transport": "smtp", "smtp": smtp})
        config = newsroom.config.model_copy(update={"deliver": deliver})
        with served(dataclasses.replace(newsroom, config=config)) as browser:
            with caplog.at_level(logging.INFO):
                assert browser.post("/subscribe/evening", address="new@example.org").status == 200
                browser.settle()
            assert "did not take the message" in caplog.text
            later.set()
            browser.post("/subscribe/evening", address="new@example.org")
            browser.settle()
            assert [message.recipient for message in sink.messages] == ["new@example.org"]


def test_the_confirmation_mail_is_signed_like_the_editions(newsroom: Newsroom) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (newsroom.folder / "dkim.pem").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    signing = DkimSettings(domain="evening.example", selector="s1", key_file="dkim.pem")
    deliver = newsroom.config.deliver.model_copy(update={"dkim": signing})
    config = newsroom.config.model_copy(update={"deliver": deliver})
    with served(dataclasses.replace(newsroom, config=config)) as browser:
        browser.post("/subscribe/evening", address="new@example.org")
        browser.settle()
    (file,) = notes(newsroom)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    assert dkim.verify(file.read_bytes(), dnsfunc=lambda *_args, **_named: record)


def test_an_address_outside_ascii_is_confirmed_by_a_mail_that_spells_it_right(
    newsroom: Newsroom, browser: Browser
) -> None:
    browser.post("/subscribe/evening", address="jörg@bücher.example")
    browser.settle()
    (file,) = notes(newsroom)
    assert "To: jörg@xn--bcher-kva.example\r\n".encode() in file.read_bytes()
    browser.post(confirmation(newsroom, browser), confirm="1")
    assert whose(newsroom, "jörg@xn--bcher-kva.example").takes("evening")


def test_a_dead_mailbox_is_told_so_in_its_preferences_and_an_undo_does_not_revive_it(
    newsroom: Newsroom, browser: Browser
) -> None:
    path = link(newsroom, "unsubscribe")
    browser.post(path, leave="1")
    who = whose(newsroom)
    with newsroom.store.begin() as connection:
        suppress_subscribers(connection, [who.id], newsroom.clock())
    assert "came back" in browser.get(link(newsroom, "preferences")).text
    assert "Unsubscribed" in browser.post(path, undo="1").text
    assert not whose(newsroom).takes("evening")


def test_unticking_everything_leaves_and_a_form_without_its_button_changes_nothing(
    newsroom: Newsroom, browser: Browser
) -> None:
    path = link(newsroom, "preferences")
    before = whose(newsroom)
    assert browser.post(path).status == 400
    assert whose(newsroom) == before
    browser.post(path, save="1")
    assert not whose(newsroom).takes("evening")
    assert "checked" not in browser.get(path).text
    browser.post(path, save="1", **{"evening/slot-morning": "1"})
    assert whose(newsroom).slots("evening") == ("morning",)


def test_a_pause_ends_at_midnight_where_the_newsletter_is_made(newsroom: Newsroom, browser: Browser) -> None:
    browser.post(
        link(newsroom, "preferences"), save="1", **{"evening/slot-morning": "1"}, paused_until="2026-12-01"
    )
    assert whose(newsroom).paused_until == dt.datetime(2026, 11, 30, 23, tzinfo=dt.UTC)


def test_a_newsletter_that_is_not_offered_now_is_not_left_by_saving(
    newsroom: Newsroom, browser: Browser
) -> None:
    from digest.store import consent

    who = whose(newsroom)
    with newsroom.store.begin() as connection:
        consent.confirm(connection, who, "resting", {}, newsroom.clock())
    browser.post(link(newsroom, "preferences"), save="1", **{"evening/slot-morning": "1"})
    assert whose(newsroom).takes("resting")


def test_who_looks_is_not_held_up_by_who_writes(newsroom: Newsroom, browser: Browser) -> None:
    """A connection opened while an import writes must not wait for its end."""
    path = link(newsroom, "preferences")
    with busy(newsroom):
        assert browser.get(path).status == 200


def test_a_database_that_fails_is_told_without_details(
    newsroom: Newsroom, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digest.errors import StoreError
    from digest.store import consent

    def broken(*_: object) -> None:
        raise StoreError("The database /secret/place is locked.")

    monkeypatch.setattr(consent, "person", broken)
    answer = browser.post(link(newsroom, "unsubscribe"), leave="1")
    assert answer.status == 503
    assert "nothing was changed" in answer.text
    assert "secret" not in answer.text
