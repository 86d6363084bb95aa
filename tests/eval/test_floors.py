"""Grouping keeps the quality it has reached, and no floor is lowered by accident."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import quality


@pytest.fixture(scope="module")
def measured() -> quality.Figures:
    return quality.measure()


@pytest.mark.parametrize("name", sorted(quality.floors()))
def test_no_figure_is_below_its_floor(measured: quality.Figures, name: str) -> None:
    for key, floor in quality.floors()[name].items():
        assert measured[name][key] >= floor, f"{name} {key} {measured[name][key]:.3f}, floor {floor}"


def test_there_are_enough_stories_in_enough_languages() -> None:
    sets = [quality.labelled(language) for language in quality.languages()]
    assert sum(len(entries) for entries, _ in sets) >= 300
    assert sum(len(set(gold.values())) for _, gold in sets) >= 80
    assert {"en", "fr", "de", "es", "pt", "it", "nl", "pl", "ru", "zh"} <= set(quality.languages())


def test_a_floor_is_lowered_only_when_told() -> None:
    before = {"all": {"f1": 0.95}}
    with pytest.raises(ValueError, match="--lower"):
        quality.raised({"all": {"f1": 0.9}}, before, lower=False)
    assert quality.raised({"all": {"f1": 0.9}}, before, lower=True) == {"all": {"f1": 0.895}}


def test_a_floor_rises_with_the_figure_and_stays_within_the_margin() -> None:
    before = {"all": {"f1": 0.95}}
    assert quality.raised({"all": {"f1": 0.99}}, before, lower=False) == {"all": {"f1": 0.985}}
    assert quality.raised({"all": {"f1": 0.952}}, before, lower=False) == before


def test_the_gate_refuses_and_leaves_the_file_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floors = tmp_path / "floors.json"
    floors.write_text(json.dumps({"all": {"f1": 0.99}}), encoding="utf-8")
    monkeypatch.setattr(quality, "FLOORS", floors)
    monkeypatch.setattr(quality, "measure", lambda: {"all": {"f1": 0.5}})
    assert quality.main(["--write"]) == 1
    assert "--lower" in capsys.readouterr().err
    assert json.loads(floors.read_text(encoding="utf-8")) == {"all": {"f1": 0.99}}
    assert quality.main(["--write", "--lower"]) == 0
