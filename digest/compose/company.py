"""How much papers keep each other's company: neighbours tell the same stories, and their agreement says less."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations

from digest.compose.places import Homes, abroad
from digest.model import Story

_FEW = 3  # papers with a story; what many print, strangers print as well
_DOUBT = 1.0  # stories by which two papers are taken to keep less company than so few days show
_COMPATRIOTS = 0.9  # how near papers of one country are where nearly all are of others
_DOUBTED = 5.0  # stories of a paper that are taken to be told by strangers as often as those of all are
_MOST = 1.5  # what a paper's places say, compared with those of all


@dataclass(frozen=True, slots=True)
class Company:
    """Who is near to whom, from 0 for strangers to 1 for inseparable ones."""

    pairs: Mapping[frozenset[str], float] = field(default_factory=dict)  # learnt from what they tell
    homes: Homes = field(default_factory=dict)
    world: float = 0.0  # the share of the pairs of papers that are of two countries

    def closest(self, paper: str, others: Iterable[str]) -> float:
        """How near a paper is to the nearest of others."""
        return max((self._near(paper, other) for other in others), default=0.0)

    def _near(self, one: str, other: str) -> float:
        learnt = self.pairs.get(frozenset((one, other)), 0.0)
        compatriots = one in self.homes and self.homes[one] == self.homes.get(other)
        return max(learnt, _COMPATRIOTS * self.world) if compatriots else learnt


def company(stories: Iterable[Story], homes: Homes | None = None) -> Company:
    """How much more often than others each two papers are the two or three that tell a story.

    Where all papers are neighbours, as in a town's newsletter, none are: company is what exceeds the mean. Papers
    of one country (``homes``) are neighbours from the first day, the more the fewer of the papers are of it.
    """
    told: Counter[str] = Counter()
    shared: Counter[frozenset[str]] = Counter()
    for papers in (set(story.papers) for story in stories):
        if 2 <= len(papers) <= _FEW:
            told.update(papers)
            shared.update(map(frozenset, combinations(papers, 2)))
    pairs = len(told) * (len(told) - 1) / 2
    close = {pair: n / (math.sqrt(math.prod(told[p] for p in pair)) + _DOUBT) for pair, n in shared.items()}
    mean = math.fsum(close.values()) / max(pairs, 1)  # the same in whatever order they come
    learnt = {pair: (share - mean) / (1 - mean) for pair, share in close.items() if share > mean}
    return Company(learnt, homes or {}, abroad(homes or {}))


def outlook(stories: Iterable[Story], near: Company) -> Mapping[str, float]:
    """How much the places in each paper's feed say to readers of all: more where strangers tell what it tells.

    1 for a paper whose stories strangers tell as often as those of all papers.
    """
    told: Counter[str] = Counter()
    heard: defaultdict[str, list[float]] = defaultdict(list)  # how strange those are who tell a story too
    for papers in (set(story.papers) for story in stories):
        told.update(papers)
        if len(papers) > 1:
            for paper in papers:
                heard[paper].append(max(1 - near.closest(paper, [other]) for other in papers - {paper}))
    mean = math.fsum(chain.from_iterable(heard.values())) / max(1, sum(told.values()))
    if not mean:
        return {}
    shares = {p: (math.fsum(heard[p]) / mean + _DOUBTED) / (n + _DOUBTED) for p, n in told.items()}
    return {paper: min(_MOST, share) for paper, share in shares.items()}
