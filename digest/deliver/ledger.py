"""What the sending loop asks of the delivery ledger; ``store`` answers it with SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from digest.model import Attempt, DeliveryState, Recipient

Counts = Mapping[DeliveryState, int]


class Ledger(Protocol):
    """The deliveries of every edition. Each call is one transaction, durable when it returns."""

    def claim(
        self, edition: str, owner: str, limit: int, *, lease: dt.datetime, now: dt.datetime
    ) -> Sequence[Recipient]:
        """Take up to ``limit`` ready deliveries for ``owner`` until ``lease``; none when not sending.

        Consent is checked here again: who unsubscribed since is marked ``suppressed`` and not returned.
        """

    def record(self, attempts: Sequence[Attempt], now: dt.datetime) -> None:
        """Write what became of claimed deliveries; an attempt with an old fence changes nothing."""

    def renew(self, owner: str, lease: dt.datetime) -> None:
        """Keep the claims of ``owner`` until ``lease``."""

    def release(self, owner: str, to: Literal["ready", "uncertain"], now: dt.datetime) -> int:
        """End every claim of ``owner``; how many there were."""

    def abandoned(self, before: dt.datetime) -> Sequence[str]:
        """The owners of claims whose lease ended before ``before``."""

    def sending(self, edition: str) -> bool:
        """Whether the edition is to be sent now: not paused, not cancelled."""

    def counts(self, edition: str) -> Counts:
        """How many deliveries of the edition are in each state."""

    def next_try(self, edition: str) -> dt.datetime | None:
        """When the first deferred delivery of the edition is due."""
