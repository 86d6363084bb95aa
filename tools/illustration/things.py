"""Things on a table: a painted page, a painted map."""

from __future__ import annotations

import math

from PIL import Image

from illustration.canvas import HEIGHT, Canvas, Points
from illustration.parts import smooth


def psalter() -> Image.Image:
    """A painted initial on a parchment page."""
    c = Canvas(53, [(0, "#5b4a45"), (1, "#33292d")])
    c.polygon([(86, 30), (1130, 22), (1150, 690), (66, 690)], "#1f1618", opacity=0.5, blur=14)
    c.polygon([(80, 20), (1120, 12), (1138, 690), (60, 690)], ("#f8eed6", "#e3d0a6"))
    c.polygon([(80, 20), (150, 20), (136, 690), (60, 690)], "#8a6a45", opacity=0.3, blur=20)
    for _ in range(22):
        x, y = float(c.random.uniform(120, 1090)), float(c.random.uniform(50, 660))
        c.ellipse(
            x,
            y,
            float(c.random.uniform(20, 70)),
            float(c.random.uniform(12, 40)),
            "#b08d57",
            opacity=0.07,
            blur=14,
        )
    initial(c, 170, 84)
    script(c, 610, 92, 1030, 5)
    script(c, 170, 572, 1030, 1)
    c.rect(606, 330, 38, 46, "#2f5a96")
    vine = smooth([(1082, 90), (1062, 170), (1092, 260), (1066, 350), (1096, 440), (1072, 540), (1090, 620)])
    c.line(vine, 4, "#4f7a4a")
    for x, y in vine[4::7]:
        c.ellipses([(x - 13, y - 5, 12, 5), (x + 13, y + 3, 12, 5)], "#6f9a5f")
    c.ellipses([(1082, 84, 9, 9), (1090, 626, 9, 9), (1092, 260, 7, 7), (1096, 440, 7, 7)], "#c23a2e")
    c.glow(330, 120, 620, "#ffe7b8", 0.3)
    return c.finish()


def initial(c: Canvas, x: float, y: float) -> None:
    """A great B in blue and gold, 400 x 450, with spirals."""
    c.rect(x - 10, y - 10, 420, 470, "#a3241f")
    c.rect(x, y, 400, 450, ("#d9a94a", "#a8762c"))
    c.rect(x + 14, y + 14, 372, 422, ("#2f5a96", "#1c3a6a"))
    for cy, ry in ((y + 126, 96), (y + 322, 106)):
        c.ellipse(x + 190, cy, 156, ry + 8, ("#f8dc8c", "#c9973a"))
        c.ellipse(x + 190, cy, 118, ry - 26, ("#a3241f", "#761a1a"))
        spiral: Points = [
            (x + 196 + (4 + i * 1.75) * math.cos(i * 0.3), cy + (2 + i * 1.1) * math.sin(i * 0.3))
            for i in range(54)
        ]
        c.line(spiral, 6, "#f4d27a")
        c.ellipses([(px, py, 8, 8) for px, py in spiral[10::8]], "#7fae76")
        c.ellipses([(px, py, 3.5, 3.5) for px, py in spiral[10::8]], "#f4ead0")
    c.rect(x + 44, y + 28, 78, 394, ("#f8dc8c", "#c08d34"))
    for i in range(6):
        cy = y + 68 + i * 63
        c.polygon(
            [(x + 83, cy - 28), (x + 108, cy), (x + 83, cy + 28), (x + 58, cy)], ["#a3241f", "#2f5a96"][i % 2]
        )
        c.ellipse(x + 83, cy, 7, 7, "#f4ead0")
    c.ellipses([(x + 16 + dx * 368, y + 16 + dy * 418, 13, 13) for dx in (0, 1) for dy in (0, 1)], "#f4d27a")


def script(c: Canvas, x0: float, y0: float, x1: float, lines: int) -> None:
    """Lines of a black upright hand: minims with slanted heads and feet, here and there joined or tall."""
    mask, pen = c.mask()
    for row in range(lines):
        y, x = y0 + row * 84, x0 + (52 if row == 3 and lines > 1 else 0)
        while x < x1 - 30:
            for _ in range(int(c.random.integers(3, 8))):
                if x > x1 - 14:
                    break
                rise = 22 if c.random.uniform() < 0.16 else 0
                minim = [
                    (x, y - rise),
                    (x + 9, y + 7 - rise),
                    (x + 9, y + 42),
                    (x + 13, y + 47),
                    (x + 4, y + 50),
                    (x, y + 43),
                ]
                pen.polygon([(px * 2, py * 2) for px, py in minim], fill=255)
                if c.random.uniform() < 0.5 and not rise:
                    pen.polygon(
                        [
                            (2 * px, 2 * py)
                            for px, py in [(x + 8, y + 10), (x + 17, y - 1), (x + 20, y + 4), (x + 8, y + 14)]
                        ],
                        fill=255,
                    )
                x += 19
            x += 24
    c.paint(mask, "#3a2a22", 0.9)


def weather_map() -> Image.Image:
    """A hand-drawn weather map on a desk, with brushes."""
    c = Canvas(55, [(0, "#7d5a46"), (1, "#5a3d33")])
    for y in range(0, HEIGHT, 96):
        c.line([(0, y), (1200, y + 14)], 2, "#4a3029", opacity=0.5)
    c.polygon([(150, 50), (1050, 34), (1080, 640), (130, 650)], "#2a1b18", opacity=0.5, blur=12)
    c.polygon([(140, 40), (1040, 26), (1066, 628), (122, 640)], ("#f8f0de", "#ecdfc4"))
    c.polygon([(170, 70), (1012, 58), (1034, 600), (154, 612)], ("#cfe0df", "#b5cfd3"))
    land: Points = [
        (330, 66),
        (1012, 58),
        (1034, 600),
        (1034, 600),
        (420, 608),
        (470, 520),
        (390, 470),
        (430, 400),
        (360, 330),
        (440, 280),
        (380, 210),
        (420, 150),
    ]
    coast = smooth([land[0], *reversed(land[4:])])
    c.polygon([*coast, land[3], land[2], land[1]], ("#e9dfb0", "#cfc58f"))
    c.line(coast, 3, "#6b6a45")
    river: Points = [
        (940, 590),
        (860, 520),
        (880, 450),
        (800, 400),
        (820, 330),
        (740, 280),
        (760, 210),
        (690, 150),
        (700, 80),
    ]
    c.line(smooth(river), 7, "#6f9fb5")
    for i, r in enumerate((60, 100, 144, 190)):
        ring: Points = [
            (300 + r * 1.25 * math.cos(a), 300 + r * math.sin(a + 0.2))
            for a in [k * math.tau / 60 for k in range(61)]
        ]
        c.line([p for p in ring if p[0] > 160], 2, "#3f5f8a", opacity=0.75 - i * 0.1)
    front: Points = [(520 + 130 * math.sin(i / 30 * 2.2), 90 + i * 16.6) for i in range(31)]
    c.line(front, 5, "#b8342c")
    c.ellipses([(px + 10, py, 11, 11) for px, py in front[2::4]], "#b8342c")
    sun(c, 880, 190)
    cloud_sign(c, 620, 250)
    cloud_sign(c, 780, 480)
    c.lines([[(600 + i * 22, 292), (590 + i * 22, 326)] for i in range(5)], 4, "#3f6f9a")
    c.ellipses([(760 + i * 24, 530 + (i % 2) * 14, 5, 5) for i in range(4)], "#ffffff")
    c.line([(290, 276), (290, 326), (322, 326)], 7, "#a3241f")
    c.rects([(620, 560, 90, 5), (620, 572, 60, 4)], "#6b6a45", opacity=0.7)
    c.line([(1010, 650), (1180, 380)], 13, "#a8402f")
    c.line([(1000, 666), (1014, 644)], 7, "#d9c39a")
    c.line([(1090, 668), (1196, 500)], 11, "#2f5a7a")
    c.ellipse(70, 560, 62, 44, ("#f3ead6", "#c9b99c"))
    c.ellipse(70, 552, 48, 31, ("#5f8fa8", "#3f6f8a"))
    c.glow(520, 60, 640, "#ffe3ae", 0.3)
    return c.finish()


def sun(c: Canvas, x: float, y: float) -> None:
    """A painted sun."""
    rays: list[Points] = [
        [(x + 46 * math.cos(a), y + 46 * math.sin(a)), (x + 66 * math.cos(a), y + 66 * math.sin(a))]
        for a in [i * math.tau / 12 for i in range(12)]
    ]
    c.lines(rays, 6, "#d98a2f")
    c.ellipse(x, y, 36, 36, ("#f7c65a", "#e8a53d"))


def cloud_sign(c: Canvas, x: float, y: float) -> None:
    """A painted cloud."""
    c.ellipses(
        [(x, y, 40, 26), (x + 40, y - 16, 38, 32), (x + 78, y, 42, 26), (x + 40, y + 8, 60, 22)],
        ("#fdfaf2", "#b9c3c9"),
    )


SCENES = {"psalter": psalter, "weather-map": weather_map}
