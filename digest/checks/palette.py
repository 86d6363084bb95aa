"""Contrast of text on its ground in both palettes, from the theme."""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.draft import Draft, Finding
from digest.config.contrast import AA, GROUNDS, TEXTS, contrast


def palette(draft: Draft) -> Iterator[Finding]:
    """The least contrast of each palette: an error below what reading needs, else a note with the figure."""
    theme = draft.newsletter.settings.theme
    for name, colours in (("light", theme.light.model_dump()), ("dark", theme.dark.model_dump())):
        pairs = [(contrast(colours[t], colours[g]), t, g) for t in TEXTS for g in GROUNDS]
        ratio, text, ground = min(pairs)
        message = f"Least contrast in {name}: {ratio:.1f}:1, {text} on {ground}."
        yield Finding("error" if ratio < AA else "note", "contrast", message)
