"""Pairs of entries that may belong together, with their log odds, as parallel arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_ODDS = 6.0  # of a headline or a text printed word for word


@dataclass(frozen=True, slots=True)
class Edges:
    """Compared pairs i < j that may belong together, with the log odds by both fits."""

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    first: NDArray[np.float64]  # by the day's fit, from the two entries alone
    day: NDArray[np.float64]  # the same once their likely fellows were asked
    dense: NDArray[np.float64]

    def only(self, which: NDArray[np.bool_]) -> Edges:
        """Some of them."""
        return Edges(*(column[which] for column in self.columns()))

    def once(self, size: int) -> Edges:
        """Each pair as it came first, in the order of pairs among ``size`` entries."""
        _, first = np.unique(self.i * size + self.j, return_index=True)
        return Edges(*(column[first] for column in self.columns()))

    def columns(self) -> list[Any]:
        """The arrays, in the order of the fields."""
        return [getattr(self, field.name) for field in fields(self)]


def together(parts: Sequence[Edges]) -> Edges:
    """All of them, in order."""
    return Edges(*map(np.concatenate, zip(*(part.columns() for part in parts), strict=True)))


def certain(i: NDArray[np.int64], j: NDArray[np.int64]) -> Edges:
    """Pairs about which there is no doubt."""
    odds = np.full(len(i), SAME_ODDS)
    return Edges(i, j, odds, odds.copy(), odds.copy())


NO_EDGES = certain(np.zeros(0, np.int64), np.zeros(0, np.int64))
