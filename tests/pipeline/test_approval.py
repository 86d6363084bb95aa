"""Editors are asked, and nothing goes out that they did not see."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.config.load import load
from digest.errors import UsageError
from digest.model import Decision
from digest.pipeline import approval
from digest.pipeline.build import Built, build, planned
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.post import letters
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import Done, note_due, tick
from digest.slots import Slot
from digest.store import alerts, audit, decisions, editions
from digest.store import slots as ledger
from tests.pipeline.conftest import CONFIG, DAY, MORNING, TITLES, entry, publish

MINUTE = dt.timedelta(minutes=1)
LEAD = 15 * MINUTE
KEY = "evening/2026-11-23/morning"


@pytest.fixture(params=["required", "{auto_after: 20m}"])
def newsroom(tmp_path: Path, hand: Hand, request: pytest.FixtureRequest) -> Iterator[Newsroom]:
    """A newsroom whose editors approve."""
    config = CONFIG.replace("    min_stories: 3", f"    min_stories: 3\n    approval: {request.param}")
    (tmp_path / "config.yaml").write_text(config + "desk: {editors: [ada@evening.example]}\n")
    with open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as opened:
        subscribe_readers(opened, hand.now, ("one@example.org", "two@example.org"))
        note_due(opened, hand.now)
        early = MORNING - dt.timedelta(hours=2)
        publish(opened, [entry(n, title, early) for n, title in enumerate(TITLES)], hand.now)
        yield opened


only_required = pytest.mark.parametrize("newsroom", ["required"], indirect=True)
only_auto = pytest.mark.parametrize("newsroom", ["{auto_after: 20m}"], indirect=True)


def ticked(newsroom: Newsroom) -> tuple[Done, ...]:
    return asyncio.run(tick(newsroom, stop=asyncio.Event()))


def mails(newsroom: Newsroom, to: str = "") -> list[email.message.EmailMessage]:
    files = sorted(newsroom.path("var/outbox").rglob("*.eml"))
    found = [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]
    return [m for m in found if to in m["To"]]


def slot(newsroom: Newsroom) -> Slot:
    with newsroom.store.read() as connection:
        return next(s for s in ledger.past(connection) if str(s) == KEY)


def log(newsroom: Newsroom) -> list[tuple[str, str]]:
    with newsroom.store.read() as connection:
        return [(step.who, step.what) for step in audit.of_slot(connection, KEY)]


def seen(newsroom: Newsroom) -> Built:
    newsletter = newsroom.newsletters["evening"]
    return asyncio.run(build(newsroom, newsletter, planned(newsletter, "morning", DAY), now=newsroom.clock()))


def approved(newsroom: Newsroom, built: Built, who: str = "ada") -> Slot:
    wanted = planned(newsroom.newsletters["evening"], "morning", DAY)
    return approval.approve(newsroom, wanted, 0, built, who)


def test_editors_get_a_mail_with_the_preflight_and_a_link_before_anything_goes_out(
    newsroom: Newsroom, hand: Hand
) -> None:
    hand.now = MORNING - LEAD - MINUTE
    assert ticked(newsroom) == ()
    hand.now = MORNING - LEAD
    (done,) = ticked(newsroom)
    assert done.slot.state == "awaiting_approval"
    assert mails(newsroom, "@example.org") == []
    (asked,) = mails(newsroom, "ada@")
    text = asked.get_content()
    assert asked["Subject"] == "To approve: The Evening, morning edition, 06:30"
    assert "http://127.0.0.1:8400/desk/evening" in text
    assert "Preflight: " in text
    assert TITLES[0] in text
    assert log(newsroom) == [("digest", "composed"), ("digest", "asked")]


def test_they_are_asked_once(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING - LEAD
    ticked(newsroom)
    hand.now += MINUTE
    assert ticked(newsroom) == ()
    assert len(mails(newsroom, "ada@")) == 1


def test_what_was_approved_is_what_goes_out_whatever_comes_after(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING - LEAD
    ticked(newsroom)
    built = seen(newsroom)
    assert approved(newsroom, built).state == "frozen"
    hand.now = MORNING - MINUTE
    publish(newsroom, [entry(9, "Volcano erupts", MORNING - 5 * MINUTE)], hand.now)
    with newsroom.store.begin() as connection:
        hide = Decision(0, "evening", KEY, "bea", hand.now, "hide", built.edition.items[0].entry)
        decisions.add(connection, hide)
    assert ticked(newsroom) == ()
    assert mails(newsroom, "@example.org") == []
    hand.now = MORNING
    (done,) = ticked(newsroom)
    assert done.slot.state == "done"
    assert len(mails(newsroom, "@example.org")) == 2
    with newsroom.store.read() as connection:
        assert editions.load(connection, KEY) == built.edition
        assert editions.load_mails(connection, KEY) == (built.mail,)
    assert letters(newsroom, newsroom.newsletters["evening"], KEY)
    assert log(newsroom)[-1] == ("ada", "approved")


def test_an_edition_can_be_approved_before_anybody_is_asked(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING - 40 * MINUTE
    approved(newsroom, seen(newsroom))
    hand.now = MORNING - LEAD
    assert ticked(newsroom) == ()
    hand.now = MORNING
    assert ticked(newsroom)[0].slot.state == "done"
    assert mails(newsroom, "ada@") == []


def test_who_subscribes_between_approval_and_slot_gets_the_edition(newsroom: Newsroom, hand: Hand) -> None:
    approved(newsroom, seen(newsroom))
    hand.now = MORNING - MINUTE
    subscribe_readers(newsroom, hand.now, ("late@example.org",))
    hand.now = MORNING
    ticked(newsroom)
    assert len(mails(newsroom, "late@example.org")) == 1


def test_approving_twice_is_refused(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING - LEAD
    ticked(newsroom)
    approved(newsroom, seen(newsroom))
    with pytest.raises(UsageError, match="frozen"):
        approved(newsroom, seen(newsroom), "bea")


def test_an_edition_with_too_few_stories_cannot_be_approved(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING - LEAD
    items = seen(newsroom).edition.items
    with newsroom.store.begin() as connection:
        for item in items[2:]:
            decisions.add(connection, Decision(0, "evening", KEY, "bea", hand.now, "hide", item.entry))
    with pytest.raises(UsageError, match="min_stories"):
        approved(newsroom, seen(newsroom))


def test_an_approval_is_taken_back_while_nobody_has_been_sent_it(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING - LEAD
    ticked(newsroom)
    approved(newsroom, seen(newsroom))
    assert approval.take_back(newsroom, slot(newsroom), "ada").state == "awaiting_approval"
    with newsroom.store.read() as connection:
        assert editions.of_slot(connection, slot(newsroom)) is None
        assert editions.earlier(connection, "evening", MORNING - dt.timedelta(days=1)) == ()
    approved(newsroom, seen(newsroom), "bea")
    hand.now = MORNING
    with pytest.raises(UsageError, match="going out"):
        approval.take_back(newsroom, slot(newsroom), "ada")


@only_required
def test_an_unapproved_edition_is_held_with_an_alert_and_missed_in_the_end(
    newsroom: Newsroom, hand: Hand
) -> None:
    hand.now = MORNING - LEAD
    ticked(newsroom)
    for minute in (0, 1, 90):
        hand.now = MORNING + minute * MINUTE
        assert ticked(newsroom) == ()
    with newsroom.store.read() as connection:
        (told,) = alerts.open_troubles(connection)
    assert "held until 08:00" in told.message
    assert "/desk/evening" in told.advice
    hand.now = MORNING + 91 * MINUTE
    (done,) = ticked(newsroom)
    assert done.slot.state == "missed"
    assert mails(newsroom, "@example.org") == []
    assert log(newsroom)[-1] == ("digest", "missed")


@only_auto
def test_without_a_word_it_goes_out_in_time_and_the_log_says_that_nobody_approved(
    newsroom: Newsroom, hand: Hand
) -> None:
    hand.now = MORNING - LEAD
    ticked(newsroom)
    assert "it goes out at 06:35" in mails(newsroom, "ada@")[0].get_content()
    hand.now = MORNING + 4 * MINUTE
    assert ticked(newsroom) == ()
    hand.now = MORNING + 5 * MINUTE
    (done,) = ticked(newsroom)
    assert done.slot.state == "done"
    assert len(mails(newsroom, "@example.org")) == 2
    assert log(newsroom)[-1] == ("digest", "sent unasked")


@only_auto
def test_the_time_counts_from_the_mail_that_editors_really_got(
    newsroom: Newsroom, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(approval, "send_note", down)
    hand.now = MORNING - LEAD
    assert ticked(newsroom)[0].slot.state == "awaiting_approval"
    monkeypatch.undo()
    hand.now = MORNING + 10 * MINUTE
    ticked(newsroom)
    assert len(mails(newsroom, "ada@")) == 1
    hand.now = MORNING + 29 * MINUTE
    assert ticked(newsroom) == ()
    hand.now = MORNING + 30 * MINUTE
    assert ticked(newsroom)[0].slot.state == "done"


def test_sending_is_paused_resumed_and_cancelled_by_hand_and_the_log_tells(
    newsroom: Newsroom, hand: Hand
) -> None:
    frozen = approved(newsroom, seen(newsroom))
    with newsroom.store.begin() as connection:
        ledger.interrupt(connection, frozen, "sending", hand.now)
    approval.pause(newsroom, slot(newsroom), "ada")
    with pytest.raises(UsageError, match="paused, not sending"):
        approval.pause(newsroom, slot(newsroom), "ada")
    assert approval.resume(newsroom, slot(newsroom), "bea").state == "sending"
    approval.cancel(newsroom, slot(newsroom), "bea")
    assert slot(newsroom).state == "cancelled"
    assert log(newsroom)[-3:] == [("ada", "paused"), ("bea", "resumed"), ("bea", "cancelled")]
