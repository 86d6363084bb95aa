"""What a worker does for each kind of job: it calls the stage that one machine calls too."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from digest.deliver.journal import Journal
from digest.deliver.letter import Desk
from digest.deliver.recover import Recovered, new_owner, recover
from digest.deliver.relays import Relays
from digest.deliver.report import Limits, Summary
from digest.deliver.sending import deliver
from digest.deliver.transport import Transport
from digest.errors import DigestError
from digest.jobs import queue
from digest.jobs.spread import spread
from digest.model import Feed
from digest.pipeline import build, gather, post, returns, tick
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.regroup import Regrouper
from digest.store import alerts, lookup, meter
from digest.store import slots as ledger
from digest.store.deliveries import SqlLedger
from digest.store.shard import SIZE, Ahead, Shard

BRAKE = dt.timedelta(minutes=5)  # after the mail server turned an edition away
STAY = 5.0  # seconds in which a job has only letters to slow domains before it gives its place to others
TOGETHER = 30.0  # seconds in which a job goes on with the next
FIRST = 100  # deliveries that a job claims before it knows how fast they go
UNTROUBLED = ("", "paused or cancelled", "the lease ended while we were stopped")
log = logging.getLogger("digest.jobs")


@dataclass(slots=True)
class Station:
    """One worker process at its place."""

    newsroom: Newsroom
    stop: asyncio.Event
    at_once: int = 2  # deliver jobs, which share the configured connections
    limits: Limits | None = None  # those of the config when None
    places: list[str] = field(default_factory=list)  # names of sending places that are free
    looks: int = 0  # for what the dead left, since the database was away
    alone: bool = False  # the queue is lost: it is opened anew when the jobs in hand have ended
    desks: dict[str, Desk] = field(default_factory=dict)  # what writes the letters of an edition
    regroup: Regrouper = field(default_factory=Regrouper)
    workers: set[int] = field(default_factory=set)  # what the queue calls this process
    working: set[int] = field(default_factory=set)  # ids of the jobs in hand
    missed: set[int] = field(
        default_factory=set
    )  # those the queue took to be in hand at the last look, in vain

    # --- the queue's view

    @contextlib.contextmanager
    def at(self, job: int, worker: int) -> Iterator[None]:
        """While a job is done."""
        self.workers.add(worker)
        self.working.add(job)
        try:
            yield
        finally:
            self.working.discard(job)

    def dropped(self, held: set[int]) -> set[int]:
        """Of the jobs that the queue takes to be in hand, those that were not, now and at the look before.

        A job that ends while the database is away cannot tell the queue so, which would wait for it for ever.
        """
        missed = held - self.working
        found, self.missed = missed & self.missed, missed
        return found

    # --- the jobs

    async def edition(self, slot: int) -> None:
        """Build a slot's edition, or go on with it; its deliveries are sent by whoever has hands free."""
        with self.newsroom.store.read() as connection:
            found = ledger.get(connection, slot)
        # A stop of its own: a lost claim ends this edition, not the worker.
        ending = asyncio.Event()
        relay = asyncio.create_task(_pass_on(self.stop, ending))
        try:
            done = await tick.attend(self.newsroom, found, stop=ending, send_by=spread)
        finally:
            relay.cancel()
        if done is not None:
            log.info("%s %s", done.slot.state, done.slot.reason, extra={"slot": str(done.slot)})

    async def deliver(self, edition: str, first: int, last: int) -> Summary | None:
        """Send up to 500 deliveries, and those of the jobs after it for a while; None while the edition is braked."""
        newsroom = self.newsroom
        if await asyncio.to_thread(self._braked, edition):
            return None
        settings = newsroom.config.deliver
        policy = post.bounce_policy(newsroom)
        shard = Shard(newsroom.store, settings.uncertain, policy, (first, last), self._ahead())
        if edition not in self.desks:
            await asyncio.to_thread(self._desk, edition)
        desk = self.desks[edition]
        with self._place() as place, Journal(newsroom.path(settings.journal), new_owner()) as journal:
            summary = await deliver(
                edition,
                desk.letter,
                ledger=shard,
                transport=self.transport(),
                journal=journal,
                now=newsroom.clock,
                stop=self.stop,
                limits=dataclasses.replace(
                    self.limits or post.limits(newsroom), least=FIRST, chunk=SIZE, batch=SIZE // 2, stay=STAY
                ),
                meter=meter.LaneMeter(newsroom.store, place),
            )
        if summary.halted not in UNTROUBLED and not summary.database and not self.stop.is_set():
            await asyncio.to_thread(self._brake, edition, summary.halted)
        return summary

    async def pull(self, urls: Sequence[str], *, force: bool = False) -> None:
        """Pull these feeds, all of them on hosts that no other job asks meanwhile."""
        known: Mapping[str, Feed] = {feed.url: feed for feed in self.newsroom.feeds}
        feeds = [known[url] for url in urls if url in known]
        found = await gather.collect(self.newsroom, now=self.newsroom.clock(), feeds=feeds, force=force)
        outcomes = ", ".join(f"{number} {outcome}" for outcome, number in found.outcomes.items())
        log.info("%d feeds pulled (%s): %d new entries", len(feeds), outcomes, found.new)

    async def group(self, newsletters: Sequence[str]) -> None:
        """Group what the feeds of these newsletters brought."""
        mine = [n for name, n in self.newsroom.newsletters.items() if name in set(newsletters)]
        feeds = {feed.url for newsletter in mine for feed in newsletter.feeds}
        now = self.newsroom.clock()
        known, told = await asyncio.to_thread(self.regroup, self.newsroom, now, feeds)
        log.info("%d entries grouped into %d stories", known, told)

    async def pictures(self, newsletter: str) -> None:
        """Host the coming edition's pictures ahead of its slot. It consumes nothing: it is a preview nobody sees."""
        found = self.newsroom.newsletters.get(newsletter)
        if found is not None and self.newsroom.config.pictures.mode == "host":
            now = self.newsroom.clock()
            await build.build(self.newsroom, found, build.coming(found, now), now=now)

    async def bounces(self) -> None:
        """Take in what came back to this machine."""
        done = await asyncio.to_thread(returns.collect, self.newsroom, self.stop.is_set)
        if done:
            log.info("taken in: %s", ", ".join(f"{number} {what}" for what, number in done.items()))

    # --- what keeps it going

    def recover(self) -> Recovered:
        """Tell the ledger what dead processes of this machine left in their journals, and give up lost claims."""
        settings = self.newsroom.config.deliver
        book = SqlLedger(self.newsroom.store, settings.uncertain, post.bounce_policy(self.newsroom))
        folder, others = self.newsroom.path(settings.journal), self.looks > 0
        return recover(folder, book, self.newsroom.clock(), others=others)

    def transport(self) -> Transport:
        """The way out. Jobs at once share the configured connections, so that they count for the process."""
        way = post.transport_of(self.newsroom)
        if isinstance(way, Relays):
            way.connections = max(1, -(-way.connections // self.at_once))
        return way

    def give_up(self, task: str, args: Mapping[str, object], why: str) -> None:
        """A job passed its deadline or has no tries left: that is for a person to know."""
        log.error("gave up %s %s: %s", task, dict(args), why)
        subject = str(args.get("edition") or args.get("slot") or args.get("newsletter") or task)
        message = f"The job {task} for {subject} was given up: {why}."
        advice = (
            "See that workers run and what they log; what is still owed is queued again: digest worker --list"
        )
        with self.newsroom.store.begin() as connection:
            now = self.newsroom.clock()
            alerts.trouble(connection, "slot", f"{task} {subject}", now, message=message, advice=advice)

    def _ahead(self) -> Ahead:
        """The next job while one is under way: its connections, journal and shares then go on with it.

        Not for ever: a job that begins anew sees a new config.
        """
        until = time.monotonic() + TOGETHER

        def ahead(connection: sa.Connection, edition: str) -> tuple[int, int] | None:
            if self.stop.is_set() or self.alone or time.monotonic() > until:
                return None
            braked = meter.braked(connection, edition, self.newsroom.clock())
            return None if braked else queue.ahead(connection, edition)

        return ahead

    @contextlib.contextmanager
    def _place(self) -> Iterator[str]:
        """The name of a sending place, free again afterwards: its share of the limits stays with it."""
        place = self.places.pop() if self.places else new_owner()
        try:
            yield place
        finally:
            self.places.append(place)

    def _desk(self, edition: str) -> None:
        with self.newsroom.store.read() as connection:
            name = lookup.newsletter_of(connection, edition)
        if name not in self.newsroom.newsletters:
            raise DigestError(
                f"The newsletter {name} is not in this worker's config.",
                "Give every machine the same config.",
            )
        desk = post.letters(self.newsroom, self.newsroom.newsletters[name], edition)
        self.desks = {edition: desk, **dict(list(self.desks.items())[:3])}  # few editions are sent at once

    def _braked(self, edition: str) -> str:
        with self.newsroom.store.read() as connection:
            return meter.braked(connection, edition, self.newsroom.clock())

    def _brake(self, edition: str, why: str) -> None:
        """Keep the other jobs from running into the same wall: twenty refusals each would burn the audience."""
        now = self.newsroom.clock()
        with self.newsroom.store.begin() as connection:
            meter.brake(connection, edition, now + BRAKE, why)
            advice = "Nobody was burned; it is tried again in five minutes. See `digest deliveries summary`."
            message = f"Sending {edition} stopped: {why}."
            alerts.trouble(connection, "delivery", edition, now, message=message, advice=advice)


async def _pass_on(first: asyncio.Event, second: asyncio.Event) -> None:
    await first.wait()
    second.set()
