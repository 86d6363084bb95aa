"""How fast grouping is: `python -m bench.group [SIZE …]`, beside scikit-learn's TF-IDF and agglomerative clustering.

The entries are made here: days of news in which nine of ten stories stand alone, from a vocabulary whose words
are as frequent as words are. Both methods run in this process, one after the other, imports not counted; of
several runs the median counts, and beside entries per second stand entries per second of processor time, which
neighbours on the machine disturb less. Memory is the peak that the grouping added to the entries themselves,
measured in a run of its own (--memory SIZE).
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import time
from collections.abc import Callable
from itertools import accumulate
from statistics import median

from digest.group import group
from digest.group.index import Index
from digest.model import Entry

SIZES = (1_000, 10_000, 50_000, 200_000)
BASELINE_UP_TO = 10_000  # its distance matrix of 10,000 entries takes 800 MB
FEW = 10_000  # up to so many entries every figure is the median of five runs
ENTRIES_PER_DAY = 500
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SYLLABLES = [c + v for c in "bcdfghjklmnprstvwz" for v in ("a", "e", "i", "o", "u", "ar", "en", "is")]


def vocabulary(size: int, dice: random.Random) -> list[str]:
    """Invented words, short and long."""
    return ["".join(dice.choices(SYLLABLES, k=dice.choice((2, 2, 3, 3, 4)))) for _ in range(size)]


def news(size: int) -> list[Entry]:
    """``size`` entries of consecutive days; a fifth of them tell a story that others tell too."""
    dice = random.Random(size)
    words = vocabulary(60_000, dice)
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    entries: list[Entry] = []
    topic: list[str] = []
    company = 0
    for number in range(size):
        if company == 0:
            topic = dice.sample(words[300:], 12)
            company = 1 if dice.random() < 0.9 else dice.choice((2, 2, 2, 3, 4, 8))
        company -= 1
        title = [*dice.sample(topic, 4), *dice.choices(words, cum_weights=weights, k=5)]
        body = [*dice.sample(topic, 6), *dice.choices(words, cum_weights=weights, k=22)]
        dice.shuffle(title)
        dice.shuffle(body)
        when = START + dt.timedelta(days=number / ENTRIES_PER_DAY)
        entries.append(
            Entry(
                id=f"{number:016x}",
                feed=f"https://{number % 40}.example/feed",
                paper=f"Paper {number % 40}",
                url=f"https://{number % 40}.example/{number}",
                title=" ".join(title).capitalize(),
                standfirst=" ".join(body).capitalize() + ".",
                published=when,
                language="en",
            )
        )
    return entries


Seconds = tuple[float, float]  # on the wall's clock, of processor time


def timed(method: Callable[[list[Entry]], object], entries: list[Entry], runs: int = 1) -> Seconds:
    """The medians of what ``method`` takes for ``entries``."""
    found: list[Seconds] = []
    for _ in range(runs):
        start, busy = time.perf_counter(), time.process_time()
        method(entries)
        found.append((time.perf_counter() - start, time.process_time() - busy))
    walls, cpus = zip(*found, strict=True)
    return median(walls), median(cpus)


def baseline(entries: list[Entry]) -> None:
    """TF-IDF, cosine distances and average link with a threshold."""
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics.pairwise import cosine_distances

    matrix = TfidfVectorizer(stop_words="english", ngram_range=(1, 2)).fit_transform(
        [f"{e.title} {e.standfirst}" for e in entries]
    )
    AgglomerativeClustering(
        n_clusters=None, distance_threshold=0.7, metric="precomputed", linkage="average"
    ).fit(cosine_distances(matrix))


def measure(size: int, runs: int) -> dict[str, float]:
    """Medians in seconds of ours and scikit-learn's, and of their ratio within a round."""
    entries = news(size)
    for import_first in (group, baseline):
        import_first(entries[:200])
    rounds = [(timed(group, entries)[0], timed(baseline, entries)[0]) for _ in range(runs)]
    return {
        "ours": median(a for a, _ in rounds),
        "scikit-learn": median(b for _, b in rounds),
        "ratio": median(b / a for a, b in rounds),
    }


def memory(size: int) -> None:
    """Print by how many megabytes grouping raised the process's peak."""
    entries = news(size)
    group(entries[:200])  # imports
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, _ = timed(group, entries)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{size} entries: {(after - before) / 1024:.0f} MB more than the {before / 1024:.0f} MB before, {seconds:.1f} s"
    )


def added(known: int, new: int) -> None:
    """Print what adding ``new`` entries to ``known`` ones costs beside grouping them alone, and all anew."""
    entries = news(known + new)
    index = Index()
    index.add(entries[:known])
    start = time.process_time()
    index.add(entries[known:])
    seconds = time.process_time() - start
    alone, anew = (timed(lambda some: Index().add(some), some)[1] for some in (entries[known:], entries))
    print(
        f"{new} new into {known} known: {seconds:.2f} s of processor time; "
        f"{new} alone {alone:.2f} s, {known + new} anew {anew:.2f} s"
    )


def main() -> None:
    """Print entries a second at each size, or with ``--memory`` the megabytes of one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--memory", type=int, metavar="SIZE")
    arguments = parser.parse_args()
    if arguments.memory:
        memory(arguments.memory)
        return
    for import_first in (group, baseline):
        import_first(news(200))
    print("entries   entries/s   per CPU second   scikit-learn   ratio")
    for size in arguments.sizes:
        entries = news(size)
        wall, cpu = timed(group, entries, runs=5 if size <= FEW else 1)
        line = f"{size:7}   {size / wall:9.0f}   {size / cpu:14.0f}"
        if size <= BASELINE_UP_TO:
            _, other = timed(baseline, entries)
            line += f"   {size / other:12.0f}   {other / cpu:.1f} times as fast"
        print(line, flush=True)
    added(10_000, 500)


if __name__ == "__main__":
    main()
