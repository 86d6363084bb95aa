"""Drawn pictures for screenshots: landscapes by name, so that no screenshot needs the network."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw

_SKIES = (
    ((125, 161, 200), (222, 200, 178)),
    ((144, 172, 204), (214, 217, 220)),
    ((150, 183, 150), (206, 222, 178)),
)


def drawn(name: str, width: int = 1200, height: int = 675) -> bytes:
    """A JPEG of a quiet landscape; the same name gives the same picture."""
    dice = Random(name)  # noqa: S311 - drawing, not secrets
    image = Image.new("RGB", (width, height))
    brush = ImageDraw.Draw(image)
    top, bottom = _SKIES[dice.randrange(len(_SKIES))]
    for y in range(height):
        mix = y / height
        brush.line(
            [(0, y), (width, y)], fill=tuple(int(a + (b - a) * mix) for a, b in zip(top, bottom, strict=True))
        )
    sun = (int(width * dice.uniform(0.2, 0.8)), int(height * dice.uniform(0.25, 0.4)), height // 10)
    brush.ellipse([sun[0] - sun[2], sun[1] - sun[2], sun[0] + sun[2], sun[1] + sun[2]], fill=(253, 234, 200))
    for layer, shade in enumerate(((94, 128, 160), (70, 100, 134), (54, 78, 106))):
        _hills(brush, dice, width, height, 0.45 + layer * 0.14, shade)
    _foreground(brush, dice, width, height)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _hills(
    brush: ImageDraw.ImageDraw, dice: Random, width: int, height: int, base: float, shade: tuple[int, ...]
) -> None:
    points, x = [(0, height)], 0
    while x < width:
        points.append((x, int(height * (base + dice.uniform(-0.14, 0.05)))))
        x += dice.randrange(width // 8, width // 4)
    brush.polygon([*points, (width, int(height * base)), (width, height)], fill=shade)


def _foreground(brush: ImageDraw.ImageDraw, dice: Random, width: int, height: int) -> None:
    brush.rectangle(
        [0, int(height * 0.84), width, height], fill=(90, 124, 84) if dice.random() < 0.5 else (104, 140, 172)
    )
    left = int(width * dice.uniform(0.15, 0.7))
    floor = int(height * 0.86)
    brush.polygon(
        [(left, floor), (left + 150, floor), (left + 135, floor + 46), (left + 18, floor + 46)],
        fill=(244, 238, 226),
    )
    brush.rectangle([left + 52, floor - 50, left + 62, floor], fill=(155, 28, 28))
