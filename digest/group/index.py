"""Entries already compared, so that new ones cost what they are: numbers in, story ids out, state in a few arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from digest.group import abroad, compare, pooled, scoring
from digest.group.columns import COLUMN_HOURS, dated, in_series
from digest.group.edges import NO_EDGES, SAME_ODDS, Edges, certain, together
from digest.group.identity import story_ids
from digest.group.link import capped_link, settle
from digest.group.roles import is_live_page
from digest.group.words import (
    NUMBER,
    PAUSE,
    STOP,
    TITLE,
    Reader,
    Words,
    joined,
    numbers_of,
    read,
)
from digest.model import Entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 5_000  # entries are compared with those of their block
CONTEXT = 5_000  # and with so many of those before, the nearest in time, for memory and near-linear cost
SAME_HEADLINE_WORDS = 4  # a shorter headline ("Letters to the editor") may be two papers' own
SAME_TEXT_WORDS = 12  # headline and standfirst of as many words are copied from one source
FELLOWS = 5
REACHES = -3.9  # log odds of pairs over which a newcomer changes what older pairs are thought of


class Index:
    """The entries seen so far and the story of each. It is changed by ``add`` and ``forget`` alone.

    Entries come in any order and are compared in order of time; the same entries added in one go always give
    the same stories. Added little by little they give the same but for terms that have since become common.
    """

    def __init__(self, *, across_languages: bool = False, weights: scoring.Weights | None = None) -> None:
        self._weights = weights or scoring.weights()
        self.across_languages = across_languages
        self._words = read(())
        self._ids: list[str] = []
        self._number: dict[str, int] = {}
        self._hours = np.zeros(0)
        self._feeds = np.zeros(0, dtype=np.int64)
        self._papers = np.zeros(0, dtype=np.int64)
        self._headlines = np.zeros(0, dtype=np.uint64)  # each headline without its numbers, as a number
        self._titles = np.zeros(0, dtype=np.uint64)  # and with them
        self._serial = np.zeros(0, dtype=bool)
        self._days = np.zeros(0)  # of the month, which headlines are dated with; 0 for none
        self._live = np.zeros(0, dtype=bool)
        self._edges = NO_EDGES
        self._story: dict[int, str] = {}
        self._bereft: set[str] = set()  # entries like those that were forgotten since the last ``add``

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, entry: str) -> bool:
        return entry in self._number

    def story_of(self) -> dict[str, str]:
        """Entry id -> story id."""
        return {self._ids[number]: story for number, story in self._story.items()}

    def add(
        self,
        entries: Iterable[Entry],
        *,
        known: Mapping[str, str] | None = None,
        background: Sequence[Entry] = (),
    ) -> dict[str, str]:
        """Group new entries with those here; gives entry id -> story id of every story that changed.

        Entries already here are passed over. ``known`` names the stories that entries had elsewhere;
        ``background`` entries only teach which terms are common.
        """
        fresh = _in_order(e for e in entries if e.id not in self._number)
        first = len(self._ids)
        if fresh:
            self._take(fresh)
            self._compare_all(first, background)
        return self._regroup(first, known or {}) if fresh or self._bereft else {}

    def forget(self, entries: Collection[str]) -> None:
        """Take entries out. The stories they leave are put together again by the next ``add``."""
        gone = np.array([name in entries for name in self._ids], dtype=bool)
        if not gone.any():
            return
        lost = gone[self._edges.i] | gone[self._edges.j]
        near = np.unique([self._edges.i[lost], self._edges.j[lost]])
        kept = np.flatnonzero(~gone)
        self._bereft = {self._ids[n] for n in near.tolist()} | self._bereft - set(entries)
        number = np.cumsum(~gone) - 1
        edges = self._edges.only(~lost)
        self._edges = replace(edges, i=number[edges.i], j=number[edges.j])
        self._words = self._words.part(kept)
        for name in ("_hours", "_feeds", "_papers", "_headlines", "_titles", "_serial", "_days", "_live"):
            setattr(self, name, getattr(self, name)[kept])
        self._story = {new: self._story[old] for new, old in enumerate(kept.tolist())}
        self._ids = [self._ids[n] for n in kept.tolist()]
        self._number = {name: n for n, name in enumerate(self._ids)}

    def _compare_all(self, first: int, background: Sequence[Entry]) -> None:
        """Compare the entries numbered ``first`` and later, a block at a time."""
        seen = compare.frequencies(self._words)
        if background:
            seen = seen.plus(compare.frequencies(read(background)))
        for start in range(first, len(self._ids), BLOCK):
            edges, rows, which = self._compare(np.arange(start, min(start + BLOCK, len(self._ids))), seen)
            self._edges = together([self._edges, edges])
            self._look_again(rows, which, start, first)

    def odds(self, a: str, b: str) -> tuple[float, float] | None:
        """The chance that two entries here tell one story and the threshold; None for a pair not compared."""
        found = self._pair(a, b)
        if not len(found):
            return None
        setting = self._setting()
        chance = setting.chances(self._edges.day[found], self._edges.dense[found])
        return float(chance[0]), setting.threshold

    def between(self, a: str, b: str) -> str | None:
        """The entry likeliest to tell the story of both, where the fellows of two entries made one story likelier."""
        pair = self._pair(a, b)
        if not (self._edges.day[pair] > self._edges.first[pair]).any():
            return None
        ours, theirs = self._fellows(self._number[a]), self._fellows(self._number[b])
        best = max(((min(ours[k], theirs[k]), -k) for k in ours.keys() & theirs.keys()), default=None)
        return self._ids[-best[1]] if best else None

    def _fellows(self, number: int) -> dict[int, float]:
        """The entries that are company for one, with the log odds of the first look."""
        at, others = self._around(number)
        odds = self._edges.first[at]
        return {
            k: first for k, first in zip(others.tolist(), odds.tolist(), strict=True) if first >= pooled.LEAST
        }

    def _pair(self, a: str, b: str) -> NDArray[np.int64]:
        """Where two entries stand among the edges: once, or nowhere when they were not compared."""
        i, j = sorted((self._number[a], self._number[b]))
        return np.flatnonzero((self._edges.i == i) & (self._edges.j == j))

    def _around(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The edges of an entry, and the other end of each."""
        at = np.flatnonzero((self._edges.i == number) | (self._edges.j == number))
        return at, self._edges.i[at] + self._edges.j[at] - number

    def ties(self) -> dict[str, tuple[str, float, float]]:
        """For each entry in company: its likeliest fellow in its story, the chance and the threshold."""
        setting = self._setting()
        chances = setting.chances(self._edges.day, self._edges.dense)
        story = np.unique([self._story[n] for n in range(len(self._ids))], return_inverse=True)[1]
        within = np.flatnonzero(story[self._edges.i] == story[self._edges.j])
        order = within[np.argsort(chances[within], kind="stable")]
        best: dict[str, tuple[str, float, float]] = {}
        for k in order.tolist():  # the likeliest last
            a, b = self._ids[self._edges.i[k]], self._ids[self._edges.j[k]]
            best[a] = (b, float(chances[k]), setting.threshold)
            best[b] = (a, float(chances[k]), setting.threshold)
        return best

    def likeliest(self, entry: str, most: int) -> list[tuple[str, float]]:
        """The entries most likely to tell the story of ``entry``, likeliest first, with their chances."""
        at, others = self._around(self._number[entry])
        chances = self._setting().chances(self._edges.day[at], self._edges.dense[at])
        order = np.lexsort((others, -chances))[:most]
        return [(self._ids[others[k]], float(chances[k])) for k in order]

    def close_calls(self, most: int) -> list[tuple[str, str, float]]:
        """Pairs in different stories that came nearest to one, with their chances."""
        chances = self._setting().chances(self._edges.day, self._edges.dense)
        story = np.unique([self._story[n] for n in range(len(self._ids))], return_inverse=True)[1]
        apart = np.flatnonzero(story[self._edges.i] != story[self._edges.j])
        order = apart[np.lexsort((self._edges.j[apart], self._edges.i[apart], -chances[apart]))][:most]
        return [(self._ids[self._edges.i[k]], self._ids[self._edges.j[k]], float(chances[k])) for k in order]

    def _take(self, fresh: Sequence[Entry]) -> None:
        reader = Reader()
        read = [reader.read(fresh[start : start + BLOCK]) for start in range(0, len(fresh), BLOCK)]
        self._words = joined([self._words, *read])
        self._headlines = np.concatenate([self._headlines, *map(_headline_keys, read)])
        self._titles = np.concatenate([self._titles, *(_headline_keys(w, STOP | PAUSE) for w in read)])
        self._number |= {e.id: number for number, e in enumerate(fresh, len(self._ids))}
        self._ids += [e.id for e in fresh]
        self._hours = np.concatenate([self._hours, [e.published.timestamp() / 3600 for e in fresh]])
        self._feeds = np.concatenate([self._feeds, numbers_of(e.feed for e in fresh)])
        self._papers = np.concatenate([self._papers, compare.papers_of(fresh)])
        self._serial = in_series(self._feeds, self._headlines, self._titles)
        self._days = np.concatenate([self._days, [dated(e) for e in fresh]])
        self._live = np.concatenate([self._live, [is_live_page(e) for e in fresh]])
        self._edges = self._edges.only(~self._columns(self._edges.i, self._edges.j))

    def _compare(
        self, block: NDArray[np.int64], seen: compare.Frequencies
    ) -> tuple[Edges, compare.Rows, NDArray[np.int64]]:
        """Compare a block of new entries among themselves and with those nearest in time before it."""
        which = np.concatenate([self._context(block), block])
        words, fresh = self._words.part(which), which >= block[0]
        rows = compare.rows(words, self._hours[which], self._papers[which], seen)
        i, j = compare.neighbours(rows, fresh)
        day, dense = scoring.log_odds(compare.features(rows, i, j), self._weights)
        found = [Edges(i, j, day, day.copy(), dense)]
        if self.across_languages:
            i, j, odds = abroad.pairs(words, fresh)
            found.append(Edges(i, j, odds, odds.copy(), odds.copy()))
        copies = certain(*_same(words, fresh, SAME_TEXT_WORDS))
        headlines = certain(*_same(words, fresh, SAME_HEADLINE_WORDS, TITLE))
        again = headlines.only(rows.own(headlines.i, headlines.j))  # a paper's report under a second address
        edges = together([copies, again, *map(_hopeful, found), headlines]).once(len(which))
        edges = replace(edges, i=which[edges.i], j=which[edges.j])
        return edges.only(~self._columns(edges.i, edges.j)), rows, which

    def _context(self, block: NDArray[np.int64]) -> NDArray[np.int64]:
        """The entries before a block that are nearest in time to its middle; the earlier numbers of equals."""
        away = np.abs(self._hours[: block[0]] - float(np.median(self._hours[block])))
        if len(away) <= CONTEXT:
            return np.arange(len(away))
        furthest = np.partition(away, CONTEXT - 1)[CONTEXT - 1]
        nearer, equal = np.flatnonzero(away < furthest), np.flatnonzero(away == furthest)
        return np.sort(np.concatenate([nearer, equal[: CONTEXT - len(nearer)]]))

    def _look_again(self, rows: compare.Rows, which: NDArray[np.int64], start: int, first: int) -> None:
        """Ask the likely fellows of the pairs around the entries numbered ``start`` and later, of those in ``which``.

        The first look at older pairs, before ``first``, is repeated too: what was rare when they came may be
        common now. Pairs in two languages and those about which there is no doubt keep what they have.
        """
        edges, place = self._edges, np.full(len(self._ids), -1)
        place[which] = np.arange(len(which))
        near = np.flatnonzero((place[edges.i] >= 0) & (place[edges.j] >= 0))
        i, j = place[edges.i[near]], place[edges.j[near]]
        one_language = rows.language[i] == rows.language[j]
        near, i, j = near[one_language], i[one_language], j[one_language]
        strong = edges.first[near] >= REACHES
        touched = _connected(i[strong], j[strong], len(which), int(place[start]))
        asked = (
            (edges.first[near] > scoring.LEAST_ODDS)
            & (edges.first[near] < SAME_ODDS)
            & touched[i]
            & touched[j]
        )
        old = asked & (edges.j[near] < first)
        again = compare.features(rows, i[old], j[old])
        edges.first[near[old]], edges.dense[near[old]] = scoring.log_odds(again, self._weights)
        odds = edges.first[near]
        fellows = pooled.fellows(len(which), i, j, odds)
        together_with = pooled.features(rows, fellows, i[asked], j[asked])
        edges.day[near[asked]] = scoring.second_odds(odds[asked], together_with, self._weights)

    def _columns(self, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Pairs of one feed that are one column on two days, two parts of a series or two live pages.

        A column has one headline but for numbers, and appears again after hours or is dated with another day.
        """
        keys, titles, days = self._headlines, self._titles, self._days
        late = np.abs(self._hours[i] - self._hours[j]) >= COLUMN_HOURS
        changed = titles[i] != titles[j]
        parts = self._serial[i] & changed
        redated = (days[i] != days[j]) & (days[i] > 0) & (days[j] > 0)
        column = (keys[i] == keys[j]) & (keys[i] != 0) & (late | parts | redated)
        logs = self._live[i] & self._live[j] & changed
        return np.asarray((self._feeds[i] == self._feeds[j]) & (column | logs))

    def _setting(self) -> scoring.Setting:
        likely = self._edges.first > 0
        partnered = np.unique(np.concatenate([self._edges.i[likely], self._edges.j[likely]]))
        return scoring.setting(len(self._ids), len(partnered))

    def _regroup(self, first: int, known: Mapping[str, str]) -> dict[str, str]:
        """Link the stories that new entries can touch; gives entry id -> story id of those that changed."""
        setting = self._setting()
        chances = setting.chances(self._edges.day, self._edges.dense)
        strong = chances >= scoring.LEAST_CHANCE
        i, j, chances = self._edges.i[strong], self._edges.j[strong], chances[strong]
        bereft = [self._number[name] for name in self._bereft if name in self._number]
        self._bereft = set()
        touched = _connected(i, j, len(self._ids), first, bereft)
        within = touched[i]
        edges = list(zip(i[within].tolist(), j[within].tolist(), chances[within].tolist(), strict=True))
        group = capped_link(edges, setting.threshold, setting.witnesses)
        group = settle(edges, group, setting.threshold, setting.settled)
        packages: dict[int, list[int]] = {}
        for number in np.flatnonzero(touched).tolist():
            packages.setdefault(group.get(number, number), []).append(number)
        return self._name(list(packages.values()), known)

    def _name(self, packages: list[list[int]], known: Mapping[str, str]) -> dict[str, str]:
        before = {self._ids[n]: self._story[n] for package in packages for n in package if n in self._story}
        taken = set(self._story.values()) - set(before.values())
        names = story_ids(
            [[self._ids[n] for n in package] for package in packages], {**known, **before}, taken
        )
        changed: dict[str, str] = {}
        for name, package in zip(names, packages, strict=True):
            if any(self._story.get(n) != name for n in package):
                changed |= {self._ids[n]: name for n in package}
            self._story |= dict.fromkeys(package, name)
        return changed


def compared_pairs(entries: Sequence[Entry]) -> tuple[Any, Any, Any]:
    """The pairs worth comparing among ``entries`` and their features, as arrays i, j, features."""
    rows = rows_of(entries)
    i, j = compare.neighbours(rows, np.ones(len(entries), dtype=bool))
    return i, j, compare.features(rows, i, j)


def rows_of(entries: Sequence[Entry]) -> compare.Rows:
    """What is compared of ``entries`` when there are no others."""
    words = read(entries)
    hours = np.array([e.published.timestamp() / 3600 for e in entries])
    return compare.rows(words, hours, compare.papers_of(entries), compare.frequencies(words))


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Each entry once, by time and id, so that nothing depends on the order of input."""
    ordered = sorted(entries, key=lambda e: (e.published, e.id, e.title, e.standfirst, e.feed))
    return list({e.id: e for e in reversed(ordered)}.values())[::-1]


def _connected(
    i: NDArray[np.int64], j: NDArray[np.int64], size: int, first: int, further: Sequence[int] = ()
) -> NDArray[np.bool_]:
    """The entries that some chain of pairs connects with one numbered ``first`` or later or with a ``further`` one."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    graph = sparse.csr_matrix((np.ones(len(i), dtype=np.int8), (i, j)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    return np.asarray(np.isin(component, component[[*range(first, size), *further]]))


def _same(
    words: Words, fresh: NDArray[np.bool_], least: int, part: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs i < j whose ``part`` (TITLE, or all) is the same, of ``least`` words: each with the first few that had it.

    When a hundred papers print one headline its words are not rare, and nothing else would bring them together;
    and a text that is copied word for word is one story however common its words are that day.
    """
    keep = ((words.flags & (STOP | PAUSE)) == 0) & ((words.flags & part) == part)
    long = np.bincount(words.entry[keep], minlength=len(words)) >= least
    keys = _keys(words, keep)
    order = np.argsort(keys, kind="stable")
    order = order[long[order]]
    first = (
        np.flatnonzero(np.concatenate([[True], keys[order][1:] != keys[order][:-1]])) if len(order) else order
    )
    begin = np.repeat(first, np.diff(np.concatenate([first, [len(order)]])))
    found = []
    for fellow in range(FELLOWS):
        behind = np.flatnonzero(np.arange(len(order)) > begin + fellow)
        found.append(np.stack([order[begin[behind] + fellow], order[behind]]))
    i, j = np.concatenate(found, axis=1)
    new = fresh[i] | fresh[j]
    return i[new], j[new]


def _hopeful(edges: Edges) -> Edges:
    return edges.only((edges.day > scoring.LEAST_ODDS) | (edges.dense > scoring.LEAST_ODDS))


def _headline_keys(words: Words, leave_out: int = STOP | PAUSE | NUMBER) -> NDArray[np.uint64]:
    """A number for each entry's headline without the kinds of tokens to leave out, 0 for none."""
    return _keys(words, ((words.flags & leave_out) == 0) & ((words.flags & TITLE) > 0))


def _keys(words: Words, keep: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """A number for the tokens of each entry that are kept, 0 for none."""
    keys = np.zeros(len(words), dtype=np.uint64)
    np.add.at(keys, words.entry[keep], words.terms["hash"][words.term[keep]])
    return keys
