"""Rates and permits that hold across machines: PostgreSQL is the clock and the counter of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from digest.store.engine import Store
from digest.store.sql import upsert
from digest.store.tables import paces

HELD = 60  # seconds a permit outlives the last sign of life of its owner
_CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

# The next turns of a name: the first is now, or when the last one given away is over.
_TURNS = sa.text(f"""
    INSERT INTO paces AS p (name, free_at) VALUES (:name, {_CLOCK} + :length)
    ON CONFLICT (name) DO UPDATE SET free_at = greatest(p.free_at, {_CLOCK}) + :length
    RETURNING greatest(p.free_at - :length - {_CLOCK}, 0)
""")  # noqa: S608 - a constant of ours

# Nothing of this need outlive a crash of the server, and one lock is held until the disk has it.
_QUICKLY = sa.text("SET LOCAL synchronous_commit = off")
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('digest permits'))")
_OTHERS = sa.text(f"""
    SELECT domain, sum(number) FROM permits
    WHERE domain = ANY(:names) AND owner <> :owner AND until > {_CLOCK} GROUP BY domain
""")  # noqa: S608
_SENDERS = sa.text(f"SELECT count(DISTINCT owner) FROM permits WHERE owner <> :owner AND until > {_CLOCK}")  # noqa: S608
_GIVE = sa.text(f"""
    INSERT INTO permits (domain, owner, number, until)
    SELECT d, :owner, n, {_CLOCK} + {HELD} * 1000000
    FROM unnest(CAST(:names AS text[]), CAST(:numbers AS int[])) AS given (d, n)
    ON CONFLICT (domain, owner) DO UPDATE SET number = excluded.number, until = excluded.until
""")  # noqa: S608
_TAKE_BACK = sa.text("DELETE FROM permits WHERE owner = :owner AND NOT domain = ANY(:names)")
_FORGET = sa.text(f"DELETE FROM permits WHERE owner = :owner OR until < {_CLOCK}")  # noqa: S608


class SqlMeter:
    """``deliver.pace.Meter`` on PostgreSQL, for one sending run."""

    def __init__(self, store: Store, owner: str) -> None:
        self._store = store
        self._owner = owner

    def turns(self, name: str, gap: float, number: int) -> float:
        """Take ``number`` turns in a row, ``gap`` seconds apart; seconds until the first of them."""
        with self._store.begin() as connection:
            connection.execute(_QUICKLY)
            length = int(gap * number * 1_000_000)
            waits = connection.execute(_TURNS, {"name": name, "length": length}).scalar_one()
        return int(waits) / 1_000_000

    def permits(self, wanted: Mapping[str, int], limits: Mapping[str, int]) -> dict[str, int]:
        """How many letters to each domain this run may have under way; what it does not name goes back.

        The sum over all runs never exceeds ``limits``; nobody gets more than a fair share of what is scarce.
        """
        names = sorted(wanted)
        with self._store.begin() as connection:
            connection.execute(_QUICKLY)
            connection.execute(_LOCK)
            mine = {"owner": self._owner, "names": names}
            others = {row[0]: int(row[1]) for row in connection.execute(_OTHERS, mine)}
            senders = 1 + int(connection.execute(_SENDERS, {"owner": self._owner}).scalar_one())
            given = {name: shared(wanted[name], limits[name], others.get(name, 0), senders) for name in names}
            given = {name: number for name, number in given.items() if number > 0}
            numbers = {"names": list(given), "numbers": list(given.values())}
            connection.execute(_GIVE, {"owner": self._owner, **numbers})
            connection.execute(_TAKE_BACK, {"owner": self._owner, "names": list(given)})
        return given

    def close(self) -> None:
        """Give every permit back, and forget those of the dead."""
        with self._store.begin() as connection:
            connection.execute(_QUICKLY)
            connection.execute(_FORGET, {"owner": self._owner})


def shared(wanted: int, limit: int, others: int, senders: int) -> int:
    """How many of ``limit`` one of ``senders`` gets when the others hold ``others`` of them."""
    fair = max(1, -(-limit // senders))
    return max(0, min(wanted, fair, limit - others))


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
