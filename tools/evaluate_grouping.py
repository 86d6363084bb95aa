"""The table of docs/grouping.md: `python tools/evaluate_grouping.py FOLDER [--left-out]`.

FOLDER holds labelled sets, one JSON object a line with the columns of `digest group` and ``cluster``. With
``--left-out`` every set of real days is scored by weights fitted without it (tools/grouping-pairs.npz names the
day of each pair by its place in the alphabet of FOLDER), and the other sets by weights fitted without them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digest.cli.group import read_rows
from digest.group.index import Index
from digest.group.scoring import Weights, weights_from
from digest.model import Entry

Labels = Mapping[str, Hashable]


def score(found: Labels, gold: Labels) -> dict[str, float]:
    """B-cubed and pairwise precision and recall, and the share of the gap over leaving all alone that is closed."""
    size = len(gold)
    f, g = Counter(found[i] for i in gold), Counter(gold.values())
    both = Counter((found[i], gold[i]) for i in gold)
    precision = sum(n * n / f[a] for (a, _), n in both.items()) / size
    recall = sum(n * n / g[b] for (_, b), n in both.items()) / size
    pairs = [sum(n * (n - 1) for n in c.values()) for c in (both, f, g)]
    alone = 2 * len(g) / size / (1 + len(g) / size)
    f1 = 2 * precision * recall / (precision + recall)
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "gap": (f1 - alone) / (1 - alone) if alone < 1 else 0.0,
        "pair precision": pairs[0] / pairs[1] if pairs[1] else 1.0,
        "pair recall": pairs[0] / pairs[2] if pairs[2] else 1.0,
    }


def alone(entries: Sequence[Entry]) -> Labels:
    """Every entry a story of its own."""
    return {e.id: e.id for e in entries}


def same_title(entries: Sequence[Entry]) -> Labels:
    """Entries with the same headline are one story."""
    return {e.id: e.title.casefold() for e in entries}


def tf_idf(entries: Sequence[Entry]) -> Labels:
    """scikit-learn's TF-IDF and average link, the cosine threshold fixed at 0.3."""
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics.pairwise import cosine_distances

    texts = [f"{e.title} {e.standfirst[:200]}" for e in entries]
    matrix = TfidfVectorizer(stop_words="english", ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    clustering = AgglomerativeClustering(
        n_clusters=None, distance_threshold=0.7, metric="precomputed", linkage="average"
    )
    return dict(zip((e.id for e in entries), clustering.fit_predict(cosine_distances(matrix)), strict=True))


def ours(weights: Weights | None) -> Callable[[Sequence[Entry]], Labels]:
    """`digest group`."""

    def method(entries: Sequence[Entry]) -> Labels:
        index = Index(weights=weights)
        index.add(entries)
        return index.story_of()

    return method


def without(number: int) -> Weights:
    """Weights fitted without the pairs of the set that is ``number`` in its folder's alphabet."""
    from train_grouping import PAIRS, weights_of

    with np.load(PAIRS) as data:
        keep = data["day"] != number
        return weights_from(weights_of({name: data[name][keep] for name in data}))


def rows(folder: Path, *, left_out: bool) -> list[dict[str, Any]]:
    """One row for each set and method."""
    found = []
    for number, file in enumerate(sorted(folder.glob("*.jsonl"))):
        entries = [entry for _, entry in read_rows(file)]
        with file.open(encoding="utf-8") as lines:
            gold = {str(row["id"]): row["cluster"] for row in map(json.loads, lines)}
        methods: dict[str, Callable[[Sequence[Entry]], Labels]] = {
            "all alone": alone, "same headline": same_title, "TF-IDF, average link": tf_idf, "digest": ours(None)
        }  # fmt: skip
        if left_out:
            methods["digest, fitted without it"] = ours(without(number))
        for name, method in methods.items():
            start = time.perf_counter()
            labels = method(entries)
            seconds = time.perf_counter() - start
            found.append(
                {"set": file.stem, "method": name, "speed": len(entries) / seconds, **score(labels, gold)}
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--left-out", action="store_true")
    arguments = parser.parse_args()
    ours(None)([])
    columns = ("precision", "recall", "f1", "pair precision", "pair recall")
    print(f"| set | method | {' | '.join(columns)} | gap closed | entries/s |")
    print("|---|---|" + "---|" * (len(columns) + 2))
    gaps: dict[str, list[float]] = defaultdict(list)
    for row in rows(arguments.folder, left_out=arguments.left_out):
        figures = " | ".join(f"{row[c]:.3f}" for c in columns)
        print(f"| {row['set']} | {row['method']} | {figures} | {row['gap']:.0%} | {row['speed']:,.0f} |")
        if row["set"].startswith("day"):
            gaps[row["method"]].append(row["gap"])
    for method, values in gaps.items():
        print(f"\n{method}: {np.mean(values):.1%} of the gap closed on real days, on average")


if __name__ == "__main__":
    main()
