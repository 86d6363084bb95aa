"""What came back, in the ledger and on the suppression list."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import sqlalchemy as sa

from digest.store.suppress import BouncePolicy, complained, count_soft, suppress_subscribers
from digest.store.tables import deliveries, subscribers, subscriptions

Done = Literal["suppressed", "counted", "noted", "complained", "unsubscribed", "known", "unknown"]


def whose(
    connection: sa.Connection, *, delivery: int | None = None, token_id: str = "", key: str = ""
) -> int | None:
    """The subscriber a returned message speaks of: by its return path, its Message-ID or an address key."""
    person = subscribers.c
    if delivery is not None:
        query = sa.select(deliveries.c.subscriber).where(deliveries.c.id == delivery)
    elif token_id:
        query = sa.select(person.id).where(person.token_id == token_id)
    else:
        query = sa.select(person.id).where(person.address_key == key)
    found: int | None = connection.execute(query).scalar()
    return found


def take_in(
    connection: sa.Connection,
    verdict: Literal["hard", "soft", "refused", "complaint"],
    subscriber: int,
    *,
    now: dt.datetime,
    delivery: int | None = None,
    status: str = "",
    words: str = "",
    policy: BouncePolicy | None = None,
) -> Done:
    """Act on a bounce or a complaint. The same one twice changes nothing the second time."""
    fresh = delivery is None or _bounced(connection, delivery, status, words, now)
    if verdict == "complaint":
        complained(connection, subscriber, now, words)
        return "complained"
    if verdict == "hard":
        suppress_subscribers(connection, [subscriber], now, "hard_bounce", f"{status} {words}".strip())
        return "suppressed"
    if not fresh:
        return "known"
    if verdict == "soft":
        count_soft(connection, [subscriber], now, policy)
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
    person = sa.select(subscribers.c.id).where(subscribers.c.token_id == token_id).scalar_subquery()
    wish = subscriptions.c
    ending = subscriptions.update().where(
        wish.subscriber == person, wish.newsletter == newsletter, wish.state != "unsubscribed"
    )
    done = connection.execute(ending.values(state="unsubscribed", ended=now, end_reason="by mail"))
    return "unsubscribed" if done.rowcount else "known"
