"""The interface of a way out. It is as small as the sending loop needs."""

from __future__ import annotations

from typing import Protocol

from digest.deliver.journal import Journal
from digest.deliver.letter import Letter
from digest.deliver.outcome import Outcome
from digest.errors import DeliveryError


class UnreachableError(DeliveryError):
    """No server would talk to us now; nothing was sent and nobody was burned."""


class Session(Protocol):
    """One connection, used for one letter at a time."""

    announces: bool  # whether it helps to know the next letter while one is under way

    async def send(self, letter: Letter, journal: Journal, following: Letter | None = None) -> Outcome:
        """Send a letter, telling the journal before the bytes. A lost connection is an outcome, not an error.

        ``following`` is the letter of the next call, which must then follow: its envelope may go ahead.
        """

    async def close(self) -> None:
        """Say goodbye."""


class Transport(Protocol):
    """A way out."""

    connections: int

    async def connect(self) -> Session:
        """A new session. Raises UnreachableError to try later, another DeliveryError to give up."""
