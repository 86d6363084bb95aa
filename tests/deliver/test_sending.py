"""The loop: who gets it, who no longer does, stopping, pausing, pacing, and the sum at the end."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import replace

import sqlalchemy as sa
from office import EDITION, NOW

from digest.config.settings import SmtpSettings
from digest.deliver.pace import DomainPace
from digest.deliver.relays import Relays
from digest.deliver.report import Progress
from digest.store import partitions
from digest.store.audience import fix_audience
from digest.store.deliveries import adds_up
from digest.store.tables import deliveries, editions, subscribers, subscriptions
from digest.testing import SmtpSink, Step

PEOPLE = [f"p{number}@x{number % 2}.example" for number in range(20)]


def relay(sink: SmtpSink, connections: int = 2) -> Relays:
    return Relays([SmtpSettings(host="127.0.0.1", port=sink.port, tls="none", connections=connections)])


def change(office, table: sa.Table, address: str, **values) -> None:
    person = sa.select(subscribers.c.id).where(subscribers.c.address == address).scalar_subquery()
    column = subscribers.c.id if table is subscribers else table.c.subscriber
    with office.store.begin() as connection:
        connection.execute(table.update().where(column == person).values(values))


def test_the_audience_is_who_had_subscribed_to_the_slot_and_may_be_written_to(either) -> None:
    office = either
    office.subscribe("yes@x.example", "slot@x.example", "back@x.example")
    office.subscribe(
        "late@x.example", "gone@x.example", "other@x.example", "paused@x.example", "new@x.example"
    )
    change(office, subscriptions, "slot@x.example", slots=["evening", "morning"])
    change(office, subscribers, "back@x.example", state="paused", paused_until=NOW)
    change(office, subscriptions, "late@x.example", since=NOW + dt.timedelta(seconds=1))
    change(office, subscriptions, "gone@x.example", state="unsubscribed")
    change(office, subscriptions, "other@x.example", slots=["evening"])
    change(office, subscribers, "paused@x.example", state="paused", paused_until=NOW + dt.timedelta(days=1))
    change(office, subscriptions, "new@x.example", state="pending")
    assert office.queue() == 3
    assert sorted(office.states()) == ["back@x.example", "slot@x.example", "yes@x.example"]


def test_the_audience_is_fixed_once_and_a_killed_queueing_goes_on_with_the_same_people(either) -> None:
    office = either
    office.subscribe(*PEOPLE)
    with office.store.begin() as connection:  # killed after the first batch
        connection.execute(editions.update().values(audience_at=NOW))
        partitions.make(connection, NOW)
        row = {"id": partitions.span(NOW)[0], "edition": EDITION, "subscriber": 1, "state": "accepted"}
        connection.execute(deliveries.insert(), row | {"changed": NOW})
    later = NOW + dt.timedelta(minutes=5)
    office.subscribe("late@x.example")
    change(office, subscriptions, "late@x.example", since=later)
    assert fix_audience(office.store, EDITION, later, batch=3) == 20
    assert Counter(office.states().values()) == {"ready": 19, "accepted": 1}
    change(office, subscriptions, "late@x.example", since=NOW)
    assert fix_audience(office.store, EDITION, later) == 20


def test_who_leaves_after_queueing_is_not_written_to_and_still_counted(either) -> None:
    office = either
    office.subscribe(*PEOPLE)
    office.queue()
    change(office, subscriptions, PEOPLE[0], state="unsubscribed")
    change(office, subscribers, PEOPLE[1], state="suppressed")
    with office.store.begin() as connection:
        connection.execute(subscribers.delete().where(subscribers.c.address == PEOPLE[2]))
    with SmtpSink() as sink:
        summary = asyncio.run(office.send(relay(sink)))
    assert summary.ledger == {"accepted": 17, "suppressed": 3}
    assert not {m.recipient for m in sink.messages} & set(PEOPLE[:3])
    with office.store.read() as connection:
        assert adds_up(connection, EDITION)


def test_several_connections_share_the_work_and_nobody_is_written_to_twice(office) -> None:
    office.subscribe(*PEOPLE)
    with SmtpSink() as sink:
        told = []
        summary = asyncio.run(office.send(relay(sink, 4), progress=told.append))
    assert Counter(m.recipient for m in sink.messages) == Counter(PEOPLE)
    assert 1 < sink.connections <= 4
    assert summary.finished
    assert told[-1].done == 20


def test_two_senders_at_once_write_to_everybody_once(either) -> None:
    office = either
    office = replace(office, limits=replace(office.limits, chunk=3))
    office.subscribe(*PEOPLE)

    async def both(sink: SmtpSink):
        return await asyncio.gather(office.send(relay(sink)), office.send(relay(sink)))

    with SmtpSink() as sink:
        asyncio.run(both(sink))
    assert Counter(m.recipient for m in sink.messages) == Counter(PEOPLE)
    assert set(office.states().values()) == {"accepted"}


def test_stopping_finishes_what_is_under_way_and_leaves_the_rest_ready(office) -> None:
    office.subscribe(*PEOPLE)

    async def stopped(sink: SmtpSink):
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        sink.script = lambda step: (
            loop.call_soon_threadsafe(stop.set) if sink.messages and step.verb == "rcpt" else None
        )
        return await office.send(relay(sink), stop=stop)

    with SmtpSink() as sink:
        summary = asyncio.run(stopped(sink))
        assert 0 < len(sink.messages) < 20
        assert summary.ledger == {"accepted": len(sink.messages), "ready": 20 - len(sink.messages)}
        sink.script = lambda _step: None
        assert asyncio.run(office.send(relay(sink))).ledger == {"accepted": 20}
    assert Counter(m.recipient for m in sink.messages) == Counter(PEOPLE)


def test_pausing_mid_send_gives_back_the_rest_and_resuming_sends_it(office) -> None:
    office.subscribe(*PEOPLE)

    def script(step: Step) -> None:
        if step.verb == "dot" and len(sink.messages) == 3:
            office.slot("paused")

    office = replace(office, limits=replace(office.limits, rate=100.0))
    with SmtpSink(script) as sink:
        summary = asyncio.run(office.send(relay(sink)))
        assert summary.halted == "paused or cancelled"
        assert summary.ledger["ready"] > 0
        office.slot("sending")
        sink.script = lambda _step: None
        assert asyncio.run(office.send(relay(sink))).ledger == {"accepted": 20}
    assert Counter(m.recipient for m in sink.messages) == Counter(PEOPLE)


def test_what_is_put_off_or_given_back_after_the_edition_was_cancelled_is_not_left_waiting(either) -> None:
    office = either
    office.subscribe(*PEOPLE[:6])  # all of them claimed at once

    def script(step: Step) -> str | None:
        if step.verb != "rcpt":
            return None
        office.slot("cancelled")
        return "450 4.2.0 greylisted"

    with SmtpSink(script) as sink:
        summary = asyncio.run(office.send(relay(sink, 2)))
    assert summary.ledger == {"cancelled": 6}
    with office.store.read() as connection:
        assert adds_up(connection, EDITION)


def test_the_rate_is_kept(office) -> None:
    office.subscribe(*PEOPLE)
    office = replace(office, limits=replace(office.limits, rate=50.0))
    with SmtpSink() as sink:
        summary = asyncio.run(office.send(relay(sink, 4)))
    assert summary.seconds >= 16 / 50


def test_no_more_letters_at_once_to_one_domain_than_allowed(office) -> None:
    office.subscribe(*(f"p{number}@one.example" for number in range(12)))
    office = replace(office, limits=replace(office.limits, domain_connections=2))
    under_way, most = Counter(), [0]

    def script(step: Step) -> None:
        under_way["now"] += {"mail": 1, "dot": -1}.get(step.verb, 0)
        most[0] = max(most[0], under_way["now"])

    with SmtpSink(script) as sink:
        assert asyncio.run(office.send(relay(sink, 6))).ledger == {"accepted": 12}
    assert most[0] <= 2


def test_a_domain_with_a_rate_of_its_own_is_spared_and_holds_up_nobody_else(office) -> None:
    slow = [f"p{number}@slow.example" for number in range(6)]
    office.subscribe(*slow, *PEOPLE)
    gentle = {"slow.example": DomainPace(connections=1, rate=10.0)}
    office = replace(office, limits=replace(office.limits, domains=gentle))
    with SmtpSink() as sink:
        summary = asyncio.run(office.send(relay(sink, 4)))
    order = [m.recipient for m in sink.messages]
    assert Counter(order) == Counter([*slow, *PEOPLE])
    assert summary.seconds >= 4 / 10
    assert "slow" in order[-1]


def test_what_only_goes_slowly_is_put_off_for_what_is_behind_it(either) -> None:
    office = either
    slow = [f"p{number}@slow.example" for number in range(24)]
    quick = [f"p{number}@quick.example" for number in range(60)]
    office.subscribe(*slow, *quick)
    gentle = {"slow.example": DomainPace(connections=1, rate=20.0)}
    limits = replace(office.limits, domains=gentle, chunk=8, linger=0.05)
    with SmtpSink() as sink:
        summary = asyncio.run(replace(office, limits=limits).send(relay(sink, 2)))
    order = [m.recipient for m in sink.messages]
    assert Counter(order) == Counter([*slow, *quick])
    assert summary.ledger == {"accepted": 84}
    assert sum("slow" in who for who in order[order.index(quick[-1]) :]) > 10
    assert {office.row(address).attempts for address in slow} == {1}


def test_a_run_that_must_not_stay_gives_back_what_only_goes_slowly(either) -> None:
    office = either
    slow = [f"p{number}@slow.example" for number in range(9)]
    office.subscribe(*slow, *PEOPLE)
    gentle = {"slow.example": DomainPace(connections=1, rate=2.0)}
    with SmtpSink() as sink:
        limits = replace(office.limits, domains=gentle, linger=0.02, stay=0.3)
        summary = asyncio.run(replace(office, limits=limits).send(relay(sink)))
        assert summary.ledger["ready"] >= 7
        assert summary.ledger["accepted"] >= 20
        assert asyncio.run(office.send(relay(sink))).ledger == {"accepted": 29}
    assert Counter(m.recipient for m in sink.messages) == Counter([*slow, *PEOPLE])


def test_progress_tells_how_many_there_are_how_fast_they_go_and_how_long_it_takes(office) -> None:
    office.subscribe(*PEOPLE)
    office = replace(office, limits=replace(office.limits, rate=100.0))
    told = []
    with SmtpSink() as sink:
        asyncio.run(office.send(relay(sink), progress=told.append))
    assert {p.total for p in told} == {20}
    assert told[-1].left == 0
    assert Progress(EDITION, {"accepted": 30, "bounced": 10}, 100, 2.0).left == 3.0
    assert Progress(EDITION, {}, 0, 0.0).left is None


def test_a_defect_in_our_own_code_shows_and_loses_nobody(office) -> None:
    office.subscribe(*PEOPLE)

    class Broken:
        connections = 2

        async def connect(self):
            raise ZeroDivisionError

    try:
        asyncio.run(office.send(Broken()))
    except ZeroDivisionError:
        pass
    else:
        raise AssertionError("it was hidden")
    assert set(office.states().values()) == {"ready"}
