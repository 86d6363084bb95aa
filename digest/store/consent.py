"""A person's subscriptions as the public site changes them: each step by POST, each with its proof."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from digest import tokens
from digest.addresses import Address
from digest.store.sql import insert_new, upsert
from digest.store.tables import subscribers, subscriptions


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a token speaks of. ``subscriptions`` are by newsletter: state and slot names, () for every slot."""

    id: int
    token_id: str
    address: str
    language: str
    state: str
    paused_until: dt.datetime | None
    subscriptions: Mapping[str, tuple[str, tuple[str, ...]]]

    def takes(self, newsletter: str) -> bool:
        """Whether the newsletter is sent to this person, pauses apart."""
        return self.subscriptions.get(newsletter, ("", ()))[0] == "active"

    def slots(self, newsletter: str) -> tuple[str, ...]:
        """The slots chosen; () for every slot."""
        return self.subscriptions.get(newsletter, ("", ()))[1]


def person(connection: sa.Connection, token_id: str) -> Person | None:
    """The person of an opaque id; None when there is none any more."""
    return _person(connection, subscribers.c.token_id == token_id)


def by_address(connection: sa.Connection, key: str) -> Person | None:
    """The person of a normalised address."""
    return _person(connection, subscribers.c.address_key == key)


def held(connection: sa.Connection, address: Address, now: dt.datetime) -> Person:
    """The person of an address, new where there is none: whoever else wants to change it waits for us."""
    row = sa.select(subscribers.c.id).where(subscribers.c.address_key == address.key)
    if connection.execute(row.with_for_update()).scalar() is None:
        return new_person(connection, address, now)
    found = by_address(connection, address.key)
    assert found is not None
    return found


def _person(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Person | None:
    columns = ("id", "token_id", "address", "language", "state", "paused_until")
    row = connection.execute(sa.select(*(subscribers.c[n] for n in columns)).where(condition)).one_or_none()
    if row is None:
        return None
    own = sa.select(subscriptions.c.newsletter, subscriptions.c.state, subscriptions.c.slots)
    rows = connection.execute(own.where(subscriptions.c.subscriber == row.id))
    taken = {r.newsletter: (r.state, tuple(r.slots)) for r in rows}
    return Person(subscriptions=taken, **row._asdict())


def new_person(connection: sa.Connection, address: Address, now: dt.datetime) -> Person:
    """Somebody who asked to subscribe and has not confirmed yet."""
    row: dict[str, Any] = {
        "address": address.given,
        "address_key": address.key,
        "state": "pending",
        "token_id": tokens.new_person(),
        "created": now,
    }
    insert_new(connection, subscribers, [row])  # another process may have just been asked the same
    return held(connection, address, now)


def asked(connection: sa.Connection, who: Person) -> dict[str, list[dt.datetime]]:
    """When this person was sent confirmation mails without having confirmed since, by newsletter, oldest first."""
    query = sa.select(subscriptions.c.newsletter, subscriptions.c.consent)
    rows = connection.execute(query.where(subscriptions.c.subscriber == who.id))
    return {name: [dt.datetime.fromisoformat(t) for t in consent.get("asked", [])] for name, consent in rows}


def ask(
    connection: sa.Connection,
    who: Person,
    newsletter: str,
    slots: Collection[str],
    *,
    proof: Mapping[str, Any],
    now: dt.datetime,
) -> None:
    """Note that a confirmation mail goes out; an active subscription stays as it is."""
    if who.takes(newsletter):
        return
    times = [when.isoformat() for when in (*asked(connection, who).get(newsletter, ()), now)]
    consent = {**proof, "asked": times}
    _write(
        connection,
        who,
        newsletter,
        {"state": "pending", "slots": sorted(slots), "since": now, "consent": consent},
    )


def unask(connection: sa.Connection, who: Person, newsletter: str, when: dt.datetime) -> None:
    """The confirmation mail noted for ``when`` did not leave."""
    mine = (subscriptions.c.subscriber == who.id, subscriptions.c.newsletter == newsletter)
    consent = connection.execute(sa.select(subscriptions.c.consent).where(*mine)).scalar() or {}
    times = [t for t in consent.get("asked", []) if t != when.isoformat()]
    connection.execute(subscriptions.update().where(*mine).values(consent=consent | {"asked": times}))


def confirm(
    connection: sa.Connection, who: Person, newsletter: str, proof: Mapping[str, Any], now: dt.datetime
) -> None:
    """Make a subscription active, with the proof of when, where and to which words the person agreed."""
    mine = (subscriptions.c.subscriber == who.id, subscriptions.c.newsletter == newsletter)
    consent = connection.execute(sa.select(subscriptions.c.consent).where(*mine)).scalar() or {}
    consent = {**consent, "asked": [], "confirmed": {**proof, "when": now.isoformat()}}
    slots = list(who.slots(newsletter))
    _write(connection, who, newsletter, {"state": "active", "slots": slots, "since": now, "consent": consent})
    waiting = subscribers.update().where(subscribers.c.id == who.id, subscribers.c.state != "suppressed")
    connection.execute(waiting.values(state="active", paused_until=None))


def leave(connection: sa.Connection, who: Person, newsletter: str, reason: str, now: dt.datetime) -> None:
    """End a subscription; ending it twice changes nothing."""
    mine = (subscriptions.c.subscriber == who.id, subscriptions.c.newsletter == newsletter)
    ended = subscriptions.update().where(*mine, subscriptions.c.state != "unsubscribed")
    connection.execute(ended.values(state="unsubscribed", ended=now, end_reason=reason[:500]))


def say_why(connection: sa.Connection, who: Person, newsletter: str, reason: str) -> None:
    """Add the reason somebody gives after leaving."""
    mine = (subscriptions.c.subscriber == who.id, subscriptions.c.newsletter == newsletter)
    ended = subscriptions.update().where(*mine, subscriptions.c.state == "unsubscribed")
    connection.execute(ended.values(end_reason=reason[:500]))


def choose(
    connection: sa.Connection,
    who: Person,
    offered: Collection[str],
    wanted: Mapping[str, Collection[str]],
    paused_until: dt.datetime | None,
    *,
    proof: Mapping[str, Any],
    now: dt.datetime,
) -> None:
    """Set which of the newsletters ``offered``, and which of their slots, a confirmed person takes.

    ``paused_until`` says until when nothing is sent.
    """
    for newsletter in (who.subscriptions.keys() & set(offered)) - wanted.keys():
        leave(connection, who, newsletter, "preferences", now)
    for newsletter, slots in wanted.items():
        if who.takes(newsletter):
            mine = (subscriptions.c.subscriber == who.id, subscriptions.c.newsletter == newsletter)
            connection.execute(subscriptions.update().where(*mine).values(slots=sorted(slots)))
        else:
            consent = {"confirmed": {**proof, "when": now.isoformat()}}
            values = {"state": "active", "slots": sorted(slots), "since": now, "consent": consent}
            _write(connection, who, newsletter, values)
    state = "paused" if paused_until else "active"
    living = subscribers.update().where(subscribers.c.id == who.id, subscribers.c.state != "suppressed")
    connection.execute(living.values(state=state, paused_until=paused_until))


def _write(connection: sa.Connection, who: Person, newsletter: str, values: Mapping[str, Any]) -> None:
    row = {"subscriber": who.id, "newsletter": newsletter, "ended": None, "end_reason": "", **values}
    upsert(connection, subscriptions, [row])
