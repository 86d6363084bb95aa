"""Which installation a database belongs to: a copy or a restored backup is noticed, and sends nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from digest.store.tables import instance

_MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class Instance:
    """The database's own row."""

    uuid: str
    host: str
    last_tick: dt.datetime | None
    hold: bool


def register(connection: sa.Connection) -> None:
    """Give a new database its identity."""
    connection.execute(instance.insert(), {"id": 1, "uuid": str(uuid.uuid4()), "host": place(connection)})


def load(connection: sa.Connection) -> Instance:
    """The row as it stands."""
    table = instance.c
    row = connection.execute(sa.select(table.uuid, table.host, table.last_tick, table.hold)).one()
    return Instance(*row)


def place(connection: sa.Connection) -> str:
    """Where the database is: a copied file has another inode, a dump restored elsewhere another cluster.

    A container without /etc/machine-id is known by the file alone, as its host name changes at every start.
    """
    if connection.dialect.name == "postgresql":
        cluster = connection.execute(sa.text("SELECT system_identifier FROM pg_control_system()")).scalar()
        return f"postgresql {cluster} {connection.engine.url.database}"
    machine = _MACHINE_ID.read_text().strip() if _MACHINE_ID.is_file() else ""
    return f"sqlite {machine} {Path(str(connection.engine.url.database)).stat().st_ino}"


def tick(connection: sa.Connection, now: dt.datetime) -> None:
    """Remember that the daemon looked at the slots."""
    connection.execute(instance.update().values(last_tick=now))


def hold(connection: sa.Connection) -> None:
    """Send nothing until ``release``."""
    connection.execute(instance.update().values(hold=True))


def release(connection: sa.Connection) -> None:
    """Send again, from the place where the database is now."""
    connection.execute(instance.update().values(hold=False, host=place(connection)))
