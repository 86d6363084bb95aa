"""A part of an edition's deliveries: what one job of many sends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from digest.model import DeliveryState, Recipient
from digest.store.deliveries import SqlLedger, claim
from digest.store.engine import Store
from digest.store.suppress import BouncePolicy

SIZE = 500  # deliveries of one job: it outweighs what a job costs the queue


class Shard(SqlLedger):
    """``deliver.Ledger`` for at most ``SIZE`` deliveries, among ids that were queued together, or any that are ready.

    It counts nothing: ten thousand jobs that each count ten million rows would do nothing else.
    """

    def __init__(
        self,
        store: Store,
        uncertain: Literal["hold", "resend_once"],
        bounces: BouncePolicy,
        among: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(store, uncertain, bounces)
        self._among = among
        self._left = SIZE

    def claim(
        self, edition: str, owner: str, limit: int, *, lease: dt.datetime, now: dt.datetime
    ) -> Sequence[Recipient]:
        """See ``deliver.Ledger``."""
        limit = min(limit, self._left)
        if limit <= 0:
            return []
        with self._store.begin() as connection:
            found = claim(connection, edition, owner, limit, lease=lease, now=now, among=self._among)
        self._left -= len(found)
        return found

    def counts(self, edition: str) -> dict[DeliveryState, int]:  # noqa: ARG002 - the interface's
        """Nothing: see the class."""
        return {}

    def next_try(self, edition: str) -> dt.datetime | None:  # noqa: ARG002
        """Nobody asks a part."""
        return None
