"""From the features of a pair to the chance that both tell one story, fitted by tools/train_grouping.py.

Two fits share the features: one for real days, where nine of ten stories stand alone, one for collections
in which almost every entry has company. How many entries have a likely partner tells which one applies. On a real
day a second fit weighs the first look at the two entries against what their likely fellows add.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from digest.group.compare import FEATURES
from digest.group.pooled import POOLED

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY_THRESHOLD, DENSE_THRESHOLD = 0.62, 0.3
DAY_WITNESSES, DENSE_WITNESSES = 2.5, 13.0  # for two groups to join
DAY_SETTLED, DENSE_SETTLED = 1.9, 6.0
DENSE_FROM, DENSE_TO = 0.4, 0.68  # share of entries with a likely partner; a real day has 0.14 to 0.22
DAY_SHARE, DAY_ENTRIES = 0.2, 40  # so many entries of an ordinary day are assumed beside those we see
LEAST_CHANCE = 0.02  # a pair below is no evidence at all
LEAST_ODDS = -6.0  # log odds below which a pair is forgotten, whatever the density


@dataclass(frozen=True, slots=True)
class Weights:
    """The coefficients of FEATURES and the constants of both fits, and those of the second look."""

    day: NDArray[np.float64]
    day_constant: float
    second_odds: float  # the coefficient of the first look's log odds
    second: NDArray[np.float64]  # of POOLED
    second_constant: float
    dense: NDArray[np.float64]
    dense_constant: float


@dataclass(frozen=True, slots=True)
class Setting:
    """What a batch's density decides: how to turn log odds into chances and when groups join."""

    density: float  # 0 = a real day, 1 = every story is big
    threshold: float
    witnesses: float
    settled: float  # witnesses for one entry to move to another group

    def chances(self, day: NDArray[np.float64], dense: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chances from the log odds of both fits."""
        odds = (1 - self.density) * day + self.density * dense
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The fitted coefficients of weights.json."""
    return weights_from(
        json.loads(resources.files("digest.group").joinpath("weights.json").read_text("utf-8"))
    )


def weights_from(data: Mapping[str, Any]) -> Weights:
    """The coefficients in the shape of weights.json."""
    day, second, dense = data["day"], data["second"], data["dense"]
    return Weights(
        np.array([day["coefficients"][name] for name in FEATURES]),
        day["constant"],
        second["coefficients"]["odds"],
        np.array([second["coefficients"][name] for name in POOLED]),
        second["constant"],
        np.array([dense["coefficients"][name] for name in FEATURES]),
        dense["constant"],
    )


def log_odds(features: NDArray[np.float64], w: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The log odds of each row of ``features`` by the fit for days and by the one for dense collections."""
    return features @ w.day + w.day_constant, features @ w.dense + w.dense_constant


def second_odds(first: NDArray[np.float64], pooled: NDArray[np.float64], w: Weights) -> NDArray[np.float64]:
    """The log odds on a day of pairs with the ``first`` log odds and, a row a pair, the ``pooled`` features POOLED."""
    return np.asarray(first * w.second_odds + pooled @ w.second + w.second_constant)


def setting(entries: int, partnered: int) -> Setting:
    """The setting for a batch of ``entries``, ``partnered`` of which have a likely partner by the day's fit."""
    share = (partnered + DAY_SHARE * DAY_ENTRIES) / (entries + DAY_ENTRIES)
    density = min(1.0, max(0.0, (share - DENSE_FROM) / (DENSE_TO - DENSE_FROM)))
    return Setting(
        density,
        DAY_THRESHOLD + density * (DENSE_THRESHOLD - DAY_THRESHOLD),
        DAY_WITNESSES + density * (DENSE_WITNESSES - DAY_WITNESSES),
        DAY_SETTLED + density * (DENSE_SETTLED - DAY_SETTLED),
    )
