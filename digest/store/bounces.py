"""What came back, in the ledger and on the suppression list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from digest.store.suppress import BouncePolicy, complained, count_soft, suppress_subscribers
from digest.store.tables import deliveries, subscribers, subscriptions

Done = Literal["suppressed", "counted", "noted", "complained", "unsubscribed", "known", "unknown"]


@dataclass(frozen=True, slots=True)
class About:
    """The delivery that a returned message is proved to speak of, and whose it is."""

    subscriber: int
    delivery: int


def about(connection: sa.Connection, delivery: int) -> About | None:
    """Whose delivery a signed return path names; None when it is forgotten."""
    query = sa.select(deliveries.c.subscriber).where(deliveries.c.id == delivery)
    found = connection.execute(query).scalar()
    return None if found is None else About(found, delivery)


def take_in(
    connection: sa.Connection,
    verdict: Literal["hard", "soft", "refused", "complaint"],
    whose: About,
    *,
    now: dt.datetime,
    status: str = "",
    words: str = "",
    policy: BouncePolicy | None = None,
) -> Done:
    """Act on a bounce or a complaint. The same one twice changes nothing the second time."""
    subscriber, delivery = whose.subscriber, whose.delivery
    fresh = _bounced(connection, delivery, status, words, now)
    if verdict == "complaint":
        complained(connection, subscriber, now, words)
        return "complained"
    if verdict == "hard":
        suppress_subscribers(connection, [subscriber], now, "hard_bounce", f"{status} {words}".strip())
        return "suppressed"
    if not fresh:
        return "known"
    if verdict == "soft":
        count_soft(connection, [(subscriber, delivery)], now, policy)
        return "counted"
    return "noted"


def _bounced(connection: sa.Connection, delivery: int, status: str, words: str, now: dt.datetime) -> bool:
    """Note the bounce of a delivery; False when it had been noted before."""
    column = deliveries.c
    sent = column.state.in_(("accepted", "uncertain", "in_flight", "claimed"))
    values = {"state": "bounced", "enhanced": status[:12], "reply": words[:500], "changed": now}
    done = connection.execute(deliveries.update().where(column.id == delivery, sent).values(values))
    return bool(done.rowcount)


def unsubscribe(connection: sa.Connection, token_id: str, newsletter: str, now: dt.datetime) -> Done:
    """End a subscription by mail. A token of somebody who was erased, or twice the same, changes nothing."""
    return _end(connection, token_id, now, "by mail", subscriptions.c.newsletter == newsletter)


def unproved_complaint(connection: sa.Connection, token_id: str, now: dt.datetime) -> Done:
    """Somebody is said to have called our mail spam: no more of it, but they may subscribe again."""
    return _end(connection, token_id, now, "complaint")


def _end(
    connection: sa.Connection, token_id: str, now: dt.datetime, why: str, *which: sa.ColumnElement[bool]
) -> Done:
    person = sa.select(subscribers.c.id).where(subscribers.c.token_id == token_id).scalar_subquery()
    wish = subscriptions.c
    ending = subscriptions.update().where(wish.subscriber == person, wish.state != "unsubscribed", *which)
    done = connection.execute(ending.values(state="unsubscribed", ended=now, end_reason=why))
    return "unsubscribed" if done.rowcount else "known"
