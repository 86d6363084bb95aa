"""What a feed prints again and again under one headline, and is no story: columns of each day, parts of a series."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import numpy as np

from digest.group.words import TITLE_CHARACTERS
from digest.model import Entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMN_HOURS = 18.0  # the same headline in the same feed after so long is a recurring column
SERIES = 6  # so many headlines of one feed that differ in numbers alone are a series, not one story's updates
_DAY = re.compile(r"(?<![\d.,:])\d{1,2}(?!\d|[.,:]\d)")  # "26 May", "May 26th", "5月26日"; in "1.26" no day


def in_series(
    feeds: NDArray[np.int64], headlines: NDArray[np.uint64], titles: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    """Which entries belong to a series of their feed: bulletins, lottery numbers, the weather of every hour."""
    with np.errstate(over="ignore"):
        series = feeds.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ headlines
        part = series * np.uint64(0x9E3779B97F4A7C15) ^ titles
    _, first = np.unique(part, return_index=True)
    names, where = np.unique(series, return_inverse=True)
    parts = np.bincount(where[first], minlength=len(names))
    return np.asarray((parts >= SERIES)[where] & (headlines != 0))


def dated(entry: Entry) -> int:
    """The day of the month that a headline is dated with, 0 for none: that of its entry, or of the day before or after."""
    numbers = {int(number) for number in _DAY.findall(entry.title[:TITLE_CHARACTERS])}
    if not numbers:
        return 0
    today = min(max(entry.published.toordinal(), 2), dt.date.max.toordinal() - 1)
    near = (dt.date.fromordinal(today + days).day for days in (0, -1, 1))
    return next((day for day in near if day in numbers), 0)
