"""How often a feed is pulled between slots: often enough that nothing scrolls out unseen, and gently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digest.config.newsletter import Newsletter
from digest.config.settings import PullSettings
from digest.model import Feed, FeedState
from digest.slots import upcoming

SPAN = dt.timedelta(days=3)  # how far back arrivals are counted


@dataclass(frozen=True, slots=True)
class Activity:
    """What a feed did in the last SPAN."""

    length: int  # entries that its last pull carried
    arrivals: int  # entries first seen in that time


def interval(activity: Activity, settings: PullSettings) -> dt.timedelta:
    """The time between two pulls: while half of the feed is replaced, within the configured bounds."""
    if activity.arrivals == 0 or activity.length == 0:
        return settings.at_least
    half = SPAN / activity.arrivals * activity.length / 2
    return max(settings.every, min(half, settings.at_least))


def due_feeds(
    newsletters: Iterable[Newsletter],
    states: Mapping[str, FeedState],
    activity: Mapping[str, Activity],
    settings: PullSettings,
    now: dt.datetime,
) -> tuple[Feed, ...]:
    """The feeds to pull now, each once: those whose interval is over, and those a coming slot wants fresh.

    A feed that asked to be left alone (Cache-Control, Retry-After, backoff) or is gone is not among them.
    """
    found: dict[str, Feed] = {}
    for newsletter in newsletters:
        fresh = wanted_since(newsletter, now)
        for feed in newsletter.feeds:
            state = states.get(feed.url, FeedState(feed.url))
            gap = interval(activity.get(feed.url, Activity(0, 0)), settings)
            if _allowed(state, now) and _stale(state, gap, fresh, now):
                found[feed.url] = feed
    return tuple(found.values())


def stale_for(
    newsletter: Newsletter, states: Mapping[str, FeedState], since: dt.datetime, now: dt.datetime
) -> tuple[Feed, ...]:
    """The newsletter's feeds that were not pulled since ``since`` and may be."""
    every = ((feed, states.get(feed.url, FeedState(feed.url))) for feed in newsletter.feeds)
    return tuple(f for f, s in every if _allowed(s, now) and (s.last_pull is None or s.last_pull < since))


def wanted_since(newsletter: Newsletter, now: dt.datetime) -> dt.datetime | None:
    """When the lead time of the newsletter's next slot began; None before it has."""
    lead = newsletter.settings.lead_time
    for planned in upcoming(newsletter.name, newsletter.settings, now, 1):
        if planned.due - lead <= now:
            return planned.due - lead
    return None


def _allowed(state: FeedState, now: dt.datetime) -> bool:
    return not state.retired and (state.next_pull is None or state.next_pull <= now)


def _stale(state: FeedState, gap: dt.timedelta, fresh: dt.datetime | None, now: dt.datetime) -> bool:
    if state.last_pull is None or state.last_pull + gap <= now:
        return True
    return fresh is not None and state.last_pull < fresh
