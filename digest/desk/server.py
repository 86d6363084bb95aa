"""Serving the desk on this machine: what ``digest preview`` runs."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import secrets
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import uvicorn

from digest.config.editors import beyond
from digest.desk.acts import Acts
from digest.desk.app import Act, DeskPages, desk
from digest.desk.doors import LASTS, Doors, Visitor
from digest.desk.fate import Fate
from digest.desk.mend import Mend
from digest.desk.room import Room
from digest.desk.signing import ended
from digest.desk.trial import Trial
from digest.desk.watch import Bell, Watch
from digest.errors import UsageError
from digest.site.server import Impatient

HOST = "127.0.0.1"
GRACE = 1  # seconds for open pages when the desk closes
MOST_CONNECTIONS = 500


def serve(
    config_file: Path,
    env: Mapping[str, str],
    *,
    first: str,
    port: int,
    pull: bool,
    say: Callable[[str], None],
) -> None:
    """Serve the desk until told to stop, reading the feeds first when ``pull`` is on. Raises DigestError."""
    room = Room(config_file, env)
    room.open()
    try:
        with listening(port) as bound:
            away = room.newsroom.config.desk.url
            say(f"The desk is at http://{HOST}:{bound.getsockname()[1]}/ until Ctrl-C.")
            if beyond(away):
                say(f"Editors sign in at {away}/; the proxy there passes the Host header on.")
            asyncio.run(stay(Server(room, first), bound, pull=pull, say=say))
    except KeyboardInterrupt:
        say("The desk is closed.")
    finally:
        room.close()


async def stay(server: Server, bound: socket.socket, *, pull: bool, say: Callable[[str], None]) -> None:
    """Serve, watch, and pull in the background; the pages show what comes when it comes."""
    room = server.room
    tasks = [
        asyncio.create_task(Watch(room, server.bell).run()),
        asyncio.create_task(asyncio.to_thread(room.sheet, server.first)),  # warm before the browser asks
    ]
    tasks += [asyncio.create_task(refresh(room, say))] if pull else []
    try:
        await server.serve(sockets=[bound])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def listening(port: int) -> socket.socket:
    """A socket on loopback; port 0 is any. Raises UsageError when the port is taken."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise UsageError(
            f"Port {port} cannot be used: {error.strerror}.",
            f"Another desk may be open; else try: digest preview --port {port + 1}",
        ) from error


class Patient(Impatient):
    """Hangs up on those who only want to keep it busy, later than the site does.

    Pictures come over slow lines, and an open page listens for changes until its session is over.
    """

    whole = 120.0
    taken = LASTS.total_seconds()


class Server(uvicorn.Server):
    """A desk at work: lets go of the pages that listen for changes when it is told to stop."""

    def __init__(self, room: Room, first: str) -> None:
        self.room, self.first, self.bell, self.stop = room, first, Bell(), asyncio.Event()
        doors = Doors(Visitor(editor(), secrets.token_urlsafe(24)), ended(room))
        pages = DeskPages(room, self.bell, first, self.stop, lambda who, edition: table(room, who, edition))
        super().__init__(
            uvicorn.Config(
                desk(pages, doors),
                http=Patient,
                limit_concurrency=MOST_CONNECTIONS,
                log_level="error",
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=GRACE,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close, the open event streams first."""
        self.stop.set()
        self.bell.ring("closing")
        await super().shutdown(sockets)


def table(room: Room, who: str, edition: str) -> dict[str, Act]:
    """Everything that an editor can do with an edition; "" is the one that editors work on."""
    made = (Acts(room, who, edition), Fate(room, who, edition), Mend(room, who), Trial(room, who, edition))
    return {name: act for acts in made for name, act in acts.table().items()}


async def refresh(room: Room, say: Callable[[str], None]) -> None:
    """Read the feeds once, in a thread: what they bring arrives in the database, which the watch notices."""
    from digest.pipeline.gather import gather

    newsroom = room.newsroom

    def work() -> str:
        found = asyncio.run(gather(newsroom, now=newsroom.clock()))
        return f"{found.feeds} feeds were read: {found.new} new entries, {found.changed} changed."

    with contextlib.suppress(asyncio.CancelledError):
        say(await asyncio.to_thread(work))


def editor() -> str:
    """Who decides at a desk on this machine: the person who is signed in here."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "editor"
