"""What arrives one by one, taken in batches by whoever is slower."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")
END = object()


async def together(source: AsyncGenerator[T, None], most: int) -> AsyncGenerator[list[T], None]:
    """What has arrived since the last batch was taken: one thing or more, at most ``most``, in their order.

    ``source`` goes on while a batch is dealt with, and waits when ``most`` more have arrived. What it raises comes
    out after what came before it. Leaving the iteration early closes it.
    """
    arrived: asyncio.Queue[T | object] = asyncio.Queue(maxsize=most)

    async def run() -> None:
        try:
            async with aclosing(source):
                async for thing in source:
                    await arrived.put(thing)
        except Exception:
            await arrived.put(END)
            raise
        await arrived.put(END)

    runner = asyncio.create_task(run())
    try:
        ended = False
        while not ended:
            batch = [await arrived.get()]
            while len(batch) < most and not arrived.empty():
                batch.append(arrived.get_nowait())
            ended = END in batch
            if things := [thing for thing in batch if thing is not END]:
                yield things  # type: ignore[misc]
        await runner
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
