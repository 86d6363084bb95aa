"""A relay that is far away: what it answers arrives some milliseconds later. So a sender waits instead of working."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing as mp
from collections.abc import Iterator

from bench.children import answer, child


@contextlib.contextmanager
def far(port: int, seconds: float) -> Iterator[int]:
    """The port of a process that passes everything on to ``port``, and back after so many seconds."""
    if not seconds:
        yield port
        return
    with child(_serve, port, seconds) as nearer:
        yield nearer


def _serve(port: int, seconds: float, ready: mp.connection.Connection) -> None:
    """Pass on until killed."""

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        loop = asyncio.get_running_loop()

        async def answers() -> None:
            while data := await there.read(65_536):
                loop.call_later(seconds, writer.write, data)
            loop.call_later(seconds, writer.close)

        answering = asyncio.create_task(answers())
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                back.write(data)
        back.close()
        await answering

    answer(lambda _loop: asyncio.start_server(passed, "127.0.0.1", 0), ready)
