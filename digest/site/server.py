"""The web server under the site: its limits on time, size and number, and whom it believes."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

WHOLE = 20.0  # seconds from the connection, or the answer before, until a request is here with its body
TAKEN = 120.0  # seconds until an answer has been taken


class Impatient(H11Protocol):
    """Closes connections of those who send or read so slowly that they only want to keep us busy."""

    whole = WHOLE
    taken = TAKEN
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """From now on a request is awaited."""
        super().connection_made(transport)
        self._await(self.whole, self._arrived)

    def on_response_complete(self) -> None:
        """The next request is awaited; the keep-alive limit of idle connections is shorter."""
        self._await(self.whole, self._arrived)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._stop()
        super().connection_lost(exc)

    def _arrived(self) -> None:
        cycle: Any = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete or cycle.more_body:
            self.transport.abort()
        else:
            self._await(self.taken, self.transport.abort)

    def _await(self, seconds: float, then: Any) -> None:
        self._stop()
        self._deadline = self.loop.call_later(seconds, then)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()


def configured(app: Starlette, host: str, port: int, **more: Any) -> uvicorn.Config:
    """How the site is served, in operation and in tests."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Impatient,
        ws="none",
        log_config=None,  # our own log leaves addresses out
        access_log=False,  # addresses with tokens do not belong into logs
        server_header=False,
        proxy_headers=False,  # whom X-Forwarded-For is believed from is said in site.trusted_proxies
        timeout_keep_alive=10,
        limit_concurrency=500,
        **more,
    )
