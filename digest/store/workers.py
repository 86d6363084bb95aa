"""Which workers live, and what they do: a row each, renewed while they do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from digest.store.tables import workers

ALIVE = 20  # seconds a worker counts as living after its last word
_CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"  # PostgreSQL's: machines disagree
_HERE = sa.text(f"""
    INSERT INTO workers (name, queues, version, since, until)
    VALUES (:name, :queues, :version, {_CLOCK}, {_CLOCK} + {ALIVE} * 1000000)
    ON CONFLICT (name) DO UPDATE SET until = excluded.until, queues = excluded.queues
""")  # noqa: S608 - constants of ours


@dataclass(frozen=True, slots=True)
class Worker:
    """A living worker process."""

    name: str
    queues: tuple[str, ...]
    version: str


def here(connection: sa.Connection, name: str, queues: Iterable[str], version: str) -> None:
    """This worker lives and serves these queues; the dead are forgotten."""
    connection.execute(_HERE, {"name": name, "queues": " ".join(queues), "version": version})
    connection.execute(sa.text(f"DELETE FROM workers WHERE until < {_CLOCK} - 3600000000"))  # noqa: S608


def gone(connection: sa.Connection, name: str) -> None:
    """This worker serves nothing any more."""
    connection.execute(workers.delete().where(workers.c.name == name))


def living(connection: sa.Connection) -> tuple[Worker, ...]:
    """The workers that live, by name."""
    column = workers.c
    query = sa.select(column.name, column.queues, column.version).order_by(column.name)
    rows = connection.execute(query.where(sa.literal_column("until") > sa.text(_CLOCK)))
    return tuple(Worker(name, tuple(queues.split()), version) for name, queues, version in rows)


def served(connection: sa.Connection, queue: str) -> bool:
    """Whether a living worker serves the queue."""
    return any(queue in worker.queues for worker in living(connection))
