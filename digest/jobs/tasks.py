"""The tasks as Procrastinate knows them: retried with backoff until their deadline, then given up loudly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import sqlalchemy as sa
from procrastinate.jobs import Job

from digest.errors import DigestError
from digest.jobs import queue
from digest.jobs.station import Station

LONGEST = 300.0  # seconds between two tries
CUT_OFF = frozenset({"pull", "group", "pictures", "bounces"})  # may be cancelled; letters in flight may not
KEY = "station"  # of the worker's context


class UntilDeadline(procrastinate.BaseRetryStrategy):
    """Again after 1, 2, 4, … seconds, as long as the deadline is ahead."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        """When to try again; None for never."""
        del exception
        wait = min(LONGEST, 2.0**job.attempts)
        if self._clock() + wait > float(str(job.task_kwargs.get("deadline", 0))):
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": int(wait)})


def application(url: sa.URL, station: Station) -> procrastinate.App:
    """Procrastinate's application on our database, with every task."""
    # The queue may lose a job or repeat one; waiting for the disk at each would cost more than the job.
    ours = f"-c search_path={queue.SCHEMA} -c synchronous_commit=off"
    options = " ".join(filter(None, [str(url.query.get("options", "")), ours]))
    # Not in the address: SQLAlchemy writes a space as "+", which libpq takes for a plus.
    plain = url.set(drivername="postgresql").difference_update_query(["options"])
    connector = procrastinate.PsycopgConnector(
        conninfo=plain.render_as_string(hide_password=False),
        min_size=1,
        max_size=4,
        kwargs={"options": options},
        json_dumps=json.dumps,
    )
    app = procrastinate.App(connector=connector)
    retry = UntilDeadline(lambda: station.newsroom.clock().timestamp())
    for name, work in works(station).items():
        app.task(name=name, queue=name, retry=retry, pass_context=True)(_guarded(name, work, station))
    return app


def works(station: Station) -> dict[str, Callable[..., Awaitable[object]]]:
    """What each task does."""
    return {
        "edition": station.edition,
        "deliver": station.deliver,
        "pull": station.pull,
        "group": station.group,
        "pictures": station.pictures,
        "bounces": station.bounces,
    }


def _guarded(
    name: str, work: Callable[..., Awaitable[object]], station: Station
) -> Callable[..., Awaitable[None]]:
    async def task(context: procrastinate.JobContext, *, deadline: float, **args: Any) -> None:
        with station.at(context.job.id or 0, context.job.worker_id or 0):
            await attempt(context, deadline, args)

    async def attempt(context: procrastinate.JobContext, deadline: float, args: dict[str, Any]) -> None:
        args.pop("batch", None)  # whose round it is: for those who wait
        left = deadline - station.newsroom.clock().timestamp()
        if left <= 0:
            await asyncio.to_thread(station.give_up, name, args, "its deadline is over")
            return
        try:
            async with asyncio.timeout(left if name in CUT_OFF else None):
                await work(**args)
        except Exception as error:
            again = context.job.attempts + 1
            if left <= min(LONGEST, 2.0**context.job.attempts) or isinstance(error, TimeoutError):
                await asyncio.to_thread(
                    station.give_up, name, args, f"{str(error) or type(error).__name__} (try {again})"
                )
            if isinstance(error, DigestError):
                raise procrastinate.exceptions.ProcrastinateException(str(error)) from error
            raise

    return task
