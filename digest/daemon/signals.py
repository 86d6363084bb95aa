"""Signals, heard by a thread of their own: the loop may be waiting for a locked database when it is told to leave."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextlib.contextmanager
def listening(hear: Callable[[int], None]) -> Iterator[None]:
    """Call ``hear(number)`` from another thread for each signal, as long as the block runs. In the main thread only."""
    ear, bell = socket.socketpair()
    bell.setblocking(False)  # the interpreter writes to it from within the signal handler
    former = {number: signal.signal(number, _leave_it_to_the_thread) for number in HEARD}
    fd = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=_listen, args=(ear, hear), name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(fd)
        for number, handler in former.items():
            signal.signal(number, handler)
        bell.close()
        thread.join()
        ear.close()


def _listen(ear: socket.socket, hear: Callable[[int], None]) -> None:
    while numbers := ear.recv(64):
        for number in numbers:
            if number in HEARD:
                hear(number)


def _leave_it_to_the_thread(_number: int, _frame: object) -> None:
    """Without a handler the signal would end the process."""
