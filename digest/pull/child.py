"""A process for hostile input: reads jobs from its standard input, answers on its standard output, dies of its own limits.

What feeds bring can only stop or take over a process that has no secrets, little time and little memory;
the pull starts another one.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from digest.pull.wire import LENGTH, seconds_of

_LEAST_ROOM = 96  # MB above what the process takes before its first job


def serve(
    answer: Callable[[bytes, bytes], bytes], warm_up: Callable[[], object], *, room: int | None = None
) -> None:
    """Answer jobs, each a header and a body, until the input ends; ``argv[1]`` is the memory in MB.

    ``warm_up`` loads what every job needs, before memory is limited; ``room`` is the most that a job may add, in MB.
    """
    jobs, answers = _streams()
    warm_up()
    limit = _limit_memory(int(sys.argv[1]), room)
    while header := _read(jobs):
        body = _read(jobs)
        # Counted in CPU time; the signal's default action ends the process, whatever C code it is in.
        signal.setitimer(signal.ITIMER_PROF, seconds_of(header))
        made = answer(header, body)
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(LENGTH.pack(len(made)) + made)
        answers.flush()
        if _memory().resident > limit / 2:
            return  # memory once taken is rarely given back; the next job gets a fresh process


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the pull; whatever a library prints goes elsewhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the pull, which then closes our input
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    return jobs, answers


def _limit_memory(megabytes: int, room: int | None) -> int:
    """Limit the address space to ``megabytes``, or a little more than the process takes already; in bytes."""
    taken = _memory().size
    limit = max(megabytes * 1_000_000, taken + _LEAST_ROOM * 1_000_000)
    if room is not None and taken:
        limit = min(limit, taken + room * 1_000_000)
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


def _read(stream: BinaryIO) -> bytes:
    """One message, b"" at the end."""
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""
