"""Frozen editions, their mails and the memory of what they printed."""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from digest.errors import StoreError
from digest.model import Edition, Mail, SentItem
from digest.slots import UNSENT, Slot
from digest.store import slots as ledger
from digest.store.partitions import of_edition
from digest.store.tables import corrections, deliveries, editions, sent_items, slots


@dataclass(frozen=True, slots=True)
class Summary:
    """An edition in a list."""

    id: str
    newsletter: str
    due: dt.datetime
    frozen: dt.datetime | None
    state: str  # of its slot
    reason: str
    subject: str
    content_hash: str
    audience: int | None


_SUMMARY = (
    editions.c.id,
    editions.c.newsletter,
    editions.c.due,
    editions.c.frozen,
    slots.c.state,
    slots.c.reason,
    editions.c.subject,
    editions.c.content_hash,
    editions.c.audience,
)


@cache
def _edition_json() -> TypeAdapter[Edition]:
    return TypeAdapter(Edition)


@cache
def _mails_json() -> TypeAdapter[tuple[Mail, ...]]:
    return TypeAdapter(tuple[Mail, ...])


def to_json(edition: Edition, indent: int | None = None) -> str:
    """An edition as JSON: what is stored, and what `digest build` writes."""
    return _edition_json().dump_json(edition, indent=indent).decode()


def from_json(text: str) -> Edition:
    """The edition that ``to_json`` wrote."""
    return _edition_json().validate_json(text)


# --- freezing -----------------------------------------------------------------------------------------


def freeze(
    connection: sa.Connection,
    slot: Slot,
    edition: Edition,
    mails: Sequence[Mail],
    *,
    memory: Iterable[SentItem],
    now: dt.datetime,
    corrects: str = "",
) -> Slot:
    """Fix what a claimed slot sends: edition, mails, memory and the slot's state, all or nothing.

    With ``corrects``, the id of an earlier edition, it goes only to those whom that one reached.

    From here on the edition is only ever resumed. Raises LostClaim when the slot is no longer ours.
    """
    frozen = ledger.advance(connection, slot, "frozen", now)
    blob = _mails_json().dump_json(tuple(mails))
    row = {
        "id": edition.id,
        "slot": slot.id,
        "newsletter": edition.slot.newsletter,
        "due": edition.due,
        "frozen": now,
        "edition": to_json(edition),
        "mails": zlib.compress(blob, 6),
        "subject": mails[0].subject if mails else "",
        "content_hash": hashlib.sha256(blob).hexdigest(),
        "corrects": corrects,
    }
    connection.execute(editions.insert(), row)
    remember(connection, edition.slot.newsletter, memory)
    return frozen


def thaw(connection: sa.Connection, slot: Slot) -> bool:
    """Forget a frozen edition that nobody has begun to send; False when its audience is fixed already."""
    mine = (editions.c.slot == slot.id, editions.c.audience_at.is_(None))
    found = connection.execute(sa.select(editions.c.id).where(*mine).with_for_update()).scalar()
    if found is None:
        return False
    connection.execute(corrections.update().where(corrections.c.told == found).values(told=""))
    connection.execute(editions.delete().where(*mine))  # and what it printed with it, by the foreign key
    return True


def tell(connection: sa.Connection, edition: Edition) -> None:
    """Note that a frozen edition tells of the corrections it carries."""
    ids = [c.id for c in edition.corrections]
    connection.execute(corrections.update().where(corrections.c.id.in_(ids)).values(told=edition.id))


def remember(connection: sa.Connection, newsletter: str, memory: Iterable[SentItem]) -> None:
    """Note what an edition printed."""
    rows = [{name: getattr(item, name) for name in _MEMORY} | {"newsletter": newsletter} for item in memory]
    if rows:
        connection.execute(sent_items.insert(), rows)


# --- reading ------------------------------------------------------------------------------------------


def load(connection: sa.Connection, edition_id: str) -> Edition:
    """The edition; raises StoreError when there is none of that id."""
    return from_json(_one(connection, editions.c.edition, edition_id))


def load_mails(connection: sa.Connection, edition_id: str) -> tuple[Mail, ...]:
    """Its rendered variants, byte for byte as they were frozen; raises StoreError."""
    blob = _one(connection, editions.c.mails, edition_id)
    return _mails_json().validate_json(zlib.decompress(blob))


def _one(connection: sa.Connection, column: sa.Column[Any], edition_id: str) -> Any:
    found = connection.execute(sa.select(column).where(editions.c.id == edition_id)).one_or_none()
    if found is None:
        raise StoreError(f"There is no edition {edition_id}.", "See `digest editions list`.")
    return found[0]


def mentioning(connection: sa.Connection, words: str) -> tuple[str, ...]:
    """The ids of editions whose content has ``words`` in it: a picture's name, say."""
    has = editions.c.edition.contains(words, autoescape=True)
    return tuple(connection.execute(sa.select(editions.c.id).where(has)).scalars())


def subject(connection: sa.Connection, edition_id: str) -> str:
    """Its subject line, "" when there is no such edition."""
    found: str | None = connection.execute(
        sa.select(editions.c.subject).where(editions.c.id == edition_id)
    ).scalar()
    return found or ""


def of_slot(connection: sa.Connection, slot: Slot) -> str | None:
    """The id of the edition frozen for a slot; None before."""
    return connection.execute(sa.select(editions.c.id).where(editions.c.slot == slot.id)).scalar()


def corrects(connection: sa.Connection, slot: Slot) -> str:
    """The id of the edition that a slot's edition corrects by mail; "" for any other."""
    query = sa.select(editions.c.corrects).where(editions.c.slot == slot.id)
    return connection.execute(query).scalar() or ""


def state(connection: sa.Connection, edition_id: str) -> str:
    """How far the edition is: the state of its slot, "" when there is no such edition."""
    query = sa.select(slots.c.state).join(editions, editions.c.slot == slots.c.id)
    return connection.execute(query.where(editions.c.id == edition_id)).scalar() or ""


def summaries(
    connection: sa.Connection, newsletter: str | None = None, limit: int = 20
) -> tuple[Summary, ...]:
    """The newest editions, newest first."""
    query = sa.select(*_SUMMARY).join(slots, slots.c.id == editions.c.slot)
    if newsletter is not None:
        query = query.where(editions.c.newsletter == newsletter)
    rows = connection.execute(query.order_by(editions.c.due.desc(), editions.c.id.desc()).limit(limit))
    return tuple(Summary(*row) for row in rows)


PUBLISHED = ("sending", "paused", "done")  # the states from which on everybody may read an edition


def published(
    connection: sa.Connection, newsletter: str, limit: int, *, skip: int = 0
) -> tuple[Summary, ...]:
    """A newsletter's editions that have gone out or are going out, newest first, after the first ``skip``."""
    query = sa.select(*_SUMMARY).join(slots, slots.c.id == editions.c.slot)
    query = query.where(editions.c.newsletter == newsletter, slots.c.state.in_(PUBLISHED))
    order = (editions.c.due.desc(), editions.c.id.desc())
    return tuple(
        Summary(*row) for row in connection.execute(query.order_by(*order).limit(limit).offset(skip))
    )


def begun(connection: sa.Connection, slot: Slot) -> bool:
    """Whether anything of a slot's edition has left, or may have: a server was reached, at least."""
    edition = of_slot(connection, slot)
    return edition is not None and _tried(connection, edition)


def _tried(connection: sa.Connection, edition: str) -> bool:
    untouched = sa.and_(
        deliveries.c.state.in_(("ready", "cancelled", "suppressed")), deliveries.c.attempts == 0
    )
    tried = sa.select(deliveries.c.id).where(of_edition(connection, edition), ~untouched).limit(1)
    return connection.execute(tried).first() is not None


_MEMORY = ("edition", "sent", "story", "entry", "members", "headline", "url", "paper", "words")


def earlier(connection: sa.Connection, newsletter: str, since: dt.datetime) -> tuple[SentItem, ...]:
    """What the newsletter's editions printed since ``since``, newest first, without those that nobody got."""
    never_sent = sa.or_(
        sa.and_(slots.c.state.in_((*UNSENT, "held")), editions.c.audience_at.is_(None)),
        editions.c.slot.in_(_given_up(connection, newsletter, since)),
    )
    query = (
        sa.select(*(sent_items.c[name] for name in _MEMORY))
        .join(editions, editions.c.id == sent_items.c.edition)
        .join(slots, slots.c.id == editions.c.slot)
        .where(sent_items.c.newsletter == newsletter, sent_items.c.sent >= since, ~never_sent)
        .order_by(sent_items.c.sent.desc(), sent_items.c.edition, sent_items.c.entry)
    )
    return tuple(_sent_item(row) for row in connection.execute(query))


def _given_up(connection: sa.Connection, newsletter: str, since: dt.datetime) -> list[int]:
    """The slots whose audience was fixed, and which ended before anything left."""
    query = sa.select(editions.c.id, editions.c.slot).join(slots, slots.c.id == editions.c.slot)
    ended = (editions.c.newsletter == newsletter, slots.c.state.in_(sorted(UNSENT)), editions.c.due >= since)
    rows = connection.execute(query.where(*ended, editions.c.audience_at.is_not(None)))
    return [slot for edition, slot in rows.all() if not _tried(connection, edition)]


def _sent_item(row: sa.Row[Any]) -> SentItem:
    values = dict(zip(_MEMORY, row, strict=True))
    return SentItem(**values | {"members": tuple(values["members"])})
