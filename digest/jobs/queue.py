"""The queue's tables, in a schema of their own beside ours, and how our transactions put jobs into it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa

from digest.store.engine import Store
from digest.store.shard import SIZE

SCHEMA = "digest_jobs"
DEAD = 30  # seconds without a heartbeat
QUEUES = ("compose", "deliver", "group", "pull", "pictures", "bounces")
# A slot never waits behind bulk pulls: workers have lanes for each kind of work, and within one the first go first.
PRIORITY = {"edition": 50, "deliver": 40, "group": 30, "pictures": 25, "pull": 0, "bounces": 10}
REST = 35  # of deliveries: what is left of an edition
URGENT = 20  # a pull that a coming slot waits for

_LIVE = f"""EXISTS (SELECT 1 FROM {SCHEMA}.procrastinate_workers w
    WHERE w.id = j.worker_id AND w.last_heartbeat > now() - interval '{DEAD} seconds')"""  # noqa: S608 - ours
_DEFER = sa.text(f"""
    INSERT INTO {SCHEMA}.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
    VALUES (:queue, :task, :priority, :lock, :once, CAST(:args AS jsonb)) ON CONFLICT DO NOTHING
""")  # noqa: S608
_SHARDS = sa.text(f"""
    INSERT INTO {SCHEMA}.procrastinate_jobs (queue_name, task_name, priority, args)
    SELECT 'deliver', 'deliver', :priority, jsonb_build_object('edition', CAST(:edition AS text),
        'first', n, 'last', least(n + {SIZE - 1}, CAST(:last AS bigint)), 'deadline', CAST(:deadline AS float8))
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint), {SIZE}) AS n
""")  # noqa: S608
_PENDING = sa.text(f"""
    SELECT count(*) FROM {SCHEMA}.procrastinate_jobs j
    WHERE j.task_name = :task AND j.args ->> :name = :value
      AND (j.status = 'todo' OR (j.status = 'doing' AND {_LIVE}))
""")  # noqa: S608
_AHEAD = sa.text(f"""
    WITH first AS MATERIALIZED (
        SELECT id FROM {SCHEMA}.procrastinate_jobs
        WHERE status = 'todo' AND queue_name = 'deliver' AND (scheduled_at IS NULL OR scheduled_at <= now())
        ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    DELETE FROM {SCHEMA}.procrastinate_jobs j USING first
    WHERE j.id = first.id AND j.args ->> 'edition' = :edition
    RETURNING CAST(j.args ->> 'first' AS bigint), CAST(j.args ->> 'last' AS bigint)
""")  # noqa: S608
_SUPERSEDED = sa.text(f"""
    DELETE FROM {SCHEMA}.procrastinate_jobs j
    WHERE j.status = 'doing' AND (NOT {_LIVE} OR j.id = ANY(:dropped)) AND EXISTS (
        SELECT 1 FROM {SCHEMA}.procrastinate_jobs o WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo')
""")  # noqa: S608
_STALLED = sa.text(f"""
    UPDATE {SCHEMA}.procrastinate_jobs j SET status = 'todo', attempts = attempts + 1, worker_id = NULL
    WHERE j.id IN (SELECT j.id FROM {SCHEMA}.procrastinate_jobs j
        WHERE j.status = 'doing' AND (NOT {_LIVE} OR j.id = ANY(:dropped)) FOR UPDATE SKIP LOCKED)
""")  # noqa: S608
_KNOWN = sa.text(f"SELECT id FROM {SCHEMA}.procrastinate_workers WHERE id = ANY(:workers)")  # noqa: S608
_HELD = sa.text(f"""
    SELECT id FROM {SCHEMA}.procrastinate_jobs WHERE status = 'doing' AND worker_id = ANY(:workers)
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work for whoever comes first."""

    task: str
    queue: str
    args: Mapping[str, Any] = field(default_factory=dict)
    priority: int | None = None  # the task's own when None
    lock: str | None = None  # of those with the same, one at a time, in order
    once: str | None = None  # of those with the same, at most one waits


def ensure(store: Store) -> None:
    """Make the queue's tables, anew when they are another version's: nothing in them is worth keeping."""
    wanted = version("procrastinate")
    with store.begin() as connection:
        run = connection.exec_driver_sql
        run("SELECT pg_advisory_xact_lock(hashtext('digest jobs'))")
        found = run(f"SELECT obj_description(to_regnamespace('{SCHEMA}'), 'pg_namespace')").scalar()
        if found == wanted:
            return
        run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        run(f"CREATE SCHEMA {SCHEMA}")
        run(f"SET LOCAL search_path = {SCHEMA}")
        _script(connection)
        run(f"COMMENT ON SCHEMA {SCHEMA} IS '{wanted}'")


def _script(connection: sa.Connection) -> None:
    """Procrastinate's own script; then its triggers find its tables whatever the search path of who inserts."""
    from procrastinate.schema import SchemaManager

    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(SchemaManager.get_schema())
    found = connection.exec_driver_sql(
        f"SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = '{SCHEMA}'::regnamespace"  # noqa: S608
    )
    for name in list(found.scalars()):
        connection.exec_driver_sql(f"ALTER FUNCTION {name} SET search_path = {SCHEMA}")


def defer(connection: sa.Connection, job: Job) -> None:
    """Put a job into the queue, in the transaction of the rows it belongs to."""
    row = {
        "queue": job.queue,
        "task": job.task,
        "priority": PRIORITY[job.task] if job.priority is None else job.priority,
        "lock": job.lock,
        "once": job.once,
        "args": json.dumps(dict(job.args)),
    }
    connection.execute(_DEFER, row)


def defer_shards(connection: sa.Connection, edition: str, first: int, last: int, deadline: float) -> None:
    """One job for each 500 ids."""
    values = {"edition": edition, "first": first, "last": last, "deadline": deadline}
    connection.execute(_SHARDS, values | {"priority": PRIORITY["deliver"]})


def ahead(connection: sa.Connection, edition: str) -> tuple[int, int] | None:
    """Take the next delivery job out of the queue, if it is this edition's: its first and last id, 0 and 0 for any.

    Whoever claims its deliveries in the same transaction has done all that the job was there for.
    """
    row = connection.execute(_AHEAD, {"edition": edition}).one_or_none()
    return None if row is None else (int(row[0]), int(row[1]))


def pending(connection: sa.Connection, task: str, name: str, value: str) -> int:
    """How many jobs of a task with that argument wait or are worked on by a living worker."""
    return int(connection.execute(_PENDING, {"task": task, "name": name, "value": value}).scalar_one())


def known(connection: sa.Connection, workers: Collection[int]) -> set[int]:
    """Those of these workers that the queue still has; the jobs of others are nobody's."""
    return set(connection.execute(_KNOWN, {"workers": list(workers)}).scalars())


def held(connection: sa.Connection, workers: Collection[int]) -> set[int]:
    """The ids of the jobs that the queue believes these workers to be doing."""
    return set(connection.execute(_HELD, {"workers": list(workers)}).scalars())


def revive(connection: sa.Connection, dropped: Collection[int] = ()) -> int:
    """Let others do the jobs of workers that died, and those ``dropped`` by living ones; how many there were."""
    values = {"dropped": list(dropped)}
    connection.execute(_SUPERSEDED, values)
    return int(connection.execute(_STALLED, values).rowcount)
