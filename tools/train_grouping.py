"""Fits the weights of grouping to labelled pairs: `python tools/train_grouping.py [--features FOLDER]`.

Without arguments it reads tools/grouping-pairs.npz, which holds the numeric features of pairs of entries, which
set and file a pair comes from, whether both entries tell one story and how much the pair counts, and no feed text;
and writes digest/group/weights.json. With ``--features`` it first makes that file again from labelled sets in
FOLDER, one JSON object a line with the columns of `digest group` and ``cluster``.

The sets, in the order of their numbers:
0  eleven whole days of five to twenty English-language papers, 2018, 2020 and 2021, every entry labelled by hand
   (four days by their collectors, the others by us); the text belongs to its publishers
1  UCI News Aggregator, F. Gasparetti, CC BY 4.0: headlines of 47 big stories
2  ECB+, A. Cybulska and P. Vossen, CC BY 3.0: 66 stories in pairs of look-alikes
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(__file__).parent
PAIRS = HERE / "grouping-pairs.npz"
WEIGHTS = HERE.parent / "digest" / "group" / "weights.json"
DAYS, HEADLINES, LOOKALIKES = 0, 1, 2
TIMELESS = ("uci", "ecb")  # sets whose times are missing or tell the story: they see an ordinary gap
ORDINARY_GAP = 0.25
SHARED = (  # days that have entries in common: who leaves out one leaves out the other
    ("day-2020-05-23", "day-2020-05-24"),
    ("day-2020-05-28", "day-2020-05-29"),
    ("day-2020-05-30", "day-2020-05-31"),
)
DAY_RIDGE, SECOND_RIDGE, DENSE_RIDGE = 10.0, 40.0, 50.0
DENSE_DAY_WEIGHT = 0.3
DENSE_SHIFT = 2.5  # log odds added to what was fitted: a dense set falls apart at the chances themselves


def logistic(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64], ridge: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Coefficients of a weighted, ridge-penalised logistic regression, by Newton's method; no intercept added."""
    beta = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weight * (y - p)) - ridge * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-10:
            break
    return beta


def load() -> dict[str, Any]:
    """The committed pairs: ``features``, ``pooled`` (of days alone), ``same``, ``weight``, ``set``, ``day``, ``names``.

    ``day`` is a place in ``names``, the files; ``pooled`` was taken with the first look's weights of all days.
    """
    with np.load(PAIRS, allow_pickle=False) as data:
        return {name: data[name] for name in data}


def left_out(data: Any, name: str) -> dict[str, Any]:
    """``data`` without the pairs of the file called ``name`` and of those with entries in common."""
    out = next((days for days in SHARED if name in days), (name,))
    keep = ~np.isin(data["names"][data["day"]], out)
    return {key: value if key == "names" else value[keep] for key, value in data.items()}


def fit(
    data: Any, *, sets: tuple[int, ...], ridge: float, day_weight: float
) -> tuple[NDArray[np.float64], Any, dict[int, float]]:
    """Raw coefficients, constant, and by how much each further set's constant differs."""
    chosen = np.isin(data["set"], sets)
    x, y = data["features"][chosen].astype(float), data["same"][chosen].astype(float)
    where, weight = data["set"][chosen], data["weight"][chosen].astype(float)
    weight = np.where(where == DAYS, weight * day_weight, weight)
    days = data["features"][data["set"] == DAYS].astype(float)
    mean, spread = days.mean(axis=0), days.std(axis=0)
    further = [s for s in sets if s != DAYS]
    columns = [(x - mean) / spread, np.ones((len(x), 1)), *[3.0 * (where == s)[:, None] for s in further]]
    penalty = np.array([ridge] * x.shape[1] + [1e-9] + [ridge] * len(further))
    beta = logistic(np.hstack(columns), y, weight, penalty)
    coefficients = beta[: x.shape[1]] / spread
    constant = float(beta[x.shape[1]] - coefficients @ mean)
    offsets = {s: float(3.0 * b) for s, b in zip(further, beta[x.shape[1] + 1 :], strict=True)}
    return coefficients, constant, offsets


def second_fit(data: Any, day: NDArray[np.float64], constant: float) -> tuple[NDArray[np.float64], float]:
    """Coefficients of the first look's log odds and of ``pooled``, and the constant: on days, where there is doubt."""
    from digest.group.scoring import LEAST_ODDS

    odds = data["features"].astype(float) @ day + constant
    chosen = (data["set"] == DAYS) & (odds > LEAST_ODDS)
    x = np.hstack([odds[chosen, None], data["pooled"][chosen].astype(float)])
    y, weight = data["same"][chosen].astype(float), data["weight"][chosen].astype(float)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    columns = np.hstack([(x - mean) / spread, np.ones((len(x), 1))])
    beta = logistic(columns, y, weight, np.array([SECOND_RIDGE] * x.shape[1] + [1e-9]))
    coefficients = beta[:-1] / spread
    return coefficients, float(beta[-1] - coefficients @ mean)


def weights_of(data: Any) -> dict[str, Any]:
    """What weights.json says, rounded to six decimals."""
    from digest.group.compare import FEATURES
    from digest.group.pooled import POOLED

    day, day_constant, _ = fit(data, sets=(DAYS,), ridge=DAY_RIDGE, day_weight=1.0)
    second, second_constant = second_fit(data, day, day_constant)
    dense, dense_constant, offsets = fit(
        data, sets=(DAYS, HEADLINES, LOOKALIKES), ridge=DENSE_RIDGE, day_weight=DENSE_DAY_WEIGHT
    )
    return {
        "day": {"constant": round(day_constant, 6), "coefficients": named(FEATURES, day)},
        "second": {
            "constant": round(second_constant, 6),
            "coefficients": named(("odds", *POOLED), second),
        },
        "dense": {
            "constant": round(dense_constant + float(np.mean([*offsets.values()])) + DENSE_SHIFT, 6),
            "coefficients": named(FEATURES, dense),
        },
    }


def named(names: Sequence[str], fitted: NDArray[np.float64]) -> dict[str, float]:
    """Coefficients by name, rounded to six decimals."""
    return {name: round(float(c), 6) for name, c in zip(names, fitted, strict=True)}


def pair_weights(same: NDArray[np.bool_], size: NDArray[np.int64]) -> NDArray[np.float64]:
    """A pair of a story counts by 2 / its size, so that a story of 28 entries does not drown the others."""
    return np.where(same, 2.0 / size, 1.0)


def collect(folder: Path) -> dict[str, Any]:
    """The features of all labelled pairs under ``folder``."""
    from digest.group.pooled import POOLED

    parts: dict[str, list[Any]] = {"features": [], "same": [], "weight": [], "set": [], "day": []}
    files = sorted(folder.glob("*.jsonl"))
    for number, file in enumerate(files):
        which = HEADLINES if "uci" in file.name else LOOKALIKES if "ecb" in file.name else DAYS
        features, same, weight = labelled_pairs(file, timeless=which != DAYS)
        if which != DAYS:
            weight = weight * 6000 / weight.sum()
            few = np.arange(len(same)) % (5 if which == HEADLINES else 1) == 0
            features, same, weight = features[few], same[few], weight[few] * (5 if which == HEADLINES else 1)
        parts["features"].append(features.astype(np.float16))
        parts["same"].append(same)
        parts["weight"].append(weight.astype(np.float32))
        parts["set"].append(np.full(len(same), which, dtype=np.uint8))
        parts["day"].append(np.full(len(same), number, dtype=np.uint8))
        print(f"{file.name}: {len(same)} pairs, {int(same.sum())} of one story")
    found: dict[str, Any] = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    day, constant, _ = fit(found, sets=(DAYS,), ridge=DAY_RIDGE, day_weight=1.0)
    odds = found["features"].astype(float) @ day + constant
    found["pooled"] = np.zeros((len(odds), len(POOLED)), dtype=np.float16)
    for number in np.unique(found["day"][found["set"] == DAYS]).tolist():
        of_day = found["day"] == number
        found["pooled"][of_day] = pooled_pairs(files[number], odds[of_day])
    return {**found, "names": np.array([file.stem for file in files])}


def entries_of(file: Path) -> list[Any]:
    """The entries of a labelled set, in order."""
    from digest.cli.group import read_rows

    return sorted([entry for _, entry in read_rows(file)], key=lambda e: (e.published, e.id))


def pooled_pairs(file: Path, odds: NDArray[np.float64]) -> Any:
    """The features of the second look at the compared pairs of a day, of which ``odds`` are the first look's."""
    from digest.group import compare, pooled
    from digest.group.index import rows_of

    entries = entries_of(file)
    rows, everybody = rows_of(entries), np.ones(len(entries), dtype=bool)
    i, j = compare.neighbours(rows, everybody)
    return pooled.features(rows, pooled.fellows(len(entries), i, j, odds), i, j)


def labelled_pairs(file: Path, *, timeless: bool) -> tuple[Any, Any, Any]:
    """Features, labels and weights of the compared pairs of one labelled set."""
    from digest.group.compare import FEATURES
    from digest.group.index import compared_pairs

    with file.open(encoding="utf-8") as lines:
        story = {row["id"]: row["cluster"] for row in map(json.loads, lines)}
    entries = entries_of(file)
    i, j, features = compared_pairs(entries)
    if timeless:
        features[:, FEATURES.index("gap")] = ORDINARY_GAP
    _, label, count = np.unique([story[e.id] for e in entries], return_inverse=True, return_counts=True)
    same = label[i] == label[j]
    return features, same, pair_weights(same, count[label[i]])


def main() -> None:
    """Fit the weights anew, to pairs collected from ``--features`` or to those kept here, and write them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--features", type=Path, metavar="FOLDER")
    folder = parser.parse_args().features
    if folder:
        np.savez_compressed(PAIRS, **collect(folder))
    fitted = weights_of(load())
    WEIGHTS.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {WEIGHTS}")


if __name__ == "__main__":
    main()
