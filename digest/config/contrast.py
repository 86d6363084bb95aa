"""Contrast of two colours as WCAG 2.2 measures it; reading text needs 4.5:1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

AA = 4.5  # WCAG 2.2, success criterion 1.4.3, text below 24 px
TEXTS = ("ink", "soft_ink", "accent")
GROUNDS = ("paper", "page")


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB``, 0 (black) to 1 (white): WCAG 2.2, "relative luminance"."""
    return sum(
        weight * _linear(int(colour[at : at + 2], 16) / 255)
        for at, weight in ((1, 0.2126), (3, 0.7152), (5, 0.0722))
    )


def _linear(channel: float) -> float:
    # sRGB (IEC 61966-2-1). 0.04045 is its real knee; the 0.03928 in WCAG is the same for 8-bit values.
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#RRGGBB`` colours, 1 to 21; their order does not matter."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def weak_pairs(palette: Mapping[str, str], least: float = AA) -> Iterator[tuple[str, str, float]]:
    """Text colours of a palette that do not reach ``least`` on one of its grounds: (text, ground, ratio)."""
    for text in TEXTS:
        for ground in GROUNDS:
            ratio = contrast(palette[text], palette[ground])
            if ratio < least:
                yield text, ground, ratio


def readable(text: str, palette: Mapping[str, str], least: float = AA) -> str:
    """The colour nearest to ``palette[text]`` that reaches ``least`` on every ground, in steps of 2 %.

    It goes towards black or white, whichever arrives first; when neither does, the better of the two.
    """
    grounds = [palette[ground] for ground in GROUNDS]
    steps = [_mixed(palette[text], end, step / 50) for step in range(1, 51) for end in ("#000000", "#FFFFFF")]
    worst = {colour: min(contrast(colour, ground) for ground in grounds) for colour in steps}
    return next((colour for colour in steps if worst[colour] >= least), max(worst, key=lambda c: worst[c]))


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = [(int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (two - one) * share):02X}" for one, two in pairs)
