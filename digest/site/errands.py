"""What is done after the answer, so that no answer takes longer for one address than for another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import BoundedSemaphore

from digest.errors import DigestError

log = logging.getLogger(__name__)

WAITING = 1000  # errands that may wait; a flood beyond that is let go


class Errands:
    """Threads of their own: neither the visitor nor the next request on the same connection waits for them."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(4, "errand")  # a mail server that stalls holds up one of them
        self._room = BoundedSemaphore(WAITING)
        self._under_way: set[Future[None]] = set()

    def run(self, errand: Callable[[], None]) -> None:
        """Do ``errand`` soon; its troubles are logged, nobody waits to hear of them."""
        if not self._room.acquire(blocking=False):
            log.warning("too many confirmations wait; one was let go")
            return
        future = self._pool.submit(_careful, errand)
        self._under_way.add(future)
        future.add_done_callback(self._done)

    def settle(self) -> None:
        """Wait for all that was begun."""
        wait(set(self._under_way))

    def close(self) -> None:
        """Finish what was begun and take nothing more."""
        self._pool.shutdown()

    def _done(self, future: Future[None]) -> None:
        self._under_way.discard(future)
        self._room.release()


def _careful(errand: Callable[[], None]) -> None:
    try:
        errand()
    except DigestError as error:
        log.warning("%s", error)
    except Exception:
        log.exception("an errand of the site failed")
