"""Rates and shares of limits that hold across processes: the database is the counter of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from digest.shares import Shares, divided
from digest.store.engine import Store
from digest.store.sql import upsert
from digest.store.tables import EPOCH, paces

MICROSECOND = dt.timedelta(microseconds=1)
HELD = 15  # seconds a share outlives the last sign of life of its owner
KEPT = 1.0  # seconds the share of a sending place outlives its job
_CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

# The next turns of a name: the first is now, or when the last one given away is over.
_TURNS = sa.text(f"""
    INSERT INTO paces AS p (name, free_at) VALUES (:name, {_CLOCK} + :length)
    ON CONFLICT (name) DO UPDATE SET free_at = greatest(p.free_at, {_CLOCK}) + :length
    RETURNING greatest(p.free_at - :length - {_CLOCK}, 0)
""")  # noqa: S608 - a constant of ours

# The same, only when the first is now: nobody who finds it taken keeps the others from the next.
_NOW = sa.text(f"""
    INSERT INTO paces AS p (name, free_at) VALUES (:name, {_CLOCK} + :length)
    ON CONFLICT (name) DO UPDATE SET free_at = {_CLOCK} + :length WHERE p.free_at <= {_CLOCK}
    RETURNING 1
""")  # noqa: S608
_WAIT = sa.text(f"SELECT greatest(free_at - {_CLOCK}, 1000) FROM paces WHERE name = :name")  # noqa: S608

# Nothing of this need outlive a crash of the server, and one lock is held until the disk has it.
_QUICKLY = sa.text("SET LOCAL synchronous_commit = off")
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('digest senders'))")
_OTHERS = sa.text(f"SELECT owner, seen, rank FROM senders WHERE owner <> :owner AND until > {_CLOCK}")  # noqa: S608
_RUNS = sa.text(f"SELECT count(*) FROM senders WHERE until > {_CLOCK}")  # noqa: S608
_MINE = sa.text("SELECT seen, rank FROM senders WHERE owner = :owner")
_HERE = sa.text(f"""
    INSERT INTO senders (owner, seen, rank, until) VALUES (:owner, :seen, :rank, {_CLOCK} + :held)
    ON CONFLICT (owner) DO UPDATE SET seen = excluded.seen, rank = excluded.rank, until = excluded.until
""")  # noqa: S608
_KEEP = sa.text(f"UPDATE senders SET until = {_CLOCK} + :kept WHERE owner = :owner")  # noqa: S608
_FORGET = sa.text(f"DELETE FROM senders WHERE owner = :owner OR until < {_CLOCK}")  # noqa: S608


class SqlMeter:
    """``deliver.pace.Meter`` on PostgreSQL, for one sending run."""

    def __init__(self, store: Store, owner: str, held: float = HELD) -> None:
        self._store = store
        self._owner = owner
        self._held = int(held * 1_000_000)

    def turns(self, name: str, gap: float, number: int) -> float:
        """Take ``number`` turns in a row, ``gap`` seconds apart; seconds until the first of them."""
        with self._store.begin() as connection:
            connection.execute(_QUICKLY)
            length = int(gap * number * 1_000_000)
            waits = connection.execute(_TURNS, {"name": name, "length": length}).scalar_one()
        return int(waits) / 1_000_000

    def turns_now(self, name: str, gap: float, number: int) -> float:
        """Take ``number`` turns beginning now, and return 0; where none is free, the seconds until one is."""
        with self._store.begin() as connection:
            connection.execute(_QUICKLY)
            length = int(gap * number * 1_000_000)
            if connection.execute(_NOW, {"name": name, "length": length}).scalar() is not None:
                return 0.0
            wait = connection.execute(_WAIT, {"name": name}).scalar()
        return int(wait or 0) / 1_000_000

    def shares(self, used: Mapping[int, int]) -> Shares:
        """What this run may have under way of each limit, where ``used`` says how much of it it has now."""
        with self._store.begin() as connection:
            connection.execute(_QUICKLY)
            connection.execute(_LOCK)
            others = connection.execute(_OTHERS, {"owner": self._owner}).all()
            mine = connection.execute(_MINE, {"owner": self._owner}).one_or_none()
            names = sorted([self._owner, *(row.owner for row in others)])
            known = [(row.seen, row.rank) for row in others]
            before = None if mine is None else (mine.seen, mine.rank)
            found, (seen, rank) = divided(used, known, before, names.index(self._owner))
            row = {"owner": self._owner, "held": self._held}
            connection.execute(_HERE, row | {"seen": seen, "rank": rank})
        return found

    def runs(self) -> int:
        """How many runs share the limits now; nobody waits for anybody's answer."""
        with self._store.read() as connection:
            return int(connection.execute(_RUNS).scalar_one())

    def close(self) -> None:
        """Leave the others our shares, and forget those of the dead."""
        with self._store.begin() as connection:
            connection.execute(_QUICKLY)
            connection.execute(_FORGET, {"owner": self._owner})


class LaneMeter(SqlMeter):
    """One that outlasts the run: the next job of the same place goes on with its share at once.

    A run that came anew would wait until all the others have made room, longer than it takes to send a few letters.
    """

    def close(self, kept: float = KEPT) -> None:
        """The share stays for a moment; then others have it, who would else wait for a place that has nothing to do."""
        with self._store.begin() as connection:
            connection.execute(_QUICKLY)
            connection.execute(_KEEP, {"owner": self._owner, "kept": int(kept * 1_000_000)})


# --- visitors: each key has so many turns at once, and then one every so often; on either engine


@dataclass(frozen=True, slots=True)
class Bucket:
    """How often something may be done: ``burst`` times at once, then once every ``seconds``."""

    name: str
    burst: int
    seconds: float

    def row(self, now: dt.datetime) -> dict[str, Any]:
        """The parameters of the statements. ``free_at`` is when the bucket is full again."""
        at, gap = (now - EPOCH) // MICROSECOND, int(self.seconds * 1_000_000)
        spans = {"gap": gap, "last": at + (self.burst - 1) * gap, "most": at + self.burst * gap}
        return {"name": self.name, "now": at, "first": at + gap, **spans}


# One that would be full later than an empty one could be is of a clock that was wrong: it counts as full.
_TAKE = sa.text("""
    INSERT INTO paces (name, free_at) VALUES (:name, :first)
    ON CONFLICT (name) DO UPDATE
    SET free_at = CASE WHEN paces.free_at BETWEEN :now AND :most THEN paces.free_at ELSE :now END + :gap
    WHERE paces.free_at <= :last OR paces.free_at > :most
    RETURNING name
""")
_EMPTY = sa.text("SELECT 1 FROM paces WHERE name = :name AND free_at > :last AND free_at <= :most")


def take(connection: sa.Connection, bucket: Bucket, now: dt.datetime) -> bool:
    """Take a turn out of a bucket that all processes share; False when it is empty."""
    return connection.execute(_TAKE, bucket.row(now)).scalar() is not None


def empty(connection: sa.Connection, bucket: Bucket, now: dt.datetime) -> bool:
    """Whether nothing could be taken now. It takes nothing, and waits for nobody who writes."""
    return connection.execute(_EMPTY, bucket.row(now)).scalar() is not None


# --- the brake: an edition the mail server turned away rests for everybody


def brake(connection: sa.Connection, edition: str, until: dt.datetime, reason: str) -> None:
    """Nobody begins on the edition's deliveries until then."""
    row = {"name": f"edition {edition}", "free_at": until, "reason": reason}
    upsert(connection, paces, [row])


def braked(connection: sa.Connection, edition: str, now: dt.datetime) -> str:
    """Why nobody begins on the edition's deliveries at ``now``, "" when nothing is in the way."""
    query = sa.select(paces.c.reason).where(paces.c.name == f"edition {edition}", paces.c.free_at > now)
    return connection.execute(query).scalar() or ""


def release(connection: sa.Connection, edition: str) -> None:
    """Let it go on now."""
    connection.execute(paces.delete().where(paces.c.name == f"edition {edition}"))
