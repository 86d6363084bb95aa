"""What the daemon does at each turn, with a clock in hand."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable

import pytest
from daemon_bench import CONFIG, Bench, Make

from digest.daemon.memory import give_back
from digest.errors import DigestError, StoreError
from digest.model import FeedState
from digest.pipeline import post, returns
from digest.pipeline.newsroom import Newsroom
from digest.slots import Slot, zone
from digest.store import alerts, feeds, instance, slots
from digest.testing import SmtpSink

DAWN = dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 11, 24, 5, 30, tzinfo=dt.UTC)  # 06:30 in Luxembourg
MINUTE = dt.timedelta(minutes=1)


def ledger(bench: Bench) -> dict[str, str]:
    with bench.daemon.newsroom.store.read() as connection:
        return {str(slot): slot.state for slot in slots.past(connection, limit=100)}


def troubles(bench: Bench) -> dict[str, str]:
    with bench.daemon.newsroom.store.read() as connection:
        return {alert.subject: alert.message for alert in alerts.open_troubles(connection)}


def test_a_due_slot_goes_out_once_however_often_we_wake(make: Make) -> None:
    bench = make(DAWN)

    async def day() -> None:
        for minutes in (-15, 0, 0, 1, 2, 30):
            await bench.at(MORNING + minutes * MINUTE)

    asyncio.run(day())
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}
    assert len(bench.mails) == 2
    assert troubles(bench) == {}


def test_an_extra_edition_is_one_of_its_own_to_everybody_again(make: Make) -> None:
    bench = make(DAWN)

    async def day() -> None:
        await bench.at(MORNING)
        with bench.daemon.newsroom.store.begin() as connection:
            (slot,) = slots.past(connection)
            slots.add_extra(connection, slot.key, MORNING + 200 * MINUTE)
        await bench.at(MORNING + 200 * MINUTE)

    asyncio.run(day())
    assert ledger(bench) == {"city/2026-11-24/morning": "done", "city/2026-11-24/morning/1": "done"}
    assert len(bench.mails) == 4
    ids = [re.findall(r"^Message-ID: .*", mail.read_text(), re.MULTILINE)[0] for mail in bench.mails]
    assert len(set(ids)) == 4
    with bench.daemon.newsroom.store.read() as connection:
        query = "SELECT edition, count(*) FROM deliveries GROUP BY edition"
        assert dict(connection.exec_driver_sql(query).all()) == dict.fromkeys(ledger(bench), 2)


def test_a_mail_server_that_is_gone_loses_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = post.limits  # it would wait for half a minute before it gives up
    monkeypatch.setattr(post, "limits", lambda room: dataclasses.replace(patient(room), first_wait=0.001))
    with SmtpSink() as sink:
        port = sink.port
    gone = f"deliver: {{transport: smtp, smtp: {{host: 127.0.0.1, port: {port}, tls: none}}}}\n"
    bench = make(DAWN, CONFIG + gone)
    asyncio.run(bench.at(MORNING))
    assert ledger(bench) == {"city/2026-11-24/morning": "sending"}
    assert "Sending city/2026-11-24/morning stopped" in troubles(bench)["city/2026-11-24/morning"]
    with bench.daemon.newsroom.store.read() as connection:
        states = connection.exec_driver_sql("SELECT state, count(*) FROM deliveries GROUP BY state").all()
    assert [tuple(row) for row in states] == [("ready", 2)]


def test_feeds_are_pulled_in_the_lead_time_and_again_by_their_rhythm(make: Make) -> None:
    bench = make(DAWN)

    async def morning() -> None:
        for minutes in range(-31, 2):
            await bench.at(MORNING + minutes * MINUTE)

    asyncio.run(morning())
    pulled = [(now - MORNING) // MINUTE for now, url in bench.feeds.pulls if "one" in url]
    assert pulled == [-31, -15]


def test_after_a_late_start_the_feeds_are_pulled_first(make: Make) -> None:
    bench = make(DAWN)
    asyncio.run(bench.at(MORNING + 60 * MINUTE))
    assert bench.feeds.pulls
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}


def test_too_late_is_missed_with_an_alert_that_says_what_to_do(make: Make) -> None:
    bench = make(DAWN)
    asyncio.run(bench.at(MORNING + 91 * MINUTE))
    assert ledger(bench) == {"city/2026-11-24/morning": "missed"}
    assert bench.mails == []
    (message,) = troubles(bench).values()
    assert "was missed" in message


def test_all_feeds_gone_sends_nothing_and_says_why(make: Make) -> None:
    bench = make(DAWN)
    bench.feeds.down = True
    asyncio.run(bench.at(MORNING))
    assert ledger(bench) == {"city/2026-11-24/morning": "skipped"}
    assert bench.mails == []


def test_a_standby_does_nothing_until_it_leads(make: Make) -> None:
    bench = make(DAWN)
    bench.daemon.lock.leads = False  # type: ignore[attr-defined]

    async def day() -> None:
        await bench.at(MORNING)
        assert (ledger(bench), bench.feeds.pulls, bench.daemon.health.leader) == ({}, [], False)
        assert "another daemon leads" in bench.daemon.health.checks()["leader"]
        bench.daemon.lock.leads = True  # type: ignore[attr-defined]
        await bench.at(MORNING + MINUTE)

    asyncio.run(day())
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}


def test_a_copied_database_sends_nothing_until_it_is_resumed(make: Make) -> None:
    bench = make(DAWN)
    store = bench.daemon.newsroom.store
    with store.begin() as connection:
        instance.hold(connection, "this database was copied", suspected=True)

    async def day() -> None:
        await bench.at(MORNING)
        assert ledger(bench) == {"city/2026-11-24/morning": "due"}
        assert bench.daemon.health.held == "this database was copied"
        assert "Nothing is sent" in troubles(bench)["hold"]
        with store.begin() as connection:
            instance.release(connection)
        await bench.at(MORNING + MINUTE)

    asyncio.run(day())
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}
    assert troubles(bench) == {}


def test_a_database_that_is_gone_is_told_once_and_work_goes_on_when_it_is_back(make: Make) -> None:
    bench = make(DAWN)
    real, gone = bench.daemon.work.note_due, [True]

    def note_due(newsroom: object, now: dt.datetime) -> object:
        if gone[0]:
            raise StoreError("The database is gone.", "Start it.")
        return real(newsroom, now)  # type: ignore[arg-type]

    bench.daemon.work = dataclasses.replace(bench.daemon.work, note_due=note_due)  # type: ignore[arg-type]
    told: list[str] = []
    bench.daemon.newsroom = dataclasses.replace(
        bench.daemon.newsroom,
        config=bench.daemon.newsroom.config.model_copy(
            update={
                "alerts": bench.daemon.newsroom.config.alerts.model_copy(update={"to": ("ops@example.org",)})
            }
        ),
    )

    async def outage() -> None:
        for minutes in (0, 1, 2):
            await bench.at(MORNING + minutes * MINUTE)
        told.extend(path.read_text() for path in bench.mails)
        gone[0] = False
        await bench.at(MORNING + 3 * MINUTE)

    asyncio.run(outage())
    assert len(told) == 1
    assert "The database is gone." in told[0]
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}
    assert bench.daemon.health.trouble == ""


def test_a_defect_in_one_slot_is_alerted_once_and_tried_again(make: Make) -> None:
    calls = []

    async def attend(_newsroom: object, slot: Slot, **_: object) -> None:
        calls.append(slot)
        raise RuntimeError("boom")

    bench = make(DAWN, attend=attend)

    async def twice() -> None:
        await bench.at(MORNING)
        await bench.at(MORNING + MINUTE)

    asyncio.run(twice())
    assert len(calls) == 2
    assert "boom" in troubles(bench)["slot city/2026-11-24/morning"]


def test_an_error_with_advice_is_alerted_with_it(make: Make) -> None:
    async def attend(*_: object, **__: object) -> None:
        raise DigestError("The template fails.", "Mend line 3.")

    bench = make(DAWN, attend=attend)
    asyncio.run(bench.at(MORNING))
    with bench.daemon.newsroom.store.read() as connection:
        (alert,) = alerts.open_troubles(connection)
    assert (alert.message, alert.advice) == ("The template fails.", "Mend line 3.")


def test_an_edition_that_cannot_be_built_is_tried_at_each_turn_and_fails_with_the_reason(make: Make) -> None:
    bench = make(DAWN, CONFIG + "template_dir: .\n")
    mine = bench.folder / "mail"
    mine.mkdir(parents=True)
    (mine / "frame.html").write_text("{{ nothing.of.the.kind }}")

    async def morning() -> None:
        await bench.at(MORNING)
        await bench.at(MORNING + MINUTE / 2)
        assert ledger(bench) == {"city/2026-11-24/morning": "due"}
        await bench.at(MORNING + 91 * MINUTE)

    asyncio.run(morning())
    with bench.daemon.newsroom.store.read() as connection:
        (slot,) = slots.past(connection)
    assert slot.state == "failed"
    assert "frame.html" in slot.reason
    assert "failed: " in troubles(bench)["city/2026-11-24/morning"]
    assert bench.daemon.metrics.registry.get_sample_value("digest_errors_total", {"work": "slot"}) == 2


def test_stopping_lets_what_is_in_flight_finish_and_begins_nothing_more(make: Make) -> None:
    finished = []

    async def attend(_newsroom: object, _slot: Slot, *, stop: asyncio.Event) -> None:
        await stop.wait()
        finished.append(True)

    bench = make(DAWN, attend=attend)

    async def leave() -> bool:
        bench.hand.now = MORNING
        await bench.daemon.turn()
        await asyncio.sleep(0.1)
        clean = await bench.daemon.stop(dt.timedelta(seconds=5))
        await bench.daemon.turn()
        return clean and not bench.daemon.tasks

    assert asyncio.run(leave())
    assert finished == [True]


def test_what_does_not_finish_in_time_is_given_up(make: Make) -> None:
    async def attend(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    bench = make(DAWN, attend=attend)

    async def leave() -> bool:
        bench.hand.now = MORNING
        await bench.daemon.turn()
        await asyncio.sleep(0.1)
        return await bench.daemon.stop(dt.timedelta(milliseconds=100))

    assert not asyncio.run(leave())


def test_a_slow_newsletter_does_not_hold_up_another(make: Make) -> None:
    begun = {name: asyncio.Event() for name in ("city", "sea")}

    async def attend(_newsroom: object, slot: Slot, *, stop: asyncio.Event) -> None:
        begun[slot.key.newsletter].set()
        await stop.wait()

    noon = dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)
    bench = make(noon - 31 * MINUTE, CONFIG.replace('"17:30"', '"17:45"'), attend=attend)

    async def both() -> None:
        for minutes, name in ((-15, "city"), (0, "sea")):
            bench.hand.now = noon + minutes * MINUTE
            await bench.daemon.turn()
            await asyncio.wait_for(begun[name].wait(), 60)
            assert "slot city/2026-11-24/evening" in bench.daemon.tasks
        await bench.daemon.stop(dt.timedelta(seconds=1))

    asyncio.run(both())


def test_old_things_are_forgotten_once_a_day_away_from_slots(make: Make) -> None:
    bench = make(DAWN)

    async def day() -> None:
        for hours in (1, 2, 3, 26, 27, 28):
            await bench.at(DAWN + dt.timedelta(hours=hours))
            tidied.append(bench.daemon.tidied_at)

    tidied: list[dt.datetime | None] = []
    asyncio.run(day())
    second, next_day = DAWN + dt.timedelta(hours=2), DAWN + dt.timedelta(hours=27)
    assert tidied[1:] == [
        second,
        second,
        second,
        next_day,
        next_day,
    ]  # at 26 the slots of the night are noted


def test_readiness_names_what_is_wrong(make: Make) -> None:
    bench = make(DAWN)
    bench.daemon.health.leader = True
    assert "never" in bench.daemon.health.checks()["pull"]
    asyncio.run(bench.at(MORNING))
    assert bench.daemon.health.checks() == {}
    bench.hand.now = MORNING + 300 * MINUTE
    assert "05:30" in bench.daemon.health.checks()["pull"]


def test_a_feed_that_asked_for_quiet_is_not_pulled_for_a_slot(make: Make) -> None:
    bench = make(DAWN)
    with bench.daemon.newsroom.store.begin() as connection:
        for name in ("one", "two"):
            url = f"https://{name}.example/feed"
            feeds.save_states(connection, [FeedState(url, last_pull=DAWN, next_pull=MORNING + 60 * MINUTE)])
    asyncio.run(bench.at(MORNING))
    assert bench.feeds.pulls == []


def test_a_mail_server_that_refuses_us_is_alerted_and_tried_again_until_it_is_back(make: Make) -> None:
    refuses = [True]
    with SmtpSink(lambda step: "530 5.7.0 who are you" if refuses and step.verb == "mail" else None) as sink:
        server = f"deliver: {{transport: smtp, smtp: {{host: 127.0.0.1, port: {sink.port}, tls: none}}}}\n"
        bench = make(DAWN, CONFIG + server)

        async def day() -> None:
            await bench.at(MORNING)
            assert ledger(bench) == {"city/2026-11-24/morning": "sending"}
            assert "Sending city/2026-11-24/morning stopped" in troubles(bench)["city/2026-11-24/morning"]
            refuses.clear()
            await bench.at(MORNING + MINUTE)
            assert sink.messages == []
            await bench.at(MORNING + 6 * MINUTE)

        asyncio.run(day())
        assert len(sink.messages) == 2
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}
    assert troubles(bench) == {}


def test_an_edition_that_goes_out_ends_the_trouble_of_the_one_before(make: Make) -> None:
    bench = make(DAWN)

    async def day() -> None:  # in one event loop: that is what a daemon's locks belong to
        await bench.at(MORNING + 91 * MINUTE)
        assert troubles(bench)
        await bench.at(DAWN + 990 * MINUTE)  # the evening

    asyncio.run(day())
    assert troubles(bench) == {}


def test_a_pull_killed_before_grouping_costs_no_edition(make: Make) -> None:
    bench = make(DAWN)
    store = bench.daemon.newsroom.store
    with store.begin() as connection:
        for feed in bench.daemon.newsroom.feeds:
            bench.feeds.pull(connection, feed, MORNING - MINUTE)
    asyncio.run(bench.at(MORNING))
    assert bench.feeds.pulls == []
    assert ledger(bench) == {"city/2026-11-24/morning": "done"}


def test_on_either_engine_a_day_is_the_same(make: Make, database_url: str) -> None:
    bench = make(DAWN, url=database_url)

    async def day() -> None:
        for hours in range(1, 24):
            await bench.at(DAWN + hours * 60 * MINUTE + 30 * MINUTE)
            bench.restart()

    asyncio.run(day())
    assert ledger(bench) == {
        "city/2026-11-24/morning": "done",
        "city/2026-11-24/evening": "done",
        "sea/2026-11-24/noon": "done",
    }
    assert len(bench.mails) == 6


def test_caches_of_our_own_are_emptied(make: Make) -> None:
    bench = make(DAWN)
    asyncio.run(bench.at(MORNING))
    assert zone.cache_info().currsize > 0
    assert give_back() > 5
    assert zone.cache_info().currsize == 0


def test_bounces_are_looked_for_every_five_minutes_and_a_lost_folder_is_told_until_it_is_back(
    make: Make,
) -> None:
    looks: list[dt.datetime] = []

    def collect(newsroom: Newsroom, stopped: Callable[[], bool]) -> Counter[str]:
        looks.append(newsroom.clock())
        return returns.collect(newsroom, stopped)

    bench = make(DAWN, CONFIG + "deliver: {bounces: [Maildir]}\n", returns=collect)

    async def morning() -> None:
        for minutes in (1, 2, 3, 6, 7):
            await bench.at(DAWN + minutes * MINUTE)
        assert "neither a Maildir nor an mbox" in troubles(bench)["bounces"]
        (bench.folder / "Maildir" / "new").mkdir(parents=True)
        await bench.at(DAWN + 11 * MINUTE)

    asyncio.run(morning())
    assert [(look - DAWN) // MINUTE for look in looks] == [1, 6, 11]
    assert troubles(bench) == {}
