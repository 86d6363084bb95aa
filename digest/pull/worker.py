"""A parsing process: reads jobs from its standard input, answers on its standard output, dies of its own limits.

Hostile XML can only stop or take over a process that has no secrets, little time and little memory; the
pull starts another one. Run as ``python -m digest.pull.worker MEGABYTES``.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO, NamedTuple

from digest.errors import ParseError
from digest.pull import wire
from digest.pull.parse import parse
from digest.pull.parsed import Origin
from digest.pull.wire import LENGTH

_LEAST_ROOM = 96  # MB above what the process takes before its first feed


def main() -> None:
    """Parse until the standard input ends."""
    jobs, answers = _streams()
    _warm_up()
    limit = _limit_memory(int(sys.argv[1]))
    while header := _read(jobs):
        job = wire.job_from_json(header)
        body = _read(jobs)
        # Counted in CPU time; the signal's default action ends the process, whatever C code it is in.
        signal.setitimer(signal.ITIMER_PROF, job.seconds)
        answer = _answer(job, body)
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()
        if _memory().resident > limit / 2:
            return  # memory once taken is rarely given back; the next feed gets a fresh process


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the pull; whatever a library prints goes elsewhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the pull, which then closes our input
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    return jobs, answers


def _warm_up() -> None:
    """Load what every feed needs, before memory is limited."""
    sample = b"<rss version='2.0'><channel><item><title>a &lt;b&gt;</title></item></channel></rss>"
    parse(sample, Origin("about:"))


def _limit_memory(megabytes: int) -> int:
    """Limit the address space to ``megabytes``, or a little more than the process takes already; in bytes."""
    limit = max(megabytes * 1_000_000, _memory().size + _LEAST_ROOM * 1_000_000)
    for kind, most in ((resource.RLIMIT_AS, limit), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # macOS has no RLIMIT_AS worth the name
            continue
    return limit


class _Memory(NamedTuple):
    size: int  # bytes of address space
    resident: int  # bytes in memory


def _memory() -> _Memory:
    """What the process takes now; zero where there is no /proc to tell."""
    try:
        size, resident = Path("/proc/self/statm").read_text(encoding="ascii").split()[:2]
    except OSError:
        return _Memory(0, 0)
    return _Memory(int(size) * resource.getpagesize(), int(resident) * resource.getpagesize())


def _answer(job: wire.Job, body: bytes) -> bytes:
    try:
        return wire.parsed_to_json(
            parse(
                body,
                job.origin,
                content_type=job.content_type,
                max_entries=job.max_entries,
                max_bytes=job.max_bytes,
            )
        )
    except ParseError as e:
        return wire.error_to_json(e)
    except MemoryError:
        return wire.error_to_json(
            ParseError("The feed takes more memory than it may.", "See pull.parse_megabytes.", kind="memory")
        )
    except Exception as e:  # noqa: BLE001 - whatever a hostile feed finds in the libraries costs that feed alone
        return wire.error_to_json(
            ParseError(f"The feed could not be read ({type(e).__name__}).", kind="crash")
        )


def _read(stream: BinaryIO) -> bytes:
    """One message, b"" at the end."""
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""


if __name__ == "__main__":
    main()
