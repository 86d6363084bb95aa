"""The tables, for SQLite and PostgreSQL alike. Alembic migrations must equal them; a test compares.

Instants are stored as UTC epoch microseconds in BigInteger columns (type ``Instant``): both engines
sort and compare them alike, and SQLite has no time zone to lose.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Instant(TypeDecorator[dt.datetime]):
    """An aware datetime as epoch microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """Aware datetime -> integer microseconds; a naive one raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        return (value - EPOCH) // dt.timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Integer microseconds -> aware datetime in UTC."""
        return None if value is None else EPOCH + dt.timedelta(microseconds=value)


# SQLite gives an autoincrementing row id only to INTEGER, PostgreSQL needs BIGINT.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

instance = Table(  # one row: which installation this database belongs to
    "instance",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", String(36), nullable=False),
    Column("host", String(255), nullable=False, server_default=""),  # machine and file: a copy is noticed
    Column("last_tick", Instant),  # of the daemon; a long gap means a restored backup
    Column("hold", Boolean, nullable=False, server_default="0"),  # nothing is sent until `slots resume`
    Column("hold_reason", Text, nullable=False, server_default=""),
    Column("suspected", Boolean, nullable=False, server_default="0"),  # held as a copy, not by an operator
)

feeds = Table(  # model.FeedState
    "feeds",
    metadata,
    Column("url", Text, primary_key=True),
    Column("etag", Text, nullable=False, server_default=""),
    Column("last_modified", Text, nullable=False, server_default=""),
    Column("validators_url", Text, nullable=False, server_default=""),
    Column("body_hash", String(64), nullable=False, server_default=""),
    Column("moved_to", Text, nullable=False, server_default=""),
    Column("retired", Boolean, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", Text, nullable=False, server_default=""),
    Column("problem_since", Instant),
    Column("last_pull", Instant),
    Column("last_success", Instant),
    Column("last_new", Instant),
    Column("next_pull", Instant),
    Column("carried", Integer, nullable=False, server_default="0"),  # entries that its last body had
    Column("title", Text, nullable=False, server_default=""),
    Column("site", Text, nullable=False, server_default=""),
)

entries = Table(  # model.Entry
    "entries",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("feed", Text, nullable=False),
    Column("paper", Text, nullable=False),
    Column("guid", Text, nullable=False, server_default=""),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("standfirst", Text, nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("authors", JSON, nullable=False),
    Column("published", Instant, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("updated", Instant),
    Column("last_seen", Instant, nullable=False),  # the last pull that still carried it
    Column("categories", JSON, nullable=False),
    Column("kicker", Text, nullable=False, server_default=""),
    Column("language", String(35), nullable=False, server_default=""),
    Column("minutes", Integer),
    Column("sponsored", Boolean, nullable=False, server_default="0"),
    Column("pictures", JSON, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("imprint", BigInteger, nullable=False, server_default="0"),  # changes with what grouping reads
    Index(None, "published"),
    Index(None, "feed", "published"),
)

stories = Table(  # the grouping as it stands; one row an entry
    "stories",
    metadata,
    Column("entry", String(16), ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True),
    Column("story", String(16), nullable=False),
    Column("role", String(8), nullable=False),
    Column("rank", Integer, nullable=False),  # 0 = lead; the order of members
    Column("reasons", JSON, nullable=False),
    Index(None, "story"),
)

slots = Table(  # the slot ledger: promise 1
    "slots",
    metadata,
    Column("id", Id, primary_key=True),
    Column("newsletter", String(63), nullable=False),
    Column("date", Date, nullable=False),  # local
    Column("name", String(63), nullable=False),
    Column("number", Integer, nullable=False, server_default="0"),
    Column("due", Instant, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("owner", String(255), nullable=False, server_default=""),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("changed", Instant, nullable=False),
    UniqueConstraint("newsletter", "date", "name", "number"),
    Index(None, "state"),
)

schedule = Table(  # since when each slot name is active: a new name owes nothing of the past
    "schedule",
    metadata,
    Column("newsletter", String(63), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("since", Instant, nullable=False),
)

editions = Table(  # what a slot printed; content is frozen bytes
    "editions",
    metadata,
    Column("id", String(160), primary_key=True),  # Edition.id
    Column("slot", Id, ForeignKey("slots.id"), nullable=False, unique=True),
    Column("newsletter", String(63), nullable=False),
    Column("due", Instant, nullable=False),
    Column("frozen", Instant),
    Column("edition", Text, nullable=False),  # Edition as JSON
    Column("mails", LargeBinary, nullable=False),  # the rendered variants as JSON, zlib
    Column("subject", Text, nullable=False, server_default=""),
    Column("content_hash", String(64), nullable=False),
    Column("audience_at", Instant),  # when sending started: who had subscribed by then gets it
    Column("audience", Integer),  # how many that are; NULL until every delivery is queued
    Column("corrects", String(160), nullable=False, server_default=""),  # goes to those whom that one reached
    Index(None, "newsletter", "due"),
)

corrections = Table(  # model.Correction: what is mended after an edition went out; the frozen bytes stay
    "corrections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("edition", String(160), ForeignKey("editions.id"), nullable=False),
    Column("when", Instant, nullable=False),
    Column("who", String(255), nullable=False),
    Column("verb", String(10), nullable=False),  # amend | remove
    Column("entry", String(16), nullable=False),
    Column("headline", Text, nullable=False, server_default=""),
    Column("value", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("told", String(160), nullable=False, server_default=""),  # the later edition that tells of it
    Column("mailed", String(160), nullable=False, server_default=""),  # the edition that carries it by mail
    Index(None, "edition"),
)

sent_items = Table(  # model.SentItem: the memory of earlier editions
    "sent_items",
    metadata,
    Column("edition", String(160), ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("entry", String(16), primary_key=True),
    Column("newsletter", String(63), nullable=False),
    Column("sent", Instant, nullable=False),
    Column("story", String(16), nullable=False),
    Column("members", JSON, nullable=False),
    Column("headline", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("paper", Text, nullable=False),
    Column("words", Text, nullable=False),
    Index(None, "newsletter", "sent"),
)

decisions = Table(  # model.Decision; undone ones keep their row
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("newsletter", String(63), nullable=False),
    Column("slot", String(160), nullable=False, server_default=""),
    Column("who", String(255), nullable=False),
    Column("when", Instant, nullable=False),
    Column("verb", String(20), nullable=False),
    Column("entry", String(16), nullable=False, server_default=""),
    Column("value", Text, nullable=False, server_default=""),
    Column("undone", Instant),
    Index(None, "newsletter", "slot"),
)

audit = Table(  # what people did to editions, besides the decisions, and when; nothing in it is ever changed
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("when", Instant, nullable=False),
    Column("who", String(255), nullable=False),
    Column("newsletter", String(63), nullable=False, server_default=""),
    Column("slot", String(160), nullable=False, server_default=""),  # Edition.id
    Column("what", String(20), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Index(None, "slot", "what"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", Text, nullable=False),  # as given
    Column("address_key", Text, nullable=False, unique=True),  # normalised, for uniqueness
    Column("name", Text, nullable=False, server_default=""),
    Column("language", String(35), nullable=False, server_default=""),
    Column("state", String(12), nullable=False),
    Column("token_id", String(22), nullable=False, unique=True),  # opaque, in links
    Column("created", Instant, nullable=False),
    Column("paused_until", Instant),
    Index(  # those who asked and did not confirm: few, looked for to be forgotten
        None,
        "created",
        postgresql_where=text("state = 'pending'"),
        sqlite_where=text("state = 'pending'"),
    ),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("newsletter", String(63), primary_key=True),
    Column("slots", JSON, nullable=False),  # names; [] = every slot
    Column("state", String(12), nullable=False),  # pending | active | unsubscribed
    Column("since", Instant, nullable=False),
    Column("consent", JSON, nullable=False),  # when, where, which words
    Column("ended", Instant),
    Column("end_reason", Text, nullable=False, server_default=""),
    Index(None, "newsletter", "state"),
)

suppressions = Table(  # survives erasure and re-import: a hash of the address, and why
    "suppressions",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("reason", String(20), nullable=False),  # hard_bounce | soft_bounces | complaint | operator
    Column("detail", Text, nullable=False, server_default=""),
    Column("since", Instant, nullable=False),
)

soft_bounces = Table(  # mailboxes that were full: one row a delivery, however often it was tried
    "soft_bounces",
    metadata,
    Column("subscriber", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("delivery", BigInteger, primary_key=True),
    Column("when", Instant, nullable=False),
    Index(None, "when"),
)

deliveries = Table(  # promise 4
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    # No foreign keys: one function writes them, with the edition's row in hand, and checking each of a million
    # rows again is a third of the work; and the ledger outlives an erased person.
    Column("edition", String(160), nullable=False),
    Column("subscriber", Id, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("owner", String(255), nullable=False, server_default=""),
    Column("lease_until", Instant),
    Column("not_before", Instant),
    Column("changed", Instant, nullable=False),
    Column("code", Integer),  # SMTP reply code
    Column("enhanced", String(12), nullable=False, server_default=""),  # RFC 3463
    Column("reply", Text, nullable=False, server_default=""),
    Column("resent", Boolean, nullable=False, server_default="0"),
    UniqueConstraint("edition", "subscriber"),  # on PostgreSQL kept by each partition: partitions.py
    Index(None, "edition", "state", "not_before"),
    Index(  # what somebody holds: few rows, looked for by owner and by the end of the lease
        None,
        "owner",
        "lease_until",
        postgresql_where=text("owner <> ''"),
        sqlite_where=text("owner <> ''"),
    ),
)

paces = Table(  # rates that hold across processes: when the next turn is free. One in the past says nothing
    "paces",
    metadata,
    # "relay", "domain gmail.com", "edition evening/…"; of the site's visitors a keyed hash: "visitor 3f…"
    Column("name", String(300), primary_key=True),
    Column("free_at", Instant, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),  # why it waits, where that is trouble
    Index(None, "free_at"),
)

workers = Table(  # the processes that work for the others: PostgreSQL only
    "workers",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("queues", Text, nullable=False),  # names, separated by spaces
    Column("version", String(40), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),  # it lives until then unless it says so again
)

senders = Table(  # the sending runs under way, and how each divides the limits of receiving domains: PostgreSQL only
    "senders",
    metadata,
    Column("owner", String(255), primary_key=True),
    Column("seen", Integer, nullable=False),  # how many runs it reckons with
    Column("rank", Integer, nullable=False),  # which of them it is, from 0
    Column("until", Instant, nullable=False),
)

alerts = Table(  # one per change of state
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("when", Instant, nullable=False),
    Column("kind", String(40), nullable=False),  # feed, slot, delivery, store, config
    Column("subject", Text, nullable=False),  # the feed's URL, the slot's key, …
    Column("state", String(20), nullable=False),  # trouble | well
    Column("message", Text, nullable=False),
    Column("advice", Text, nullable=False, server_default=""),
    Column(
        "ways", JSON, nullable=False, server_default="[]"
    ),  # who was told already, while others could not be
    Column("sent", Instant),
    Index(None, "kind", "subject"),
)
