"""The delivery ledger in SQL: claims with lease and fence, results, what is left after a crash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Literal

import sqlalchemy as sa

from digest.model import FINAL, Attempt, DeliveryState, Recipient
from digest.slots import UNSENT
from digest.store.audience import eligible
from digest.store.engine import Store
from digest.store.partitions import lately, of_edition, within
from digest.store.sql import as_table, one_of
from digest.store.suppress import BouncePolicy, count_soft, suppress_subscribers
from digest.store.tables import deliveries, editions, slots, subscribers, subscriptions

CLAIMED = ("claimed", "in_flight")
WRITTEN = ("state", "not_before", "code", "enhanced", "reply")  # as each attempt says


class SqlLedger:
    """``deliver.Ledger`` on a store."""

    def __init__(
        self,
        store: Store,
        uncertain: Literal["hold", "resend_once"] = "hold",
        bounces: BouncePolicy | None = None,
    ) -> None:
        self._store = store
        self._uncertain = uncertain
        self._bounces = bounces or BouncePolicy()

    def claim(
        self, edition: str, owner: str, limit: int, *, lease: dt.datetime, now: dt.datetime
    ) -> Sequence[Recipient]:
        """See ``deliver.Ledger``."""
        with self._store.begin() as connection:
            return claim(connection, edition, owner, limit, lease=lease, now=now)

    def record(self, attempts: Sequence[Attempt], now: dt.datetime) -> None:
        """See ``deliver.Ledger``."""
        with self._store.begin() as connection:
            record(connection, attempts, now, self._bounces, resend_once=self._uncertain == "resend_once")

    def renew(self, owner: str, lease: dt.datetime) -> None:
        """See ``deliver.Ledger``."""
        with self._store.begin() as connection:
            mine = deliveries.update().where(*held_by(owner), lately(connection, lease))
            connection.execute(mine.values(lease_until=lease))

    def release(self, owner: str, to: Literal["ready", "uncertain"], now: dt.datetime) -> int:
        """See ``deliver.Ledger``."""
        values: dict[str, Any] = {"state": to, "lease_until": None, "changed": now}
        if to == "uncertain":
            # The owner's name stays: should its machine come back, its journal knows what was never begun.
            values["reply"] = "its sender died and left no journal"
        else:
            back = deliveries.c.state == "uncertain"
            values |= {"owner": "", "reply": sa.case((back, ""), else_=deliveries.c.reply)}
        with self._store.begin() as connection:
            held, column = held_by(owner), deliveries.c
            if to == "ready":
                given_up = sa.and_(column.state == "uncertain", column.edition.in_(being_sent()))
                held = (held[0], held[1], sa.or_(held[2], given_up))
            mine = (*held, lately(connection, now))
            dropped = _drop_cancelled(connection, mine, now) if to == "ready" else 0
            return dropped + connection.execute(deliveries.update().where(*mine).values(values)).rowcount

    def abandoned(self, before: dt.datetime) -> Sequence[str]:
        """See ``deliver.Ledger``."""
        column = deliveries.c
        query = sa.select(column.owner).distinct()
        with self._store.read() as connection:
            old = (column.owner != "", column.lease_until < before, lately(connection, before))
            found = connection.execute(query.where(*old))
            return [owner for (owner,) in found]

    def sending(self, edition: str) -> bool:
        """See ``deliver.Ledger``."""
        with self._store.read() as connection:
            return sending(connection, edition)

    def counts(self, edition: str) -> dict[DeliveryState, int]:
        """See ``deliver.Ledger``."""
        with self._store.read() as connection:
            return counts(connection, edition)

    def next_try(self, edition: str) -> dt.datetime | None:
        """See ``deliver.Ledger``."""
        column = deliveries.c
        query = sa.select(sa.func.min(column.not_before)).where(column.state == "deferred")
        with self._store.read() as connection:
            mine = of_edition(connection, edition)
            found: dt.datetime | None = connection.execute(query.where(mine)).scalar()
            return found


def held_by(owner: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """The claims of ``owner``."""
    # The second says nothing new to us, but tells PostgreSQL that the partial index will do.
    return deliveries.c.owner == owner, deliveries.c.owner != "", deliveries.c.state.in_(CLAIMED)


def being_sent() -> sa.Select[Any]:
    """The editions whose slot is in state ``sending``."""
    joined = editions.join(slots, slots.c.id == editions.c.slot)
    return sa.select(editions.c.id).select_from(joined).where(slots.c.state == "sending")


def sending(connection: sa.Connection, edition: str) -> bool:
    """Whether the slot of the edition is in state ``sending``."""
    return _due_if_sending(connection, edition) is not None


def _due_if_sending(connection: sa.Connection, edition: str) -> dt.datetime | None:
    """When the edition was due, None unless its slot is in state ``sending``."""
    joined = editions.join(slots, slots.c.id == editions.c.slot)
    query = sa.select(editions.c.due).select_from(joined)
    found: dt.datetime | None = connection.execute(
        query.where(editions.c.id == edition, slots.c.state == "sending")
    ).scalar()
    return found


def claim(
    connection: sa.Connection,
    edition: str,
    owner: str,
    limit: int,
    *,
    lease: dt.datetime,
    now: dt.datetime,
    among: tuple[int, int] | None = None,
) -> list[Recipient]:
    """Take up to ``limit`` ready deliveries, check consent once more, return those who still want it.

    ``among``: only ids from the first to the last; what is deferred is then left alone.
    """
    due = _due_if_sending(connection, edition)
    if due is None:
        return []
    where = within(connection, due) if among is None else deliveries.c.id.between(*among)
    if among is None:
        wake(connection, edition, now, where)
    while taken := _take(
        connection, edition, where, limit, ranged=among is not None, owner=owner, lease=lease, now=now
    ):
        people = _people(connection, edition, [row[2] for row in taken], now)
        gone = [row[0] for row in taken if row[2] not in people]
        if gone:
            _drop(connection, gone, now)
        if len(gone) < len(taken):
            return [_recipient(row, people[row[2]]) for row in taken if row[2] in people]
    return []


def wake(
    connection: sa.Connection, edition: str, now: dt.datetime, where: sa.ColumnElement[bool] | None = None
) -> int:
    """Make the deferred deliveries that are due ready again."""
    column = deliveries.c
    due = deliveries.update().where(
        column.edition == edition,
        column.state == "deferred",
        column.not_before <= now,
        sa.true() if where is None else where,
    )
    return connection.execute(due.values(state="ready", not_before=None, changed=now)).rowcount


def _take(
    connection: sa.Connection,
    edition: str,
    where: sa.ColumnElement[bool],
    limit: int,
    *,
    ranged: bool,
    owner: str,
    lease: dt.datetime,
    now: dt.datetime,
) -> Sequence[Any]:
    """Claim rows. SKIP LOCKED is PostgreSQL's; on SQLite the transaction is alone."""
    column = deliveries.c
    ready = sa.select(column.id).where(column.edition == edition, column.state == "ready", where).limit(limit)
    postgres = connection.dialect.name == "postgresql"
    if not ranged:
        # In the order of the index: PostgreSQL would read what was sent before it found what was not. And so what was
        # put off comes last: NULL is first on SQLite, and on PostgreSQL when an index is read backwards.
        ready = ready.order_by(column.not_before.desc() if postgres else column.not_before)
    picked = ready.with_for_update(skip_locked=True).cte("picked")
    ids = sa.select(picked.c.id)
    taken: sa.ColumnElement[bool] = column.id.in_(ids)
    if postgres:  # as an array it goes by the index; a join may read the whole day
        taken = column.id == sa.any_(sa.func.array(ids.scalar_subquery()))
    statement = (
        deliveries.update()
        .where(taken, where)
        .values(state="claimed", fence=column.fence + 1, owner=owner, lease_until=lease, changed=now)
        .returning(column.id, column.fence, column.subscriber, column.attempts, column.resent)
    )
    return sorted(connection.execute(statement), key=itemgetter(0))  # RETURNING promises no order


def _people(connection: sa.Connection, edition: str, ids: Sequence[int], now: dt.datetime) -> dict[int, Any]:
    """Those of ``ids`` who are subscribed and may be written to now."""
    person = subscribers.c
    mine = sa.and_(
        subscriptions.c.subscriber == person.id,
        subscriptions.c.newsletter
        == sa.select(editions.c.newsletter).where(editions.c.id == edition).scalar_subquery(),
        subscriptions.c.state == "active",
    )
    query = (
        sa.select(person.id, person.token_id, person.address, person.name, person.language)
        .select_from(subscribers.join(subscriptions, mine))
        .where(
            one_of(connection, person.id, ids),
            one_of(connection, subscriptions.c.subscriber, ids),
            eligible(now),
        )
    )
    return {row[0]: row for row in connection.execute(query)}


def _drop(connection: sa.Connection, ids: Sequence[int], now: dt.datetime) -> None:
    """Mark deliveries of people who left since the audience was fixed."""
    values = {
        "state": "suppressed",
        "reply": "unsubscribed, paused or suppressed since",
        "owner": "",
        "lease_until": None,
        "changed": now,
    }
    connection.execute(deliveries.update().where(_these(connection, ids)).values(values))


def _these(connection: sa.Connection, ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Deliveries by their ids. Their bounds are said too: by those PostgreSQL finds the partition when it plans."""
    return sa.and_(deliveries.c.id.between(min(ids), max(ids)), one_of(connection, deliveries.c.id, ids))


def _recipient(row: Any, person: Any) -> Recipient:
    """A claimed row and its person."""
    delivery, fence, subscriber, attempts, resent = row
    _, token_id, address, name, language = person
    return Recipient(delivery, fence, subscriber, token_id, address, name, language, attempts, resent)


def record(
    connection: sa.Connection,
    attempts: Iterable[Attempt],
    now: dt.datetime,
    bounces: BouncePolicy,
    *,
    resend_once: bool = False,
) -> None:
    """Write attempts where the fence is still theirs; a dead address is suppressed in the same transaction."""
    every = list(attempts)
    if not every:
        return
    # What was given up and turns out never to have begun goes out only while its edition does.
    late = sa.or_(deliveries.c.state != "uncertain", deliveries.c.edition.in_(being_sent()))
    _write(connection, [attempt for attempt in every if attempt.state != "ready"], now)
    _write(connection, [attempt for attempt in every if attempt.state == "ready"], now, late)
    if resend_once:
        _resend(connection, [a.delivery for a in every if a.state == "uncertain"])
    if later := [a.delivery for a in every if a.state in {"deferred", "ready"}]:
        still = deliveries.c.state.in_(("deferred", "ready"))
        waiting = (deliveries.c.id.in_(later), still, lately(connection, now))
        _drop_cancelled(connection, waiting, now)
    _heed_bounces(connection, every, now, bounces)


def _write(
    connection: sa.Connection,
    attempts: Sequence[Attempt],
    now: dt.datetime,
    more: sa.ColumnElement[bool] | None = None,
) -> None:
    """Write attempts whose fence is still theirs: in one statement on PostgreSQL, where each costs a trip."""
    if not attempts:
        return
    column, at_once = deliveries.c, connection.dialect.name == "postgresql"
    rows = [_values(attempt) for attempt in attempts]
    # No index has an expression: else PostgreSQL may read all that anybody ever claimed, as it knows of nothing claimed.
    state = column.state + "" if at_once else column.state
    kinds = {"b_id": column.id.type, "b_fence": column.fence.type, "b_counted": column.attempts.type}
    kinds |= {name: column[name].type for name in WRITTEN}
    given: Any = (
        as_table(connection, kinds, rows).c if at_once else {name: sa.bindparam(name) for name in kinds}
    )
    mine = [
        column.id == given["b_id"],
        column.fence == given["b_fence"],
        # Not IN: its parameters expand, which executemany cannot do.
        sa.or_(state == "claimed", state == "in_flight", state == "uncertain"),
        sa.true() if more is None else more,
    ]
    if at_once:  # by the index of ids: a join alone may read the whole day
        mine.append(_these(connection, [row["b_id"] for row in rows]))
    values = {name: given[name] for name in WRITTEN} | {"owner": "", "lease_until": None, "changed": now}
    statement = (
        deliveries.update().where(*mine).values(values | {"attempts": column.attempts + given["b_counted"]})
    )
    connection.execute(statement, None if at_once else rows)


def _drop_cancelled(
    connection: sa.Connection, where: Iterable[sa.ColumnElement[bool]], now: dt.datetime
) -> int:
    """What would wait for another pass of an edition that was cancelled or given up meanwhile; how many those were."""
    cancelled = (
        sa.select(editions.c.id)
        .join(slots, slots.c.id == editions.c.slot)
        .where(slots.c.state.in_(sorted(UNSENT)))
    )
    values = {"state": "cancelled", "owner": "", "lease_until": None, "not_before": None, "changed": now}
    mine = deliveries.update().where(*where, deliveries.c.edition.in_(cancelled))
    return connection.execute(mine.values(values)).rowcount


def _values(attempt: Attempt) -> dict[str, Any]:
    """What is written of an attempt, and where."""
    return {
        "b_id": attempt.delivery,
        "b_fence": attempt.fence,
        "state": attempt.state,
        "b_counted": int(attempt.counted),
        "not_before": attempt.not_before,
        "code": attempt.code or None,
        "enhanced": attempt.enhanced,
        "reply": attempt.reply,
    }


def _resend(connection: sa.Connection, ids: Sequence[int]) -> None:
    """The policy ``resend_once``: an uncertain delivery is sent once more, with the same Message-ID and Date."""
    column = deliveries.c
    once = deliveries.update().where(
        column.id.in_(ids), column.state == "uncertain", column.resent.is_(False)
    )
    connection.execute(once.values(state="ready", resent=True))


def _heed_bounces(
    connection: sa.Connection, attempts: Iterable[Attempt], now: dt.datetime, policy: BouncePolicy
) -> None:
    """Suppress the dead addresses, count the full mailboxes."""
    bounced = [attempt for attempt in attempts if attempt.bounce]
    if not bounced:
        return
    query = sa.select(deliveries.c.id, deliveries.c.subscriber)
    rows = connection.execute(query.where(deliveries.c.id.in_([a.delivery for a in bounced])))
    whose = {row.id: row.subscriber for row in rows}
    hard = [whose[a.delivery] for a in bounced if a.bounce == "hard" and a.delivery in whose]
    soft = [(whose[a.delivery], a.delivery) for a in bounced if a.bounce == "soft" and a.delivery in whose]
    suppress_subscribers(connection, hard, now)
    count_soft(connection, soft, now, policy)


def counts(connection: sa.Connection, edition: str) -> dict[DeliveryState, int]:
    """How many deliveries of the edition are in each state; states without any are left out."""
    column = deliveries.c
    mine = of_edition(connection, edition)
    query = sa.select(column.state, sa.func.count()).where(mine).group_by(column.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def adds_up(connection: sa.Connection, edition: str) -> bool:
    """Whether the finals sum to the audience: the proof that an edition is done and nobody was forgotten."""
    query = sa.select(editions.c.audience).where(editions.c.id == edition)
    audience = connection.execute(query).scalar()
    finals = {state: n for state, n in counts(connection, edition).items() if state in FINAL}
    return audience is not None and sum(finals.values()) == audience
