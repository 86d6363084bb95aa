"""Average-link agglomeration on a sparse graph of pairs: who belongs with whom, decided best pair first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable


def average_link(
    size: int, edges: Iterable[tuple[int, int, float]], threshold: float, absent: float = 0.0
) -> list[int]:
    """A group number for each of ``size`` items: the smallest index in its group.

    ``edges`` are (i, j, score) with i < j, each pair once; a pair without an edge scores ``absent``. Groups
    merge while the mean score between the two best ones is at least ``threshold``. Ties go to the smallest
    indices, so the result depends on nothing but the scores.
    """
    members = dict.fromkeys(range(size), 1)
    parent = list(range(size))
    near: dict[int, dict[int, tuple[float, int]]] = {i: {} for i in range(size)}
    heap: list[tuple[float, int, int, int, int]] = []
    for i, j, score in edges:
        near[i][j] = near[j][i] = (score, 1)
        if score >= threshold:
            heap.append((-score, i, j, 1, 1))
    heapq.heapify(heap)
    while heap:
        _, a, b, size_a, size_b = heapq.heappop(heap)
        if members.get(a) != size_a or members.get(b) != size_b:
            continue
        _merge(a, b, members, near)
        parent[b] = a
        for c, (total, count) in near[a].items():
            mean = (total + absent * (members[a] * members[c] - count)) / (members[a] * members[c])
            if mean >= threshold:
                low, high = min(a, c), max(a, c)
                heapq.heappush(heap, (-mean, low, high, members[low], members[high]))
    return [_root(parent, i) for i in range(size)]


def _merge(a: int, b: int, members: dict[int, int], near: dict[int, dict[int, tuple[float, int]]]) -> None:
    """Group ``b`` becomes part of ``a``."""
    members[a] += members.pop(b)
    near[a].pop(b, None)
    for c, (total, count) in near.pop(b).items():
        if c == a:
            continue
        del near[c][b]
        before, seen = near[a].get(c, (0.0, 0))
        near[a][c] = near[c][a] = (before + total, seen + count)


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        i = parent[i]
    return i
