"""Whether the desk has something to answer: what only saves time later waits until it has not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

QUIET = 0.4  # seconds without a request: an editor who reads
ASIDE = ("/events", "/near")  # ends of addresses that are no work in hand


@dataclass(slots=True)
class Calm:
    """Counts what is being answered. For the event loop alone."""

    quiet: float = QUIET
    _under_way: int = 0
    _last: float = float("-inf")  # when the last answer was given, by the loop's clock

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Something is being answered."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._last = asyncio.get_running_loop().time()

    async def wait(self) -> None:
        """Until nothing has been asked for a moment."""
        while (left := self._left()) > 0:  # noqa: ASYNC110 - waits for time to pass, not for an event
            await asyncio.sleep(left)

    def _left(self) -> float:
        return self.quiet if self._under_way else self._last + self.quiet - asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class Counted:
    """An application whose requests are counted."""

    app: ASGIApp
    calm: Calm

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["path"].endswith(ASIDE):
            return await self.app(scope, receive, send)
        with self.calm.busy():
            return await self.app(scope, receive, send)
