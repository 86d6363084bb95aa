"""A second look at a pair: how alike two entries are once the words of their likely fellows are added to their own.

Two papers may tell one event in words of which hardly any is shared, while a third has words of both. Searching
calls it pseudo-relevance feedback (J. Rocchio, "Relevance feedback in information retrieval", 1971).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from digest.group.compare import Rows, row_sums, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

POOLED = ("pooled", "pooled_most", "pooled_least", "own_pooled", "own_most", "own_least")
LEAST = -2.2  # log odds; a chance of one in ten
PAIRS = 20_000  # looked at together, for memory


def fellows(size: int, i: NDArray[np.int64], j: NDArray[np.int64], odds: NDArray[np.float64]) -> Any:
    """A symmetric sparse matrix of ``size`` entries: the chance that two tell one story, where there is any.

    ``odds`` are the log odds of the pairs (i, j), each pair once; those below LEAST are no company.
    """
    from scipy import sparse

    near = odds >= LEAST
    i, j, chances = i[near], j[near], 1 / (1 + np.exp(-odds[near]))
    return sparse.csr_matrix((np.tile(chances, 2), (np.r_[i, j], np.r_[j, i])), shape=(size, size))


def features(rows: Rows, fellows: Any, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
    """The POOLED features of the pairs (i, j), one row a pair.

    A pooled entry is its words and those of its fellows, each as much as its chance. The cosines: of both pooled,
    and of each pooled one with the other as it is, the larger first; and the same once more for two entries of
    one paper, which seldom tells a story twice in other words.
    """
    words = rows.words
    wide = unit((words + fellows @ words).tocsr())
    found = np.zeros((len(i), len(POOLED) // 2))
    for start in range(0, len(i), PAIRS):
        part = slice(start, start + PAIRS)
        ours, theirs, a, b = wide[i[part]], wide[j[part]], words[i[part]], words[j[part]]
        one, other = _dot(ours, b), _dot(a, theirs)
        found[part] = np.stack([_dot(ours, theirs), np.maximum(one, other), np.minimum(one, other)], axis=1)
    return np.hstack([found, found * rows.own(i, j)[:, None]])


def _dot(left: Any, right: Any) -> NDArray[np.float64]:
    """The products of the rows of two sparse matrices."""
    return row_sums(left.multiply(right).tocsr())
