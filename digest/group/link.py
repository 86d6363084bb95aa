"""Agglomeration on a sparse graph of pairs: who belongs with whom, decided best pair first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

Graph = dict[int, dict[int, float]]
Candidate = tuple[float, int, int]  # −link, a, b; growing groups may have weakened the link since


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

    def link(a: int, b: int) -> float:
        small, big = sorted((size[a], size[b]))
        return near[a][b] / (small * min(big, witnesses))

    heap = [(-score, i, j) for i in near for j, score in near[i].items() if i < j and score >= threshold]
    heapq.heapify(heap)
    while heap:
        least, a, b = heapq.heappop(heap)
        if a not in near or b not in near[a]:
            continue  # one of them has joined another group
        now = link(a, b)
        if now == -least:
            parent[b] = a
            size[a] += size.pop(b)
            for c in _join(near, a, b):
                _offer(heap, link(a, c), a, c, threshold)
        elif now < -least:  # growing makes links weaker, never stronger: seen when their turn comes
            _offer(heap, now, a, b, threshold)
    return {item: _root(parent, item) for item in parent}


def _graph(edges: Iterable[tuple[int, int, float]]) -> Graph:
    near: Graph = {}
    for i, j, score in edges:
        near.setdefault(i, {})[j] = score
        near.setdefault(j, {})[i] = score
    return near


def _join(near: Graph, a: int, b: int) -> list[int]:
    """Group ``b`` becomes part of ``a``: its scores are added to those of ``a``. Gives the groups they are with."""
    near[a].pop(b, None)
    touched = near.pop(b)
    touched.pop(a, None)
    for c, score in touched.items():
        del near[c][b]
        near[a][c] = near[c][a] = near[a].get(c, 0.0) + score
    return list(touched)


def _offer(heap: list[Candidate], link: float, a: int, b: int, threshold: float) -> None:
    if link >= threshold:
        heapq.heappush(heap, (-link, min(a, b), max(a, b)))


def _root(parent: dict[int, int], item: int) -> int:
    while parent[item] != item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item
