"""The table of docs/grouping.md: `python tools/evaluate_grouping.py [FOLDER] [--left-out]`, or `make eval FOLDER=…`.

FOLDER holds labelled sets, one JSON object a line with the columns of `digest group` and ``cluster``; the stories
of tests/eval come first, and alone without a folder. With ``--left-out`` every set that the weights were fitted
to (tools/grouping-pairs.npz) is also scored by weights fitted without it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from digest.cli.group import read_rows
from digest.group.index import Index
from digest.group.scoring import Weights, weights_from
from digest.model import Entry

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "eval"))
import quality
import train_grouping

Labels = Mapping[str, Hashable]
Method = Callable[[Sequence[Entry]], Labels]
COLUMNS = ("precision", "recall", "f1", "pair precision", "pair recall")
RUNS = 3  # of each method; the median time counts
HASHES, SAME_SHINGLES = 64, 0.5


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


def min_hash(entries: Sequence[Entry]) -> Labels:
    """Entries that share half of their runs of two words, by 64 hashes, are one story; what finds copies."""
    dice = np.random.default_rng(1)
    factors = dice.integers(1, 2**31, (HASHES, 1), dtype=np.uint64)
    marks = []
    for e in entries:
        words = f"{e.title} {e.standfirst[:200]}".casefold().split()
        runs = {crc32(f"{a} {b}".encode()) for a, b in zip(words, [*words[1:], ""], strict=True)} or {0}
        marks.append((np.array(sorted(runs), dtype=np.uint64) * factors % 4294967311).min(axis=1))
    matrix = np.array(marks)
    group = np.arange(len(entries))
    for number in range(len(entries)):
        alike = np.flatnonzero((matrix[:number] == matrix[number]).mean(axis=1) >= SAME_SHINGLES)
        group[np.isin(group, group[alike])] = group[number]
    return dict(zip((e.id for e in entries), group.tolist(), strict=True))


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


def ours(weights: Weights | None = None) -> Method:
    """`digest group`."""

    def method(entries: Sequence[Entry]) -> Labels:
        index = Index(weights=weights)
        index.add(entries)
        return index.story_of()

    return method


def sets(folder: Path | None) -> Iterator[tuple[str, list[Entry], Labels]]:
    """The name, the entries and the gold stories of every labelled set."""
    invented = [quality.labelled(language) for language in quality.languages()]
    yield (
        "tests/eval",
        [e for entries, _ in invented for e in entries],
        {k: v for _, gold in invented for k, v in gold.items()},
    )
    for file in sorted(folder.glob("*.jsonl")) if folder else ():
        with file.open(encoding="utf-8") as lines:
            gold = {str(row["id"]): row["cluster"] for row in map(json.loads, lines)}
        yield file.stem, [entry for _, entry in read_rows(file)], gold


def methods(name: str, *, left_out: bool) -> dict[str, Method]:
    """The methods to be measured on the set called ``name``."""
    found = {
        "all alone": alone,
        "same headline": same_title,
        "MinHash": min_hash,
        "TF-IDF, average link": tf_idf,
        "digest": ours(),
    }
    if left_out:
        data = train_grouping.load()
        fewer = train_grouping.left_out(data, name)
        if len(fewer["same"]) < len(data["same"]):
            found["digest, fitted without it"] = ours(weights_from(train_grouping.weights_of(fewer)))
    return found


def measured(method: Method, entries: Sequence[Entry], gold: Labels) -> dict[str, float]:
    """The figures of a method on one set, and how many entries it groups in a second."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        labels = method(entries)
        seconds.append(time.perf_counter() - start)
    return {"speed": len(entries) / sorted(seconds)[RUNS // 2], **score(labels, gold)}


def main() -> None:
    """Print the table, one row for each set and method, and what closes how much of the gap on real days."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--left-out", action="store_true")
    arguments = parser.parse_args()
    for import_first in (ours(), tf_idf):
        import_first(quality.labelled("en")[0])
    print(f"| set | method | {' | '.join(COLUMNS)} | gap closed | entries/s |")
    print("|---|---|" + "---|" * (len(COLUMNS) + 2))
    days: dict[str, list[dict[str, float]]] = defaultdict(list)
    for name, entries, gold in sets(arguments.folder):
        for method, call in methods(name, left_out=arguments.left_out).items():
            row = measured(call, entries, gold)
            figures = " | ".join(f"{row[c]:.3f}" for c in COLUMNS)
            print(
                f"| {name} | {method} | {figures} | {row['gap']:.0%} | {row['speed']:,.0f} |",
                flush=True,
            )
            if name.startswith("day"):
                days[method].append(row)
    for method, found in days.items():
        mean = {key: float(np.mean([row[key] for row in found])) for key in found[0]}
        figures = " | ".join(f"{mean[c]:.3f}" for c in COLUMNS)
        print(f"| mean of {len(found)} days | {method} | {figures} | {mean['gap']:.0%} | |")


if __name__ == "__main__":
    main()
