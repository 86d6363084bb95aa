"""Parts of an edition's deliveries: what one job of many sends, and those after it that it takes along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Literal

import sqlalchemy as sa

from digest.model import DeliveryState, Recipient
from digest.store.deliveries import SqlLedger, claim, sending
from digest.store.engine import Store
from digest.store.suppress import BouncePolicy

SIZE = 500  # deliveries of one job: it outweighs what a job costs the queue

# The first and the last id of the next part, 0 and 0 for any that are ready; None when there is none, or enough
Ahead = Callable[[sa.Connection, str], tuple[int, int] | None]


class Shard(SqlLedger):
    """``deliver.Ledger`` for at most ``SIZE`` deliveries, among ids that were queued together, or any that are ready.

    When they are claimed, ``ahead`` may tell of the next part, in the transaction that claims from it. It counts
    nothing: ten thousand jobs that each count ten million rows would do nothing else.
    """

    def __init__(
        self,
        store: Store,
        uncertain: Literal["hold", "resend_once"],
        bounces: BouncePolicy,
        among: tuple[int, int] = (0, 0),
        ahead: Ahead = lambda _connection, _edition: None,
    ) -> None:
        super().__init__(store, uncertain, bounces)
        self._among = among
        self._ahead = ahead
        self._left = SIZE

    def claim(
        self, edition: str, owner: str, limit: int, *, lease: dt.datetime, now: dt.datetime
    ) -> Sequence[Recipient]:
        """See ``deliver.Ledger``."""
        with self._store.begin() as connection:
            while self._left > 0 or self._goes_on(connection, edition):
                some, among = min(limit, self._left), self._among if self._among[1] else None
                found = claim(connection, edition, owner, some, lease=lease, now=now, among=among)
                self._left -= len(found)
                if found:
                    return found
                self._left = 0
            return []

    def _goes_on(self, connection: sa.Connection, edition: str) -> bool:
        """Whether there is a next part. Of an edition that rests there is none: all its parts would be empty."""
        part = self._ahead(connection, edition) if sending(connection, edition) else None
        if part is not None:
            self._among, self._left = part, SIZE
        return part is not None

    def counts(self, edition: str) -> dict[DeliveryState, int]:  # noqa: ARG002 - the interface's
        """Nothing: see the class."""
        return {}

    def next_try(self, edition: str) -> dt.datetime | None:  # noqa: ARG002
        """Nobody asks a part."""
        return None
