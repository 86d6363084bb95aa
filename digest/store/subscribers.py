"""Subscribers in bulk and one by one: add, import, list, show, remove, erase."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from digest.addresses import Address
from digest.roster import Entrant
from digest.store.engine import Store
from digest.store.sql import chunks, insert_many, upsert
from digest.store.suppress import suppressed_hashes
from digest.store.tables import deliveries, soft_bounces, subscribers, subscriptions, suppressions
from digest.tokens import new_person

BATCH = 5000


@dataclass(slots=True)
class Tally:
    """What an import did, or would do."""

    added: int = 0  # people who were not known
    subscribed: int = 0  # people known, new to this newsletter or not confirmed yet
    unchanged: int = 0  # subscribed already
    left: int = 0  # unsubscribed before; an import never overrules them
    suppressed: int = 0  # on the suppression list

    @property
    def read(self) -> int:
        """All of them."""
        return self.added + self.subscribed + self.unchanged + self.left + self.suppressed


def import_people(
    store: Store,
    people: Iterable[Entrant],
    newsletter: str,
    *,
    now: dt.datetime,
    consent: dict[str, Any],
    dry: bool = False,
) -> Iterator[Tally]:
    """Add people to a newsletter batch by batch, each a transaction; yields the tally so far.

    Doing it twice changes nothing. Who has left or is suppressed stays so. ``consent`` is the proof that is
    kept: when, where, which words. Nothing is written when ``dry``.
    """
    tally = Tally()
    for batch in chunks(people, BATCH):
        with store.read() if dry else store.begin() as connection:
            _import(connection, batch, newsletter, now, consent, tally, dry=dry)
        yield tally
    yield tally


def _import(  # noqa: PLR0917 - import_people's arguments, passed on once
    connection: sa.Connection,
    batch: Sequence[Entrant],
    newsletter: str,
    now: dt.datetime,
    consent: dict[str, Any],
    tally: Tally,
    *,
    dry: bool,
) -> None:
    """One batch."""
    dead = suppressed_hashes(connection, [person.address.digest for person in batch])
    alive = [person for person in batch if person.address.digest not in dead]
    tally.suppressed += len(batch) - len(alive)
    known = _known(connection, [person.address.key for person in alive], newsletter)
    fresh = [person for person in alive if person.address.key not in known]
    states = [state for _, state in known.values()]
    tally.added += len(fresh)
    tally.left += states.count("unsubscribed")
    tally.unchanged += states.count("active")
    tally.subscribed += states.count(None) + states.count("pending")
    if dry:
        return
    insert_many(connection, subscribers, [_person(person, now) for person in fresh])
    wish = {"newsletter": newsletter, "state": "active", "since": now, "consent": consent}
    slots = {person.address.key: list(person.slots) for person in alive}
    ids = _ids(connection, [person.address.key for person in fresh])
    insert_many(
        connection, subscriptions, [wish | {"subscriber": n, "slots": slots[k]} for k, n in ids.items()]
    )
    joining = {key: number for key, (number, state) in known.items() if state in {None, "pending"}}
    _confirm(connection, list(joining.values()))
    rows = [wish | {"subscriber": number, "slots": slots[key]} for key, number in joining.items()]
    upsert(connection, subscriptions, rows)


def _confirm(connection: sa.Connection, ids: Sequence[int]) -> None:
    """People who once asked on the site and never confirmed: the operator's proof stands for it."""
    person = subscribers.c
    for some in chunks(ids):
        waiting = subscribers.update().where(person.id.in_(some), person.state == "pending")
        connection.execute(waiting.values(state="active"))


def _person(entrant: Entrant, now: dt.datetime) -> dict[str, Any]:
    """A new row of ``subscribers``."""
    return {
        "address": entrant.address.given,
        "address_key": entrant.address.key,
        "name": entrant.name,
        "language": entrant.language,
        "state": "active",
        "token_id": new_person(),
        "created": now,
    }


def _known(
    connection: sa.Connection, keys: Sequence[str], newsletter: str
) -> dict[str, tuple[int, str | None]]:
    """Those of ``keys`` that are subscribers: id, and the state of their subscription if they have one."""
    person, wish = subscribers.c, subscriptions.c
    mine = sa.and_(wish.subscriber == person.id, wish.newsletter == newsletter)
    query = sa.select(person.address_key, person.id, wish.state).select_from(
        subscribers.outerjoin(subscriptions, mine)
    )
    found: dict[str, tuple[int, str | None]] = {}
    for some in chunks(keys):
        rows = connection.execute(query.where(person.address_key.in_(some)))
        found.update({key: (number, state) for key, number, state in rows})
    return found


def _ids(connection: sa.Connection, keys: Sequence[str]) -> dict[str, int]:
    """The ids of subscribers by address key."""
    person = subscribers.c
    found: dict[str, int] = {}
    for some in chunks(keys):
        rows = connection.execute(
            sa.select(person.address_key, person.id).where(person.address_key.in_(some))
        )
        found.update((row[0], row[1]) for row in rows)
    return found


# --- looking


def listed(
    store: Store, *, newsletter: str | None = None, state: str | None = None, limit: int | None = None
) -> Iterator[tuple[str, str, str, str, str, dt.datetime]]:
    """Address, name, language, state, newsletters and since when, by id; streamed, never all in memory."""
    last, left = 0, limit
    while left is None or left > 0:
        size = BATCH if left is None else min(BATCH, left)
        with store.read() as connection:
            rows = _page(connection, last, size, newsletter, state)
        for row in rows:
            yield row[1:]
        if len(rows) < size:
            return
        last = rows[-1][0]
        left = None if left is None else left - len(rows)


def _page(
    connection: sa.Connection, last: int, size: int, newsletter: str | None, state: str | None
) -> list[Any]:
    """The next rows of ``listed``, the id before them."""
    person = subscribers.c
    query = sa.select(person.id, person.address, person.name, person.language, person.state, person.created)
    query = query.where(person.id > last).order_by(person.id).limit(size)
    if newsletter:
        mine = sa.exists().where(
            subscriptions.c.subscriber == person.id,
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.state == "active",
        )
        query = query.where(mine)
    if state:
        query = query.where(person.state == state)
    rows = connection.execute(query).all()
    taken = _newsletters(connection, [row.id for row in rows])
    return [(*row[:5], " ".join(taken.get(row.id, ())), row.created) for row in rows]


def _newsletters(connection: sa.Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """The newsletters each of ``ids`` takes."""
    wish = subscriptions.c
    query = (
        sa.select(wish.subscriber, wish.newsletter).where(wish.state == "active").order_by(wish.newsletter)
    )
    taken: dict[int, list[str]] = {}
    for some in chunks(ids):
        for subscriber, newsletter in connection.execute(query.where(wish.subscriber.in_(some))):
            taken.setdefault(subscriber, []).append(newsletter)
    return taken


def everything(connection: sa.Connection, address: Address) -> dict[str, Any] | None:
    """All we hold on a person, for a data protection request; None when that is nothing.

    The suppression list holds a hash only; whether it is there is told too.
    """
    query = sa.select(subscribers).where(subscribers.c.address_key == address.key)
    row = connection.execute(query).one_or_none()
    listed = sa.select(suppressions).where(suppressions.c.address_hash == address.digest)
    suppressed = connection.execute(listed).one_or_none()
    if row is None and suppressed is None:
        return None
    about: dict[str, Any] = {"subscriber": None, "subscriptions": [], "deliveries": [], "soft_bounces": []}
    if row is not None:
        wishes = sa.select(subscriptions).where(subscriptions.c.subscriber == row.id)
        full = sa.select(soft_bounces).where(soft_bounces.c.subscriber == row.id)
        sent = sa.select(deliveries).where(deliveries.c.subscriber == row.id).order_by(deliveries.c.id)
        about["subscriber"] = row._asdict()
        about["subscriptions"] = [r._asdict() for r in connection.execute(wishes)]
        about["deliveries"] = [r._asdict() for r in connection.execute(sent)]
        about["soft_bounces"] = [r._asdict() for r in connection.execute(full.order_by("when"))]
    return about | {"suppressed": suppressed._asdict() if suppressed else None}


# --- leaving


def remove(
    connection: sa.Connection, address: Address, newsletter: str | None, now: dt.datetime, why: str
) -> int:
    """End a person's subscription to a newsletter, or to all; how many ended. Doing it twice ends none."""
    wish = subscriptions.c
    person = sa.select(subscribers.c.id).where(subscribers.c.address_key == address.key).scalar_subquery()
    ending = subscriptions.update().where(wish.subscriber == person, wish.state != "unsubscribed")
    if newsletter:
        ending = ending.where(wish.newsletter == newsletter)
    done = connection.execute(ending.values(state="unsubscribed", ended=now, end_reason=why))
    return int(done.rowcount)


def erase(connection: sa.Connection, address: Address) -> bool:
    """Forget a person: everything but the hash on the suppression list and the bare counts of deliveries.

    Replies of servers are cleared too, they often quote the address. False when nobody is known by it.
    """
    query = sa.select(subscribers.c.id).where(subscribers.c.address_key == address.key)
    number = connection.execute(query).scalar()
    if number is None:
        return False
    connection.execute(deliveries.update().where(deliveries.c.subscriber == number).values(reply=""))
    for table in (subscriptions, soft_bounces):
        connection.execute(table.delete().where(table.c.subscriber == number))
    connection.execute(subscribers.delete().where(subscribers.c.id == number))
    return True
