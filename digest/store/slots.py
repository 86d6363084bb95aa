"""The slot ledger: promise 1 as rows. Whoever wakes inserts what is due and claims one with a lease and a fence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from digest.errors import StoreError
from digest.model import SlotKey
from digest.slots import FINISHED, NEXT, RESUMED, UNBUILT, Planned, Slot, State
from digest.store.partitions import of_edition
from digest.store.sql import insert_new
from digest.store.tables import deliveries, editions, schedule, slots

LEASE = dt.timedelta(seconds=60)
_LEASED: frozenset[State] = frozenset({"claimed", "built", "frozen", "sending"})  # somebody works on it
_NAMES = ("id", "newsletter", "date", "name", "number", "due", "state", "reason", "owner", "fence")
_COLUMNS = (*(slots.c[name] for name in _NAMES), slots.c.lease_until, slots.c.changed)


class LostClaim(StoreError):  # noqa: N818 - what happened, in the ledger's words
    """Another process holds the slot now, or it moved on: whoever gets this stops working on it."""


# --- which slots there are ----------------------------------------------------------------------------


def sync_schedule(
    connection: sa.Connection, names: Mapping[str, Iterable[str]], now: dt.datetime
) -> dict[str, dict[str, dt.datetime]]:
    """Note the slot names of each newsletter as active from ``now`` if they are new; since when each is active.

    A name that left the config is forgotten: it owes nothing of the time between when it comes back.
    """
    wanted = {(newsletter, name) for newsletter, some in names.items() for name in some}
    known = _schedule(connection)
    for newsletter, name in known.keys() - wanted:
        connection.execute(
            schedule.delete().where(schedule.c.newsletter == newsletter, schedule.c.name == name)
        )
    rows = [{"newsletter": n, "name": s, "since": now} for n, s in sorted(wanted - known.keys())]
    insert_new(connection, schedule, rows)
    return _by_newsletter({key: known.get(key, now) for key in wanted})


def _schedule(connection: sa.Connection) -> dict[tuple[str, str], dt.datetime]:
    rows = connection.execute(sa.select(schedule.c.newsletter, schedule.c.name, schedule.c.since))
    return {(newsletter, name): since for newsletter, name, since in rows}


def _by_newsletter(since: Mapping[tuple[str, str], dt.datetime]) -> dict[str, dict[str, dt.datetime]]:
    found: dict[str, dict[str, dt.datetime]] = {}
    for (newsletter, name), moment in since.items():
        found.setdefault(newsletter, {})[name] = moment
    return found


def insert_due(connection: sa.Connection, planned: Iterable[Planned], now: dt.datetime) -> None:
    """Put slots into the ledger that it does not know yet; those it knows stay as they are.

    On a holiday a slot is skipped from the start.
    """
    rows = [
        {
            "newsletter": p.key.newsletter,
            "date": p.key.date,
            "name": p.key.name,
            "due": p.due,
            "state": "skipped" if p.holiday else "due",
            "reason": "a holiday" if p.holiday else "",
            "changed": now,
        }
        for p in planned
    ]
    insert_new(connection, slots, rows)


def add_extra(connection: sa.Connection, key: SlotKey, now: dt.datetime) -> Slot:
    """A further, numbered edition of a slot, due now: a person asked for it."""
    mine = (slots.c.newsletter == key.newsletter, slots.c.date == key.date, slots.c.name == key.name)
    last = connection.execute(sa.select(sa.func.max(slots.c.number)).where(*mine)).scalar() or 0
    row = {"newsletter": key.newsletter, "date": key.date, "name": key.name, "number": last + 1}
    row |= {"due": now, "state": "due", "changed": now, "reason": "asked for"}
    return _slot(connection.execute(slots.insert().returning(*_COLUMNS), row).one())


# --- reading ------------------------------------------------------------------------------------------


def unfinished(connection: sa.Connection, newsletter: str | None = None) -> tuple[Slot, ...]:
    """The slots that somebody still has to work on, wait for or decide about, in the order they are due."""
    query = sa.select(*_COLUMNS).where(slots.c.state.not_in(sorted(FINISHED)))
    return _read(connection, _of(query, newsletter).order_by(slots.c.due, slots.c.id))


def past(connection: sa.Connection, newsletter: str | None = None, limit: int = 10) -> tuple[Slot, ...]:
    """The newest slots of the ledger, newest first, whatever became of them."""
    query = _of(sa.select(*_COLUMNS), newsletter)
    return _read(connection, query.order_by(slots.c.due.desc(), slots.c.id.desc()).limit(limit))


def get(connection: sa.Connection, slot_id: int) -> Slot:
    """The slot of that id; raises StoreError."""
    row = connection.execute(sa.select(*_COLUMNS).where(slots.c.id == slot_id)).one_or_none()
    if row is None:
        raise StoreError(f"There is no slot {slot_id} in the ledger.")
    return _slot(row)


def find(connection: sa.Connection, key: SlotKey, number: int = 0) -> Slot | None:
    """The slot of that key; None when the ledger does not know it."""
    query = sa.select(*_COLUMNS).where(
        slots.c.newsletter == key.newsletter,
        slots.c.date == key.date,
        slots.c.name == key.name,
        slots.c.number == number,
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _slot(row)


def _of(query: sa.Select[Any], newsletter: str | None) -> sa.Select[Any]:
    return query if newsletter is None else query.where(slots.c.newsletter == newsletter)


def _read(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Slot, ...]:
    return tuple(map(_slot, connection.execute(query)))


def _slot(row: Sequence[Any]) -> Slot:
    slot_id, newsletter, date, name, *rest = row
    return Slot(slot_id, SlotKey(newsletter, date, name), *rest)


# --- working on one -----------------------------------------------------------------------------------


def claim(
    connection: sa.Connection, slot_id: int, owner: str, now: dt.datetime, lease: dt.timedelta = LEASE
) -> Slot | None:
    """Take a slot that nobody holds: one statement, so that of two processes one gets it.

    What is not frozen yet becomes ``claimed`` and is built anew; what is frozen keeps its state.
    """
    state = sa.case((slots.c.state.in_(sorted(UNBUILT)), "claimed"), else_=slots.c.state)
    statement = (
        slots.update()
        .where(
            slots.c.id == slot_id,
            slots.c.state.not_in(sorted(FINISHED | {"held"})),
            sa.or_(slots.c.lease_until.is_(None), slots.c.lease_until <= now),
        )
        .values(
            state=state, owner=owner, fence=slots.c.fence + 1, lease_until=now + lease, changed=now, reason=""
        )
        .returning(*_COLUMNS)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _slot(row)


def renew(connection: sa.Connection, slot: Slot, now: dt.datetime, lease: dt.timedelta = LEASE) -> Slot:
    """Hold a claimed slot for longer; raises LostClaim."""
    return _change(connection, slot, {"lease_until": now + lease})


def advance(connection: sa.Connection, slot: Slot, state: State, now: dt.datetime, reason: str = "") -> Slot:
    """Move a slot on; the claim ends where nobody works on it any more.

    Raises LostClaim when it is no longer as ``slot`` says, ValueError for a step the design does not know.
    """
    if state not in NEXT[slot.state]:
        raise ValueError(f"{slot}: there is no way from {slot.state} to {state}")
    values: dict[str, Any] = {"state": state, "reason": reason, "changed": now}
    if state not in _LEASED:
        values |= {"owner": "", "lease_until": None}
    return _change(connection, slot, values)


def release(connection: sa.Connection, slot: Slot) -> Slot:
    """End a claim without moving the slot on. Raises LostClaim."""
    return _change(connection, slot, {"owner": "", "lease_until": None})


def _change(connection: sa.Connection, slot: Slot, values: Mapping[str, Any]) -> Slot:
    same = (slots.c.id == slot.id, slots.c.fence == slot.fence, slots.c.state == slot.state)
    row = connection.execute(slots.update().where(*same).values(**values).returning(*_COLUMNS)).one_or_none()
    if row is None:
        raise LostClaim(
            f"Slot {slot} is no longer {slot.state} under our claim.", "Another process went on with it."
        )
    return _slot(row)


def owners(connection: sa.Connection, now: dt.datetime) -> tuple[str, ...]:
    """Who holds a slot at ``now``."""
    query = sa.select(slots.c.owner).distinct().where(slots.c.lease_until > now)
    return tuple(connection.execute(query.order_by(slots.c.owner)).scalars())


def let_go(connection: sa.Connection, gone: Iterable[str]) -> int:
    """End the leases of owners that are known to be gone, so that their work is resumed at once."""
    mine = slots.c.owner.in_(list(gone))
    return connection.execute(slots.update().where(mine).values(owner="", lease_until=None)).rowcount


# --- from outside -------------------------------------------------------------------------------------


def interrupt(
    connection: sa.Connection, slot: Slot, state: State, now: dt.datetime, reason: str = ""
) -> Slot:
    """Move a slot on over the head of whoever holds it: an operator's hand. The holder's next write is refused.

    Raises LostClaim when it is no longer as ``slot`` says, ValueError for a step the design does not know.
    """
    moved = advance(connection, slot, state, now, reason)
    return _change(connection, moved, {"fence": moved.fence + 1, "owner": "", "lease_until": None})


def cancel(connection: sa.Connection, slot: Slot, now: dt.datetime, reason: str) -> int:
    """Cancel a slot and the messages of its edition that nobody has begun to send; how many those are."""
    interrupt(connection, slot, "cancelled", now, reason)
    return drop_waiting(connection, slot, now)


def drop_waiting(connection: sa.Connection, slot: Slot, now: dt.datetime) -> int:
    """Never send the messages of a slot's edition that nobody has begun to send; how many those are."""
    mine = connection.execute(sa.select(editions.c.id).where(editions.c.slot == slot.id)).scalar()
    if mine is None:
        return 0
    waiting = (of_edition(connection, mine), deliveries.c.state.in_(("ready", "deferred")))
    values = {"state": "cancelled", "not_before": None, "changed": now}
    return connection.execute(deliveries.update().where(*waiting).values(values)).rowcount


def put_on_hold(connection: sa.Connection, now: dt.datetime, reason: str) -> tuple[Slot, ...]:
    """Hold every edition that is frozen and not finished: what a copied database must not go on sending."""
    underway = [slot for slot in unfinished(connection) if slot.state in {*RESUMED, "paused"}]
    return tuple(interrupt(connection, slot, "held", now, reason) for slot in underway)


def resume(connection: sa.Connection, slot: Slot, now: dt.datetime) -> Slot:
    """Let a held or paused slot go on where it was. Raises ValueError for a slot that is neither."""
    if slot.state not in {"held", "paused"}:
        raise ValueError(f"{slot} is {slot.state}, neither held nor paused")
    query = sa.select(editions.c.audience_at).where(editions.c.slot == slot.id)
    edition = connection.execute(query).one_or_none()
    state: State = "due" if edition is None else "frozen" if edition.audience_at is None else "sending"
    return interrupt(connection, slot, "sending" if slot.state == "paused" else state, now)
