"""The SMTP transport: one server, or several tried in order, each left alone for a while after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from digest.config.settings import SmtpSettings
from digest.deliver.smtp import FINAL_SECONDS, SmtpSession, open_session
from digest.deliver.transport import UnreachableError
from digest.errors import DeliveryError

REST = 30.0  # seconds a server that failed is tried last


class Relays:
    """A transport over one or more SMTP servers."""

    def __init__(self, servers: Sequence[SmtpSettings], final: float = FINAL_SECONDS) -> None:
        if not servers:
            raise DeliveryError(
                "There is no SMTP server to send through.",
                "List one under deliver.smtp, or set deliver.transport to outbox.",
            )
        self.connections = servers[0].connections
        self._servers = tuple(servers)
        self._final = final
        self._failed_at: dict[int, float] = {}

    async def connect(self) -> SmtpSession:
        """A session with the first server that works. Raises the first failure when none does."""
        failures: list[DeliveryError] = []
        for index in self._order():
            try:
                session = await open_session(self._servers[index], self._final)
            except DeliveryError as error:
                self._failed_at[index] = asyncio.get_running_loop().time()
                failures.append(error)
            else:
                self._failed_at.pop(index, None)
                return session
        temporary = (error for error in failures if isinstance(error, UnreachableError))
        raise next(temporary, failures[0])

    def _order(self) -> list[int]:
        """The servers as configured, those that failed a moment ago last."""
        now = asyncio.get_running_loop().time()
        resting = {index for index, when in self._failed_at.items() if now - when < REST}
        return sorted(range(len(self._servers)), key=lambda index: (index in resting, index))
