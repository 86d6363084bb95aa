"""The parsing processes: started when first needed, fed one body at a time, replaced when one dies."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.errors import ParseError
from digest.pull import wire
from digest.pull.parsed import Parsed
from digest.pull.wire import LENGTH

_PATIENCE = 30.0  # seconds of waiting beyond three times the CPU time: a busy machine, not a hostile feed
_TRIES = 4
_BUFFER = 4 * 2**20


class Pool:
    """``workers`` processes of ``megabytes`` each; use it as an async context."""

    def __init__(self, workers: int, megabytes: int, program: str = "digest.pull.worker") -> None:
        self._megabytes = megabytes
        self._program = program
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
        answer = await self.ask(wire.job_to_json(job), body, job.seconds)
        return wire.parsed_from_json(answer, job.origin, now)

    async def ask(self, header: bytes, body: bytes, seconds: float) -> bytes:
        """A process's answer to a job. Raises ParseError when it dies over it or takes too long."""
        async with self._free:
            for _ in range(_TRIES):
                answer = await self._try(header, body, seconds)
                if answer is not None:
                    return answer
        raise _death(0, seconds)

    async def _try(self, header: bytes, body: bytes, seconds: float) -> bytes | None:
        """An answer; None when an idle process had ended itself after its last job, unnoticed yet."""
        process = await self._process()
        try:
            async with asyncio.timeout(3 * seconds + _PATIENCE):
                answer = await self._talk(process, header, body)
        except (asyncio.IncompleteReadError, ConnectionError) as e:
            code = await process.wait()
            await self._stop(process)
            if code == 0:
                return None
            raise _death(code, seconds) from e
        except BaseException as e:
            await self._stop(process)
            if isinstance(e, TimeoutError):
                raise ParseError("Reading it takes too long.", kind="too_slow") from e
            raise
        self._idle.append(process)
        return answer

    async def _talk(self, process: asyncio.subprocess.Process, header: bytes, body: bytes) -> bytes:
        assert process.stdin
        assert process.stdout
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
            sys.executable, "-s", "-P", "-m", self._program, str(self._megabytes),
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
    return {**kept, "PYTHONPATH": os.pathsep.join(p or str(Path.cwd()) for p in sys.path)}


def _death(code: int, seconds: float) -> ParseError:
    if code == -signal.SIGPROF:
        return ParseError(
            f"Reading it takes more than {seconds:g} s of CPU.", "See pull.parse_seconds.", kind="too_slow"
        )
    return ParseError(f"The process that read it died (code {code}).", kind="crash")
