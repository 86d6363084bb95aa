"""Memory kept small: what makes an editor's preview quick would grow for weeks in a process that stays."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import sys

HEAPS = 2  # glibc would make eight for each core
M_ARENA_MAX = -8  # mallopt(3)


def give_back() -> int:
    """Empty the caches of our own functions and return freed pages to the system; how many caches that were.

    They are keyed by entries, and a daemon rarely sees yesterday's again.
    """
    caches = {
        thing
        for name, module in list(sys.modules.items())
        if name.startswith("digest.")
        for thing in vars(module).values()
        if isinstance(thing, functools._lru_cache_wrapper)  # noqa: SLF001 - functools has no public name for it
        and str(thing.__module__).startswith("digest.")
    }
    for cache in caches:
        cache.cache_clear()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library: musl gives back by itself
        ctypes.CDLL(None).malloc_trim(0)  # glibc keeps what Python frees
    return len(caches)


def few_heaps() -> None:
    """Let all threads share two heaps of glibc's; call it before the first thread starts.

    glibc gives every thread a heap of its own, and each keeps what its largest piece of work once took: on a busy
    machine, where more threads work at a time, a daemon would take more memory from week to week.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library: musl has one heap
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)
