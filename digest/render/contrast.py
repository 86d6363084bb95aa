"""Contrast of a theme's colours, by the formula of WCAG 2.2 (relative luminance, contrast ratio)."""

from __future__ import annotations

from digest.config.settings import Palette, ThemeSettings

LEAST = 4.5  # success criterion 1.4.3, for text of any size


def contrast_problems(theme: ThemeSettings) -> list[str]:
    """What a reader could not read in ``theme``, a sentence each; empty when all is well.

    Ink, soft ink and accent stand on the paper, in light and in dark. Nothing stands on the page around it.
    """
    return [
        problem
        for name, palette in (("light", theme.light), ("dark", theme.dark))
        for problem in _palette_problems(name, palette)
    ]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two ``#rrggbb`` colours, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _palette_problems(name: str, palette: Palette) -> list[str]:
    found = []
    for field in ("ink", "soft_ink", "accent"):
        colour = getattr(palette, field)
        ratio = contrast(colour, palette.paper)
        if ratio < LEAST:
            found.append(
                f"{name}.{field} {colour} on {name}.paper {palette.paper} has a contrast of {ratio:.1f}; "
                f"text needs {LEAST} or more"
            )
    return found


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
