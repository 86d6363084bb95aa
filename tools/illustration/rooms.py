"""Rooms, things, and what lives under water."""

from __future__ import annotations

import math

from PIL import Image

from illustration.canvas import WIDTH, Canvas, Points, mix
from illustration.parts import bare_tree


def kitchen() -> Image.Image:
    """A kitchen table at dawn: a lamp, a coffee pot, a laptop."""
    c = Canvas(51, [(0, "#3f4a63"), (1, "#2c3247")])
    c.rect(690, 70, 400, 330, ("#86a3c0", "#f6cfa0"))
    c.polygon(
        [(690, 330), (800, 300), (930, 322), (1090, 290), (1090, 400), (690, 400)], ("#5f7390", "#7d8396")
    )
    bare_tree(c, 1000, 400, 190, "#3f4a5c")
    c.glow(790, 320, 160, "#ffe4b0", 0.6)
    c.rects(
        [
            (684, 64, 412, 10),
            (684, 396, 412, 12),
            (684, 64, 10, 340),
            (1086, 64, 10, 340),
            (884, 64, 8, 340),
            (684, 226, 412, 7),
        ],
        "#e9dcc6",
    )
    c.rect(664, 404, 452, 16, ("#f3e7d2", "#c9b79c"))
    for i, (x, h) in enumerate(((1030, 44), (1062, 60))):
        c.rect(x, 404 - h * 0.5, 30, h * 0.5, ("#b5563d", "#8a3d2b"))
        c.ellipses(
            [(x + 15 + dx, 404 - h * 0.5 - dy, 9, 13) for dx, dy in ((-8, 8), (7, 10), (0, 20 + i * 4))],
            "#5f8a5c",
        )
    c.rect(60, 110, 420, 14, ("#8a6246", "#6a4935"))
    colours = ["#c8873f", "#b5533c", "#d9b56a", "#6f8f86", "#c8873f"]
    for i, colour in enumerate(colours):
        x = 96 + i * 76
        c.line([(x + 24, 124), (x + 24, 150)], 2, "#2a2f40")
        c.ellipse(
            x + 24,
            182 + (i % 2) * 8,
            30 - (i % 3) * 4,
            30 - (i % 3) * 4,
            (colour, mix(colour, "#2c2433", 0.5)),
        )
        c.line([(x + 24, 150), (x + 24, 166)], 5, colour)
    c.rects(
        [(84 + i * 54, 80 - (i * 13) % 20, 36, 30 + (i * 13) % 20) for i in range(7)], "#d9c9ad", opacity=0.75
    )
    c.line([(420, 0), (420, 206)], 2.5, "#1f2434")
    c.glow(420, 270, 420, "#ffca78", 0.75)
    c.polygon([(372, 256), (404, 206), (436, 206), (468, 256)], ("#c8553d", "#a3402f"))
    c.ellipse(420, 258, 22, 8, "#fff3cf")
    c.rect(0, 500, 1200, 190, ("#b98a5c", "#7a5238"))
    c.rect(0, 500, 1200, 7, "#e0b98a")
    c.glow(420, 540, 420, "#ffdc9c", 0.45, 3)
    for y in (548, 606, 650):
        c.line([(0, y), (1200, y + 4)], 1.5, "#6b452f", opacity=0.4)
    c.polygon([(400, 410), (640, 410), (652, 540), (388, 540)], ("#d6dbe0", "#a8afb8"))
    c.polygon([(412, 420), (628, 420), (638, 530), (402, 530)], ("#eaf2f2", "#b9d0d6"))
    c.rects([(432, 440 + i * 16, 170 - (i * 53) % 90, 6) for i in range(5)], "#7d97a3", opacity=0.8)
    c.polygon([(388, 540), (652, 540), (690, 570), (350, 570)], ("#c3c8ce", "#8d949e"))
    c.polygon([(196, 572), (206, 486), (268, 486), (278, 572)], ("#c9ced3", "#7d858f"))
    c.polygon([(204, 488), (237, 458), (270, 488)], ("#dfe3e6", "#9aa1aa"))
    c.line([(270, 504), (300, 500), (296, 550), (274, 556)], 6, "#3a3f4a")
    c.rect(300 + 440, 530, 60, 46, ("#f6efe0", "#cfc2ad"), radius=8)
    c.line([(800, 540), (822, 546), (800, 562)], 5, "#e3d7c2")
    for i in range(5):
        c.ellipse(
            770 + 8 * math.sin(i * 1.3),
            512 - i * 18,
            9 + i * 2.4,
            12,
            "#f3efe6",
            opacity=0.22 - i * 0.03,
            blur=5,
        )
    return c.finish()


def library() -> Image.Image:
    """A reading room: tall shelves, green lamps, a round window."""
    c = Canvas(52, [(0, "#4a2f2a"), (1, "#2f1f22")])
    colours = ["#8a3d32", "#c89a52", "#3f5f5c", "#d9c39a", "#5b3a4a", "#7d8a5c", "#a8673f", "#2f4858"]
    for side in (0, 1):
        for column in range(3):
            x = side * 735 + 24 + column * 150
            c.rect(x - 10, 40, 146, 470, "#3a231f")
            for row in range(6):
                y = 54 + row * 76
                c.rect(x, y, 126, 66, "#241716")
                left = float(x + 3)
                while left < x + 114:
                    w, h = float(c.random.uniform(11, 26)), float(c.random.uniform(44, 60))
                    c.rect(
                        left,
                        y + 66 - h,
                        min(w, x + 124 - left) - 1.2,
                        h,
                        colours[int(c.random.integers(0, 8))],
                        opacity=0.95,
                    )
                    left += w
                c.rect(x - 6, y + 66, 138, 8, ("#7a4f38", "#5a3828"))
    c.arch(490, 40, 220, 420, ("#a9c3d0", "#f8e2b4"))
    c.polygon([(490, 400), (560, 372), (640, 390), (710, 366), (710, 460), (490, 460)], "#8d9a83")
    c.rects([(597, 40, 6, 420), (490, 210, 220, 6), (490, 320, 220, 6)], "#3a231f")
    c.glow(600, 260, 420, "#ffe7b8", 0.5)
    c.polygon([(500, 460), (700, 460), (920, 680), (280, 680)], "#ffe2a8", opacity=0.12, blur=14)
    c.rect(0, 500, 1200, 180, ("#4a2f28", "#2a1a1a"))
    for x in (70, 470, 870):
        c.polygon([(x - 20, 560), (x + 280, 560), (x + 310, 600), (x - 50, 600)], ("#a86f45", "#7d4c30"))
        c.rect(x - 50, 600, 360, 16, "#54321f")
        c.rects([(x - 30, 616, 16, 64), (x + 274, 616, 16, 64)], "#3f2519")
        c.glow(x + 130, 540, 190, "#ffd98a", 0.75)
        c.line([(x + 130, 574), (x + 130, 520)], 4, "#c89a52")
        c.polygon([(x + 84, 530), (x + 98, 504), (x + 162, 504), (x + 176, 530)], ("#3f8a6a", "#1f5a45"))
        c.ellipse(x + 130, 576, 24, 6, "#c89a52")
        c.polygon([(x + 30, 582), (x + 74, 570), (x + 112, 582), (x + 72, 592)], "#f6ecd6")
        c.line([(x + 74, 570), (x + 72, 592)], 1.5, "#8a735c")
    return c.finish()


def salmon() -> Image.Image:
    """A salmon resting on a step of a fish ladder."""
    c = Canvas(54, [(0, "#d6ecd9"), (0.12, "#7fb8a8"), (0.5, "#2f7a80"), (1, "#123f52")])
    for _ in range(9):
        x = float(c.random.uniform(-100, 1100))
        c.polygon([(x, 0), (x + 60, 0), (x + 300, 680), (x + 130, 680)], "#e6f6dc", opacity=0.07, blur=14)
    surface = c.noise(WIDTH + 1, 4, 8)
    c.polygon(
        [(0, 0), *[(float(x), 46 + float(surface[x]) * 10) for x in range(0, WIDTH + 1, 6)], (WIDTH, 0)],
        ("#f6fbee", "#cfe6da"),
        opacity=0.85,
    )
    for i, (x, y) in enumerate(((0, 520), (330, 450), (700, 560), (1010, 490))):
        c.rect(x, y, (400, 440, 380, 300)[i], 240, ("#6a7d78", "#2c4650"))
        c.rect(x, y, (400, 440, 380, 300)[i], 12, "#a3b8a8", opacity=0.8)
        c.ellipses(
            [(x + 30 + k * 44, y + 60 + (k * 67) % 90, 14, 9) for k in range(7)], "#2c4a50", opacity=0.35
        )
    fish(c, 260, 340)
    for _ in range(90):
        at, deep, size = c.random.uniform((0, 60, 1.5), (1200, 660, 6))
        c.ellipse(at, deep, size, size, "#e9f7ee", opacity=0.35)
    for x in (40, 120, 1120, 1040):
        blade: Points = [(x + 14 * math.sin(i / 3 + x), 680 - i * 22) for i in range(12)]
        c.line(blade, 9, "#2f6a52", opacity=0.9)
        c.line([(px + 18, py + 20) for px, py in blade], 6, "#3f8060", opacity=0.8)
    return c.finish(warmth="#dff0dc")


def fish(c: Canvas, x: float, y: float) -> None:
    """A salmon, 660 long, its nose to the right."""

    def body(t: float) -> float:
        return 78 * math.pow(math.sin(math.pi * min(1, t * 0.98 + 0.02)), 0.75) * (1 - 0.25 * (1 - t))

    top: Points = [(x + 660 * t, y - body(t)) for t in [i / 60 for i in range(5, 61)]]
    low: Points = [(x + 660 * t, y + body(t) * 0.95) for t in [i / 60 for i in range(60, 4, -1)]]
    c.ellipse(x + 340, y + 118, 300, 14, "#0c2f3e", opacity=0.4, blur=8)
    c.polygon(
        [(x + 70, y - 8), (x - 40, y - 78), (x - 16, y), (x - 40, y + 78), (x + 70, y + 8)],
        ("#5f7d88", "#8fa3a3"),
    )
    c.polygon([(x + 300, y - 70), (x + 330, y - 118), (x + 410, y - 74)], "#4d6d7a")
    c.polygon([(x + 130, y - 34), (x + 138, y - 58), (x + 168, y - 40)], "#4d6d7a")
    c.polygon([*top, *low], ("#48697a", "#f2e9dd"))
    c.polygon(
        [*[(px, py * 0.35 + y * 0.65) for px, py in top], *[(px, py * 0.5 + y * 0.5) for px, py in low]],
        "#e9a38f",
        opacity=0.55,
        blur=7,
    )
    c.polygon([(x + 360, y + 62), (x + 330, y + 104), (x + 410, y + 66)], "#b98a80")
    c.polygon([(x + 500, y + 20), (x + 440, y + 70), (x + 520, y + 44)], "#8a8f93")
    spots = [
        (x + 660 * t, y - body(t) * float(c.random.uniform(0.3, 0.85)), 4.5, 4)
        for t in c.random.uniform(0.15, 0.82, 46)
    ]
    c.ellipses(spots, "#263f4c", opacity=0.75)
    c.line([(x + 540, y - 52), (x + 556, y), (x + 540, y + 50)], 3, "#3f5a68", opacity=0.8)
    c.line([(x + 658, y + 6), (x + 606, y + 20)], 3, "#3a4f5c")
    c.ellipse(x + 602, y - 16, 11, 11, "#f4e9c8")
    c.ellipse(x + 604, y - 16, 6.5, 6.5, "#14222c")


def oud() -> Image.Image:
    """An oud on a chair under a single lamp."""
    c = Canvas(56, [(0, "#1f2a3a"), (0.6, "#2f3d47"), (1, "#1c2430")])
    c.rect(0, 500, 1200, 180, ("#4f3a30", "#2a1f1e"))
    c.rect(60, 60, 250, 380, ("#7d3a32", "#4f2630"))
    for i in range(6):
        for j in range(4):
            px, py = 92 + j * 62, 96 + i * 62
            c.polygon([(px, py - 20), (px + 20, py), (px, py + 20), (px - 20, py)], "#d9a54f", opacity=0.55)
            c.polygon([(px, py - 9), (px + 9, py), (px, py + 9), (px - 9, py)], "#2f6a6a", opacity=0.9)
    c.arch(900, 90, 200, 400, ("#22405a", "#5b5a78"))
    c.ellipse(1010, 190, 24, 24, "#f8ecc8")
    c.ellipse(1020, 184, 22, 22, "#27445f")
    c.rects([(997, 90, 6, 400), (900, 280, 200, 5)], "#1b2230")
    c.glow(600, 150, 560, "#ffcf85", 0.6)
    c.line([(600, 0), (600, 96)], 2.5, "#11161f")
    c.polygon([(556, 140), (584, 92), (616, 92), (644, 140)], ("#c89a52", "#8a5f35"))
    c.ellipse(600, 141, 22, 7, "#fff1c8")
    c.polygon([(560, 140), (640, 140), (860, 620), (340, 620)], "#ffe0a0", opacity=0.12, blur=16)
    c.ellipse(600, 606, 260, 26, "#140f12", opacity=0.5, blur=8)
    c.lines(
        [
            [(470, 470), (452, 612)],
            [(730, 470), (748, 612)],
            [(500, 480), (496, 596)],
            [(700, 480), (704, 596)],
        ],
        11,
        "#5b3826",
    )
    c.rect(450, 452, 300, 24, ("#a8693c", "#6b4128"), radius=6)
    c.rect(482, 200, 12, 256, "#5b3826")
    c.rect(706, 200, 12, 256, "#5b3826")
    c.rects([(482, 214, 236, 12), (482, 270, 236, 10)], "#6b4128")
    pear: Points = []
    for i in range(61):
        t = i / 60 * math.tau
        r = 112 * (1 - 0.16 * math.sin(t)) if math.sin(t) < 0 else 112
        pear.append(
            (
                600 + r * math.cos(t) * (1 - max(0, -math.sin(t)) * 0.42),
                356 + r * math.sin(t) * (1.34 if math.sin(t) < 0 else 0.92),
            )
        )
    c.polygon([(px + 7, py + 7) for px, py in pear], "#3a2018", opacity=0.7, blur=4)
    c.polygon(pear, ("#e0a458", "#9b5a2c"))
    c.ellipse(600, 340, 34, 34, "#3a2018")
    c.lines(
        [
            [
                (600 + 24 * math.cos(a), 340 + 24 * math.sin(a)),
                (600 - 24 * math.cos(a), 340 - 24 * math.sin(a)),
            ]
            for a in [k * math.pi / 6 for k in range(6)]
        ],
        2,
        "#d9a54f",
    )
    c.ellipses([(560, 296, 11, 11), (640, 296, 11, 11)], "#3a2018")
    c.polygon([(588, 226), (612, 226), (608, 96), (592, 96)], ("#4a2c20", "#3a2018"))
    c.polygon([(592, 98), (608, 98), (648, 40), (632, 34)], "#5b3826")
    c.rect(556, 408, 88, 11, "#3a2018", radius=4)
    c.lines([[(594 + i * 2.4, 100), (570 + i * 12, 410)] for i in range(6)], 1, "#f8e6b8", opacity=0.8)
    return c.finish()


SCENES = {"kitchen": kitchen, "library": library, "salmon": salmon, "oud": oud}
