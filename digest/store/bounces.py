"""What came back, in the ledger and on the suppression list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from digest.store.partitions import of_edition
from digest.store.suppress import BouncePolicy, complained, count_soft, suppress_subscribers
from digest.store.tables import deliveries, editions, subscribers, subscriptions
from digest.tokens import fingerprint

LATE = dt.timedelta(days=30)  # no server tries for longer, by far
Done = Literal["suppressed", "counted", "noted", "complained", "unsubscribed", "known", "unknown"]


@dataclass(frozen=True, slots=True)
class About:
    """Whom a returned message speaks of, and of which delivery to them where that can be told."""

    subscriber: int
    delivery: int | None = None


def about(
    connection: sa.Connection,
    now: dt.datetime,
    *,
    delivery: int | None = None,
    token_id: str = "",
    stem: str = "",
) -> About | None:
    """Whom a returned message speaks of: by its return path, else by the id and the stem of its Message-ID."""
    if delivery is not None:
        found = connection.execute(
            sa.select(deliveries.c.subscriber).where(deliveries.c.id == delivery)
        ).scalar()
        if found is not None:
            return About(found, delivery)
    person = sa.select(subscribers.c.id).where(subscribers.c.token_id == token_id)
    found = connection.execute(person).scalar()
    return None if found is None else About(found, _by_stem(connection, found, stem, now))


def _by_stem(connection: sa.Connection, subscriber: int, stem: str, now: dt.datetime) -> int | None:
    """The delivery whose Message-ID begins so; bounces come within days."""
    lately = sa.select(editions.c.id).where(editions.c.due > now - LATE)
    named = (name for name in connection.execute(lately).scalars() if fingerprint(name) == stem)
    edition = next(named, None)
    if edition is None:
        return None
    column = deliveries.c
    mine = (of_edition(connection, edition), column.subscriber == subscriber)
    found: int | None = connection.execute(sa.select(column.id).where(*mine)).scalar()
    return found


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
    fresh = delivery is not None and _bounced(connection, delivery, status, words, now)
    if verdict == "complaint":
        complained(connection, subscriber, now, words)
        return "complained"
    if verdict == "hard":
        suppress_subscribers(connection, [subscriber], now, "hard_bounce", f"{status} {words}".strip())
        return "suppressed"
    if delivery is None:
        return "noted"  # of an edition long forgotten
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
    person = sa.select(subscribers.c.id).where(subscribers.c.token_id == token_id).scalar_subquery()
    wish = subscriptions.c
    ending = subscriptions.update().where(
        wish.subscriber == person, wish.newsletter == newsletter, wish.state != "unsubscribed"
    )
    done = connection.execute(ending.values(state="unsubscribed", ended=now, end_reason="by mail"))
    return "unsubscribed" if done.rowcount else "known"
