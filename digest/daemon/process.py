"""The process around the daemon: signals, the config file, systemd, standing by and leaving."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digest import __version__, log
from digest.config.load import Loaded, load, newsletters
from digest.daemon import signals
from digest.daemon.health import Health, coming
from digest.daemon.lead import lock_for
from digest.daemon.memory import few_heaps
from digest.daemon.metrics import Metrics
from digest.daemon.notify import Systemd
from digest.daemon.serve import Server
from digest.daemon.service import Daemon, Work
from digest.daemon.wake import Alarm
from digest.errors import ConfigError, DigestError, UsageError
from digest.pipeline.newsroom import Clock, Newsroom, open_newsroom
from digest.store import alerts
from digest.store import slots as ledger

STANDBY_SECONDS = 2.0  # how often a standby tries to lead
logger = logging.getLogger("digest.daemon")


def run(
    config_file: Path, env: Mapping[str, str], *, clock: Clock | None = None, work: Work | None = None
) -> None:
    """Stay until SIGTERM or SIGINT. Raises ConfigError or StoreError when it cannot begin.

    ``clock`` and ``work`` are for rehearsals: another time, other feeds.
    """
    few_heaps()
    log.set_up(sys.stderr)
    loaded = load(config_file, env)
    with open_newsroom(loaded, clock=clock) as newsroom, contextlib.ExitStack() as pages:
        health = Health(newsroom)
        files = ConfigFiles(config_file, env, loaded)
        lock, metrics = lock_for(newsroom.store), Metrics(health)
        daemon = Daemon(newsroom, lock, health, metrics, work or Work(), reload=files.changed)
        asyncio.run(_stay(daemon, files, Systemd(env), pages))


def _serve(daemon: Daemon, pages: contextlib.ExitStack) -> bool:
    """Serve the pages for probes; False while another process (the leader we stand by for) has the address."""
    listen = daemon.newsroom.config.daemon.listen
    if not listen:
        return True
    try:
        server = Server(listen, daemon.health, daemon.metrics)
    except UsageError as error:
        logger.warning("%s", error)
        return False
    server.start()
    pages.callback(server.stop)
    logger.info("%s/healthz, /readyz and /metrics", server.address)
    return True


async def _stay(daemon: Daemon, files: ConfigFiles, systemd: Systemd, pages: contextlib.ExitStack) -> None:
    """Turn after turn until told to stop; then let what is in flight finish."""
    alarm, told = Alarm(), asyncio.Event()
    drain = daemon.newsroom.config.daemon.drain
    if daemon.newsroom.config.demo.now is not None:
        logger.warning("demo.now pins the clock: no slot will ever become due; take it out to send on time")
    beating = asyncio.create_task(_beat(systemd, daemon.health))
    alarm.start()
    try:
        with signals.listening(_hear(alarm, told, files, drain.total_seconds())):
            await _turns(daemon, alarm, told, systemd, pages)
            await _leave(daemon, 0.8 * drain, systemd)
    finally:
        alarm.stop()
        beating.cancel()


async def _leave(daemon: Daemon, within: dt.timedelta, systemd: Systemd) -> None:
    """Let what is in flight finish, and others go on with the rest at once."""
    systemd.tell("STOPPING=1")
    logger.info("stopping: messages in flight are finished first")
    clean = await daemon.stop(within)
    with contextlib.suppress(DigestError):
        await asyncio.to_thread(_let_go_of, daemon.newsroom, _ours)
        daemon.lock.release()
    logger.info("stopped" if clean else "stopped with work under way; it is resumed at the next start")


def _leave_after(seconds: float) -> None:
    """Leave then in any case: a thread that hangs (a locked database, a silent server) must not keep us."""

    def leave() -> None:
        logging.shutdown()
        os._exit(0)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()


async def _turns(
    daemon: Daemon, alarm: Alarm, told: asyncio.Event, systemd: Systemd, pages: contextlib.ExitStack
) -> None:
    leading: bool | None = None
    newsroom, serving = None, _serve(daemon, pages)
    while not told.is_set():
        await daemon.turn()
        if newsroom is not daemon.newsroom:
            newsroom = daemon.newsroom
            alarm.set(newsroom.newsletters.values())
        if daemon.health.leader and not leading:
            logger.info("leading: %s", status(daemon))
            serving = serving or _serve(daemon, pages)
            await _resume(daemon.newsroom)
            alarm.ring()
        if not daemon.health.leader and leading is not False:
            logger.info("%s", status(daemon))
        leading = daemon.health.leader
        systemd.tell("READY=1", f"STATUS={status(daemon)}")
        await _wait(alarm, told, None if leading else STANDBY_SECONDS)


async def _wait(alarm: Alarm, told: asyncio.Event, seconds: float | None) -> None:
    waiting = {asyncio.create_task(alarm.wait()), asyncio.create_task(told.wait())}
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def status(daemon: Daemon) -> str:
    """One line for `systemctl status`."""
    if not daemon.health.leader:
        return "standing by: another daemon leads"
    if daemon.health.held:
        return f"holding: {daemon.health.held}"
    soon = coming(daemon.newsroom, daemon.newsroom.clock())
    return f"next: {soon[0].key} at {soon[0].due:%Y-%m-%d %H:%M} UTC" if soon else "no slot is planned"


async def _beat(systemd: Systemd, health: Health) -> None:
    """Tell the watchdog that we are alive, twice in its time; not when a turn hangs: then we are better restarted."""
    while systemd.watchdog_seconds:
        if health.alive():
            systemd.tell("WATCHDOG=1")
        await asyncio.sleep(systemd.watchdog_seconds / 2)


def _hear(alarm: Alarm, told: asyncio.Event, files: ConfigFiles, drain: float) -> Callable[[int], None]:
    """What to do at a signal, in the thread that hears it."""
    loop, leaving = asyncio.get_running_loop(), threading.Event()

    def hear(number: int) -> None:
        if number == signal.SIGHUP:
            files.asked = True
            loop.call_soon_threadsafe(alarm.ring)
        elif leaving.is_set():  # told twice: now
            logging.shutdown()
            os._exit(1)
        else:
            leaving.set()
            _leave_after(drain)
            loop.call_soon_threadsafe(told.set)

    return hear


# --- leases -------------------------------------------------------------------------------------------


async def _resume(newsroom: Newsroom) -> None:
    """End the leases of processes of this machine that died, so that their work goes on at once."""
    with contextlib.suppress(DigestError):  # the database went away: the leases end by themselves
        await asyncio.to_thread(_let_go_of, newsroom, _dead)


def _let_go_of(newsroom: Newsroom, gone: Callable[[str], bool]) -> None:
    with newsroom.store.begin() as connection:
        held = ledger.owners(connection, newsroom.clock())
        ledger.let_go(connection, [owner for owner in held if gone(owner)])


def _ours(owner: str) -> bool:
    return owner.startswith(f"{socket.gethostname()}-{os.getpid()}-")


def _dead(owner: str) -> bool:
    """Whether an owner (HOST-PID-RANDOM) was a process of this machine that is no more."""
    host, _, rest = owner.rpartition("-")[0].rpartition("-")
    if host != socket.gethostname() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


# --- the config file ----------------------------------------------------------------------------------


@dataclass(slots=True)
class ConfigFiles:
    """The config file and those it names; noticed when they change."""

    path: Path
    env: Mapping[str, str]
    loaded: Loaded
    asked: bool = False  # by SIGHUP
    seen: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.seen = self._look()

    def _look(self) -> tuple[object, ...]:
        config, folder = self.loaded.config, self.loaded.folder
        named = [name for n in config.newsletters.values() for name in (n.opml, n.holidays_file) if name]
        return tuple(_stamp(path) for path in (self.path, *(folder / name for name in named)))

    def changed(self, newsroom: Newsroom) -> Newsroom | None:
        """The newsroom of a changed config; None while nothing changed, or when the change does not hold."""
        now = self._look()
        if now == self.seen and not self.asked:
            return None
        self.asked = False
        try:
            fresh = self._fresh(newsroom)
        except DigestError as error:
            self.seen = now
            _complain(newsroom, self.path, error)
            return None
        self.seen = self._look()
        _praise(newsroom, self.path)
        return fresh

    def _fresh(self, newsroom: Newsroom) -> Newsroom:
        loaded = load(self.path, self.env)
        if loaded.config.database != self.loaded.config.database:
            raise DigestError("`database` changed; that needs a restart.", "Restart the daemon.")
        self.loaded = loaded
        found = newsletters(loaded.config, loaded.folder)
        return dataclasses.replace(newsroom, config=loaded.config, folder=loaded.folder, newsletters=found)


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _complain(newsroom: Newsroom, path: Path, error: DigestError) -> None:
    logger.error("the config changed and does not hold; the old one stays in force: %s", error)
    advice = "The old config stays in force. Correct it: digest config check"
    count = len(error.problems) if isinstance(error, ConfigError) else 1
    message = f"{path} changed and has problems ({count}). {error.message}"
    with newsroom.store.begin() as connection:
        alerts.trouble(connection, "config", str(path), newsroom.clock(), message=message, advice=advice)


def _praise(newsroom: Newsroom, path: Path) -> None:
    logger.info("digest %s read its config again", __version__)
    with newsroom.store.begin() as connection:
        alerts.well(connection, "config", str(path), newsroom.clock(), message=f"{path} is in force.")
