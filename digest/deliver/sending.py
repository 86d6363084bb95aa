"""The sending loop: claim, send over N connections, tell the ledger every half second, stop cleanly.

One event loop sends; one thread talks to the ledger, so that a slow database never stalls a connection.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from digest.deliver.journal import Journal
from digest.deliver.ledger import Ledger
from digest.deliver.letter import Letter
from digest.deliver.outcome import Outcome, Reply, judged
from digest.deliver.pace import Pace
from digest.deliver.report import Limits, Progress, Summary
from digest.deliver.transport import Session, Transport, UnreachableError
from digest.errors import DeliveryError, StoreError
from digest.model import Attempt, DeliveryState, Recipient

T = TypeVar("T")
Clock = Callable[[], dt.datetime]


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
) -> Summary:
    """Send what is ready of ``edition`` until nothing is left, ``stop`` is set or something halts it.

    Every letter in flight is finished first, everything not begun goes back to ``ready``. Raises nothing for
    the troubles of mail: ``Summary.halted`` tells. Call it again for what is deferred, at ``next_try``.
    """
    run = _Run(edition, write, ledger, transport, journal, now, stop, limits, progress)
    return await run.all()


@dataclass(slots=True)
class _Run:
    edition: str
    write: Callable[[Recipient], Letter]
    ledger: Ledger
    transport: Transport
    journal: Journal
    now: Clock
    stop: asyncio.Event
    limits: Limits
    progress: Callable[[Progress], None] | None
    waiting: deque[Recipient] = field(default_factory=deque)
    results: list[Attempt] = field(default_factory=list)
    counts: Counter[DeliveryState] = field(default_factory=Counter)
    agains: Counter[int] = field(default_factory=Counter)  # deliveries that lost a connection, by id
    halted: str = ""
    over: bool = False  # nothing more is begun
    empty: bool = False  # the ledger had nothing more to claim
    flying: int = 0
    losses: int = 0  # lost connections since the last letter that got through
    refused: int = 0  # refusals since the last letter that got through
    lease_ends: float = 0.0  # on the loop's clock
    started: float = 0.0
    pace: Pace = field(init=False)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    reporting: bool = False  # results are on their way to the ledger
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "ledger"))

    def __post_init__(self) -> None:
        self.pace = Pace(self.limits.rate, self.limits.domain_connections)

    async def all(self) -> Summary:
        """The whole run. A defect in one connection's code lets the others finish before it shows."""
        self.started = _clock()
        stopper = asyncio.create_task(self.stop_when_told())
        keeper = asyncio.create_task(self.careful(self.keep()))
        senders = [self.sender() for _ in range(self.transport.connections)]
        work = [asyncio.create_task(self.careful(part)) for part in (self.feed(), *senders)]
        try:
            await asyncio.wait(work)
        finally:
            self.over = True
            for task in (stopper, *work):
                task.cancel()
            await asyncio.gather(stopper, *work, return_exceptions=True)
            self.closing.set()
            await keeper  # never cancelled: it may be holding results
            summary = await self.settle()
            self.thread.shutdown()
        for task in work:
            task.result()
        return summary

    async def careful(self, part: Coroutine[None, None, None]) -> None:
        try:
            await part
        except BaseException:
            self.end("an unexpected error")
            raise

    async def stop_when_told(self) -> None:
        await self.stop.wait()
        self.end("")

    def end(self, reason: str) -> None:
        """Begin nothing more; the first reason stands."""
        self.halted = self.halted or reason
        self.over = True
        self.changed.set()

    # --- the ledger's side

    async def ask(self, call: Callable[[], T]) -> T:
        """Run a call of the ledger in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, call)

    async def feed(self) -> None:
        """Keep a few seconds' work claimed ahead of the senders."""
        while not self.over:
            low = max(2 * self.transport.connections, self.chunk() // 2)
            if len(self.waiting) < low and not self.empty:
                await self.claim()
            elif self.empty and self.idle():
                break
            else:
                await self.turn(0.05)
        self.end("")

    def idle(self) -> bool:
        """Whether everything claimed is told to the ledger."""
        return not (self.flying or self.waiting or self.results or self.reporting)

    def chunk(self) -> int:
        """About five seconds' work, so that consent is never checked long before it matters."""
        rate = sum(self.counts.values()) / max(_clock() - self.started, 0.1)
        return max(2 * self.transport.connections, min(self.limits.chunk, int(rate * 5) + 50))

    async def claim(self) -> None:
        limit, now = self.chunk(), self.now()
        lease = now + self.limits.lease
        ends = _clock() + self.limits.lease.total_seconds()
        try:
            found = await self.ask(
                lambda: self.ledger.claim(self.edition, self.journal.owner, limit, lease=lease, now=now)
            )
        except StoreError as error:
            self.end(str(error))
            return
        self.lease_ends = self.lease_ends or ends
        self.waiting.extend(found)
        self.empty = not found
        self.changed.set()

    async def keep(self) -> None:
        """Report to the ledger, renew the claims, tell how far we are."""
        renewed = _clock()
        while not await happened(self.closing, self.limits.flush):
            await self.guarded(self.flush)
            if _clock() - renewed > self.limits.lease.total_seconds() / 10:
                await self.guarded(self.renew)
                renewed = _clock()
            if self.progress:
                self.progress(Progress(dict(self.counts), _clock() - self.started))

    async def guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        """A database that is away is asked again at the next turn; the lease ends the patience."""
        try:
            await step()
        except StoreError as error:
            if _clock() > self.lease_ends - self.limits.lease.total_seconds() / 2:
                self.end(str(error))

    async def renew(self) -> None:
        lease, ends = self.now() + self.limits.lease, _clock() + self.limits.lease.total_seconds()
        await self.ask(lambda: self.ledger.renew(self.journal.owner, lease))
        self.lease_ends = ends

    async def flush(self) -> None:
        """Tell the ledger what became of the letters, and ask whether to go on."""
        batch, now = self.results, self.now()
        self.results, self.reporting = [], True
        try:
            if batch:
                await self.ask(lambda: self.ledger.record(batch, now))
                self.journal.settled(batch)
            if not await self.ask(lambda: self.ledger.sending(self.edition)):
                self.end("paused or cancelled")
        except StoreError:
            self.results = batch + self.results
            raise
        finally:
            self.reporting = False
        self.empty = self.empty and not any(a.state == "ready" for a in batch)
        self.changed.set()

    async def settle(self) -> Summary:
        """The last report: results in, claims back, the sum told. What is in doubt stays in the journal."""
        batch, now, owner = self.results, self.now(), self.journal.owner
        if batch:
            await self.ask(lambda: self.ledger.record(batch, now))
            self.journal.settled(batch)
        if not self.journal.doubtful:
            await self.ask(lambda: self.ledger.release(owner, "ready", now))
            self.journal.forget()
        ledger = await self.ask(lambda: self.ledger.counts(self.edition))
        next_try = await self.ask(lambda: self.ledger.next_try(self.edition))
        seconds = _clock() - self.started
        if self.progress:
            self.progress(Progress(dict(self.counts), seconds))
        return Summary(self.edition, dict(self.counts), ledger, seconds, self.halted, next_try)

    # --- the connections' side

    async def sender(self) -> None:
        """One connection after another, one letter after another, until there is nothing left."""
        session: Session | None = None
        try:
            while (recipient := await self.next()) is not None:
                try:
                    session = session or await self.transport.connect()
                    outcome = await self.send(session, recipient)
                except DeliveryError as error:
                    await hung_up(session)
                    session = None
                    await self.trouble(recipient, error)
                    continue
                finally:
                    self.landed(recipient)
                if not outcome.usable:
                    await hung_up(session)
                    session = None
                    await self.after_loss(outcome)
        finally:
            await hung_up(session)
            self.changed.set()

    async def next(self) -> Recipient | None:
        """The next recipient whose domain has room, None when the run is over."""
        while not self.over:
            await self.pace.turn()
            if _clock() > self.lease_ends > 0:
                self.end("the lease ended while we were stopped")
            elif (recipient := self.pace.pick(self.waiting)) is not None:
                self.flying += 1
                self.pace.take_off(recipient)
                return recipient
            else:
                await self.turn(0.5)
        return None

    def landed(self, recipient: Recipient) -> None:
        self.flying -= 1
        self.pace.land(recipient)
        if len(self.waiting) < self.transport.connections or not self.flying:
            self.changed.set()

    async def send(self, session: Session, recipient: Recipient) -> Outcome:
        """Send one letter and write down what became of it."""
        try:
            letter = self.write(recipient)
        except UnicodeError as error:
            outcome = Outcome("bounced", Reply(0, f"this address cannot be written: {error}"))
        else:
            outcome = await session.send(letter, self.journal)
        self.note(recipient, outcome)
        return outcome

    def note(self, recipient: Recipient, outcome: Outcome) -> None:
        """Turn an outcome into an attempt, for the journal and the ledger."""
        if outcome.kind == "halt":
            self.end(f"the server refuses us: {outcome.reply.code} {outcome.reply.text}")
        self.heed(outcome)
        if outcome.kind in {"again", "halt"} and not self.given_up(recipient):
            self.journal.starts(
                recipient.delivery, recipient.fence
            )  # known not to be taken, whatever stood there
            self.waiting.append(recipient)
            return
        attempt = judged(recipient, outcome, self.limits.retry, self.now())
        self.results.append(attempt)
        self.counts[attempt.state] += 1
        self.journal.replied(attempt)

    def given_up(self, recipient: Recipient) -> bool:
        """Whether this letter has lost a connection three times: it is put off, the others go on."""
        if self.over:
            return False
        self.agains[recipient.delivery] += 1
        return self.agains[recipient.delivery] >= 3

    def heed(self, outcome: Outcome) -> None:
        """Notice when everybody is refused: then it is us, and the rest is spared."""
        if outcome.kind == "accepted":
            self.losses = self.refused = 0
        elif outcome.refused:
            self.refused += 1
            if self.refused >= self.limits.refusals:
                self.end(f"{self.refused} refusals in a row: {outcome.reply.code} {outcome.reply.text}")

    async def after_loss(self, outcome: Outcome) -> None:
        """Wait a little after a lost connection; too many in a row end the run."""
        if outcome.kind == "accepted" or self.over:
            return
        self.losses += 1
        if self.losses >= self.limits.patience * self.transport.connections:
            self.end(f"the connection is lost again and again: {outcome.reply.code} {outcome.reply.text}")
            return
        exponent = max(0, self.losses // self.transport.connections)
        await self.turn(min(60.0, self.limits.first_wait * 2**exponent) if exponent else 0)

    async def trouble(self, recipient: Recipient, error: DeliveryError) -> None:
        """No connection at all: the letter waits, and so do we."""
        self.waiting.append(recipient)
        if not isinstance(error, UnreachableError):
            self.end(str(error))
            return
        await self.after_loss(Outcome("again", Reply(0, str(error)), usable=False))

    async def turn(self, seconds: float) -> None:
        """Wait until something changed, at most so long."""
        self.changed.clear()
        await happened(self.changed, seconds)


async def happened(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most so long; whether it came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


async def hung_up(session: Session | None) -> None:
    """Close ``session`` where there is one."""
    if session is not None:
        await session.close()


def _clock() -> float:
    """The running loop's clock, for waiting and leases; the wall clock may jump."""
    return asyncio.get_running_loop().time()
