"""The fitted weights come from the committed features and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from digest.group import scoring
from digest.group.compare import FEATURES
from digest.group.pooled import POOLED

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))
import train_grouping


@pytest.mark.slow
def test_fitting_again_gives_the_same_weights() -> None:
    again = train_grouping.weights_of(train_grouping.load())
    committed = json.loads(train_grouping.WEIGHTS.read_text(encoding="utf-8"))
    for fit, names in (("day", FEATURES), ("second", ("odds", *POOLED)), ("dense", FEATURES)):
        assert again[fit]["constant"] == pytest.approx(committed[fit]["constant"], abs=1e-4)
        for name in names:
            assert again[fit]["coefficients"][name] == pytest.approx(
                committed[fit]["coefficients"][name], abs=1e-4
            )


def test_the_committed_features_hold_numbers_only() -> None:
    data = train_grouping.load()
    assert {name: array.dtype.kind for name, array in data.items()} == {
        "features": "f", "pooled": "f", "same": "b", "weight": "f", "set": "u", "day": "u", "names": "U"
    }  # fmt: skip
    assert data["features"].shape[1] == len(FEATURES)
    assert len(data["names"]) == 13
    assert train_grouping.PAIRS.stat().st_size < 3_000_000


@pytest.mark.slow
def test_a_set_can_be_left_out_of_the_fit() -> None:
    data = train_grouping.load()
    name = data["names"][1]
    fewer = train_grouping.left_out(data, name)
    assert name not in fewer["names"][fewer["day"]]
    assert train_grouping.weights_of(fewer)["day"] != train_grouping.weights_of(data)["day"]


def test_a_day_of_strangers_keeps_the_strict_setting() -> None:
    setting = scoring.setting(500, 100)
    assert (setting.density, setting.threshold) == (0.0, scoring.DAY_THRESHOLD)


def test_a_collection_in_which_all_have_company_gets_the_other() -> None:
    setting = scoring.setting(3000, 2700)
    assert (setting.density, setting.threshold) == (1.0, pytest.approx(scoring.DENSE_THRESHOLD))


def test_few_entries_never_count_as_a_dense_collection() -> None:
    assert scoring.setting(6, 6).density == 0
