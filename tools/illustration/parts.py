"""Parts that several illustrations share: windows, trees, roofs, lamps."""

from __future__ import annotations

import math

from illustration.canvas import Canvas, Colour, Points


def windows(
    c: Canvas,
    x: float,
    y: float,
    w: float,
    h: float,
    columns: int,
    rows: int,
    colour: Colour,
    *,
    lit: str = "#ffcf73",
    share: float = 0.3,
    gap: float = 0.45,
) -> None:
    """A grid of windows in a box; a ``share`` of them is lit."""
    dx, dy = w / columns, h / rows
    boxes = [
        (x + i * dx + dx * gap / 2, y + j * dy + dy * gap / 2, dx * (1 - gap), dy * (1 - gap))
        for i in range(columns)
        for j in range(rows)
    ]
    on = [box for box in boxes if c.random.uniform() < share]
    c.rects([box for box in boxes if box not in on], colour)
    if on:
        c.rects(on, lit)


def fir(x: float, base: float, h: float) -> Points:
    """The outline of a fir."""
    left: Points = []
    tiers = 5
    for i in range(tiers):
        t = (i + 1) / tiers
        left += [
            (x - h * 0.2 * t, base - h * (1 - t) * 0.98 - h * 0.02),
            (x - h * 0.11 * t, base - h * (1 - t) - h * 0.02),
        ]
    right = [(2 * x - px, py) for px, py in reversed(left)]
    return [(x, base - h), *left, *right]


def firs(
    c: Canvas, start: float, end: float, base: float, count: int, colour: Colour, low: float, high: float
) -> None:
    """A row of firs of uneven height."""
    mask, pen = c.mask()
    for _ in range(count):
        outline = fir(
            float(c.random.uniform(start, end)),
            base + float(c.random.uniform(-4, 6)),
            float(c.random.uniform(low, high)),
        )
        pen.polygon([(px * 2, py * 2) for px, py in outline], fill=255)
    c.paint(mask, colour)


def smooth(points: Points, rounds: int = 3, *, closed: bool = False) -> Points:
    """A flowing line through the corners of ``points`` (Chaikin's corner cutting)."""
    for _ in range(rounds):
        pairs = list(zip(points, points[1:] + points[:1] if closed else points[1:], strict=False))
        cut = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairs for t in (0.25, 0.75)]
        points = cut if closed else [points[0], *cut, points[-1]]
    return points


def bare_tree(
    c: Canvas, x: float, base: float, h: float, colour: str, *, leaves: str = "", lean: float = 0.0
) -> None:
    """A tree by its branches, with a thin crown of ``leaves`` when given a colour for them."""
    lines: list[tuple[Points, float]] = []

    def grow(px: float, py: float, angle: float, length: float, depth: int) -> None:
        qx, qy = px + math.cos(angle) * length, py - math.sin(angle) * length
        lines.append(([(px, py), (qx, qy)], max(0.7, depth * h / 75)))
        if depth > 1:
            for turn in (-0.5, 0.02, 0.48):
                grow(
                    qx,
                    qy,
                    angle + turn + float(c.random.uniform(-0.18, 0.18)),
                    length * float(c.random.uniform(0.6, 0.78)),
                    depth - 1,
                )

    grow(x, base, math.pi / 2 + lean, h * 0.36, 5 if h > 90 else 4)
    if leaves:
        tips = [points[1] for points, width in lines if width <= max(0.7, 2 * h / 75)]
        c.ellipses([(px, py, h * 0.05, h * 0.045) for px, py in tips], leaves, opacity=0.75, blur=h * 0.006)
    for width in sorted({w for _, w in lines}):
        c.lines([points for points, w in lines if w == width], width, colour)


def lamp(
    c: Canvas, x: float, base: float, h: float, colour: str, light: str = "#ffd88f", radius: float = 90
) -> None:
    """A street lamp and its light."""
    c.line([(x, base), (x, base - h)], max(2, h / 40), colour)
    c.glow(x, base - h, radius, light, 0.8)
    c.ellipse(x, base - h, h / 18 + 2, h / 16 + 2, "#fff3d2")


def roofed(
    c: Canvas, x: float, base: float, w: float, h: float, wall: Colour, roof: Colour, *, pitch: float = 0.5
) -> None:
    """A gabled house front."""
    c.rect(x, base - h, w, h, wall)
    c.polygon(
        [(x - w * 0.06, base - h + 1), (x + w / 2, base - h - w * pitch), (x + w * 1.06, base - h + 1)], roof
    )
