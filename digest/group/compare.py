"""How alike two entries are: the weights of their terms, the pairs worth comparing, and the features of a pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from digest.group.words import (
    CAPITAL,
    CASED,
    INITIAL,
    NUMBER,
    PAUSE,
    STOP,
    TITLE,
    Words,
    numbers_of,
    term_hash,
)
from digest.model import Entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRIOR_ENTRIES = 500  # the word lists weigh as much as so many entries
PART = 10_000  # entries are counted so many at a time, for memory
NEIGHBOURS = 50  # of an entry are compared with it
LEAST_COSINE = 0.08  # nothing below is ever likely
CANDIDATE_IDF = 2.0  # terms that every eighth entry has bring nobody together
WORDS_PER_ENTRY = 40  # turns a word's frequency into the chance that an entry has it
TITLED = 1024.0  # a token of a title among those of the body, more than a body has
PAPER_PRIOR = 5.0  # entries that a paper is taken to have beside those seen, with words as rare as anywhere
NO_PAPER = term_hash("")
FEATURES = (
    "words", "title", "cross", "letters", "phrases", "names", "top", "rest", "phrase", "burst", "static",
    "numbers", "conflict", "gap", "same_paper", "own_words", "telling", "contained", "shorter", "longer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many of ``entries`` have each term: parallel arrays sorted by term hash."""

    hash: NDArray[np.uint64]
    count: NDArray[np.int64]
    entries: int

    def plus(self, other: Frequencies) -> Frequencies:
        """The counts of both."""
        hashes = np.union1d(self.hash, other.hash)
        return Frequencies(hashes, self.of(hashes) + other.of(hashes), self.entries + other.entries)

    def of(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The counts of ``hashes``, 0 for terms not seen."""
        if not len(self.hash):
            return np.zeros(len(hashes), dtype=np.int64)
        at = np.minimum(np.searchsorted(self.hash, hashes), len(self.hash) - 1)
        return np.where(self.hash[at] == hashes, self.count[at], 0)


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse matrices of some entries, one row an entry, and what else is compared."""

    words: Any  # unit length, idf-weighted, the title counting twice
    title: Any  # unit length
    letters: Any  # first and last letters of words, unit length
    phrases: Any  # neighbouring terms, unit length
    names: Any  # unit length
    has: Any  # 1 where an entry has a term; words, title and names have their values in the same places
    telling: NDArray[
        np.float64
    ]  # of the places of ``has``: how rare the term is, and how rare in the entry's paper
    phrase_idf: NDArray[np.float64]
    idf: NDArray[np.float64]
    batch_idf: NDArray[np.float64]
    static_idf: NDArray[np.float64]
    is_number: NDArray[np.bool_]
    hours: NDArray[np.float64]
    paper: NDArray[np.int64]
    language: NDArray[np.int64]  # 0 = unknown

    def own(self, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the pairs (i, j) are of one paper; entries whose paper is not known are of many."""
        return np.asarray((self.paper[i] == self.paper[j]) & (self.paper[i] != NO_PAPER))


def frequencies(words: Words) -> Frequencies:
    """How many entries have each term."""
    size = max(1, len(words.terms))
    count = np.zeros(len(words.terms), dtype=np.int64)
    for first in range(0, len(words), PART):
        part = slice(words.offset[first], words.offset[min(first + PART, len(words))])
        key = np.sort(words.entry_of(part) * size + words.term[part])
        once = key[np.concatenate([[True], key[1:] != key[:-1]])] if len(key) else key
        count += np.bincount(once % size, minlength=len(words.terms))
    return Frequencies(words.terms["hash"], count, len(words))


def papers_of(entries: Iterable[Entry]) -> NDArray[np.int64]:
    """A number for the paper of each entry, or for its feed where the paper has no name."""
    return numbers_of(e.paper or e.feed for e in entries)


def rows(words: Words, hours: NDArray[np.float64], papers: NDArray[np.int64], seen: Frequencies) -> Rows:
    """The matrices of ``words``. ``seen`` counts their terms, there and perhaps in further entries."""
    keep = (words.flags & (STOP | PAUSE)) == 0
    entry, term, flags = words.entry[keep], words.term[keep], words.flags[keep]
    size, vocabulary = len(words), max(1, len(words.terms))
    titled = (flags & TITLE) > 0
    counts = _counts(entry, term, (size, vocabulary), np.where(titled, TITLED, 1.0))
    in_title, counts.data = counts.data >= TITLED, _weight(counts.data)
    has = counts.copy()
    has.data = np.ones(len(has.data))
    idf, batch_idf, static_idf = _rarity(words, seen)
    is_number = np.zeros(vocabulary, dtype=bool)
    is_number[term[(flags & NUMBER) > 0]] = True
    phrases, phrase_idf = _phrases(words, keep)
    known = {name: number for number, name in enumerate(sorted({*words.language, ""}))}
    rare_here = _rarity_in_paper(has, papers, idf)
    return Rows(
        words=unit(scaled(counts, idf)),
        title=unit(_valued(has, in_title * idf[has.indices])),
        letters=_letters(words),
        phrases=unit(scaled(phrases, phrase_idf)),
        names=unit(scaled(has, idf * _namehood(term, flags, vocabulary))),
        has=has,
        telling=np.minimum(idf[has.indices], rare_here),
        phrase_idf=phrase_idf,
        idf=idf,
        batch_idf=batch_idf,
        static_idf=static_idf,
        is_number=is_number,
        hours=hours,
        paper=papers,
        language=np.array([known[name] for name in words.language], dtype=np.int64),
    )


def _weight(tokens: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much a term counts in an entry by its tokens, those of the title worth TITLED: one in the title is as two."""
    title = tokens >= TITLED
    return np.asarray(1 + np.log(2 * title + tokens % TITLED))


def _rarity(words: Words, seen: Frequencies) -> tuple[Any, Any, Any]:
    """Inverse document frequencies: of both sources, of the entries alone, of the word lists alone."""
    if not len(words.terms):
        return np.zeros(1), np.zeros(1), np.zeros(1)
    count = seen.of(words.terms["hash"]).astype(float)
    expected = np.minimum(1.0, 10 ** (words.terms["zipf"].astype(float) - 9) * WORDS_PER_ENTRY)
    idf = -np.log((count + PRIOR_ENTRIES * expected) / (seen.entries + PRIOR_ENTRIES))
    return idf, np.log((seen.entries + 1) / (count + 0.5)), -np.log(expected)


def _rarity_in_paper(has: Any, papers: NDArray[np.int64], idf: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the places of ``has``: how rare the term is among the other entries of the same paper.

    A paper's furniture is rare elsewhere and tells nothing: "Subscribe to our channel", the name of a programme.
    """
    _, paper, entries = np.unique(papers, return_inverse=True, return_counts=True)
    paper = np.repeat(paper, np.diff(has.indptr))
    term = has.indices.astype(np.int64)
    _, where, count = np.unique(paper * has.shape[1] + term, return_inverse=True, return_counts=True)
    others = count[where] - 1 + PAPER_PRIOR * np.exp(-idf[term])
    return np.asarray(np.log((entries[paper] - 1 + PAPER_PRIOR) / others))


def _namehood(term: Any, flags: Any, vocabulary: int) -> NDArray[np.float64]:
    """How much of a name each term is: the share of its places where only a name has a capital."""
    telling = ((flags & CASED) > 0) & ((flags & INITIAL) == 0)
    capital = (flags & CAPITAL) > 0
    capitals = np.bincount(term[telling & capital], minlength=vocabulary)
    share = (capitals + 0.5) / (np.bincount(term[telling], minlength=vocabulary) + 1)
    return np.where(np.bincount(term[capital], minlength=vocabulary) > 0, share, 0.0)


def _letters(words: Words) -> Any:
    """First and last letters of words: inflections and compounds that stemming keeps apart."""
    entry, term = words.entry, words.term
    ends = np.concatenate([words.terms["start"], words.terms["end"]])
    unique, number = np.unique(ends, return_inverse=True)
    column = np.concatenate([number[term], number[len(words.terms) + term]])
    entry = np.concatenate([entry, entry])
    real = unique[column] > 0  # stop words, numbers and pauses have none
    has = matrix_of(entry[real], column[real], (len(words), max(1, len(unique))))
    count = np.bincount(has.indices, minlength=has.shape[1])
    return unit(scaled(has, np.log((len(words) + PRIOR_ENTRIES) / (count + 2.0))))


def _phrases(words: Words, keep: NDArray[np.bool_]) -> tuple[Any, NDArray[np.float64]]:
    """Neighbouring terms, at most one stop word between them, and their inverse document frequency."""
    at = np.flatnonzero(keep)
    a, b = at[:-1], at[1:]
    between = np.where(b - a == 2, a + 1, a)
    entry, flags = words.entry, words.flags
    near = (entry[a] == entry[b]) & (b - a <= 2) & (((flags[a] ^ flags[b]) & TITLE) == 0)
    near &= (flags[between] & PAUSE) == 0
    hashes = words.terms["hash"]
    with np.errstate(over="ignore"):
        phrase = hashes[words.term[a[near]]] * np.uint64(0x9E3779B97F4A7C15) ^ hashes[words.term[b[near]]]
    unique, column = np.unique(phrase, return_inverse=True)
    has = matrix_of(entry[a[near]], column, (len(words), max(1, len(unique))))
    count = np.bincount(has.indices, minlength=has.shape[1])
    return has, np.log((len(words) + PRIOR_ENTRIES) / (count + 0.3))


def neighbours(rows: Rows, fresh: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs i < j worth comparing: each ``fresh`` entry with its nearest, by the cosine of their words."""
    from sparse_dot_topn import sp_matmul_topn

    size = rows.words.shape[0]
    matrix = scaled(rows.words, (rows.idf >= CANDIDATE_IDF).astype(float)).astype(np.float32)
    matrix.eliminate_zeros()
    new = np.flatnonzero(fresh)
    product = sp_matmul_topn(
        matrix[new], matrix.T.tocsr(), top_n=NEIGHBOURS + 1, threshold=LEAST_COSINE, n_threads=2
    ).tocoo()
    row = new[product.row]
    low, high = np.minimum(row, product.col), np.maximum(row, product.col)
    pair = np.unique(low[low != high].astype(np.int64) * size + high[low != high])
    i, j = pair // max(1, size), pair % max(1, size)
    speak = (rows.language[i] == rows.language[j]) | (rows.language[i] == 0) | (rows.language[j] == 0)
    return i[speak], j[speak]


def features(rows: Rows, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
    """The FEATURES of the pairs (i, j), one row a pair."""
    shared = _shared(rows.has, i, j)
    term = rows.has.indices[shared.here]
    idf, static = rows.idf[term], rows.static_idf[term]
    top = shared.largest(idf, 2)
    phrases = _shared(rows.phrases, i, j)
    phrase_idf = rows.phrase_idf[rows.phrases.indices[phrases.here]]
    numbers = shared.sums(rows.is_number[term] * idf)
    words, own = shared.dot(rows.words, rows.words), rows.own(i, j)
    headline, terms = row_sums(rows.title), np.log1p(np.diff(rows.has.indptr))
    headline[headline == 0] = 1
    any_number = row_sums(scaled(rows.has, rows.is_number.astype(float))) > 0
    columns = {
        "words": words,
        "title": shared.dot(rows.title, rows.title),
        "cross": np.maximum(shared.dot(rows.title, rows.words), shared.dot(rows.words, rows.title)),
        "letters": row_sums(rows.letters[i].multiply(rows.letters[j]).tocsr()),
        "phrases": phrases.dot(rows.phrases, rows.phrases),
        "names": shared.dot(rows.names, rows.names),
        "top": top[:, 0],
        "rest": shared.sums(idf) - top.sum(axis=1),
        "phrase": phrases.largest(phrase_idf, 2).sum(axis=1),
        "burst": shared.largest(np.maximum(static - rows.batch_idf[term], 0), 1)[:, 0],
        "static": shared.largest(static, 2).sum(axis=1),
        "numbers": np.minimum(numbers, 12),
        "conflict": any_number[i] & any_number[j] & (numbers == 0),
        "gap": np.minimum(np.abs(rows.hours[i] - rows.hours[j]), 48) / 24,
        "same_paper": own,
        "own_words": words * own,
        "telling": shared.sums(np.minimum(rows.telling[shared.here], rows.telling[shared.there])),
        "contained": np.maximum(
            shared.sums(rows.title.data[shared.here]) / headline[i],
            shared.sums(rows.title.data[shared.there]) / headline[j],
        ),
        "shorter": np.minimum(terms[i], terms[j]),
        "longer": np.maximum(terms[i], terms[j]),
    }
    return np.stack([columns[name].astype(float) for name in FEATURES], axis=1)


@dataclass(frozen=True, slots=True)
class Shared:
    """The columns that both rows of some pairs have: their places in the matrix, in the order of the pairs."""

    pair: NDArray[np.int64]
    here: NDArray[np.int64]  # in the row of the first
    there: NDArray[np.int64]
    pairs: int

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of each pair's values."""
        return np.bincount(self.pair, weights=values, minlength=self.pairs).astype(float)

    def dot(self, left: Any, right: Any) -> NDArray[np.float64]:
        """The product of each pair's rows of two matrices that have their values in these places."""
        return self.sums(left.data[self.here] * right.data[self.there])

    def largest(self, values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
        """The ``most`` largest values of each pair, largest first, 0 where there are fewer."""
        order = np.lexsort((-values, self.pair))
        first = np.searchsorted(self.pair, np.arange(self.pairs))
        place = np.arange(len(order)) - first[self.pair]
        within = place < most
        largest = np.zeros((self.pairs, most))
        largest[self.pair[within], place[within]] = values[order][within]
        return largest


def _shared(matrix: Any, i: NDArray[np.int64], j: NDArray[np.int64]) -> Shared:
    """What the rows ``i`` and ``j`` have in common, found in two products instead of one for each feature."""
    ones, places = (
        _valued(matrix, values) for values in (np.ones(matrix.nnz), np.arange(1.0, matrix.nnz + 1))
    )
    here = places[i].multiply(ones[j]).tocsr()
    there = ones[i].multiply(places[j]).tocsr()
    pair = np.repeat(np.arange(len(i)), np.diff(here.indptr))
    return Shared(pair, here.data.astype(np.int64) - 1, there.data.astype(np.int64) - 1, len(i))


def matrix_of(row: Any, column: Any, shape: tuple[int, int]) -> Any:
    """A sparse matrix of ones at the places given, each once."""
    matrix = _counts(row, column, shape)
    matrix.data[:] = 1
    return matrix


def _counts(row: Any, column: Any, shape: tuple[int, int], values: Any = None) -> Any:
    from scipy import sparse

    return sparse.csr_matrix((np.ones(len(row)) if values is None else values, (row, column)), shape=shape)


def _valued(matrix: Any, values: NDArray[np.float64]) -> Any:
    """A matrix with the places of another and values of its own."""
    from scipy import sparse

    return sparse.csr_matrix((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def scaled(matrix: Any, by_column: NDArray[np.float64]) -> Any:
    """``matrix`` with every column multiplied."""
    return _valued(matrix, matrix.data * by_column[matrix.indices])


def unit(matrix: Any) -> Any:
    """``matrix`` with rows of length 1, but for empty ones."""
    length = np.sqrt(row_sums(_valued(matrix, matrix.data**2)))
    length[length == 0] = 1
    return _valued(matrix, matrix.data / np.repeat(length, np.diff(matrix.indptr)))


def row_sums(matrix: Any) -> NDArray[np.float64]:
    """The sum of each row."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return np.bincount(row, weights=matrix.data.astype(float), minlength=matrix.shape[0]).astype(float)
