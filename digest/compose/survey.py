"""What a newsletter's whole window of entries tells about one of them: which feeds are edited, what is talked about."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from digest.compose.words import terms
from digest.model import Entry, Feed

Pair = tuple[str, str]
UNKNOWN = Feed(url="", paper="")  # of entries made by hand

_COMMON = 0.1  # words in a larger share of headlines are the season's, not a story's ("coronavirus", 2020)
_FEW = 40  # with fewer headlines than this no word can be called common
_TALKED_ABOUT = 3  # papers
_TOP = 20  # places of a feed that tell whether an editor orders it


@dataclass(frozen=True, slots=True)
class Survey:
    """The window at a glance."""

    now: dt.datetime
    feeds: Mapping[str, Feed]  # by URL
    edited: Mapping[str, float]  # by feed: 0 = newest first by machine, 1 = an editor's order
    frequency: Mapping[str, int]  # of terms, in entries
    entries: int
    talked_about: Mapping[Pair, int]  # papers whose headlines share two words, where there are three or more

    def feed(self, entry: Entry) -> Feed:
        """The feed of an entry; a neutral one for entries made by hand."""
        return self.feeds.get(entry.feed, UNKNOWN)

    def rarity(self, term: str) -> float:
        """How much a shared term says: the logarithm of the share of entries without it; 0 for common ones."""
        count = self.frequency.get(term, 0)
        if self.entries >= _FEW and count > _COMMON * self.entries:
            return 0.0
        return math.log((self.entries + 1) / (count + 0.5))


def survey(entries: Iterable[Entry], feeds: Sequence[Feed], now: dt.datetime) -> Survey:
    """Look over every entry in the window once."""
    entries = sorted(entries, key=lambda e: e.id)
    by_url = {feed.url: feed for feed in feeds}
    frequency = Counter(t for e in entries for t in about(e))
    return Survey(now, by_url, _edited(entries), frequency, len(entries), _talked_about(entries))


def about(entry: Entry) -> tuple[str, ...]:
    """The terms of an entry: kicker, headline and standfirst."""
    return terms(f"{entry.kicker} {entry.title} {entry.standfirst}")


def _edited(entries: Iterable[Entry]) -> dict[str, float]:
    tops: dict[str, dict[int, Entry]] = defaultdict(dict)
    for entry in entries:
        top = tops[entry.feed]
        # An entry that left the feed keeps its last place; the newest at a place is the one that stands there.
        if entry.position < _TOP and (
            entry.position not in top or top[entry.position].published < entry.published
        ):
            top[entry.position] = entry
    return {feed: _disorder([top[p] for p in sorted(top)]) for feed, top in tops.items()}


def _disorder(entries: Sequence[Entry]) -> float:
    """0 for entries newest first, 1 where a quarter or more of the neighbours stand the other way round."""
    if len(entries) < 5:
        return 0.0  # too few to tell
    risen = sum(below.published > above.published for above, below in pairwise(entries))
    return min(1.0, 4 * risen / (len(entries) - 1))


def _talked_about(entries: Sequence[Entry]) -> dict[Pair, int]:
    news = [entry for entry in entries if not entry.sponsored]
    count = Counter(term for entry in news for term in terms(entry.title))
    most = _COMMON * len(news) if len(news) >= _FEW else len(news)
    papers: dict[str, set[str]] = defaultdict(set)
    for entry in news:
        for term in terms(entry.title):
            papers[term].add(entry.paper)
    telling = {t for t, names in papers.items() if len(names) >= _TALKED_ABOUT and count[t] <= most}
    together: dict[Pair, set[str]] = defaultdict(set)
    for entry in news:
        for pair in combinations(sorted(telling.intersection(terms(entry.title))), 2):
            together[pair].add(entry.paper)
    return {pair: len(names) for pair, names in together.items() if len(names) >= _TALKED_ABOUT}


def pairs(entry: Entry) -> Iterable[Pair]:
    """Every two terms of an entry's headline, in alphabetical order."""
    return combinations(sorted(terms(entry.title)), 2)
