"""Sparse TF-IDF rows of entries, and the nearest neighbours among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from digest.group.words import PAUSE, STOP, TITLE, Words

if TYPE_CHECKING:
    from numpy.typing import NDArray


def term_rows(words: Words) -> Any:
    """A CSR matrix, entries × distinct terms, counting titles twice."""
    from scipy import sparse

    keep = (words.flags & (STOP | PAUSE)) == 0
    row = np.repeat(np.arange(len(words.start) - 1), np.diff(words.start))[keep]
    _, column = np.unique(words.term[keep], return_inverse=True)
    weight = np.where((words.flags[keep] & TITLE) > 0, 2.0, 1.0).astype(np.float32)
    shape = (len(words.start) - 1, int(column.max()) + 1 if len(column) else 1)
    return sparse.csr_matrix((weight, (row, column)), shape=shape)


def tf_idf(counts: Any) -> Any:
    """``counts`` with sub-linear term weights times inverse document frequency, each row of length 1."""
    from scipy import sparse

    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((counts.shape[0] + 1) / (frequency + 1)).astype(np.float32) + 1
    weighted = counts.copy()
    weighted.data = (1 + np.log(weighted.data)) * idf[weighted.indices]
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    length[length == 0] = 1
    return sparse.diags((1 / length).astype(np.float32)) @ weighted


def neighbours(rows: Any, most: int, least: float) -> tuple[NDArray[np.int64], NDArray[np.int64], Any]:
    """Pairs i < j with their cosine: for each row its ``most`` nearest with a cosine of at least ``least``."""
    from sparse_dot_topn import sp_matmul_topn

    product = sp_matmul_topn(rows, rows.T.tocsr(), top_n=most + 1, threshold=least, n_threads=2).tocoo()
    low, high = np.minimum(product.row, product.col), np.maximum(product.row, product.col)
    pair, where = np.unique(low.astype(np.int64) * rows.shape[0] + high, return_index=True)
    i, j = pair // rows.shape[0], pair % rows.shape[0]
    other = i != j
    return i[other], j[other], product.data[where][other]
