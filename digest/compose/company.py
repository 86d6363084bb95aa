"""How much papers keep each other's company: neighbours tell the same stories, and their agreement says less."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations

from digest.model import Story

Company = Mapping[frozenset[str], float]  # two papers -> 0 for strangers to 1 for inseparable ones

_FEW = 3  # papers with a story; what many print, strangers print as well
_DOUBT = 1.0  # stories by which two papers are taken to keep less company than so few days show


def company(stories: Iterable[Story]) -> Company:
    """For each two papers how much more often than others they are the two or three that tell a story.

    Where all papers are neighbours, as in a town's newsletter, none are: company is what exceeds the mean.
    """
    told: Counter[str] = Counter()
    shared: Counter[frozenset[str]] = Counter()
    for papers in (set(story.papers) for story in stories):
        if 2 <= len(papers) <= _FEW:
            told.update(papers)
            shared.update(map(frozenset, combinations(papers, 2)))
    pairs = len(told) * (len(told) - 1) / 2
    close = {pair: n / (math.sqrt(math.prod(told[p] for p in pair)) + _DOUBT) for pair, n in shared.items()}
    mean = sum(close.values()) / max(pairs, 1)
    return {pair: (share - mean) / (1 - mean) for pair, share in close.items() if share > mean}
