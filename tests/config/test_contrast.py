"""Contrast against figures published with WCAG."""

from __future__ import annotations

import pytest

from digest.config.contrast import contrast, luminance, weak_pairs
from digest.config.settings import ThemeSettings


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#FFFFFF", "#FFFFFF", 1.0),
        ("#777777", "#FFFFFF", 4.48),  # the grey that just fails
        ("#767676", "#FFFFFF", 4.54),  # the grey that just passes
        ("#ff0000", "#FFFFFF", 4.0),
        ("#0000FF", "#FFFFFF", 8.59),
    ],
)
def test_contrast_matches_published_figures(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_luminance_runs_from_black_to_white() -> None:
    assert luminance("#000000") == 0
    assert luminance("#FFFFFF") == pytest.approx(1)


def test_the_built_in_palettes_can_be_read() -> None:
    theme = ThemeSettings()
    assert list(weak_pairs(theme.light.model_dump())) == []
    assert list(weak_pairs(theme.dark.model_dump())) == []


def test_a_weak_accent_is_named_with_its_ground_and_ratio() -> None:
    palette = ThemeSettings().light.model_dump() | {"accent": "#FF9B8F"}
    assert [(text, ground) for text, ground, _ in weak_pairs(palette)] == [
        ("accent", "paper"),
        ("accent", "page"),
    ]
