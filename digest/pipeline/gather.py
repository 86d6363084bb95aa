"""Feeds into the store, and the stories they tell: the first two stages."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.batches import together
from digest.config.newsletter import Newsletter
from digest.model import Feed, FeedState
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.regroup import Regroup, regroup
from digest.store import alerts, entries
from digest.store import feeds as feed_states

if TYPE_CHECKING:
    from digest.pull import Pulled

Told = Callable[["Pulled"], None]

TOGETHER = 50  # feeds in one transaction at most: each commit waits for the disk
ALERT_AFTER = 3  # failures in a row: servers hiccup
MOST_AT_LEAST = 2  # one feed alone is not "most feeds"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a pull brought."""

    feeds: int
    outcomes: Mapping[str, int]  # Pulled.outcome -> feeds
    entries: int  # known now, within the grouping window
    new: int
    changed: int
    held: int  # kept back: a feed republished its archive
    stories: int


async def gather(
    newsroom: Newsroom,
    *,
    now: dt.datetime,
    feeds: Iterable[Feed] | None = None,
    force: bool = False,
    told: Told = lambda _pulled: None,
    regroup: Regroup = regroup,
) -> Gathered:
    """Pull ``feeds`` (all by default), write them as they arrive, then group what is there (``regroup``).

    ``force`` pulls feeds that asked to be left alone for a while. One bad feed costs only itself.
    """
    brought = await collect(newsroom, now=now, feeds=feeds, force=force, told=told)
    # In a thread: letters of an edition may be in flight meanwhile.
    known, told_stories = await asyncio.to_thread(regroup, newsroom, now) if brought.feeds else (0, 0)
    return dataclasses.replace(brought, entries=known, stories=told_stories)


async def collect(
    newsroom: Newsroom,
    *,
    now: dt.datetime,
    feeds: Iterable[Feed] | None = None,
    force: bool = False,
    told: Told = lambda _pulled: None,
) -> Gathered:
    """The first half of ``gather``: pull and write, without grouping."""
    from digest.pull import pull  # brings aiohttp, which building from a warm store does without

    wanted = newsroom.chosen(feeds)
    with newsroom.store.read() as connection:
        states = feed_states.load_states(connection, (feed.url for feed in wanted))
    outcomes: Counter[str] = Counter()
    changes: Counter[str] = Counter()
    failed: list[Pulled] = []
    with newsroom.stage("pull"):
        arriving = pull(
            wanted,
            states,
            newsroom.config.pull,
            now=now,
            user_agent=newsroom.user_agent,
            sources=newsroom.sources,
            force=force,
        )
        async for some in together(arriving, TOGETHER):
            changes.update(await asyncio.to_thread(keep, newsroom, some, states, now))
            for pulled in some:
                outcomes[pulled.outcome] += 1
                failed += [pulled] if pulled.error is not None else []
                told(pulled)
    if outcomes.keys() - {"waiting"}:
        tell_of_failures(newsroom, failed, now)
    return Gathered(len(wanted), outcomes, 0, changes["new"], changes["changed"], changes["held"], 0)


def keep(
    newsroom: Newsroom, some: Sequence[Pulled], states: Mapping[str, FeedState], now: dt.datetime
) -> Counter[str]:
    """Write what some feeds brought, in one transaction; how many entries were new, changed and held."""
    asked = [pulled for pulled in some if pulled.outcome != "waiting"]
    if not asked:
        return Counter()
    with newsroom.store.begin() as connection:
        feed_states.save_states(connection, [pulled.state for pulled in asked])
        tell_of_changes(connection, asked, states, now)
        for pulled in asked:
            if pulled.outcome == "unchanged":
                entries.touch_feed(connection, pulled.feed.url, now)
        return _keep_entries(connection, [pulled for pulled in asked if pulled.outcome == "new"], now)


def _keep_entries(connection: sa.Connection, changed: Sequence[Pulled], now: dt.datetime) -> Counter[str]:
    from digest.pull import reconcile

    found = [
        reconcile(pulled.entries, entries.of_feed(connection, pulled.feed.url), now=now) for pulled in changed
    ]
    rows = [entry for f in found for entry in (*f.new, *f.changed, *f.redated)]
    entries.save_entries(connection, rows, now)
    entries.touch(connection, (entry.id for f in found for entry in f.unchanged), now)
    feed_states.note_carried(connection, {pulled.feed.url: len(pulled.entries) for pulled in changed})
    return Counter(
        new=sum(len(f.new) for f in found),
        changed=sum(len(f.changed) for f in found),
        held=sum(len(f.held) for f in found),
    )


def tell_of_changes(
    connection: sa.Connection, asked: Sequence[Pulled], states: Mapping[str, FeedState], now: dt.datetime
) -> None:
    """One alert when a feed is gone for good, and one when it is well again."""
    recovered: list[Feed] = []
    for pulled in asked:
        feed, before = pulled.feed, states.get(pulled.feed.url)
        if pulled.state.retired and not (before and before.retired):
            advice = f"Remove it: digest feeds remove {feed.url}"
            message = f"{feed.paper}: the server says this feed is gone for good (410)."
            alerts.trouble(connection, "feed", feed.url, now, message=message, advice=advice)
        elif pulled.error is None and (before is None or before.failures or before.retired):
            recovered.append(feed)
    troubled = alerts.troubled(connection, "feed", [feed.url for feed in recovered])
    for feed in recovered:
        if feed.url in troubled:
            alerts.well(connection, "feed", feed.url, now, message=f"{feed.paper}: the feed is read again.")


def tell_of_failures(newsroom: Newsroom, failed: Sequence[Pulled], now: dt.datetime) -> None:
    """One alert for each feed that keeps failing; one for all of them when most feeds fail: then it is not theirs."""
    with newsroom.store.begin() as connection:
        states = feed_states.load_states(connection, (feed.url for feed in newsroom.feeds)).values()
        live = [state for state in states if not state.retired]
        failing = sum(1 for state in live if state.failures)
        if failing >= MOST_AT_LEAST and 2 * failing > len(live):
            example = f" {failed[0].feed.paper}: {failed[0].error}" if failed else ""
            message = f"{failing} of {len(live)} feeds cannot be read.{example}"
            advice = "See that this machine reaches the internet and resolves names: digest feeds check"
            alerts.trouble(connection, "feed", "feeds", now, message=message, advice=advice)
            return
        alerts.well(connection, "feed", "feeds", now, message="Most feeds are read again.")
        for pulled in failed:
            if pulled.error is not None and pulled.state.failures >= ALERT_AFTER and not pulled.state.retired:
                feed, error = pulled.feed, pulled.error
                message = f"{feed.paper}: {error.message}"
                alerts.trouble(connection, "feed", feed.url, now, message=message, advice=error.advice)


def circles(newsletters: Iterable[Newsletter]) -> tuple[tuple[str, ...], ...]:
    """The newsletters that share feeds, together: each circle can be grouped by itself."""
    found: list[tuple[set[str], set[str]]] = []  # names and feeds
    for newsletter in newsletters:
        names, feeds = {newsletter.name}, {feed.url for feed in newsletter.feeds}
        for circle in [c for c in found if c[1] & feeds]:
            found.remove(circle)
            names |= circle[0]
            feeds |= circle[1]
        found.append((names, feeds))
    return tuple(tuple(sorted(names)) for names, _ in found)
