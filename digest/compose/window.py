"""Since when entries are considered: nothing falls between two editions, however far apart they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from digest.config.settings import NewsletterSettings
from digest.model import SentItem
from digest.slots import due_between

LEAST = dt.timedelta(hours=24)
LONGEST = dt.timedelta(days=14)  # after a long silence: a weekly whose last edition was skipped
OVERLAP = dt.timedelta(hours=3)  # an entry may reach us so long after its own date


def window(
    newsletter: str,
    settings: NewsletterSettings,
    due: dt.datetime,
    now: dt.datetime,
    earlier: Iterable[SentItem] = (),
) -> dt.timedelta:
    """How far back from ``due``, or from ``now`` while that is to come, entries are considered.

    As the config says; else to the last edition that was sent (``earlier`` is what they printed), to the slot
    before when there was none, at least 24 hours and at most 14 days.
    """
    if settings.window is not None:
        return settings.window
    end = min(due, now)
    sent = max((item.sent for item in earlier), default=None)
    last = sent - OVERLAP if sent else _slot_before(newsletter, settings, due)
    return min(max(LEAST, end - last), LONGEST)


def reach(settings: NewsletterSettings) -> dt.timedelta:
    """The longest that its window can be."""
    return settings.window or LONGEST


def _slot_before(newsletter: str, settings: NewsletterSettings, due: dt.datetime) -> dt.datetime:
    before = due_between(newsletter, settings, due - LONGEST, due - dt.timedelta(microseconds=1))
    return before[-1].due if before else due
