"""Servers in processes of their own, so that what they cost is nobody else's."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing as mp
from collections.abc import Awaitable, Callable, Iterator
from typing import Any


@contextlib.contextmanager
def child(target: Callable[..., None], *args: Any) -> Iterator[int]:
    """The port of a process that runs ``target`` with ``args`` and the end of a pipe that the port is sent into."""
    spawn = mp.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=target, args=(*args, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.kill()
        process.join()


def answer(
    start: Callable[[asyncio.AbstractEventLoop], Awaitable[asyncio.Server]], ready: mp.connection.Connection
) -> None:
    """Start a server, tell its port, and serve until killed."""

    async def run() -> None:
        server = await start(asyncio.get_running_loop())
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())
