"""`digest worker`: lanes of jobs until told to stop, over every loss of the database in between."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import signal
import sys
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path

import procrastinate.exceptions
import psycopg
from procrastinate.jobs import DeleteJobCondition

from digest import __version__, log
from digest.config.load import load
from digest.daemon.memory import few_heaps
from digest.daemon.notify import Systemd
from digest.daemon.process import ConfigFiles
from digest.deliver.flow import happened
from digest.deliver.recover import new_owner
from digest.deliver.report import Limits
from digest.errors import DigestError, StoreError, UsageError
from digest.jobs import queue, tasks
from digest.jobs.station import Station
from digest.pipeline.newsroom import Clock, Newsroom, open_newsroom
from digest.store import workers

logger = logging.getLogger("digest.jobs")
SIGN = 5.0  # seconds between two signs of life
RECOVER = 30.0  # seconds between two looks for what the dead left
AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds before the queue is tried again


@dataclass(frozen=True, slots=True)
class Lane:
    """Queues whose jobs share their places: those of one lane never wait for those of another."""

    queues: tuple[str, ...]
    places: int


@dataclass(frozen=True, slots=True)
class Options:
    """How a worker works."""

    queues: tuple[str, ...] = queue.QUEUES
    deliver: int = 2  # delivery jobs at once
    pull: int = 2  # pulls at once
    drain: float | None = None  # seconds for messages in flight after SIGTERM; the config's when None
    limits: Limits | None = None  # of sending; the config's when None
    poll: float = 5.0  # seconds between two looks at the queue when nothing tells of new jobs

    def lanes(self) -> tuple[Lane, ...]:
        """The lanes of the queues that are served."""
        every = (
            Lane(("compose",), 8),  # most of an edition's time is waiting for its deliveries
            Lane(("deliver",), self.deliver),
            Lane(("group",), 1),
            Lane(("pull", "pictures", "bounces"), self.pull),
        )
        mine = (Lane(tuple(q for q in lane.queues if q in self.queues), lane.places) for lane in every)
        return tuple(lane for lane in mine if lane.queues)


def chosen(names: Collection[str]) -> tuple[str, ...]:
    """The queues of these names, all without any. Raises UsageError."""
    wrong = sorted(set(names) - set(queue.QUEUES))
    if wrong:
        raise UsageError(f"There is no queue {wrong[0]!r}.", f"There are {', '.join(queue.QUEUES)}.")
    return tuple(name for name in queue.QUEUES if name in names or not names)


def run(config_file: Path, env: Mapping[str, str], options: Options, *, clock: Clock | None = None) -> None:
    """Work until SIGTERM or SIGINT. Raises ConfigError, StoreError or UsageError when it cannot begin."""
    few_heaps()
    log.set_up(sys.stderr)
    logging.getLogger("procrastinate").setLevel(logging.ERROR)  # a line for every job otherwise
    loaded = load(config_file, env)
    with open_newsroom(loaded, clock=clock) as newsroom:
        if newsroom.store.dialect != "postgresql":
            raise UsageError(
                "Workers need PostgreSQL; this installation is on SQLite, where one machine does everything.",
                "Set database: postgresql://user:password@host/name, or keep to `digest run`.",
            )
        queue.ensure(newsroom.store)
        files = ConfigFiles(config_file, env, loaded)
        asyncio.run(stay(newsroom, options, files.changed, Systemd(env)))


async def stay(
    newsroom: Newsroom,
    options: Options,
    reload: Callable[[Newsroom], Newsroom | None],
    systemd: Systemd,
    stop: asyncio.Event | None = None,
) -> None:
    """Work until ``stop``, else SIGTERM or SIGINT; then let what is in flight finish."""
    name = new_owner()
    stop = stop or _signalled()
    station = Station(newsroom, stop, options.deliver, options.limits)
    logger.info("%s serves %s", name, ", ".join(options.queues))
    kept = asyncio.create_task(_keep(station, options, name, reload, systemd))
    try:
        await _work(station, options, name)
    finally:
        systemd.tell("STOPPING=1")
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(_leave, station.newsroom, name)
    logger.info("stopped")


def _signalled() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    return stop


async def _work(station: Station, options: Options, name: str) -> None:
    """Serve the lanes; when the queue is lost, what is in flight finishes by itself and the queue is opened anew."""
    tries = 0
    while not station.stop.is_set():
        began = asyncio.get_running_loop().time()
        try:
            await _serve(station, options, name)
        except (procrastinate.exceptions.ProcrastinateException, psycopg.Error, OSError) as error:
            logger.warning("the queue is lost: %s", error)
        if station.stop.is_set():
            return
        tries = 0 if asyncio.get_running_loop().time() - began > 60 else tries + 1
        await happened(station.stop, AGAIN[min(tries, len(AGAIN) - 1)])
        with contextlib.suppress(DigestError):
            await asyncio.to_thread(queue.ensure, station.newsroom.store)


async def _serve(station: Station, options: Options, name: str) -> None:
    app = tasks.application(station.newsroom.store.engine.url, station)
    drain = station.newsroom.config.daemon.drain.total_seconds() if options.drain is None else options.drain
    async with app.open_async():
        lanes = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=list(lane.queues),
                    name=f"{name}/{lane.queues[0]}",
                    concurrency=lane.places,
                    fetch_job_polling_interval=options.poll,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=drain,
                    update_heartbeat_interval=SIGN,
                    stalled_worker_timeout=queue.DEAD,
                )
            )
            for lane in options.lanes()
        ]
        station.alone = False
        await _until_one_ends(station, lanes)


async def _until_one_ends(station: Station, lanes: list[asyncio.Task[None]]) -> None:
    """Wait for the first lane to end or for the end of all; then all of them are ended, letting their jobs finish."""
    stop = station.stop
    told: asyncio.Task[object] = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({told, *lanes}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        station.alone = True
        for lane in lanes:
            lane.cancel()
        ended = await asyncio.gather(*lanes, return_exceptions=True)
    for result in ended:
        if isinstance(result, Exception):
            raise result


# --- beside the lanes


async def _keep(
    station: Station,
    options: Options,
    name: str,
    reload: Callable[[Newsroom], Newsroom | None],
    systemd: Systemd,
) -> None:
    """Signs of life, the dead's journals, the jobs that nobody does, and a config that changed."""
    recovered = -RECOVER
    while True:
        now = asyncio.get_running_loop().time()
        steps = [asyncio.to_thread(_sign, station.newsroom, name, options.queues)]
        if now - recovered >= RECOVER:
            recovered = now
            steps.append(asyncio.to_thread(_clear_up, station))
        for step in steps:
            await _calmly(step)
        fresh = await asyncio.to_thread(_reloaded, reload, station.newsroom)
        if fresh is not None:
            station.newsroom = dataclasses.replace(fresh)
            station.desks.clear()
        systemd.tell("READY=1", "WATCHDOG=1", f"STATUS=serves {', '.join(options.queues)}")
        await asyncio.sleep(SIGN)


async def _calmly(step: Coroutine[object, object, None]) -> None:
    """A database that is away is asked again at the next turn."""
    try:
        await step
    except StoreError as error:
        logger.warning("%s", error)
    except Exception:
        logger.exception("a worker's upkeep failed")


def _reloaded(reload: Callable[[Newsroom], Newsroom | None], newsroom: Newsroom) -> Newsroom | None:
    try:
        return reload(newsroom)
    except StoreError as error:
        logger.warning("%s", error)
        return None


def _sign(newsroom: Newsroom, name: str, queues: tuple[str, ...]) -> None:
    with newsroom.store.begin() as connection:
        workers.here(connection, name, queues, __version__)


def _leave(newsroom: Newsroom, name: str) -> None:
    with newsroom.store.begin() as connection:
        workers.gone(connection, name)


def _clear_up(station: Station) -> None:
    try:
        found = station.recover()
    except StoreError:
        station.looks = 0
        raise
    station.looks += 1
    if found.journals or found.uncertain:
        logger.warning("after a crash: %s", found)
    with station.newsroom.store.begin() as connection:
        asked = set(station.workers)  # the loop may add one meanwhile
        station.workers -= asked - queue.known(connection, asked)
        dropped = station.dropped(queue.held(connection, station.workers))
        revived = queue.revive(connection, dropped)
    if revived:
        logger.warning("%d jobs that nobody does any more are done again", revived)
