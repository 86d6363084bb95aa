"""How a newsletter looks: layout, fonts, logo and the two palettes."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic import model_validator as check

from digest.config.contrast import AA, readable, weak_pairs
from digest.config.values import SecureUrl, refusal
from digest.model import Layout

Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]


class Settings(BaseModel):
    """Base of all settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class Palette(Settings):
    """Colours for one ground."""

    ink: Colour
    """Text."""
    soft_ink: Colour
    """Captions and what stands below a story."""
    paper: Colour
    """The ground of the column."""
    page: Colour
    """The ground around it."""
    rule: Colour
    """Lines."""
    accent: Colour
    """Kickers, links and the rule above a section."""

    @check(mode="after")
    def _can_be_read(self) -> Self:
        colours = self.model_dump()
        weak = [
            f"{text} {colours[text]} on {ground} {colours[ground]} has a contrast of {ratio:.1f}:1"
            for text, ground, ratio in weak_pairs(colours)
        ]
        if weak:
            texts = dict.fromkeys(text for text, _, _ in weak_pairs(colours))
            tries = ", ".join(f"{text} {readable(text, colours)}" for text in texts)
            raise refusal(f"{'; '.join(weak)}; reading needs {AA}:1", f"try {tries}")
        return self


class LightPalette(Palette):
    """Colours on light ground; contrast is checked when the config is loaded."""

    ink: Colour = "#1A1A1A"
    """Text."""
    soft_ink: Colour = "#5C5A55"
    """Captions and what stands below a story."""
    paper: Colour = "#FFFFFF"
    """The ground of the column."""
    page: Colour = "#F4F1EA"
    """The ground around it."""
    rule: Colour = "#D9D4C8"
    """Lines."""
    accent: Colour = "#9B1C1C"
    """Kickers, links and the rule above a section."""


class DarkPalette(Palette):
    """Colours on dark ground."""

    ink: Colour = "#F2F0EB"
    """Text."""
    soft_ink: Colour = "#B8B4AA"
    """Captions and what stands below a story."""
    paper: Colour = "#16181B"
    """The ground of the column."""
    page: Colour = "#0E1012"
    """The ground around it."""
    rule: Colour = "#34373C"
    """Lines."""
    accent: Colour = "#FF9B8F"
    """Kickers, links and the rule above a section."""


class ThemeSettings(Settings):
    """How a newsletter looks."""

    layout: Layout = "front-page"
    """front-page (pictures), brief (headline and a sentence) or text-first (no pictures)."""
    width: Annotated[int, Field(ge=480, le=720)] = 600
    """Width of the column in pixels."""
    headline_font: str = "Georgia, 'Times New Roman', serif"
    """Font stack of headlines."""
    body_font: str = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
    """Font stack of everything else."""
    logo: SecureUrl = ""
    """https address of a picture to stand instead of the name in the masthead."""
    logo_dark: SecureUrl = ""
    """The same for dark mode."""
    logo_width: Annotated[int, Field(ge=40, le=600)] = 240
    """Width of the logo in pixels."""
    light: LightPalette = LightPalette()
    """Colours on light ground; contrast is checked when the config is loaded."""
    dark: DarkPalette = DarkPalette()
    """Colours on dark ground."""
