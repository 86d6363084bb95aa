"""Every step of an SMTP dialogue failing in every way, with the ledger that follows: the table of docs/delivery.md."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest
from pydantic import SecretStr

from digest.config.settings import SmtpSettings
from digest.deliver.relays import Relays
from digest.store.deliveries import adds_up
from digest.store.tables import subscribers
from digest.testing import DROP, STALL, SWALLOW, SmtpSink, Step

ADA, BEN = "ada@a.example", "ben@b.example"
PIPELINED, STEPWISE = ("PIPELINING", "ENHANCEDSTATUSCODES"), ("ENHANCEDSTATUSCODES",)

WELL = {"accepted": 2}
HALTED = {"ready": 2}
LATER = {"accepted": 1, "deferred": 1}
GONE = {"accepted": 1, "bounced": 1}
UNKNOWN = {"accepted": 1, "uncertain": 1}

# One failure, of the first letter's step: what the ledger says when the run is over.
FAULTS = [
    *(("connect", answer, WELL) for answer in (DROP, STALL, "421 4.3.2 busy", "554 5.3.2 closed", "nonsense")),
    *(("ehlo", answer, WELL) for answer in (DROP, STALL, "421 4.3.2 busy", "550 5.7.0 no", "502 5.5.2 what")),
    *(("auth", answer, WELL) for answer in (DROP, STALL, "421 4.3.2 busy", "454 4.7.0 later", "nonsense")),
    *(("auth", answer, HALTED) for answer in ("535 5.7.8 wrong", "534 5.7.9 too weak", "504 5.5.4 no")),
    *(("mail", answer, WELL) for answer in (DROP, STALL, "421 4.3.2 busy", "451 4.7.1 slow down", "nonsense")),
    *(("mail", answer, LATER) for answer in ("450 4.2.0 later", "452 4.3.1 disk full")),
    *(("mail", answer, HALTED) for answer in ("530 5.7.0 log in", "550 5.7.1 no", "552 5.3.4 big", "501 5.1.7 bad")),
    *(("rcpt", answer, WELL) for answer in (DROP, STALL, "421 4.3.2 busy", "nonsense", "452 4.5.3 too many in this session")),
    *(("rcpt", answer, LATER) for answer in ("450 4.2.0 greylisted", "451 4.7.1 greylisted", "452 4.2.2 full")),
    *(("rcpt", answer, GONE) for answer in ("550 5.1.1 no", "550 no such user", "552 5.2.2 full", "550 5.7.1 no")),
    *(("rcpt", answer, HALTED) for answer in ("530 5.7.0 log in", "503 5.5.1 sequence")),
    *(("data", answer, WELL) for answer in (DROP, STALL, "421 4.3.2 busy", "250 2.0.0 what", "nonsense")),
    *(("data", answer, LATER) for answer in ("451 4.3.0 later", "450 4.7.0 later")),
    *(("data", answer, GONE) for answer in ("554 5.7.1 no", "554 no valid recipients")),
    *(("data", answer, HALTED) for answer in ("503 5.5.1 sequence", "552 5.3.4 big")),
    *(("dot", answer, UNKNOWN) for answer in (DROP, STALL, SWALLOW, "nonsense", "999 what")),
    *(("dot", answer, WELL) for answer in ("421 4.3.2 going down",)),
    *(("dot", answer, LATER) for answer in ("451 4.3.0 later", "452 4.2.2 full", "450 4.7.1 later")),
    *(("dot", answer, GONE) for answer in ("554 5.7.1 spam", "550 5.1.1 gone", "550 5.7.26 dmarc", "552 5.2.2 full", "552 5.2.3 long")),
    *(("dot", answer, HALTED) for answer in ("552 5.3.4 too big", "530 5.7.0 log in")),
]  # fmt: skip


def relays(*sinks: SmtpSink, **changes: object) -> Relays:
    settings = {"host": "127.0.0.1", "tls": "none", "connections": 1, "timeout": dt.timedelta(seconds=0.2)}
    return Relays([SmtpSettings(port=s.port, **(settings | changes)) for s in sinks], 0.2)


def once(verb: str, answer: str):
    """A script that fails a step the first time it is reached."""
    left = [1]

    def script(step: Step) -> str | None:
        if step.verb != verb or not left[0]:
            return None
        left[0] = 0
        return answer

    return script


@pytest.mark.parametrize("extensions", [PIPELINED, STEPWISE], ids=["pipelined", "stepwise"])
@pytest.mark.parametrize(("verb", "answer", "ledger"), FAULTS, ids=lambda value: str(value).replace(" ", "_"))
def test_each_fault_has_its_ledger_and_nobody_is_written_to_twice(
    office, verb: str, answer: str, ledger: dict[str, int], extensions: tuple[str, ...]
) -> None:
    office.subscribe(ADA, BEN)
    login = {"username": "us", "password": SecretStr("pw")} if verb == "auth" else {}
    with SmtpSink(once(verb, answer), extensions=(*extensions, *(["AUTH PLAIN"] if login else []))) as sink:
        summary = asyncio.run(office.send(relays(sink, **login)))
        arrived = Counter(message.recipient for message in sink.messages)
        assert summary.ledger == ledger
        assert bool(summary.halted) == (ledger == HALTED)
        assert max(arrived.values(), default=0) <= 1
        # Whatever happened, the next passes end it: everybody in a final state, nobody twice.
        for hours in (1, 12):
            asyncio.run(office.later(hours=hours).send(relays(sink, **login)))
    arrived = Counter(message.recipient for message in sink.messages)
    assert max(arrived.values()) == 1
    with office.store.read() as connection:
        assert adds_up(connection, office.edition)
    for address, state in office.states().items():
        assert state in {"accepted", "bounced", "uncertain"}
        assert arrived[address] == (state == "accepted" or (state == "uncertain" and answer == SWALLOW))


@pytest.mark.parametrize(
    "reply", ["555 5.5.4 parameters not recognised", "501 5.5.4 syntax", "550 5.6.7 no UTF-8"]
)
def test_a_server_that_lies_about_smtputf8_and_8bitmime_costs_only_those_who_need_them(
    office, reply: str
) -> None:
    office.subscribe("örjan@a.example", ADA, BEN)

    def lie(step: Step) -> str | None:
        return reply if step.verb == "mail" and "SMTPUTF8" in sink.commands[-1] else None

    with SmtpSink(lie) as sink:
        summary = asyncio.run(office.send(relays(sink)))
    assert summary.ledger == {"accepted": 2, "bounced": 1}
    with office.store.read() as connection:
        assert {row.state for row in connection.execute(subscribers.select())} == {"active"}


def test_a_relay_that_dies_in_the_middle_hands_over_to_the_next(office) -> None:
    people = [f"p{number}@a.example" for number in range(12)]
    office.subscribe(*people)

    def dies(step: Step) -> str | None:
        return DROP if len(first.messages) >= 5 else None

    with SmtpSink(dies) as first, SmtpSink() as second:
        summary = asyncio.run(office.send(relays(first, second)))
    assert summary.ledger == {"accepted": 12}
    arrived = Counter(m.recipient for m in (*first.messages, *second.messages))
    assert arrived == Counter(people)
    assert len(first.messages) == 5


def test_every_fault_at_once_still_ends_with_everybody_accounted_for(office) -> None:
    """Each step fails now and then, over four connections: the sum holds and nobody is written to twice."""
    import random

    rng = random.Random(6)
    people = [f"p{number}@d{number % 7}.example" for number in range(150)]
    office = replace(
        office, limits=replace(office.limits, patience=1000, domain_refusals=1000, refusals=1000)
    )
    office.subscribe(*people)
    pool = {
        "connect": [DROP, "421 4.3.2 busy"],
        "ehlo": [DROP],
        "mail": [DROP, "450 4.2.0 later"],
        "rcpt": [DROP, "450 4.2.0 greylisted", "550 5.1.1 no", "550 5.7.1 no", "421 4.7.0 enough"],
        "data": [DROP, "451 4.3.0 later"],
        "dot": [DROP, SWALLOW, "451 4.3.0 later", "554 5.7.1 spam"],
    }

    def script(step: Step) -> str | None:
        return rng.choice(pool[step.verb]) if step.verb in pool and rng.random() < 0.08 else None

    with SmtpSink(script) as sink:
        for hours in range(6):
            asyncio.run(office.later(hours=hours).send(relays(sink, connections=4)))
    arrived = Counter(message.recipient for message in sink.messages)
    states = office.states()
    assert max(arrived.values()) == 1
    assert all(arrived[address] for address, state in states.items() if state == "accepted")
    assert all(not arrived[address] for address, state in states.items() if state in {"bounced", "expired"})
    with office.store.read() as connection:
        assert adds_up(connection, office.edition)
