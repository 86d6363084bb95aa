"""Batches: nothing is lost, kept waiting or brought out of order, whoever is slower."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from digest.batches import together


async def numbers(count: int, asked: list[int] | None = None) -> AsyncGenerator[int, None]:
    for number in range(count):
        if asked is not None:
            asked.append(number)
        yield number
        await asyncio.sleep(0)


async def taken(source: AsyncGenerator[int, None], most: int, turns: int) -> list[list[int]]:
    """The batches of somebody who needs so many turns of the loop for each."""
    found = []
    async for batch in together(source, most):
        found.append(batch)
        for _ in range(turns):
            await asyncio.sleep(0)
    return found


def test_everything_comes_once_and_in_order() -> None:
    batches = asyncio.run(taken(numbers(100), 7, 20))
    assert [number for batch in batches for number in batch] == list(range(100))
    assert max(map(len, batches)) <= 7
    assert len(batches) < 30


def test_the_first_does_not_wait_for_company() -> None:
    assert asyncio.run(taken(numbers(3), 10, 0))[0] == [0]


def test_nothing_gives_no_batch() -> None:
    assert asyncio.run(taken(numbers(0), 10, 0)) == []


def test_the_source_waits_for_a_slow_taker() -> None:
    asked: list[int] = []

    async def run() -> int:
        async for _ in together(numbers(1000, asked), 5):
            for _ in range(100):
                await asyncio.sleep(0)
            return len(asked)
        return 0

    assert asyncio.run(run()) <= 12


def test_an_error_comes_out_after_what_came_before_it() -> None:
    async def broken() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("broken")

    async def run() -> None:
        batches = together(broken(), 5)
        assert await anext(batches) == [1]
        with pytest.raises(ValueError, match="broken"):
            await anext(batches)

    asyncio.run(run())


def test_leaving_early_closes_the_source() -> None:
    closed = []

    async def watched() -> AsyncGenerator[int, None]:
        try:
            while True:
                yield 1
                await asyncio.sleep(0)
        finally:
            closed.append(True)

    async def run() -> None:
        batches = together(watched(), 5)
        async for _ in batches:
            break
        await batches.aclose()

    asyncio.run(run())
    assert closed == [True]
