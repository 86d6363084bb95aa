"""Which installation a database belongs to: a copy or a restored backup is noticed, and sends nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from digest.slots import RESUMED
from digest.store.tables import instance, slots

_MACHINE_ID = Path("/etc/machine-id")


# After so long without a tick, deliveries that look unsent may have been sent by the original of a copy.
STALE = dt.timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Instance:
    """The database's own row."""

    uuid: str
    host: str
    last_tick: dt.datetime | None
    hold: bool
    hold_reason: str
    suspected: bool  # held because the database may be a copy, not by an operator


def register(connection: sa.Connection) -> None:
    """Give a new database its identity."""
    connection.execute(instance.insert(), {"id": 1, "uuid": str(uuid.uuid4()), "host": place(connection)})


def load(connection: sa.Connection) -> Instance:
    """The row as it stands."""
    names = ("uuid", "host", "last_tick", "hold", "hold_reason", "suspected")
    return Instance(*connection.execute(sa.select(*(instance.c[name] for name in names))).one())


def wake(connection: sa.Connection, now: dt.datetime) -> str:
    """Note that somebody looks at the slots at ``now``. Returns why nothing may be sent, "" when all is well.

    A database that was copied, or restored with editions half sent, is held from here on.
    """
    reason = held(connection, now)
    if reason and not load(connection).hold:
        hold(connection, reason, suspected=True)
    connection.execute(instance.update().values(last_tick=now))
    return reason


def held(connection: sa.Connection, now: dt.datetime) -> str:
    """Why nothing would be sent if somebody looked at the slots at ``now``, "" when all is well; changes nothing."""
    found = load(connection)
    return (found.hold_reason or "sending is held") if found.hold else _suspicion(connection, found, now)


def _suspicion(connection: sa.Connection, found: Instance, now: dt.datetime) -> str:
    if found.host != place(connection):
        return "this database was copied or moved here from another place"
    if found.last_tick is None or now - found.last_tick <= STALE:
        return ""
    underway = slots.c.state.in_(sorted(RESUMED))
    if connection.execute(sa.select(sa.func.count()).where(underway)).scalar_one() == 0:
        return ""  # nothing that could go out twice: what is late is recorded as missed
    since = f"{found.last_tick:%Y-%m-%d %H:%M} UTC"
    return f"editions were being sent when this database was last used, {since}; it may be an old copy"


def place(connection: sa.Connection) -> str:
    """Where the database is: a copied file has another inode, a restored dump other tables.

    A container without /etc/machine-id is known by the file alone, as its host name changes at every start.
    """
    if connection.dialect.name == "postgresql":
        # pg_restore makes the tables anew, in whatever database: their numbers tell.
        query = "SELECT system_identifier, 'instance'::regclass::oid FROM pg_control_system()"
        cluster, table = connection.execute(sa.text(query)).one()
        return f"postgresql {cluster} {connection.engine.url.database} {table}"
    machine = _MACHINE_ID.read_text().strip() if _MACHINE_ID.is_file() else ""
    return f"sqlite {machine} {Path(str(connection.engine.url.database)).stat().st_ino}"


def hold(connection: sa.Connection, reason: str, *, suspected: bool = False) -> None:
    """Send nothing until ``release``."""
    connection.execute(instance.update().values(hold=True, hold_reason=reason, suspected=suspected))


def release(connection: sa.Connection) -> None:
    """Send again, from the place where the database is now."""
    connection.execute(
        instance.update().values(hold=False, hold_reason="", suspected=False, host=place(connection))
    )
