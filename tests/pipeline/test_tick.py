"""Every slot once, whatever happens; a preview consumes nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.errors import DeliveryError
from digest.pipeline import post as posting
from digest.pipeline.build import build, coming
from digest.pipeline.export import write
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand
from digest.pipeline.tick import Done, tick
from digest.store import consent, editions, instance
from digest.store import slots as ledger
from digest.store.deliveries import adds_up
from digest.store.tables import deliveries
from tests.pipeline.conftest import EVENING, MORNING, TITLES, entry, publish


def ticked(newsroom: Newsroom) -> tuple[Done, ...]:
    return asyncio.run(tick(newsroom, stop=asyncio.Event()))


def mails(newsroom: Newsroom) -> list[Path]:
    return sorted(newsroom.path("var/outbox").rglob("*.eml"))


def states(newsroom: Newsroom) -> dict[str, str]:
    with newsroom.store.read() as connection:
        return {str(slot): slot.state for slot in ledger.past(connection)}


def test_before_the_slot_nothing_happens(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING - dt.timedelta(seconds=1)
    assert ticked(newsroom) == ()
    assert mails(newsroom) == []


def test_a_due_slot_is_built_and_sent_to_every_subscriber(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING
    (done,) = ticked(newsroom)
    assert done.slot.state == "done"
    assert len(mails(newsroom)) == 2
    assert {i.headline for i in done.built.edition.items} == set(TITLES)


def test_waking_twice_sends_once(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING
    ticked(newsroom)
    before = {file: file.stat().st_mtime_ns for file in mails(newsroom)}
    assert ticked(newsroom) == ()
    assert {file: file.stat().st_mtime_ns for file in mails(newsroom)} == before


def test_the_evening_does_not_repeat_the_morning(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING
    ticked(newsroom)
    noon = EVENING - dt.timedelta(hours=4)
    fresh = ["Library opens its roof", "Baker wins the river prize", "Bridge closes for repairs"]
    publish(newsroom, [entry(20 + n, title, noon) for n, title in enumerate(fresh)], noon)
    hand.now = EVENING
    (done,) = ticked(newsroom)
    assert {i.headline for i in done.built.edition.items} == set(fresh)


def test_what_was_too_little_for_one_edition_waits_for_the_next(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING
    ticked(newsroom)
    day, noon = dt.timedelta(days=1), MORNING + dt.timedelta(hours=6)
    little = ["Library opens its roof", "Baker wins the river prize"]
    publish(newsroom, [entry(20 + n, title, noon) for n, title in enumerate(little)], noon)
    for slot in (EVENING, MORNING + day, EVENING + day, MORNING + 2 * day):
        hand.now = slot
        assert [done.slot.state for done in ticked(newsroom)] == ["skipped"]
    publish(newsroom, [entry(30, "Bridge closes for repairs", noon + 2 * day)], noon + 2 * day)
    hand.now = EVENING + 2 * day
    (done,) = ticked(newsroom)
    assert {i.headline for i in done.built.edition.items} == {*little, "Bridge closes for repairs"}


def test_too_few_new_stories_skip_the_slot_and_say_why(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING
    ticked(newsroom)
    hand.now = EVENING
    (done,) = ticked(newsroom)
    assert done.slot.state == "skipped"
    assert "min_stories" in done.slot.reason
    assert len(mails(newsroom)) == 2


def test_a_slot_within_its_catch_up_window_is_still_sent(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING + dt.timedelta(minutes=89)
    assert [done.slot.state for done in ticked(newsroom)] == ["done"]


def test_a_slot_beyond_it_is_recorded_as_missed_with_an_alert(newsroom: Newsroom, hand: Hand) -> None:
    from digest.store import alerts

    hand.now = MORNING + dt.timedelta(minutes=91)
    (done,) = ticked(newsroom)
    assert done.slot.state == "missed"
    assert mails(newsroom) == []
    with newsroom.store.read() as connection:
        (alert,) = alerts.unsent(connection)
    assert alert.subject == "evening/2026-11-23/morning"


def test_what_was_frozen_is_resumed_never_rebuilt(
    newsroom: Newsroom, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outbox is a file where a folder should be, so that sending fails after the freeze."""
    hand.now = MORNING
    outbox = blocked(newsroom)
    ticked(newsroom)
    assert states(newsroom)["evening/2026-11-23/morning"] == "sending"
    with newsroom.store.read() as connection:
        frozen = editions.load_mails(connection, "evening/2026-11-23/morning")
    publish(newsroom, [entry(30, "A story that came too late", MORNING)], hand.now)
    outbox.unlink()
    hand.now = MORNING + dt.timedelta(hours=3)  # long after the catch-up window: it was promised
    (done,) = ticked(newsroom)
    assert done.slot.state == "done"
    with newsroom.store.read() as connection:
        assert editions.load_mails(connection, "evening/2026-11-23/morning") == frozen
    assert all(b"came too late" not in file.read_bytes() for file in mails(newsroom))
    assert len(mails(newsroom)) == 2


def until(moment: dt.datetime, newsroom: Newsroom, hand: Hand) -> None:
    """Wake every half hour, as whoever runs the newsroom does."""
    while hand.now < moment:
        hand.now = min(moment, hand.now + dt.timedelta(minutes=30))
        ticked(newsroom)


def blocked(newsroom: Newsroom) -> Path:
    """A file where the outbox should be: nothing can be sent."""
    outbox = newsroom.path("var/outbox")
    outbox.parent.mkdir(parents=True, exist_ok=True)
    outbox.write_text("in the way")
    return outbox


def test_after_a_day_on_which_nothing_could_be_sent_only_the_newest_edition_goes_out_with_every_story(
    newsroom: Newsroom, hand: Hand
) -> None:
    hand.now = MORNING
    outbox = blocked(newsroom)
    ticked(newsroom)
    until(EVENING, newsroom, hand)
    assert states(newsroom) == {
        "evening/2026-11-23/morning": "superseded",
        "evening/2026-11-23/evening": "sending",
    }
    outbox.unlink()
    hand.now = EVENING + dt.timedelta(minutes=10)
    ticked(newsroom)
    with newsroom.store.read() as connection:
        edition = editions.load(connection, "evening/2026-11-23/evening")
        assert adds_up(connection, "evening/2026-11-23/morning")
    assert {item.headline for item in edition.items} == set(TITLES)  # nobody had the morning's
    assert len(mails(newsroom)) == 2


def test_an_edition_that_has_begun_to_leave_is_finished_beside_a_newer_one(
    newsroom: Newsroom, hand: Hand
) -> None:
    hand.now = MORNING
    outbox = blocked(newsroom)
    ticked(newsroom)
    with newsroom.store.begin() as connection:
        first = sa.select(sa.func.min(deliveries.c.id)).scalar_subquery()
        left = deliveries.update().where(deliveries.c.id == first)
        connection.execute(left.values(state="accepted", attempts=1, code=250))
    until(EVENING - dt.timedelta(minutes=30), newsroom, hand)
    outbox.unlink()
    hand.now = EVENING
    late = ("Library opens its roof", "Baker wins the river prize", "Bridge closes for repairs")
    publish(newsroom, [entry(n, title, EVENING) for n, title in enumerate(late, 30)], hand.now)
    ticked(newsroom)
    assert set(states(newsroom).values()) == {"done"}
    assert len(mails(newsroom)) == 3


def test_a_held_database_sends_nothing(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING
    with newsroom.store.begin() as connection:
        instance.hold(connection, "restored")
    assert ticked(newsroom) == ()
    with newsroom.store.begin() as connection:
        instance.release(connection)
    assert [done.slot.state for done in ticked(newsroom)] == ["done"]


def test_building_consumes_nothing_and_gives_the_same_bytes_twice(
    newsroom: Newsroom, hand: Hand, tmp_path: Path
) -> None:
    hand.now = MORNING
    newsletter = newsroom.newsletters["evening"]

    def contents(folder: Path) -> dict[str, bytes]:
        built = asyncio.run(build(newsroom, newsletter, coming(newsletter, hand.now), now=hand.now))
        return {file.name: file.read_bytes() for file in write(newsroom, newsletter, built, folder)}

    first = contents(tmp_path / "first")
    assert first == contents(tmp_path / "second")
    assert set(first) == {"edition.html", "edition.txt", "edition.eml", "edition.json"}
    (done,) = ticked(newsroom)
    assert len(done.built.edition.items) == len(TITLES)


def test_a_preview_after_sending_shows_what_was_sent(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING
    (done,) = ticked(newsroom)
    newsletter = newsroom.newsletters["evening"]
    again = asyncio.run(build(newsroom, newsletter, coming(newsletter, hand.now), now=hand.now))
    assert again.edition == done.built.edition


def test_an_updated_story_comes_back_marked(newsroom: Newsroom, hand: Hand) -> None:
    hand.now = MORNING
    ticked(newsroom)
    noon = EVENING - dt.timedelta(hours=4)
    news = "The ferry will sail again on Thursday with 340 passengers."
    changed = [
        entry(n, title, MORNING - dt.timedelta(hours=2), standfirst=f"{title}. {news}", updated=noon)
        for n, title in enumerate(TITLES[:3])
    ]
    publish(newsroom, changed, noon)
    hand.now = EVENING
    (done,) = ticked(newsroom)
    assert {item.updated for item in done.built.edition.items} == {news}


def test_smtp_without_a_site_is_refused_with_advice(newsroom: Newsroom) -> None:
    deliver = newsroom.config.deliver.model_copy(update={"transport": "smtp"})
    site = newsroom.config.site.model_copy(update={"url": ""})
    config = newsroom.config.model_copy(update={"deliver": deliver, "site": site})
    import dataclasses

    with pytest.raises(DeliveryError, match="unsubscribe"):
        posting.transport_of(dataclasses.replace(newsroom, config=config))


def test_who_unsubscribes_before_sending_gets_nothing(newsroom: Newsroom, hand: Hand) -> None:
    with newsroom.store.begin() as connection:
        who = consent.by_address(connection, "one@example.org")
        assert who is not None
        consent.leave(connection, who, "evening", "", hand.now)
    hand.now = MORNING
    ticked(newsroom)
    assert len(mails(newsroom)) == 1
