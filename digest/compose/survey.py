"""What a newsletter's whole window of entries tells about one of them: which feeds are edited, who writes of the same."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from digest.compose.company import Company, company, outlook
from digest.compose.kinds import LOCAL, kind_of
from digest.compose.places import homes
from digest.compose.words import terms
from digest.model import Entry, Feed, Story

Pair = tuple[str, str]
UNKNOWN = Feed(url="", paper="")  # of entries made by hand

_COMMON = 0.1  # words in a larger share of the entries are the season's, not a story's ("coronavirus", 2020)
_FEW = 40  # with fewer entries than this no word can be called common
_RARE = 0.05  # words in a smaller share of the entries can name an affair
_FEWEST = 5  # entries that may share a word in the smallest window, and it still be rare
_TOGETHER, _IN_HEADLINES = 0.6, 0.4  # shares that make a name of two words
_LONGEST = 200  # entries with a word; those of commoner words are not looked up one by one
_SAME_AFFAIR = 0.15  # cosine of two entries' terms, weighted by rarity: far below what makes them one story
_HANDFUL = 4  # entries in a feed whose top says nothing
_TOP = 20  # places of a feed that tell whether an editor orders it


@dataclass(frozen=True, slots=True)
class Echo:
    """Who else writes of an entry's affair."""

    papers: frozenset[str]  # the entry's own among them
    words: tuple[str, ...]  # what they share most


class Index:
    """The terms of many entries, each weighted by its rarity among them."""

    def __init__(self, texts: Sequence[tuple[str, str, tuple[str, ...], tuple[str, ...]]]) -> None:
        """``texts`` are Entry.id, paper, terms of the headline, and terms of all."""
        self._count = len(texts)
        self._frequency = Counter(term for _, _, _, words in texts for term in words)
        self._papers = {key: paper for key, paper, _, _ in texts}
        self._headlines = {key: frozenset(words) for key, _, words, _ in texts}
        self._terms = {key: words for key, _, _, words in texts}
        self._with: dict[str, list[str]] = defaultdict(list)
        for key, words in self._terms.items():
            for term in words:
                self._with[term].append(key)
        self._rarities = {term: self._rarity(count) for term, count in self._frequency.items()}
        self._names = self._find_names()
        self._vectors: dict[str, dict[str, float]] = {}  # made when asked for
        self._echoes: dict[str, Echo] = {}
        self._others: dict[str, Entry] = {}  # that are none of the window's: too old, or made by hand

    def _rarity(self, count: int) -> float:
        """How much a shared term says: the logarithm of the share of entries with it; 0 for common ones."""
        if self._count >= _FEW and count > _COMMON * self._count:
            return 0.0
        return math.log((self._count + 1) / (count + 0.5))

    def likeness(self, one: Entry, other: Entry) -> float:
        """Cosine of two entries' terms, 0 to 1."""
        theirs = self._vector(self._key(other))
        return sum(weight * theirs.get(term, 0.0) for term, weight in self._vector(self._key(one)).items())

    def same_affair(self, one: Entry, other: Entry) -> bool:
        """Whether two entries are about one affair, though perhaps not one story."""
        if not self._pairs(self._key(one)).isdisjoint(self._pairs(self._key(other))):
            return True
        return self.likeness(one, other) >= _SAME_AFFAIR and self._named_alike(one.id, other.id)

    def echo(self, entry: Entry) -> Echo:
        """The papers with an entry on the same affair, and the words they share."""
        key = self._key(entry)
        if key not in self._echoes:
            self._echoes[key] = self._listen(entry)
        return self._echoes[key]

    def _key(self, entry: Entry) -> str:
        """The id of ``entry``; one that is not of the window is read first, and counts for no other."""
        key = entry.id
        if key not in self._papers and self._others.get(key) != entry:
            self._others[key] = entry
            self._headlines[key], self._terms[key] = frozenset(terms(entry.title)), about(entry)
            self._vectors.pop(key, None)
            self._echoes.pop(key, None)
        return key

    def _listen(self, entry: Entry) -> Echo:
        own = self._vector(entry.id)
        shared: dict[str, float] = defaultdict(float)
        for term, weight in own.items():
            if len(self._with[term]) <= _LONGEST:
                for key in self._with[term]:
                    shared[key] += weight * self._vector(key)[term]
        near = [
            k for k, likeness in shared.items() if likeness >= _SAME_AFFAIR and self._named_alike(entry.id, k)
        ]
        others = [k for k in near if self._papers[k] != entry.paper]
        weights = {t: w * sum(self._vector(k).get(t, 0.0) for k in others) for t, w in own.items()}
        words = sorted((t for t, w in weights.items() if w), key=lambda t: (-weights[t], t))
        return Echo(frozenset({entry.paper, *(self._papers[k] for k in others)}), tuple(words[:2]))

    def _named_alike(self, one: str, other: str) -> bool:
        """Whether two entries share two rare words, one of them in both headlines: affairs have a name."""
        common = set(self._terms[one]).intersection(self._terms[other])
        rare = {t for t in common if self._frequency[t] <= max(_FEWEST, _RARE * self._count)}
        return len(rare) > 1 and not rare.isdisjoint(self._headlines[one] & self._headlines[other])

    def _find_names(self) -> frozenset[Pair]:
        """Pairs of words that stand together nearly always, in headlines too: George Floyd, Hong Kong.

        The name of a great affair is too common to be rare, yet everybody writes it in full.
        """
        together = Counter(pair for words in self._terms.values() for pair in pairwise(words))
        headlines = Counter(term for words in self._headlines.values() for term in words)
        return frozenset(
            (a, b)
            for (a, b), count in together.items()
            if count >= _FEWEST
            and count >= _TOGETHER * max(self._frequency[a], self._frequency[b])
            and min(headlines[a], headlines[b]) >= _IN_HEADLINES * count
        )

    def _pairs(self, key: str) -> frozenset[Pair]:
        return self._names.intersection(pairwise(self._terms[key]))

    def _vector(self, key: str) -> dict[str, float]:
        if key not in self._vectors:
            alone = self._rarity(1)  # of a word that only an entry from elsewhere has
            weights = {t: rarity for t in self._terms[key] if (rarity := self._rarities.get(t, alone))}
            length = math.sqrt(sum(weight * weight for weight in weights.values()))
            self._vectors[key] = {term: weight / length for term, weight in weights.items()}
        return self._vectors[key]


@dataclass(frozen=True, slots=True)
class Survey:
    """The window at a glance."""

    feeds: Mapping[str, Feed]  # by URL
    edited: Mapping[str, float]  # by feed: 0 = newest first by machine, 1 = an editor's order of many
    index: Index
    company: Company = field(default_factory=Company)
    outlook: Mapping[str, float] = field(default_factory=dict)  # by paper: how much its places say
    local: float = 0.0  # the share of entries that their address calls local

    def feed(self, entry: Entry) -> Feed:
        """The feed of an entry; a neutral one for entries made by hand."""
        return self.feeds.get(entry.feed, UNKNOWN)


def survey(entries: Iterable[Entry], feeds: Sequence[Feed], stories: Iterable[Story] = ()) -> Survey:
    """Look over every entry in the window once, and over the stories they tell."""
    entries, stories = sorted(entries, key=lambda e: e.id), tuple(stories)
    near = company(stories, homes(entries))
    return Survey(
        {feed.url: feed for feed in feeds},
        _edited(entries),
        _indexed(tuple((e.id, e.paper, terms(e.title), about(e)) for e in entries)),
        near,
        outlook(stories, near),
        sum(kind_of(e) is LOCAL for e in entries) / max(1, len(entries)),
    )


def about(entry: Entry) -> tuple[str, ...]:
    """The terms of an entry: kicker, headline and standfirst."""
    return terms(f"{entry.kicker} {entry.title} {entry.standfirst}")


@lru_cache(maxsize=4)  # the desk composes the same entries after every decision, for a few newsletters
def _indexed(texts: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]) -> Index:
    return Index(texts)


def _edited(entries: Iterable[Entry]) -> dict[str, float]:
    tops: dict[str, dict[int, Entry]] = defaultdict(dict)
    sizes: Counter[str] = Counter()
    for entry in entries:
        sizes[entry.feed] += 1
        top = tops[entry.feed]
        # An entry that left the feed keeps its last place; the newest at a place is the one that stands there.
        if entry.position < _TOP and (
            entry.position not in top or top[entry.position].published < entry.published
        ):
            top[entry.position] = entry
    return {f: _disorder([top[p] for p in sorted(top)]) * _choice(sizes[f]) for f, top in tops.items()}


def _choice(size: int) -> float:
    """How hard it is to get to the top of a feed of so many entries: 0 for a handful, 1 for fifty."""
    return min(1.0, max(0.0, math.log(size / _HANDFUL) / math.log(50 / _HANDFUL)))


def _disorder(entries: Sequence[Entry]) -> float:
    """0 for entries newest first, 1 where a quarter or more of the neighbours stand the other way round."""
    if len(entries) < 5:
        return 0.0  # too few to tell
    risen = sum(below.published > above.published for above, below in pairwise(entries))
    return min(1.0, 4 * risen / (len(entries) - 1))
