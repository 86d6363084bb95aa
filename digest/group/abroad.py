"""Pairs of entries in different languages: compared by names, places and numbers, which most languages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from digest.group.compare import matrix_of, row_sums, scaled, unit
from digest.group.words import CAPITAL, NUMBER, STOP, Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS = 10
LEAST_COSINE = 0.15
LEAST_SHARED = 3  # names or numbers: one alone is a coincidence, and two may be one person's
CONSTANT, BY_COSINE, BY_WEIGHT = (
    -6.5,
    8.0,
    0.22,
)  # log odds, set by hand on the labelled stories of tests/eval


def pairs(
    words: Words, fresh: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs i < j in different languages, and the log odds that both tell one story."""
    from sparse_dot_topn import sp_matmul_topn

    has, idf = _names(words)
    rows = unit(scaled(has, idf)).astype(np.float32)
    new = np.flatnonzero(fresh)
    near = sp_matmul_topn(rows[new], rows.T.tocsr(), top_n=NEIGHBOURS * 3, threshold=LEAST_COSINE).tocoo()
    language = np.unique(np.array(words.language), return_inverse=True)[1]
    known = np.array([bool(name) for name in words.language])
    row = new[near.row]
    keep = (language[row] != language[near.col]) & known[row] & known[near.col]
    low, high = np.minimum(row, near.col)[keep], np.maximum(row, near.col)[keep]
    pair, first = np.unique(low.astype(np.int64) * len(words) + high, return_index=True)
    i, j, cosine = pair // max(1, len(words)), pair % max(1, len(words)), near.data[keep][first].astype(float)
    shared = has[i].multiply(has[j]).tocsr()
    odds = CONSTANT + BY_COSINE * cosine + BY_WEIGHT * row_sums(scaled(shared, idf))
    enough = row_sums(shared) >= LEAST_SHARED
    return i[enough], j[enough], odds[enough]


def _names(words: Words) -> tuple[Any, NDArray[np.float64]]:
    """Which entry has which name (by its first letters, since endings differ) or number, and how rare each is."""
    flags = words.flags
    number = (flags & NUMBER) > 0
    name = ((flags & CAPITAL) > 0) & ((flags & STOP) == 0)
    keep = number | name
    key = np.where(number, words.terms["hash"][words.term], words.terms["start"][words.term])[keep]
    unique, column = np.unique(key, return_inverse=True)
    has = matrix_of(words.entry[keep], column, (len(words), max(1, len(unique))))
    zipf = np.zeros(max(1, len(unique)))
    np.maximum.at(zipf, column, words.terms["zipf"][words.term[keep]])
    count = np.bincount(has.indices, minlength=has.shape[1])
    idf = np.minimum(np.log((len(words) + 200) / (count + 1.0)), (9 - zipf) * np.log(10) / 2)
    return has, idf
