"""Agglomeration on a sparse graph of pairs: who belongs with whom, decided best pair first."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping

Graph = dict[int, dict[int, float]]
ROUNDS = 5  # of settling; hardly anything moves after the second
GAIN = 1.08  # a group must be so much better than the own one to move to
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


def settle(
    edges: Iterable[tuple[int, int, float]], group: Mapping[int, int], threshold: float, witnesses: float
) -> dict[int, int]:
    """The groups of ``capped_link`` once every item, in order, has moved to the group it is most like.

    Best first, a group may have formed round a pair before a better one was there. An item is as like a group as
    the sum of its scores with the members, shared among at most ``witnesses`` of them; it moves only where that
    is at least ``threshold`` and clearly more than where it is.
    """
    near = _graph(edges)
    at = dict(group)
    size = Counter(at.values())
    for _ in range(ROUNDS):
        moved = False
        for item in sorted(near):
            own = at[item]
            target = _likest(near[item], at, size, own=own, threshold=threshold, witnesses=witnesses)
            if target != own:
                size[own] -= 1
                size[target] += 1
                at[item], moved = target, True
        if not moved:
            break
    first: dict[int, int] = {}
    for item in sorted(at):
        first.setdefault(at[item], item)
    return {item: first[found] for item, found in at.items()}


def _likest(
    scores: Mapping[int, float],
    at: Mapping[int, int],
    size: Mapping[int, int],
    *,
    own: int,
    threshold: float,
    witnesses: float,
) -> int:
    """The group that an item with these scores belongs to."""
    sums: dict[int, float] = {}
    for other, score in scores.items():
        sums[at[other]] = sums.get(at[other], 0.0) + score
    fellows = size[own] - 1
    here = sums.pop(own, 0.0) / max(1.0, min(fellows, witnesses))
    likeness, target = max(
        ((total / min(size[g], witnesses), -g) for g, total in sums.items()), default=(0.0, 0)
    )
    return -target if likeness >= threshold and likeness > GAIN * here else own


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
