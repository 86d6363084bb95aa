"""A TCP proxy that can be cut: what a machine sees of a server when the network between them fails."""

from __future__ import annotations

import asyncio
import threading
from typing import Self


class Proxy:
    """Forwards connections from a port of its own to ``target`` on loopback, in a thread of its own."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._open = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def cut(self) -> None:
        """Break every connection and let none through."""
        self._loop.call_soon_threadsafe(self._break)

    def mend(self) -> None:
        """Let connections through again."""
        self._open = True

    def _break(self) -> None:
        self._open = False
        for writer in self._writers:
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there: asyncio.StreamWriter | None = None
        try:
            if self._open:
                back, there = await asyncio.open_connection("127.0.0.1", self._target)
                self._writers |= {writer, there}
                await asyncio.gather(pump(reader, there), pump(back, writer))
        except (OSError, asyncio.CancelledError):
            pass  # one of the two hung up, or we are closing
        finally:
            for end in filter(None, (writer, there)):
                self._writers.discard(end)
                end.transport.abort()
            self._tasks.discard(task)


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass on what comes, until it ends."""
    while data := await source.read(65_536):
        target.write(data)
        await target.drain()
    target.write_eof()
