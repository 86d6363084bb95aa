"""The parsing processes: started when first needed, fed one body at a time, replaced when one dies."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import sys
from types import TracebackType
from typing import Self

from digest.errors import ParseError
from digest.pull import wire
from digest.pull.parsed import Parsed
from digest.pull.wire import LENGTH

_PATIENCE = 30.0  # seconds of waiting beyond three times the CPU time: a busy machine, not a hostile feed
_BUFFER = 4 * 2**20


class Pool:
    """``workers`` processes of ``megabytes`` each; use it as an async context."""

    def __init__(self, workers: int, megabytes: int) -> None:
        self._megabytes = megabytes
        self._free = asyncio.Semaphore(workers)
        self._idle: list[asyncio.subprocess.Process] = []
        self._all: set[asyncio.subprocess.Process] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*map(self._stop, [*self._all]))

    async def parse(self, body: bytes, job: wire.Job, now: dt.datetime) -> Parsed:
        """What a body says, seen ``now``. Raises ParseError when it cannot be read within its limits."""
        async with self._free:
            process = await self._process()
            answered = False
            try:
                async with asyncio.timeout(3 * job.seconds + _PATIENCE):
                    answer = await self._ask(process, body, job)
                answered = True
            except (asyncio.IncompleteReadError, ConnectionError) as e:
                raise _death(await process.wait(), job) from e
            except TimeoutError as e:
                raise ParseError("Reading the feed takes too long.", kind="too_slow") from e
            finally:
                if answered:
                    self._idle.append(process)
                else:
                    await self._stop(process)
        return wire.parsed_from_json(answer, job.origin, now)

    async def _ask(self, process: asyncio.subprocess.Process, body: bytes, job: wire.Job) -> bytes:
        assert process.stdin
        assert process.stdout
        header = wire.job_to_json(job)
        process.stdin.write(b"".join((LENGTH.pack(len(header)), header, LENGTH.pack(len(body)), body)))
        await process.stdin.drain()
        size = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))[0]
        return await process.stdout.readexactly(size)

    async def _process(self) -> asyncio.subprocess.Process:
        while self._idle:
            process = self._idle.pop()
            assert process.stdout
            # One that has ended itself after a large feed may not be reaped yet, but its pipe is closed.
            if process.returncode is None and not process.stdout.at_eof():
                return process
            await self._stop(process)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-s", "-P", "-m", "digest.pull.worker", str(self._megabytes),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=_environment(), limit=_BUFFER,
        )  # fmt: skip
        self._all.add(process)
        return process

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        self._all.discard(process)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if process.stdin:
            process.stdin.close()


def _environment() -> dict[str, str]:
    """What Python needs to find us, and nothing else: passwords live in environments."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV")
        if name in os.environ
    }
    return {**kept, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PYTHONDONTWRITEBYTECODE": "1"}


def _death(code: int, job: wire.Job) -> ParseError:
    if code == -signal.SIGPROF:
        return ParseError(
            f"Reading the feed takes more than {job.seconds:g} s of CPU.",
            "See pull.parse_seconds.",
            kind="too_slow",
        )
    return ParseError(f"The process that read the feed died (code {code}).", kind="crash")
