"""The daemon's work handed to workers, while there are some: it then leads, watches and tells, and does not toil."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from digest.daemon.service import Work
from digest.deliver.flow import happened
from digest.deliver.report import Summary
from digest.jobs import queue
from digest.jobs.queue import Job
from digest.jobs.spread import PATIENCE
from digest.model import Feed
from digest.pipeline import gather as gathering
from digest.pipeline import returns as returning
from digest.pipeline import tick
from digest.pipeline.gather import Gathered, Told
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.regroup import Regroup, regroup
from digest.pipeline.tick import Done
from digest.rhythm import wanted_since
from digest.slots import Slot
from digest.store import editions, meter, workers
from digest.store import slots as ledger
from digest.store.deliveries import SqlLedger

LOOK = 0.5  # seconds between two looks at what others do
SHARDS = 64  # hosts are dealt into so many hands; one job at a time for each
PULL_AT_MOST = dt.timedelta(minutes=10)
GROUP_AT_MOST = dt.timedelta(minutes=30)
PICTURES_AT_MOST = dt.timedelta(minutes=10)
BOUNCES_AT_MOST = dt.timedelta(minutes=10)


def handed() -> Work:
    """Work for the daemon's own loop. Where no worker serves a queue, the daemon does it itself."""
    return Work(attend=attend, gather=gather, returns=returns)


# --- slots


async def attend(newsroom: Newsroom, slot: Slot, *, stop: asyncio.Event, told: object = None) -> Done | None:
    """As ``tick.attend``: what takes long is an edition job, watched until nobody works on it any more."""
    del told
    if not await asyncio.to_thread(_hand_over, newsroom, slot):
        return await tick.attend(newsroom, slot, stop=stop)
    while not await happened(stop, LOOK):
        done = await asyncio.to_thread(_ended, newsroom, slot)
        if done is not None:
            return done
        if not await asyncio.to_thread(_served, newsroom, "compose"):
            return await tick.attend(newsroom, slot, stop=stop)
    return None


def _hand_over(newsroom: Newsroom, slot: Slot) -> bool:
    """Queue the edition job; False when this process does it: nothing long, or nobody there."""
    newsletter = newsroom.newsletters.get(slot.key.newsletter)
    if newsletter is None or newsroom.store.dialect != "postgresql":
        return False
    now = newsroom.clock()
    with newsroom.store.begin() as connection:
        if not workers.served(connection, "compose"):
            return False
        if tick.judge(connection, newsletter, slot, now).action not in ("build", "resume"):
            return False
        deadline = (now + PATIENCE).timestamp()
        args = {"slot": slot.id, "deadline": deadline}
        queue.defer(connection, Job("edition", "compose", args, once=f"slot {slot.id}"))
    return True


def _ended(newsroom: Newsroom, slot: Slot) -> Done | None:
    """What became of a slot that nobody works on, None while somebody does or will."""
    now = newsroom.clock()
    with newsroom.store.read() as connection:
        if queue.pending(connection, "edition", "slot", str(slot.id)):
            return None
        current = ledger.get(connection, slot.id)
        if current.lease_until is not None and current.lease_until > now and current.state == slot.state:
            return None  # its worker died; the lease ends soon
        edition = editions.of_slot(connection, current)
        halted = meter.braked(connection, edition, now) if edition else ""
    if edition is None:
        return Done(current)
    book = SqlLedger(newsroom.store)
    return Done(current, Summary(edition, {}, book.counts(edition), 0.0, halted, book.next_try(edition)))


def _served(newsroom: Newsroom, name: str) -> bool:
    with newsroom.store.read() as connection:
        return workers.served(connection, name)


# --- feeds


async def gather(
    newsroom: Newsroom,
    *,
    now: dt.datetime,
    feeds: Iterable[Feed] | None = None,
    force: bool = False,
    told: Told = lambda _pulled: None,
    regroup: Regroup = regroup,
) -> Gathered:
    """As ``gathering.gather``, in shards by host; then each circle of newsletters is grouped by itself."""
    wanted = newsroom.chosen(feeds)
    here = newsroom.store.dialect != "postgresql" or not await asyncio.to_thread(_served, newsroom, "pull")
    if here or not wanted:
        return await gathering.gather(
            newsroom, now=now, feeds=wanted, force=force, told=told, regroup=regroup
        )
    batch = secrets.token_hex(6)
    number = await asyncio.to_thread(_deal, newsroom, wanted, now, batch, force=force)
    await _done(newsroom, "pull", batch, PULL_AT_MOST)
    if await asyncio.to_thread(_served, newsroom, "group"):
        await asyncio.to_thread(_group, newsroom, now, batch)
        await _done(newsroom, "group", batch, GROUP_AT_MOST)
        known, stories = 0, 0
    else:
        known, stories = await asyncio.to_thread(regroup, newsroom, now)
    await asyncio.to_thread(_develop, newsroom, now)
    return Gathered(len(wanted), {f"handed out in {number} parts": len(wanted)}, known, 0, 0, 0, stories)


def shards(feeds: Iterable[Feed]) -> dict[int, list[Feed]]:
    """The feeds by the hand their host falls into: all of a host's are asked by one job, so politely."""
    found: dict[int, list[Feed]] = {}
    for feed in feeds:
        host = (urlsplit(feed.url).hostname or feed.url).lower()
        found.setdefault(zlib.crc32(host.encode()) % SHARDS, []).append(feed)
    return found


def _deal(newsroom: Newsroom, feeds: Sequence[Feed], now: dt.datetime, batch: str, *, force: bool) -> int:
    """A job for each shard, those that a coming slot waits for first; how many."""
    hurried = {
        feed.url
        for newsletter in newsroom.newsletters.values()
        if wanted_since(newsletter, now) is not None
        for feed in newsletter.feeds
    }
    found = shards(feeds)
    with newsroom.store.begin() as connection:
        for shard, mine in found.items():
            urls = [feed.url for feed in mine]
            args = {
                "urls": urls,
                "force": force,
                "batch": batch,
                "deadline": (now + PULL_AT_MOST).timestamp(),
            }
            first = queue.URGENT if hurried & set(urls) else queue.PRIORITY["pull"]
            queue.defer(connection, Job("pull", "pull", args, priority=first, lock=f"pull {shard}"))
    return len(found)


def _group(newsroom: Newsroom, now: dt.datetime, batch: str) -> None:
    with newsroom.store.begin() as connection:
        for names in gathering.circles(newsroom.newsletters.values()):
            deadline = (now + GROUP_AT_MOST).timestamp()
            args = {"newsletters": names, "batch": batch, "deadline": deadline}
            queue.defer(connection, Job("group", "group", args, lock=f"group {' '.join(names)}"))


def _develop(newsroom: Newsroom, now: dt.datetime) -> None:
    """Have the pictures of slots that are near hosted ahead."""
    if newsroom.config.pictures.mode != "host":
        return
    with newsroom.store.begin() as connection:
        for name, newsletter in newsroom.newsletters.items():
            if wanted_since(newsletter, now) is not None:
                args = {"newsletter": name, "deadline": (now + PICTURES_AT_MOST).timestamp()}
                queue.defer(connection, Job("pictures", "pictures", args, once=f"pictures {name}"))


# --- what came back


def returns(newsroom: Newsroom, stopped: Callable[[], bool]) -> Counter[str] | None:
    """As ``returns.collect``; None when a worker does it, on the machine that mail is delivered to."""
    if newsroom.store.dialect != "postgresql" or not _served(newsroom, "bounces"):
        return returning.collect(newsroom, stopped)
    deadline = (newsroom.clock() + BOUNCES_AT_MOST).timestamp()
    with newsroom.store.begin() as connection:
        queue.defer(
            connection, Job("bounces", "bounces", {"deadline": deadline}, lock="bounces", once="bounces")
        )
    return None


async def _done(newsroom: Newsroom, task: str, batch: str, at_most: dt.timedelta) -> None:
    """Wait until no job of the batch is left, at most so long."""
    end = time.monotonic() + at_most.total_seconds()
    while time.monotonic() < end:
        if not await asyncio.to_thread(_left, newsroom, task, batch):
            return
        await asyncio.sleep(LOOK)


def _left(newsroom: Newsroom, task: str, batch: str) -> int:
    with newsroom.store.read() as connection:
        return queue.pending(connection, task, "batch", batch)
