"""How runs that know of each other divide a limit, so that together they never exceed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shares:
    """What a run may have of each limit."""

    given: Mapping[int, int]
    runs: int  # that share
    settled: bool  # it is a fair part, and will be until somebody comes or goes


def divided(
    used: Mapping[int, int],
    others: list[tuple[int, int]],
    mine: tuple[int, int] | None,
    rank: int,
) -> tuple[Shares, tuple[int, int]]:
    """What a run may have of each limit, and what it stands for in the books from now on: (seen, rank).

    Over all runs the shares never add up to more than the limit: one that joins takes what the others leave, and
    one that must give something up keeps it in the books until it really has.
    """
    seen = len(others) + 1
    fair = {limit: share(limit, seen, rank) for limit in used}
    given = {}
    for limit in used:
        left = limit - sum(share(limit, *other) for other in others)
        given[limit] = max(0, min(fair[limit], left))
    if mine is not None and any(used[limit] > given[limit] for limit in used):
        return Shares(given, seen, settled=False), mine
    return Shares(given, seen, settled=given == fair), (seen, rank)


def share(limit: int, seen: int, rank: int) -> int:
    """The part of ``limit`` of one of ``seen`` runs: over all ranks the parts add up to it."""
    return limit // seen + (rank < limit % seen)
