"""The sending loop: claim, send over N connections, tell the ledger four times a second, stop cleanly.

One event loop sends; one thread talks to the ledger, so that a slow database never stalls a connection.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from digest.deliver.flow import Flow, happened
from digest.deliver.journal import Journal
from digest.deliver.lane import Lane
from digest.deliver.ledger import Ledger
from digest.deliver.letter import Letter
from digest.deliver.pace import LATER, Meter, SharedPace, clock
from digest.deliver.report import Clock, Limits, Progress, Summary
from digest.deliver.transport import Transport
from digest.errors import StoreError
from digest.model import Attempt, Recipient

T = TypeVar("T")
log = logging.getLogger("digest.deliver")


async def deliver(
    edition: str,
    write: Callable[[Recipient], Letter],
    *,
    ledger: Ledger,
    transport: Transport,
    journal: Journal,
    now: Clock,
    stop: asyncio.Event,
    limits: Limits,
    progress: Callable[[Progress], None] | None = None,
    meter: Meter | None = None,
) -> Summary:
    """Send what is ready of ``edition`` until nothing is left, ``stop`` is set or something halts it.

    Every letter in flight is finished first, everything not begun goes back to ``ready``. Raises nothing for
    the troubles of mail: ``Summary.halted`` tells. Call it again for what is deferred, at ``next_try``.
    With a ``meter`` the limits hold for all the processes that share it, else for this one.
    """
    flow = Flow(write, journal, now, limits, transport.connections)
    run = _Run(edition, ledger, flow, now, stop, progress)
    if meter is not None:
        flow.pace = SharedPace(
            limits.rate, limits.domain_connections, limits.domains, meter=meter, ask=run.ask
        )
    return await run.all(transport)


def note(edition: str, batch: Iterable[Attempt]) -> None:
    """Log what became of letters, by their ids; those that arrived only for who wants to know everything."""
    for one in batch:
        level = logging.DEBUG if one.state == "accepted" else logging.INFO
        if log.isEnabledFor(level):
            words = f"{one.state}: {one.code or ''} {one.reply}".rstrip(": ")
            log.log(level, "%s", words, extra={"edition": edition, "delivery": one.delivery})


class _Run:
    """One call of ``deliver``: feeds the flow from the ledger and tells the ledger what came of it."""

    def __init__(  # noqa: PLR0917 - as deliver has them, passed on once
        self,
        edition: str,
        ledger: Ledger,
        flow: Flow,
        now: Clock,
        stop: asyncio.Event,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.edition, self.ledger, self.flow, self.now = edition, ledger, flow, now
        self.stop, self.progress = stop, progress
        self.owner = flow.journal.owner
        self.lease = flow.limits.lease
        self.started = clock()
        self.again = LATER  # seconds until the pace wants to see to its shares again
        self.total = 0  # letters of this run, once counted
        self.database = False  # it was the database that ended the run
        self.linger = flow.limits.linger  # seconds before letters to slow domains go back
        self.put_off_at = 0.0  # when some last did
        self.empty = False  # the ledger had nothing more to claim
        self.closing = asyncio.Event()
        self.thread = ThreadPoolExecutor(1, "ledger")

    async def all(self, transport: Transport) -> Summary:
        """The whole run. A defect in the code of a connection, or of who watches, shows when all is told."""
        stopper = asyncio.create_task(self.stop_when_told())
        keepers = [asyncio.create_task(self.careful(part)) for part in (self.keep(), self.share())]
        lanes = [Lane(self.flow, transport).drive() for _ in range(transport.connections)]
        work = [asyncio.create_task(self.careful(part)) for part in (self.feed(), *lanes)]
        try:
            await asyncio.wait(work)
        finally:
            for task in (stopper, *work):
                task.cancel()
            await asyncio.gather(stopper, *work, return_exceptions=True)
            self.closing.set()
            self.flow.full.set()
            await asyncio.wait(keepers)  # never cancelled: one may be holding results
            with self.thread:
                summary = await self.settle()
        for task in (*work, *keepers):
            task.result()
        return summary

    async def careful(self, part: Coroutine[None, None, None]) -> None:
        """Let an unexpected error end the run."""
        try:
            await part
        except BaseException:
            self.flow.end("an unexpected error")
            raise

    async def stop_when_told(self) -> None:
        """End the run when the caller wants it."""
        await self.stop.wait()
        self.flow.end("")

    async def ask(self, call: Callable[[], T]) -> T:
        """Run a call of the ledger in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, call)

    # --- from the ledger

    async def feed(self) -> None:
        """Keep a few seconds' work claimed ahead of the connections."""
        while not self.flow.over:
            room = len(self.flow.waiting) <= self.chunk() // 2
            if room and not self.empty:
                await self.claim()
            elif self.only_slow(self.flow.limits.stay):
                break
            elif not room and not self.empty and self.only_slow(self.linger):
                await self.put_off()
            elif not self.flow.flying and (self.stuck() if self.flow.waiting else self.empty):
                break
            else:
                await self.flow.turn(0.05)
        self.flow.end("")

    def only_slow(self, seconds: float) -> bool:
        """Whether nothing but letters to domains with a rate has gone for so long, and nothing else waits."""
        waiting = self.flow.waiting
        return (
            clock() - self.flow.quick > seconds and bool(waiting) and all(map(self.flow.pace.slow, waiting))
        )

    async def put_off(self) -> None:
        """Give letters to slow domains back behind those that nobody had yet: others go meanwhile.

        Where what comes instead is slow as well, the next time is later: there may be nothing else.
        """
        self.linger = (
            self.flow.limits.linger if self.flow.quick > self.put_off_at else min(60, 2 * self.linger)
        )
        self.put_off_at, now = clock(), self.now()
        back = [
            Attempt(r.delivery, r.fence, "ready", not_before=now, counted=False)
            for r in self.flow.give_up_slow()
        ]
        try:
            await self.ask(lambda: self.ledger.record(back, now))
        except StoreError as error:  # nobody knows whether they are still ours
            self.database = True
            self.flow.end(str(error))

    def chunk(self) -> int:
        """About five seconds' work, so that consent is never checked long before it matters."""
        rate = self.flow.counts.total() / max(clock() - self.started, 0.1)
        least = max(4 * self.flow.connections, self.flow.limits.least)
        return max(least, min(self.flow.limits.chunk, int(rate * 5) + least))

    async def claim(self) -> None:
        """Take the next chunk."""
        limit, now = self.chunk(), self.now()
        ends = clock() + self.lease.total_seconds()
        lease = now + self.lease
        try:
            found = await self.ask(
                lambda: self.ledger.claim(self.edition, self.owner, limit, lease=lease, now=now)
            )
        except StoreError as error:
            self.database = True
            self.flow.end(str(error))
            return
        self.flow.lease_ends = self.flow.lease_ends or ends
        self.flow.waiting.extend(found)
        self.empty = not found
        self.flow.changed.set()

    # --- to the ledger

    async def prepare(self) -> None:
        """Let the pace see to what it shares with other processes."""
        self.again = LATER
        self.again = await self.flow.pace.prepare()
        self.flow.changed.set()

    def stuck(self) -> bool:
        """Whether others have the shares that what is left needs: it goes back, somebody takes it up later."""
        return clock() - self.flow.took_off > self.flow.limits.standstill

    async def keep(self) -> None:
        """Report to the ledger, renew the claims, tell how far we are."""
        renewed = clock()
        await self.guarded(self.count)
        while await self.pause():
            await self.guarded(self.flush)
            if clock() - renewed > self.lease.total_seconds() / 10:
                await self.guarded(self.renew)
                renewed = clock()
            self.tell()

    async def share(self) -> None:
        """See to what is shared with other processes, as often as that is wanted."""
        await self.guarded(self.prepare)
        while not await happened(self.closing, self.again):
            await self.guarded(self.prepare)

    async def pause(self) -> bool:
        """Wait until it is time to report; False when the run is over."""
        await happened(self.flow.full, self.flow.limits.flush)
        self.flow.full.clear()
        return not self.closing.is_set()

    async def count(self) -> None:
        """How many letters there are to send now."""
        found = await self.ask(lambda: self.ledger.counts(self.edition))
        waiting = sum(found.get(state, 0) for state in ("ready", "claimed", "in_flight"))
        self.total = waiting + self.flow.counts.total()

    async def guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        """A database that is away is asked again at the next turn; half a lease is all the patience."""
        try:
            await step()
        except StoreError as error:
            if clock() > self.flow.lease_ends - self.lease.total_seconds() / 2:
                self.database = True
                self.flow.end(str(error))

    async def renew(self) -> None:
        """Keep the claims."""
        lease, ends = self.now() + self.lease, clock() + self.lease.total_seconds()
        await self.ask(lambda: self.ledger.renew(self.owner, lease))
        self.flow.lease_ends = ends

    async def flush(self) -> None:
        """Tell the ledger what became of the letters, and ask whether to go on."""
        batch, now = self.flow.results, self.now()
        self.flow.results = []
        try:
            if batch:
                await self.record(batch, now)
            if not await self.ask(lambda: self.ledger.sending(self.edition)):
                self.flow.end("paused or cancelled")
        except StoreError:
            self.flow.results = batch + self.flow.results
            raise
        self.flow.changed.set()

    async def record(self, batch: list[Attempt], now: dt.datetime) -> None:
        """Results into the ledger, and then out of the journal."""
        await self.ask(lambda: self.ledger.record(batch, now))
        self.flow.journal.settled(batch)
        note(self.edition, batch)

    async def settle(self) -> Summary:
        """The last report: results in, claims back, the sum told. What is in doubt stays in the journal."""
        batch, now = self.flow.results, self.now()
        if batch:
            await self.record(batch, now)
        await self.guarded(self.flow.pace.close)
        if not self.flow.journal.doubtful:
            await self.ask(lambda: self.ledger.release(self.owner, "ready", now))
            self.flow.journal.forget()
        ledger = await self.ask(lambda: self.ledger.counts(self.edition))
        next_try = await self.ask(lambda: self.ledger.next_try(self.edition))
        self.tell()
        seconds = clock() - self.started
        return Summary(
            self.edition,
            dict(self.flow.counts),
            ledger,
            seconds,
            self.flow.halted,
            next_try,
            dict(self.flow.refusing),
            self.database,
        )

    def tell(self) -> None:
        """How far the run is."""
        if self.progress:
            counts = dict(self.flow.counts)
            self.progress(Progress(self.edition, counts, self.total, clock() - self.started))
