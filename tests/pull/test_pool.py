"""The parsing processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from digest.errors import ParseError
from digest.pull.parsed import Origin, Parsed
from digest.pull.pool import Pool
from digest.pull.wire import Job, parsed_from_json, parsed_to_json
from tests.pull.conftest import NOW, rss

JOB = Job(Origin("https://p.example/feed", "The Paper", "https://p.example/feed"))


def with_pool(work: Callable[[Pool], Awaitable[Any]], workers: int = 1, megabytes: int = 512) -> Any:
    async def run() -> Any:
        async with Pool(workers, megabytes) as pool:
            return await work(pool)

    return asyncio.run(run())


def environment_of(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def test_a_process_that_reads_feeds_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMTP_PASSWORD", "DIGEST_DATABASE", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "s3cret")

    async def given(pool: Pool) -> bytes:
        await pool.parse(rss("A").encode(), JOB, NOW)
        [process] = pool._all
        return environment_of(process.pid)

    environment = with_pool(given)
    assert b"PYTHONPATH=" in environment
    assert b"s3cret" not in environment


def test_what_passes_between_processes_arrives_as_it_was() -> None:
    async def work(pool: Pool) -> Parsed:
        return await pool.parse(rss("Rain “in” Metz é 北").encode(), JOB, NOW)

    parsed = with_pool(work)
    assert [e.title for e in parsed.entries] == ["Rain “in” Metz é 北"]
    assert parsed_from_json(parsed_to_json(parsed), JOB.origin, NOW) == parsed


def test_dates_in_the_future_and_missing_ones_are_now() -> None:
    body = rss("A").replace("2026", "2999").encode()

    async def work(pool: Pool) -> Parsed:
        return await pool.parse(body.replace(b"04 May 2999", b"05 May 2026"), JOB, NOW)

    [entry] = with_pool(work).entries
    assert (entry.published, entry.first_seen) == (NOW, NOW)


@pytest.mark.slow
def test_a_killed_process_costs_one_job_and_is_replaced() -> None:
    async def work(pool: Pool) -> list[Any]:
        await pool.parse(rss("A").encode(), JOB, NOW)
        [process] = pool._all
        os.kill(process.pid, signal.SIGSTOP)
        busy = asyncio.create_task(pool.parse(rss("stuck").encode(), JOB, NOW))
        await asyncio.sleep(0.1)
        os.kill(process.pid, signal.SIGKILL)
        return [
            *await asyncio.gather(busy, return_exceptions=True),
            await pool.parse(rss("B").encode(), JOB, NOW),
        ]

    died, after = with_pool(work)
    assert isinstance(died, ParseError)
    assert died.kind == "crash"
    assert [e.title for e in after.entries] == ["B"]


@pytest.mark.slow
def test_a_process_that_ended_itself_is_no_feeds_fault() -> None:
    async def work(pool: Pool) -> Parsed:
        await pool.parse(rss("A").encode(), JOB, NOW)
        [process] = pool._all
        assert process.stdin
        process.stdin.close()  # it ends with code 0, as after a large feed
        await process.wait()
        return await pool.parse(rss("B").encode(), JOB, NOW)

    assert [e.title for e in with_pool(work).entries] == ["B"]


@pytest.mark.slow
def test_memory_is_limited() -> None:
    items = b'{"id":1,"title":"x","tags":["y"]},' * 400_000
    body = b'{"version":"https://jsonfeed.org/version/1","items":[' + items + b"{}]}"

    async def work(pool: Pool) -> Parsed:
        return await pool.parse(body, Job(JOB.origin, max_entries=1_000_000), NOW)

    with pytest.raises(ParseError) as error:
        with_pool(work, megabytes=64)
    assert error.value.kind in {"memory", "crash"}


def test_leaving_stops_every_process() -> None:
    processes = []

    async def work(pool: Pool) -> None:
        tasks = [asyncio.create_task(pool.parse(rss("A").encode(), JOB, NOW)) for _ in range(2)]
        await asyncio.gather(*tasks)
        processes.extend(pool._all)

    with_pool(work, workers=2)
    assert processes
    assert all(process.returncode is not None for process in processes)


def test_workers_get_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from digest.pull.pool import _environment

    monkeypatch.setenv("SMTP_PASSWORD", "secret")
    assert "secret" not in repr(_environment())
