"""The daemon's loop: at each turn it pulls what is due, attends to the slots, tells and tidies.

It holds no other logic. Whatever it starts runs beside the loop, each piece of work once at a time.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from digest.daemon.health import Health, coming
from digest.daemon.lead import Lock
from digest.daemon.memory import give_back
from digest.daemon.metrics import Metrics
from digest.errors import DigestError, StoreError
from digest.model import Feed, FeedState
from digest.pipeline import gather as gathering
from digest.pipeline import returns, tell, tick
from digest.pipeline.gather import Gathered
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.regroup import WINDOW, Regroup, Regrouper
from digest.pipeline.tick import Done
from digest.rhythm import Activity, due_feeds, stale_for
from digest.slots import FINISHED, UNBUILT, Slot
from digest.store import alerts, feeds, instance, retention, stories
from digest.store.alerts import Alert, Kind

if TYPE_CHECKING:
    from digest.pull import Pulled

FRESH_AT_MOST = 120.0  # seconds a due slot waits for feeds that were not pulled in its lead time
QUIET = dt.timedelta(minutes=20)  # tidying keeps so far from slots
DAY = dt.timedelta(days=1)
SETTLED = dt.timedelta(hours=1)
COLLECT = dt.timedelta(minutes=5)  # between two looks for bounces
AGAIN = dt.timedelta(minutes=5)  # after the mail server turned an edition away, or an alert could not be told
log = logging.getLogger("digest.daemon")


@dataclass(frozen=True, slots=True)
class Work:
    """What the pipeline does for us."""

    note_due: Callable[[Newsroom, dt.datetime], Sequence[Slot]] = tick.note_due
    attend: Callable[..., Awaitable[Done | None]] = tick.attend
    gather: Callable[..., Awaitable[Gathered]] = gathering.gather
    regroup: Regroup = field(default_factory=Regrouper)  # keeps what it compared from pull to pull
    returns: Callable[[Newsroom, Callable[[], bool]], Counter[str] | None] = (
        returns.collect
    )  # None: handed on


@dataclass(slots=True)
class Daemon:
    """One process that stays."""

    newsroom: Newsroom
    lock: Lock
    health: Health
    metrics: Metrics
    work: Work = field(default_factory=Work)
    reload: Callable[[Newsroom], Newsroom | None] = lambda _newsroom: None  # a new newsroom when one is there
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    stops: dict[str, asyncio.Event] = field(default_factory=dict)
    stopping: bool = False
    pulling: asyncio.Lock = field(default_factory=asyncio.Lock)
    pulled_at: dt.datetime | None = None
    activity: Mapping[str, Activity] = field(default_factory=dict)  # as of the last round
    collected_at: dt.datetime | None = None
    tidied_at: dt.datetime | None = None
    tell_again: dt.datetime | None = None  # somebody could not be told of an alert: not before
    not_before: dict[int, dt.datetime] = field(default_factory=dict)  # slot id -> when deferred mail is due
    down: str = ""  # the trouble with the database, while there is any

    def __post_init__(self) -> None:
        self.newsroom = self.health.newsroom = dataclasses.replace(self.newsroom, stage=self.metrics.stage)

    # --- a turn

    async def turn(self) -> None:
        """Look at everything once, and start what is due. Troubles are told, never raised."""
        try:
            await self._turn()
        except StoreError as error:
            await self._store_is_down(error)
        except Exception as error:
            self.health.trouble = str(error)
            self.metrics.errors.labels("turn").inc()
            log.exception("a turn of the daemon failed")
        else:
            self.health.trouble = ""
        self.health.turned = time.monotonic()

    async def _turn(self) -> None:
        now = self.newsroom.clock()
        await asyncio.to_thread(self._reload)
        self.health.leader = await asyncio.to_thread(self.lock.take)
        if not self.health.leader or self.stopping:
            return
        slots = await asyncio.to_thread(self.work.note_due, self.newsroom, now)
        self.health.held = await asyncio.to_thread(self._held)
        await self._store_is_up()
        for slot in slots:
            if self.not_before.get(slot.id, now) <= now:
                self.start(f"slot {slot}", self._attend, slot)
        self._start_pull(now)
        self._start_collecting(now)
        self.start("tell", self._tell)
        self._start_tidying(now)

    def start(self, name: str, job: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Begin a piece of work, unless it is under way."""
        if name in self.tasks or self.stopping:
            return
        self.stops[name] = asyncio.Event()
        task = asyncio.create_task(self._guarded(name, job, *arguments), name=name)
        self.tasks[name] = task
        task.add_done_callback(lambda _task: (self.tasks.pop(name, None), self.stops.pop(name, None)))

    async def _guarded(self, name: str, job: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        try:
            await job(*arguments)
        except StoreError as error:
            self.metrics.errors.labels(name.split(maxsplit=1)[0]).inc()
            log.error("%s: %s", name, error)  # noqa: TRY400 - our own errors say what to do; a trace hides it
        except DigestError as error:
            self.metrics.errors.labels(name.split(maxsplit=1)[0]).inc()
            await asyncio.to_thread(self._alert, "slot", name, error.message, error.advice)
        except Exception as error:
            self.metrics.errors.labels(name.split(maxsplit=1)[0]).inc()
            log.exception("%s failed", name)
            advice = "This is a defect of digest: the log has its trace. It is tried again."
            await asyncio.to_thread(self._alert, "slot", name, f"{name} failed: {error!r}", advice)

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self.tasks:
            await asyncio.wait(list(self.tasks.values()))

    # --- pulling

    def _start_pull(self, now: dt.datetime) -> None:
        """A round now and then, grouping once for many feeds; and whatever a coming slot wants fresh."""
        every = self.newsroom.config.pull.every
        if self.pulled_at is None or now - self.pulled_at >= every or now < self.pulled_at:
            self.start("pull", self._pull_round, now)
        elif any(p.due - now <= self._lead(p.key.newsletter) for p in coming(self.newsroom, now)):
            self.start("pull", self._pull, now)

    def _lead(self, newsletter: str) -> dt.timedelta:
        return self.newsroom.newsletters[newsletter].settings.lead_time

    async def _pull_round(self, now: dt.datetime) -> None:
        self.activity = await asyncio.to_thread(self._activity, now)
        self.pulled_at = now
        await self._pull(now)

    async def _pull(self, now: dt.datetime) -> None:
        async with self.pulling:
            states = await asyncio.to_thread(self._states)
            newsletters = self.newsroom.newsletters.values()
            wanted = due_feeds(newsletters, states, self.activity, self.newsroom.config.pull, now)
            if wanted:
                await self._gather(wanted, now)

    def _states(self) -> Mapping[str, FeedState]:
        with self.newsroom.store.read() as connection:
            return feeds.load_states(connection)

    def _activity(self, now: dt.datetime) -> Mapping[str, Activity]:
        with self.newsroom.store.read() as connection:
            return feeds.activity(connection, now)

    async def _gather(self, wanted: Sequence[Feed], now: dt.datetime) -> None:
        found = await self.work.gather(
            self.newsroom, now=now, feeds=wanted, told=self._pulled, regroup=self.work.regroup
        )
        outcomes = ", ".join(f"{number} {outcome}" for outcome, number in found.outcomes.items())
        log.info("%d feeds pulled (%s): %d new entries", len(wanted), outcomes, found.new)

    def _pulled(self, pulled: Pulled) -> None:
        self.metrics.pulled(pulled)
        if pulled.error is not None:
            log.info("%s: %s", pulled.feed.paper, pulled.error.message, extra={"feed": pulled.feed.url})

    # --- what came back

    def _start_collecting(self, now: dt.datetime) -> None:
        last = self.collected_at
        if self.newsroom.config.deliver.bounces and (
            last is None or not dt.timedelta(0) <= now - last < COLLECT
        ):
            self.collected_at = now
            self.start("bounces", self._collect)

    async def _collect(self) -> None:
        """Take in bounces and complaints; a place that cannot be read is told once."""
        stopped = self.stops["bounces"].is_set
        try:
            done = await asyncio.to_thread(self.work.returns, self.newsroom, stopped)
        except StoreError:
            raise
        except DigestError as error:
            await asyncio.to_thread(self._alert, "delivery", returns.SUBJECT, error.message, error.advice)
            return
        if done:
            log.info("taken in: %s", ", ".join(f"{number} {what}" for what, number in done.items()))

    # --- slots

    async def _attend(self, slot: Slot) -> None:
        if slot.state in UNBUILT:
            await self._freshen(slot)
        stop = self.stops[f"slot {slot}"]
        done = await self.work.attend(self.newsroom, slot, stop=stop)
        if done is not None:
            await asyncio.to_thread(self._note, done)

    async def _freshen(self, slot: Slot) -> None:
        """Pull the feeds that were not pulled in the slot's lead time: after a start or a long sleep.

        A pull that was killed between its feeds and the grouping leaves entries that no story has.
        """
        newsletter = self.newsroom.newsletters.get(slot.key.newsletter)
        if newsletter is None:
            return
        try:
            async with asyncio.timeout(FRESH_AT_MOST), self.pulling:
                now = self.newsroom.clock()
                states = await asyncio.to_thread(self._states)
                stale = stale_for(newsletter, states, slot.due - newsletter.settings.lead_time, now)
                if stale:
                    await self._gather(stale, now)
                elif await asyncio.to_thread(self._ungrouped, now):
                    await asyncio.to_thread(self.work.regroup, self.newsroom, now)
        except TimeoutError:
            log.warning(
                "the feeds took too long; the edition is made of what is there", extra={"slot": str(slot)}
            )

    def _ungrouped(self, now: dt.datetime) -> dt.datetime | None:
        with self.newsroom.store.read() as connection:
            return stories.ungrouped(connection, now - WINDOW)

    def _note(self, done: Done) -> None:
        """Log what became of a slot, tell of trouble and of its end, remember when to look at it again."""
        slot, summary = done.slot, done.summary
        halted = summary.halted if summary is not None else ""
        ids = {"slot": str(slot), "edition": summary.edition if summary is not None else None}
        counted = ", ".join(f"{n} {state}" for state, n in summary.ledger.items() if n) if summary else ""
        log.info("%s", ": ".join(filter(None, (slot.state, halted or slot.reason or counted))), extra=ids)
        if halted and slot.state == "sending" and not self.stopping:
            self.not_before[slot.id] = self.newsroom.clock() + AGAIN
            advice = (
                "Nobody was burned; it is tried again every five minutes. See `digest deliveries summary`."
            )
            self._alert("delivery", str(slot), f"Sending {slot} stopped: {halted}.", advice)
        elif summary is not None and summary.next_try is not None:
            self.not_before[slot.id] = summary.next_try
        if slot.state in FINISHED:
            self.not_before.pop(slot.id, None)
        if slot.state == "done":
            self._all_is_well(slot)

    def _all_is_well(self, slot: Slot) -> None:
        """An edition went out: what stood in the way of it, or of earlier ones, is over."""
        mine = (f"{slot.key.newsletter}/", f"slot {slot.key.newsletter}/")
        with self.newsroom.store.begin() as connection:
            for alert in alerts.open_troubles(connection):
                if alert.kind in ("slot", "delivery") and alert.subject.startswith(mine):
                    now, message = self.newsroom.clock(), f"{slot} went out."
                    alerts.well(connection, alert.kind, alert.subject, now, message=message)

    def _held(self) -> str:
        with self.newsroom.store.read() as connection:
            return instance.held(connection, self.newsroom.clock())

    # --- telling, tidying, reloading

    async def _tell(self) -> None:
        """Tell what is new; what could not be told is tried again in five minutes."""
        now = self.newsroom.clock()
        if self.tell_again is not None and dt.timedelta(0) < self.tell_again - now <= AGAIN:
            return
        await tell.tell_all(self.newsroom, now)
        self.tell_again = now + AGAIN if await asyncio.to_thread(self._untold) else None

    def _untold(self) -> bool:
        with self.newsroom.store.read() as connection:
            return bool(alerts.unsent(connection))

    def _alert(self, kind: Kind, subject: str, message: str, advice: str) -> None:
        with self.newsroom.store.begin() as connection:
            now = self.newsroom.clock()
            alerts.trouble(connection, kind, subject, now, message=message, advice=advice)

    async def _store_is_down(self, error: StoreError) -> None:
        """Tell at once: an alert cannot be kept where nothing can be kept."""
        self.health.trouble = str(error)
        self.metrics.errors.labels("store").inc()
        if not self.down:
            self.down = error.message
            await self._tell_now("trouble", error.message, error.advice)

    async def _store_is_up(self) -> None:
        if self.down:
            self.down = ""
            await self._tell_now("well", "The database can be used again.", "")

    async def _tell_now(self, state: Literal["trouble", "well"], message: str, advice: str) -> None:
        alert = Alert(0, self.newsroom.clock(), "store", "database", state, message, advice)
        await tell.tell(self.newsroom, alert)

    def _start_tidying(self, now: dt.datetime) -> None:
        """Once a day, away from slots; for the first time an hour after the start: a crash must not begin with work."""
        if self.tidied_at is None:
            self.tidied_at = now - DAY + SETTLED
        if dt.timedelta(0) <= now - self.tidied_at < DAY:
            return
        busy = any(name.startswith("slot ") for name in self.tasks)
        if not busy and all(p.due - now > QUIET for p in coming(self.newsroom, now)):
            self.tidied_at = now
            self.start("tidy", self._tidy, now)

    async def _tidy(self, now: dt.datetime) -> None:
        config, store = self.newsroom.config, self.newsroom.store
        gone = await asyncio.to_thread(retention.forget, store, now, retention.configured(config))
        await asyncio.to_thread(retention.tidy, store)
        give_back()
        log.info("tidied: %s", ", ".join(f"{number} {what}" for what, number in gone.items()))

    def _reload(self) -> None:
        fresh = self.reload(self.newsroom)
        if fresh is not None:
            self.newsroom = self.health.newsroom = fresh

    # --- the end

    async def stop(self, within: dt.timedelta) -> bool:
        """Begin nothing more, let what is in flight finish; False when it did not within that time.

        Messages whose final reply is still awaited then are found uncertain by whoever starts next.
        """
        self.stopping = True
        for stop in self.stops.values():
            stop.set()
        for name, task in self.tasks.items():
            if not name.startswith("slot "):  # only messages in flight are worth waiting for
                task.cancel()
        waiting = list(self.tasks.values())
        if not waiting:
            return True
        _, late = await asyncio.wait(waiting, timeout=within.total_seconds())
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=1)
        return not late
