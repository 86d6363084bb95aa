"""Sending an edition with many hands: queue its deliveries with their jobs, then see to it that none is forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field

from digest.config.newsletter import Newsletter
from digest.deliver.flow import happened
from digest.deliver.report import Summary
from digest.jobs import queue
from digest.model import DeliveryState
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.post import Told
from digest.store import meter
from digest.store.audience import fix_audience
from digest.store.deliveries import SqlLedger
from digest.store.shard import SIZE

LOOK = 1.0  # seconds between two looks at what is left
PATIENCE = dt.timedelta(hours=12)  # after which a delivery job gives up; a letter's own retries end before


@dataclass(frozen=True, slots=True)
class State:
    """Where an edition stands."""

    pending: int = 0  # jobs that wait or run
    counts: dict[DeliveryState, int] = field(default_factory=dict)  # looked at only without jobs
    sending: bool = True
    next_try: dt.datetime | None = None
    brake: str = ""

    def due(self, now: dt.datetime) -> int:
        """How many deliveries nobody has and somebody should."""
        retried = self.next_try is not None and self.next_try <= now
        return self.counts.get("ready", 0) + (self.counts.get("deferred", 0) if retried else 0)

    @property
    def held(self) -> int:
        """How many somebody has, perhaps a worker that died."""
        return self.counts.get("claimed", 0) + self.counts.get("in_flight", 0)


async def spread(
    newsroom: Newsroom,
    newsletter: Newsletter,  # noqa: ARG001 - as ``post`` has it
    edition: str,
    *,
    stop: asyncio.Event,
    told: Told | None = None,  # noqa: ARG001 - nobody watches a worker
) -> Summary:
    """``pipeline.post.post`` with many hands. A job stands in the same transaction as its deliveries."""
    began = asyncio.get_running_loop().time()
    deadline = (newsroom.clock() + PATIENCE).timestamp()

    def queued(connection: object, first: int, last: int) -> None:
        queue.defer_shards(connection, edition, first, last, deadline)  # type: ignore[arg-type]

    await asyncio.to_thread(fix_audience, newsroom.store, edition, newsroom.clock(), queued=queued)
    state = await asyncio.to_thread(look, newsroom, edition)
    while not stop.is_set() and not over(state, newsroom.clock()):
        if not state.pending and (due := state.due(newsroom.clock())):
            await asyncio.to_thread(again, newsroom, edition, due, deadline)
        await happened(stop, LOOK)
        state = await asyncio.to_thread(look, newsroom, edition)
    seconds = asyncio.get_running_loop().time() - began
    ledger = state.counts or await asyncio.to_thread(SqlLedger(newsroom.store).counts, edition)
    return Summary(edition, {}, ledger, seconds, state.brake, state.next_try)


def over(state: State, now: dt.datetime) -> bool:
    """Whether there is nothing more to see to now."""
    if not state.sending or state.brake:
        return True
    return not state.pending and not state.held and not state.due(now)


def look(newsroom: Newsroom, edition: str) -> State:
    """Jobs first: as long as there are some, nobody counts ten million rows."""
    now, ledger = newsroom.clock(), SqlLedger(newsroom.store)
    sending = ledger.sending(edition)
    with newsroom.store.read() as connection:
        jobs = queue.pending(connection, "deliver", "edition", edition)
        brake = meter.braked(connection, edition, now)
    if jobs and sending and not brake:
        return State(jobs)
    return State(jobs, ledger.counts(edition), sending, ledger.next_try(edition), brake)


def again(newsroom: Newsroom, edition: str, number: int, deadline: float) -> None:
    """Jobs for what the ledger still owes: put back, due again, or lost by the queue. They take what they find.

    Those of editions that have just begun go first: here may be what only goes slowly.
    """
    with newsroom.store.begin() as connection:
        for _ in range(-(-number // SIZE)):
            args = {"edition": edition, "first": 0, "last": 0, "deadline": deadline}
            queue.defer(connection, queue.Job("deliver", "deliver", args, priority=queue.REST))
