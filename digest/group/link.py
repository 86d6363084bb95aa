"""Agglomeration on a sparse graph of pairs: who belongs with whom, decided best pair first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

Graph = dict[int, dict[int, float]]
Candidate = tuple[float, int, int, int, int]  # −link, a, b and their sizes when it was put on the heap


def capped_link(
    edges: Iterable[tuple[int, int, float]], threshold: float, witnesses: float
) -> dict[int, int]:
    """For every item that is in an edge: the smallest item of its group.

    ``edges`` are (i, j, score), each pair once; other pairs score 0. Two groups join while the sum of the
    scores between them, shared among at most ``witnesses`` members of the bigger one for each member of the
    smaller, is at least ``threshold``: average link for small groups, while a newcomer to a big story needs
    to be like some of its members, not like all. Best groups join first; ties go to the smallest items, so
    the result depends on nothing but the scores.
    """
    near = _graph(edges)
    size = dict.fromkeys(near, 1)
    parent = {item: item for item in near}
    heap = [
        (-score, i, j, 1, 1) for i in near for j, score in near[i].items() if i < j and score >= threshold
    ]
    heapq.heapify(heap)
    while heap:
        _, a, b, size_a, size_b = heapq.heappop(heap)
        if size.get(a) == size_a and size.get(b) == size_b:
            parent[b] = a
            size[a] += size.pop(b)
            _join(near, a, b)
            for candidate in _candidates(near[a], a, size, threshold, witnesses):
                heapq.heappush(heap, candidate)
    return {item: _root(parent, item) for item in parent}


def _graph(edges: Iterable[tuple[int, int, float]]) -> Graph:
    near: Graph = {}
    for i, j, score in edges:
        near.setdefault(i, {})[j] = score
        near.setdefault(j, {})[i] = score
    return near


def _join(near: Graph, a: int, b: int) -> None:
    """Group ``b`` becomes part of ``a``: its scores are added to those of ``a``."""
    near[a].pop(b, None)
    for c, score in near.pop(b).items():
        if c != a:
            del near[c][b]
            near[a][c] = near[c][a] = near[a].get(c, 0.0) + score


def _candidates(
    scores: dict[int, float], a: int, size: dict[int, int], threshold: float, witnesses: float
) -> Iterable[Candidate]:
    for c, score in scores.items():
        small, big = sorted((size[a], size[c]))
        link = score / (small * min(big, witnesses))
        if link >= threshold:
            low, high = min(a, c), max(a, c)
            yield (-link, low, high, size[low], size[high])


def _root(parent: dict[int, int], item: int) -> int:
    while parent[item] != item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item
