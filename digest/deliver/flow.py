"""The letters between the ledger and the connections: waiting, under way, with their results."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable

from digest.deliver.journal import Journal
from digest.deliver.letter import Letter
from digest.deliver.outcome import Outcome, Reply, judged
from digest.deliver.pace import Pace, clock, domain
from digest.deliver.report import Clock, Limits
from digest.errors import DeliveryError
from digest.model import Attempt, DeliveryState, Recipient


class Flow:
    """What the connections take from and report to. Everything happens in one event loop: no locks."""

    def __init__(
        self,
        write: Callable[[Recipient], Letter],
        journal: Journal,
        now: Clock,
        limits: Limits,
        connections: int,
    ) -> None:
        self.journal = journal
        self.limits = limits
        self.connections = connections
        self.waiting: deque[Recipient] = deque()
        self.results: list[Attempt] = []
        self.full = asyncio.Event()  # there are so many results that they are to be reported
        self.counts: Counter[DeliveryState] = Counter()
        self.flying = 0
        self.took_off = self.quick = (
            clock()
        )  # when the last letter did, and the last to a domain without a rate
        self.halted = ""  # why it ended early
        self.over = False  # nothing more is begun
        self.lease_ends = 0.0  # on the loop's clock
        self.changed = asyncio.Event()
        self.ended = asyncio.Event()
        self._write = write
        self._now = now
        self.pace = Pace(limits.rate, limits.domain_connections, limits.domains)
        self._agains: Counter[int] = Counter()  # deliveries that lost a connection, by id
        self._losses = 0  # lost connections since the last letter that got through
        self._refused = 0  # refusals since the last letter that got through
        self._refused_by: Counter[str] = Counter()  # the same by domain
        self.refusing: dict[str, str] = {}  # domains that want none of this, with their last words

    def end(self, reason: str) -> None:
        """Begin nothing more; the first reason stands."""
        self.halted = self.halted or reason
        self.over = True
        self.changed.set()
        self.ended.set()

    async def turn(self, seconds: float) -> None:
        """Wait until something changed, at most so long."""
        self.changed.clear()
        await happened(self.changed, seconds)

    # --- taking

    async def next(self) -> Letter | None:
        """The next letter whose domain has room, None when the run is over."""
        while not self.over:
            await self.pace.turn()
            if (letter := self._take()) is not None:
                return letter
            if not self.over:
                await self.turn(min(0.5, max(0.0, self.pace.opens - clock())))
        return None

    def another(self) -> Letter | None:
        """A letter to announce while one is under way: only when there are plenty and no rate is set."""
        plenty = len(self.waiting) > self.connections and not self.limits.rate
        return self._take() if plenty and not self.over else None

    def _take(self) -> Letter | None:
        """The first waiting letter whose domain has room. One that cannot be written is dealt with at once."""
        if clock() > self.lease_ends > 0:
            self.end("the lease ended while we were stopped")
        while not self.over and (recipient := self.pace.pick(self.waiting)) is not None:
            self.flying += 1
            self.took_off = clock()
            self.quick = self.quick if self.pace.slow(recipient) else self.took_off
            self.pace.take_off(recipient)
            if words := self.refusing.get(domain(recipient)):
                self.note(recipient, Outcome("deferred", Reply(0, f"the domain refuses us: {words}")))
                continue
            try:
                return self._write(recipient)
            except UnicodeError as error:
                self.note(recipient, Outcome("bounced", Reply(0, f"this address cannot be written: {error}")))
            except DeliveryError as error:
                self.end(str(error))
                self.put_back(recipient)
        return None

    # --- giving back

    def give_up_slow(self) -> list[Recipient]:
        """Let go of the waiting letters to domains with a rate; they have not been begun."""
        slow = [recipient for recipient in self.waiting if self.pace.slow(recipient)]
        self.waiting = deque(recipient for recipient in self.waiting if not self.pace.slow(recipient))
        return slow

    def put_back(self, recipient: Recipient) -> None:
        """It was not sent: it waits again."""
        self.waiting.appendleft(recipient)
        self._landed(recipient)

    def note(self, recipient: Recipient, outcome: Outcome) -> None:
        """Turn an outcome into an attempt, for the journal and the ledger."""
        if outcome.kind == "halt":
            self.end(f"the server refuses us: {said(outcome)}")
        self._heed(domain(recipient), outcome)
        if outcome.kind in {"again", "halt"} and not self._given_up(recipient):
            # Known not to be taken, whatever the journal said before.
            self.journal.starts(recipient.delivery, recipient.fence)
            self.waiting.append(recipient)
            self._landed(recipient)
            return
        attempt = judged(recipient, outcome, self.limits.retry, self._now())
        self.results.append(attempt)
        if len(self.results) == self.limits.batch:
            self.full.set()
        self.counts[attempt.state] += 1
        self._landed(recipient)
        self.journal.replied(attempt)

    def _landed(self, recipient: Recipient) -> None:
        self.flying -= 1
        self.pace.land(recipient)
        if len(self.waiting) <= max(self.connections, self.limits.chunk // 4) or not self.flying:
            self.changed.set()

    def _given_up(self, recipient: Recipient) -> bool:
        """Whether this letter has lost a connection three times: it is put off, the others go on."""
        if self.over:
            return False
        self._agains[recipient.delivery] += 1
        return self._agains[recipient.delivery] >= 3

    def _heed(self, where: str, outcome: Outcome) -> None:
        """Notice when a domain refuses everybody, and when all do: then it is us, and the rest is spared."""
        if outcome.kind == "accepted":
            self._losses = self._refused = 0
            self._refused_by.pop(where, None)
        elif outcome.refused:
            self._refused += 1
            self._refused_by[where] += 1
            if self._refused_by[where] >= self.limits.domain_refusals:
                self.refusing[where] = said(outcome)
            if self._refused >= self.limits.refusals:
                self.end(f"{self._refused} refusals in a row: {said(outcome)}")

    async def after_loss(self, outcome: Outcome) -> None:
        """Wait a little after a lost connection, longer each round; too many in a row end the run."""
        if outcome.kind == "accepted" or self.over:
            return
        self._losses += 1
        rounds = self._losses // self.connections
        if rounds >= self.limits.patience:
            self.end(f"the connection is lost again and again: {said(outcome)}")
        elif rounds:
            await happened(self.ended, min(60.0, self.limits.first_wait * 2.0**rounds))


def said(outcome: Outcome) -> str:
    """A reply as people read it."""
    return f"{outcome.reply.code or ''} {outcome.reply.text}".strip()


async def happened(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most so long; whether it came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
