"""The delivery ledger, call by call: who may be claimed, what is written where, and what is left alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from office import EDITION, NOW, Office

from digest.model import Attempt, Recipient
from digest.store.deliveries import SqlLedger, adds_up, claim
from digest.store.suppress import BouncePolicy
from digest.store.tables import deliveries, editions, slots, subscribers, subscriptions

MINUTE = dt.timedelta(minutes=1)
LEASE = NOW + 5 * MINUTE
LATER = NOW + MINUTE
OTHER = "evening/2026-01-02/evening"
PEOPLE = ("ada@a.example", "ben@b.example", "cem@c.example")


@pytest.fixture
def queued(office: Office) -> Office:
    """Three people, queued; another edition of the same day whose slot is finished."""
    office.subscribe(*PEOPLE)
    with office.store.begin() as connection:
        connection.execute(subscribers.update().values(name=subscribers.c.address, language="fr"))
    office.queue()
    with office.store.begin() as connection:
        slot = {"newsletter": "evening", "date": dt.date(2026, 1, 2), "name": "evening", "due": NOW}
        row = connection.execute(slots.insert(), slot | {"state": "sent", "changed": NOW})
        content = {"edition": "{}", "mails": b"", "content_hash": "1" * 64, "frozen": NOW}
        edition = {"id": OTHER, "slot": row.inserted_primary_key[0], "newsletter": "evening", "due": NOW}
        connection.execute(editions.insert(), edition | content)
    return office


def put(office: Office, address: str, **values: Any) -> None:
    person = sa.select(subscribers.c.id).where(subscribers.c.address == address).scalar_subquery()
    with office.store.begin() as connection:
        connection.execute(deliveries.update().where(deliveries.c.subscriber == person).values(values))


def claimed(office: Office, limit: int = 9, now: dt.datetime = LATER) -> list[Recipient]:
    return list(office.ledger.claim(EDITION, "me", limit, lease=LEASE, now=now))


def held(office: Office, address: str) -> tuple[Any, ...]:
    row = office.row(address)
    return row.state, row.owner, row.lease_until, row.changed


def states(office: Office) -> list[str]:
    return [office.states()[address] for address in PEOPLE]


def test_a_claim_tells_all_that_sending_needs_and_takes_no_more_than_asked_for(queued: Office) -> None:
    put(queued, PEOPLE[0], attempts=2, fence=4, resent=True)
    first, second = claimed(queued, 2)
    row = queued.row(PEOPLE[0])
    assert first == Recipient(
        row.id, 5, row.subscriber, f"{0:016d}", PEOPLE[0], PEOPLE[0], "fr", 2, resent=True
    )
    assert (second.address, second.fence, second.attempts, second.resent) == (PEOPLE[1], 1, 0, False)
    assert held(queued, PEOPLE[0]) == ("claimed", "me", LEASE, LATER)
    assert states(queued) == ["claimed", "claimed", "ready"]
    assert [found.address for found in claimed(queued)] == [PEOPLE[2]]


def test_what_is_deferred_is_claimed_once_it_is_due(queued: Office) -> None:
    put(queued, PEOPLE[0], state="deferred", not_before=LATER)
    put(queued, PEOPLE[1], state="deferred", not_before=LATER + MINUTE)
    put(queued, PEOPLE[2], state="bounced", not_before=None)
    assert [found.address for found in claimed(queued, now=NOW)] == []
    assert [found.address for found in claimed(queued)] == [PEOPLE[0]]
    assert queued.row(PEOPLE[0]).not_before is None
    assert queued.row(PEOPLE[1]).not_before == LATER + MINUTE
    assert states(queued) == ["claimed", "deferred", "bounced"]


def test_waking_says_when_it_was(queued: Office) -> None:
    put(queued, PEOPLE[0], state="deferred", not_before=NOW)
    put(queued, PEOPLE[1], state="deferred", not_before=NOW)
    claimed(queued, 1)
    assert queued.row(PEOPLE[1]).state == "ready"
    assert queued.row(PEOPLE[1]).changed == LATER


@pytest.mark.parametrize("state", ["paused", "cancelled", "frozen", "sent"])
def test_nothing_is_claimed_nor_woken_unless_the_edition_is_being_sent(queued: Office, state: str) -> None:
    put(queued, PEOPLE[0], state="deferred", not_before=NOW)
    queued.slot(state)
    assert claimed(queued) == []
    assert states(queued)[0] == "deferred"
    assert not queued.ledger.sending(EDITION)


def test_deliveries_of_another_edition_are_left_alone(queued: Office) -> None:
    put(queued, PEOPLE[0], edition=OTHER)
    put(queued, PEOPLE[1], edition=OTHER, state="deferred", not_before=NOW)
    assert [found.address for found in claimed(queued)] == [PEOPLE[2]]
    assert states(queued) == ["ready", "deferred", "claimed"]
    assert not queued.ledger.sending(OTHER)
    assert queued.ledger.sending(EDITION)
    assert queued.ledger.counts(EDITION) == {"claimed": 1}
    assert queued.ledger.counts(OTHER) == {"ready": 1, "deferred": 1}
    assert queued.ledger.next_try(EDITION) is None
    assert queued.ledger.next_try(OTHER) == NOW


def test_who_stands_between_two_who_left_is_not_passed_over(queued: Office) -> None:
    left = {"state": "paused", "paused_until": NOW + dt.timedelta(days=1)}
    with queued.store.begin() as connection:
        gone = subscribers.c.address.in_((PEOPLE[0], PEOPLE[2]))
        connection.execute(subscribers.update().where(gone).values(left))
    assert [found.address for found in claimed(queued, 3)] == [PEOPLE[1]]
    assert states(queued) == ["suppressed", "claimed", "suppressed"]


def test_who_left_since_is_passed_over_and_the_search_goes_on(queued: Office) -> None:
    with queued.store.begin() as connection:
        mine = sa.select(subscribers.c.id).where(subscribers.c.address == PEOPLE[0]).scalar_subquery()
        connection.execute(
            subscriptions.update().where(subscriptions.c.subscriber == mine).values(state="unsubscribed")
        )
        paused = {"state": "paused", "paused_until": NOW + dt.timedelta(days=1)}
        connection.execute(subscribers.update().where(subscribers.c.address == PEOPLE[1]).values(paused))
    assert [found.address for found in claimed(queued, 1)] == [PEOPLE[2]]
    assert held(queued, PEOPLE[0]) == ("suppressed", "", None, LATER)
    assert queued.row(PEOPLE[1]).reply == "unsubscribed, paused or suppressed since"
    assert queued.row(PEOPLE[2]).reply == ""


def test_a_subscription_to_another_newsletter_is_no_consent(queued: Office) -> None:
    with queued.store.begin() as connection:
        connection.execute(subscriptions.update().values(newsletter="weekly"))
    assert claimed(queued) == []
    assert states(queued) == ["suppressed"] * 3


def test_renewing_keeps_ones_own_claims_alone(queued: Office) -> None:
    claimed(queued, 2)
    put(queued, PEOPLE[1], owner="you")
    queued.ledger.renew("me", LEASE + MINUTE)
    assert [queued.row(address).lease_until for address in PEOPLE] == [LEASE + MINUTE, LEASE, None]


def test_what_nobody_began_goes_back_and_what_others_hold_stays(queued: Office) -> None:
    claimed(queued)
    put(queued, PEOPLE[0], reply="450 later")
    put(queued, PEOPLE[1], owner="you")
    put(queued, PEOPLE[2], state="accepted")
    assert queued.ledger.release("me", "ready", LATER + MINUTE) == 1
    assert held(queued, PEOPLE[0]) == ("ready", "", None, LATER + MINUTE)
    assert queued.row(PEOPLE[0]).reply == "450 later"
    assert states(queued) == ["ready", "claimed", "accepted"]


def test_what_a_lost_sender_held_is_uncertain_and_keeps_its_name(queued: Office) -> None:
    claimed(queued, 2)
    put(queued, PEOPLE[1], state="in_flight")
    assert queued.ledger.release("me", "uncertain", LATER + MINUTE) == 2
    for address in PEOPLE[:2]:
        assert held(queued, address) == ("uncertain", "me", None, LATER + MINUTE)
        assert queued.row(address).reply == "its sender died and left no journal"
    assert states(queued)[2] == "ready"


def test_a_sender_that_comes_back_takes_back_what_was_given_up_while_the_edition_is_sent(
    queued: Office,
) -> None:
    claimed(queued, 2)
    queued.ledger.release("me", "uncertain", LATER)
    put(queued, PEOPLE[1], edition=OTHER)
    assert queued.ledger.release("me", "ready", LATER) == 1
    assert (states(queued), queued.row(PEOPLE[0]).reply) == (["ready", "uncertain", "ready"], "")


@pytest.mark.parametrize("state", ["cancelled", "missed"])
def test_what_goes_back_to_an_edition_that_is_over_is_cancelled(queued: Office, state: str) -> None:
    claimed(queued, 2)
    queued.slot(state)
    assert queued.ledger.release("me", "ready", LATER + MINUTE) == 2
    for address in PEOPLE[:2]:
        assert held(queued, address) == ("cancelled", "", None, LATER + MINUTE)


def test_claims_are_abandoned_once_their_lease_is_over(queued: Office) -> None:
    claimed(queued, 2)
    put(queued, PEOPLE[2], lease_until=NOW)  # whose it was is written no more
    assert queued.ledger.abandoned(LEASE) == []
    assert queued.ledger.abandoned(LEASE + MINUTE) == ["me"]


def test_the_next_try_is_the_first_of_the_deferred(queued: Office) -> None:
    put(queued, PEOPLE[0], state="deferred", not_before=NOW + 9 * MINUTE)
    put(queued, PEOPLE[1], state="deferred", not_before=NOW + 7 * MINUTE)
    put(queued, PEOPLE[2], state="ready", not_before=NOW)
    assert queued.ledger.next_try(EDITION) == NOW + 7 * MINUTE


def attempt(office: Office, address: str, state: Any = "accepted", fence: int = 0, **more: Any) -> Attempt:
    return Attempt(office.row(address).id, fence or office.row(address).fence, state, **more)


def test_a_result_is_written_with_all_that_was_said(queued: Office) -> None:
    claimed(queued)
    made = attempt(queued, PEOPLE[0], "deferred", code=450, enhanced="4.2.0", reply="later", not_before=LEASE)
    trouble = attempt(queued, PEOPLE[1], "deferred", not_before=LEASE, counted=False)
    queued.ledger.record([made, trouble], LATER + MINUTE)
    row = queued.row(PEOPLE[0])
    assert held(queued, PEOPLE[0]) == ("deferred", "", None, LATER + MINUTE)
    assert (row.attempts, row.code, row.enhanced, row.reply, row.not_before) == (
        1,
        450,
        "4.2.0",
        "later",
        LEASE,
    )
    assert (queued.row(PEOPLE[1]).attempts, queued.row(PEOPLE[1]).code) == (0, None)
    assert states(queued)[2] == "claimed"


@pytest.mark.parametrize("state", ["claimed", "in_flight", "uncertain"])
def test_a_result_is_written_for_what_is_still_open(queued: Office, state: str) -> None:
    claimed(queued)
    put(queued, PEOPLE[0], state=state)
    queued.ledger.record([attempt(queued, PEOPLE[0])], LATER)
    assert states(queued)[0] == "accepted"


@pytest.mark.parametrize("state", ["ready", "bounced", "suppressed"])
def test_a_result_changes_nothing_that_was_decided_otherwise(queued: Office, state: str) -> None:
    claimed(queued)
    put(queued, PEOPLE[0], state=state)
    queued.ledger.record([attempt(queued, PEOPLE[0])], LATER)
    assert states(queued)[0] == state


def test_an_old_fence_changes_nothing_and_nothing_to_record_is_no_error(queued: Office) -> None:
    claimed(queued)
    queued.ledger.record([attempt(queued, PEOPLE[0], fence=9)], LATER)
    queued.ledger.record([], LATER)
    assert states(queued) == ["claimed"] * 3


@pytest.mark.parametrize(
    ("slot", "state"), [("sending", "ready"), ("cancelled", "uncertain"), ("sent", "uncertain")]
)
def test_what_was_given_up_and_never_began_goes_out_only_while_its_edition_does(
    queued: Office, slot: str, state: str
) -> None:
    claimed(queued)
    put(queued, PEOPLE[0], state="uncertain")
    queued.slot(slot)
    queued.ledger.record([attempt(queued, PEOPLE[0], "ready"), attempt(queued, PEOPLE[1], "accepted")], LATER)
    assert states(queued)[:2] == [state, "accepted"]


def test_what_is_given_back_of_an_edition_cancelled_meanwhile_is_cancelled_too(queued: Office) -> None:
    claimed(queued)
    queued.slot("cancelled")
    back = [attempt(queued, PEOPLE[0], "ready"), attempt(queued, PEOPLE[1], "deferred")]
    queued.ledger.record([*back, attempt(queued, PEOPLE[2])], LATER)
    assert states(queued) == ["cancelled", "cancelled", "accepted"]


@pytest.mark.parametrize(("policy", "after"), [("hold", "uncertain"), ("resend_once", "ready")])
def test_an_uncertain_delivery_is_held_or_sent_once_more(queued: Office, policy: str, after: str) -> None:
    claimed(queued)
    put(queued, PEOPLE[1], resent=True)
    ledger = SqlLedger(queued.store, policy)  # type: ignore[arg-type]
    tries = [attempt(queued, address, "uncertain") for address in PEOPLE[:2]]
    ledger.record([*tries, attempt(queued, PEOPLE[2])], LATER + MINUTE)
    assert states(queued) == [after, "uncertain", "accepted"]
    assert queued.row(PEOPLE[0]).resent is (policy == "resend_once")
    assert [queued.row(address).changed for address in PEOPLE] == [LATER + MINUTE] * 3
    assert queued.row(PEOPLE[2]).resent is False


def test_what_would_wait_for_a_cancelled_edition_is_cancelled(queued: Office) -> None:
    claimed(queued)
    queued.slot("cancelled")
    put_off = [attempt(queued, address, "deferred", not_before=LEASE) for address in PEOPLE[:2]]
    queued.ledger.record([*put_off[:1], attempt(queued, PEOPLE[1])], LATER + MINUTE)
    assert held(queued, PEOPLE[0]) == ("cancelled", "", None, LATER + MINUTE)
    assert queued.row(PEOPLE[0]).not_before is None
    assert states(queued) == ["cancelled", "accepted", "claimed"]


def person(office: Office, address: str) -> str:
    with office.store.read() as connection:
        query = sa.select(subscribers.c.state).where(subscribers.c.address == address)
        return str(connection.execute(query).scalar_one())


def test_a_dead_address_is_suppressed_with_the_result_and_a_full_one_by_the_policy(queued: Office) -> None:
    claimed(queued)
    ledger = SqlLedger(queued.store, bounces=BouncePolicy(limit=1))
    tries = [
        attempt(queued, PEOPLE[0], "bounced", bounce="hard"),
        attempt(queued, PEOPLE[1], "bounced", bounce="soft"),
        attempt(queued, PEOPLE[2], "bounced"),
    ]
    ledger.record(tries, LATER)
    assert [person(queued, address) for address in PEOPLE] == ["suppressed", "suppressed", "active"]


def test_a_full_mailbox_alone_is_counted_and_nobody_is_suppressed(queued: Office) -> None:
    claimed(queued)
    queued.ledger.record([attempt(queued, PEOPLE[1], "deferred", bounce="soft", not_before=LEASE)], LATER)
    assert person(queued, PEOPLE[1]) == "active"


def test_a_bounce_of_a_delivery_that_is_gone_is_no_error(queued: Office) -> None:
    claimed(queued)
    made = [attempt(queued, PEOPLE[0], "bounced", bounce=kind) for kind in ("hard", "soft")]
    with queued.store.begin() as connection:
        connection.execute(deliveries.delete())
    queued.ledger.record(made, LATER)
    assert person(queued, PEOPLE[0]) == "active"


def test_an_edition_adds_up_when_all_of_its_audience_is_done_with(queued: Office) -> None:
    def done() -> bool:
        with queued.store.read() as connection:
            return adds_up(connection, EDITION)

    assert not done()
    for address in PEOPLE:
        put(queued, address, state="accepted")
    assert done()
    put(queued, PEOPLE[0], state="deferred")
    assert not done()
    with queued.store.begin() as connection:
        connection.execute(editions.update().values(audience=2))
    assert done()
    with queued.store.begin() as connection:
        connection.execute(editions.update().values(audience=None))
    assert not done()


def test_who_left_since_is_passed_over_among_those_who_stayed(queued: Office) -> None:
    with queued.store.begin() as connection:
        gone = subscribers.update().where(subscribers.c.address == PEOPLE[1])
        connection.execute(gone.values(state="suppressed"))
    assert [found.address for found in claimed(queued)] == [PEOPLE[0], PEOPLE[2]]


def test_a_claim_among_some_ids_takes_as_many_of_those_as_asked_for(queued: Office) -> None:
    ids = [queued.row(address).id for address in PEOPLE]
    with queued.store.begin() as connection:
        found = claim(connection, EDITION, "me", 1, lease=LEASE, now=LATER, among=(ids[1], ids[2]))
    assert [recipient.delivery for recipient in found] == ids[1:2]
    assert states(queued) == ["ready", "claimed", "ready"]


def test_what_was_claimed_and_never_begun_goes_back_although_the_edition_is_paused(queued: Office) -> None:
    claimed(queued)
    queued.slot("paused")
    queued.ledger.record([attempt(queued, PEOPLE[0], "ready")], LATER)
    assert states(queued)[0] == "ready"


def test_a_try_counts_once_whatever_became_of_it(queued: Office) -> None:
    claimed(queued)
    kinds = ("uncertain", "accepted", "ready")
    queued.ledger.record([attempt(queued, who, kind) for who, kind in zip(PEOPLE, kinds, strict=True)], LATER)
    assert [queued.row(address).attempts for address in PEOPLE] == [1, 1, 1]
