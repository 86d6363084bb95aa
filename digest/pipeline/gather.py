"""Feeds into the store, and the stories they tell: the first two stages."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.group import group
from digest.model import Feed, FeedState
from digest.pipeline.newsroom import Newsroom
from digest.store import alerts, entries, stories
from digest.store import feeds as feed_states

if TYPE_CHECKING:
    from digest.pull import Pulled

Told = Callable[["Pulled"], None]

WINDOW = dt.timedelta(days=3)  # entries that can still be one story: an event, its reactions, its follow-up
ALERT_AFTER = 3  # failures in a row: servers hiccup


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
) -> Gathered:
    """Pull ``feeds`` (all by default), write each as it arrives, then group anew.

    ``force`` pulls feeds that asked to be left alone for a while. One bad feed costs only itself.
    """
    from digest.pull import pull  # brings aiohttp, which building from a warm store does without

    wanted = newsroom.feeds if feeds is None else tuple(feeds)
    with newsroom.store.read() as connection:
        states = feed_states.load_states(connection, (feed.url for feed in wanted))
    outcomes: Counter[str] = Counter()
    changes: Counter[str] = Counter()
    with newsroom.stage("pull"):
        async for pulled in pull(
            wanted,
            states,
            newsroom.config.pull,
            now=now,
            user_agent=newsroom.user_agent,
            sources=newsroom.sources,
            force=force,
        ):
            outcomes[pulled.outcome] += 1
            changes.update(keep(newsroom, pulled, states.get(pulled.feed.url), now))
            told(pulled)
    # In a thread: letters of an edition may be in flight meanwhile.
    known, told_stories = await asyncio.to_thread(regroup, newsroom, now) if wanted else (0, 0)
    return Gathered(
        len(wanted), outcomes, known, changes["new"], changes["changed"], changes["held"], told_stories
    )


def keep(newsroom: Newsroom, pulled: Pulled, before: FeedState | None, now: dt.datetime) -> dict[str, int]:
    """Write what one feed brought, in one transaction; how many entries were new, changed and held."""
    from digest.pull import reconcile

    if pulled.outcome == "waiting":
        return {}
    url = pulled.feed.url
    with newsroom.store.begin() as connection:
        feed_states.save_state(connection, pulled.state)
        tell_of_change(connection, pulled, before, now)
        if pulled.outcome == "unchanged":
            entries.touch_feed(connection, url, now)
        if pulled.outcome != "new":
            return {}
        found = reconcile(pulled.entries, entries.of_feed(connection, url), now=now)
        entries.save_entries(connection, (*found.new, *found.changed, *found.redated), now)
        entries.touch(connection, (entry.id for entry in found.unchanged), now)
    return {"new": len(found.new), "changed": len(found.changed), "held": len(found.held)}


def tell_of_change(
    connection: sa.Connection, pulled: Pulled, before: FeedState | None, now: dt.datetime
) -> None:
    """One alert when a feed begins to fail, moves or is gone, and one when it is well again."""
    feed, state = pulled.feed, pulled.state
    if pulled.error is not None and state.failures >= ALERT_AFTER:
        message = f"{feed.paper}: {pulled.error.message}"
        alerts.trouble(connection, "feed", feed.url, now, message=message, advice=pulled.error.advice)
    elif state.retired and not (before and before.retired):
        advice = f"Remove it: digest feeds remove {feed.url}"
        message = f"{feed.paper}: the server says this feed is gone for good (410)."
        alerts.trouble(connection, "feed", feed.url, now, message=message, advice=advice)
    elif pulled.error is None:
        alerts.well(connection, "feed", feed.url, now, message=f"{feed.paper}: the feed is read again.")


def regroup(newsroom: Newsroom, now: dt.datetime) -> tuple[int, int]:
    """Group the entries of the last days anew, each story keeping its id; how many entries and stories."""
    across = any(n.settings.across_languages for n in newsroom.newsletters.values())
    weights = {feed.url: feed.weight for feed in newsroom.feeds}
    with newsroom.stage("group"):
        with newsroom.store.read() as connection:
            found = entries.recent(connection, now - WINDOW)
            known = stories.assignments(connection, now - WINDOW)
        grouping = group(found, known=known, across_languages=across, weights=weights)
        with newsroom.store.begin() as connection:
            stories.save_grouping(connection, grouping.stories)
    return len(found), len(grouping.stories)
