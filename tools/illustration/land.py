"""Vineyards, high water, ice, coasts and a railway."""

from __future__ import annotations

import math

from PIL import Image

from illustration.canvas import WIDTH, Canvas, Points
from illustration.parts import bare_tree, firs, roofed, windows


def vineyard() -> Image.Image:
    """Autumn vineyards above the river, with a hut."""
    c = Canvas(41, [(0, "#8fb4c0"), (0.32, "#e8dcb8"), (0.5, "#f7e3b2"), (1, "#f7e3b2")])
    c.cloud(6, (40, 150), "#fdf6e3", 0.55, 240)
    c.glow(240, 170, 380, "#fff0b8", 0.8)
    c.ridge(250, 44, ("#a2ad8e", "#c5bf91"), first=3)
    c.ridge(300, 34, ("#8b9159", "#b5a760"), first=4)
    c.polygon(
        [(0, 372), (360, 346), (820, 352), (1200, 328), (1200, 372), (700, 384), (0, 404)],
        ("#a9c3c4", "#7fa0a8"),
    )
    c.polygon([(0, 400), (420, 372), (900, 380), (1200, 360), (1200, 420), (0, 450)], ("#7d8a4c", "#6c7340"))
    slope(c)
    roofed(c, 830, 372, 84, 58, ("#f6ead2", "#cdb896"), ("#b5432f", "#8f3325"))
    c.rect(862, 336, 20, 36, "#5f4433")
    c.rect(842, 332, 12, 14, "#6f5a4a")
    bare_tree(c, 958, 384, 130, "#5c4630", leaves="#d98a2f")
    return c.finish()


def slope(c: Canvas) -> None:
    """Rows of vines that run to one point, in alternating gold and rust."""
    edge: Points = [(0, 500), (300, 440), (700, 392), (960, 372), (1200, 388), (1200, 680), (0, 680)]
    c.polygon(edge, ("#b98a3b", "#8a5a2a"))
    mask, pen = c.mask()
    pen.polygon([(x * 2, y * 2) for x, y in edge], fill=255)
    rows = 26
    vx, vy = 1010, 250
    for i in range(rows):
        a, b = -900 + i * 110, -900 + (i + 0.52) * 110
        strip, strip_pen = c.mask()
        strip_pen.polygon([(vx * 2, vy * 2), (2 * a, 2 * 720), (2 * b, 2 * 720)], fill=255)
        both = Image.composite(strip, Image.new("L", strip.size, 0), mask)
        shade = ("#d9a544", "#c8862d") if i % 3 else ("#c9652f", "#a3481f")
        c.paint(both, (shade[0], shade[1]), 0.9)
    c.polygon(
        [
            (0, 500),
            (300, 440),
            (700, 392),
            (960, 372),
            (1200, 388),
            (1200, 402),
            (960, 388),
            (700, 410),
            (300, 462),
            (0, 526),
        ],
        "#f2d27a",
        opacity=0.35,
        blur=6,
    )


def flood_gauge() -> Image.Image:
    """A gauge on a quay wall in brown high water."""
    c = Canvas(42, [(0, "#7d8b90"), (0.35, "#b3b5ab"), (0.6, "#cfc6ae"), (1, "#cfc6ae")])
    c.cloud(14, (0, 200), "#6b777d", 0.45, 320)
    c.ridge(250, 46, ("#8c9689", "#a9aa98"), first=3)
    c.ridge(310, 26, ("#6e7866", "#8a8b75"), first=4)
    firs(c, 0, 700, 350, 50, "#5c685a", 20, 46)
    c.water(348, ("#a3937a", "#5c4c3b"), mirror=0.42, ripple=12)
    c.glints(170, (356, 668), (0, 800), "#d9ccb2", 0.4)
    c.polygon([(690, 0), (1200, 0), (1200, 680), (760, 680)], ("#a59b8d", "#6f6459"))
    for row in range(9):
        y = row * 78
        c.line([(690 + y * 0.103, y), (1200, y)], 2.4, "#5d544b", opacity=0.6)
        for k in range(5):
            x = 720 + k * 118 + (row % 2) * 56
            c.line([(x, y), (x, y + 78)], 2.4, "#5d544b", opacity=0.5)
    c.polygon([(722, 300), (1200, 300), (1200, 470), (740, 470)], "#4d5a4a", opacity=0.25, blur=16)
    c.rect(840, 40, 96, 640, ("#fbf6e8", "#d9d0bd"))
    for i in range(32):
        y = 50 + i * 20
        wide = i % 5 == 0
        c.rect(840, y, 60 if wide else 32, 10, "#a3241f" if wide else "#26303a")
    for i in range(7):
        digit(c, 7 - i, 946, 44 + i * 100)
    c.polygon([(700, 468), (1200, 452), (1200, 680), (700, 680)], ("#8a7860", "#55463a"), opacity=0.93)
    c.glints(70, (474, 668), (700, 1200), "#d9ccb2", 0.5)
    c.line([(700, 468), (1200, 452)], 3, "#e6dcc6", opacity=0.7, blur=1)
    c.rain(160, "#eef0ea", 0.2, 8, 34)
    return c.finish()


def digit(c: Canvas, number: int, x: float, y: float) -> None:
    """A plain figure 1 to 7, 26 x 40."""
    strokes: dict[int, list[Points]] = {
        1: [[(4, 8), (14, 0), (14, 40)]],
        2: [[(2, 8), (8, 1), (20, 1), (25, 9), (23, 17), (2, 39), (26, 39)]],
        3: [[(2, 2), (24, 2), (12, 16), (22, 20), (25, 30), (18, 39), (8, 39), (1, 33)]],
        4: [[(18, 40), (18, 0), (0, 28), (26, 28)]],
        5: [[(24, 1), (5, 1), (3, 18), (16, 15), (25, 24), (23, 35), (12, 40), (1, 35)]],
        6: [[(22, 1), (8, 12), (2, 26), (6, 38), (18, 40), (25, 31), (21, 21), (10, 20), (3, 28)]],
        7: [[(1, 1), (26, 1), (10, 40)]],
    }
    c.lines([[(x + dx, y + dy) for dx, dy in stroke] for stroke in strokes[number]], 5, "#3c342d")


def promenade_flood() -> Image.Image:
    """Benches, lamps and bare trees standing in the river."""
    c = Canvas(43, [(0, "#8397a3"), (0.4, "#c3c6bf"), (0.62, "#ead9bc"), (1, "#ead9bc")])
    c.cloud(9, (30, 210), "#a3aeb2", 0.5, 300)
    c.glow(330, 330, 380, "#ffe9c0", 0.6)
    c.ridge(300, 50, ("#95a19c", "#b9b8a6"), first=3)
    c.ridge(350, 26, ("#78836f", "#95947c"), first=4)
    for i, x in enumerate(range(720, 1180, 78)):
        roofed(
            c,
            x,
            400,
            70,
            70 + (i * 37) % 50,
            (["#efdcbc", "#d9a184", "#f4e8d2"][i % 3], "#b59f86"),
            ("#7d4a3d", "#6b3f36"),
            pitch=0.4,
        )
        windows(c, x + 10, 340, 50, 50, 2, 2, "#6b625a", lit="#ffdf9c", share=0.3)
    c.rect(0, 396, 1200, 10, "#7f8575")
    c.water(402, ("#b3ad98", "#5b635f"), mirror=0.7, ripple=6)
    for x, h in ((110, 330), (330, 300), (1040, 340)):
        bare_tree(c, x, 560, h, "#3f3a34")
        c.rect(x - 6, 556, 12, 60, "#3f3a34", opacity=0.35, blur=3)
    for x in (540, 860):
        c.rect(x - 3, 330, 6, 230, "#2f3436")
        c.polygon([(x - 16, 330), (x + 16, 330), (x + 10, 296), (x - 10, 296)], "#f6e7bd")
        c.polygon([(x - 20, 297), (x + 20, 297), (x, 278)], "#2f3436")
        c.rect(x - 3, 560, 6, 70, "#2f3436", opacity=0.3, blur=2)
    for x, y, s in ((220, 548, 1.0), (660, 556, 1.15)):
        c.rects(
            [
                (x, y - 52 * s, 150 * s, 9 * s),
                (x, y - 36 * s, 150 * s, 9 * s),
                (x - 4, y - 16 * s, 158 * s, 9 * s),
            ],
            "#6f3f2c",
        )
        c.rects(
            [(x + 12 * s, y - 56 * s, 7 * s, 62 * s), (x + 130 * s, y - 56 * s, 7 * s, 62 * s)], "#2f3436"
        )
        c.rect(x, y + 4, 150 * s, 34 * s, "#4b3a31", opacity=0.28, blur=4)
    c.glints(120, (420, 668), (0, 1200), "#f3ead6", 0.45)
    return c.finish()


def clinic_train() -> Image.Image:
    """A train of six coaches on a savannah at sunrise."""
    c = Canvas(44, [(0, "#d97a4a"), (0.35, "#f2a65a"), (0.6, "#fbd488"), (1, "#fbd488")])
    c.glow(780, 360, 520, "#fff0b0", 0.85)
    c.ellipse(780, 350, 74, 74, "#fff6d6")
    c.ridge(372, 30, ("#c07a55", "#d99a64"), first=3)
    c.polygon([(960, 400), (1030, 250), (1060, 236), (1090, 250), (1170, 400)], "#b5714f", opacity=0.5)
    c.rect(0, 392, 1200, 300, ("#a8693c", "#5b3622"))
    for x, s in ((150, 1.5), (1050, 1.0), (640, 0.55)):
        acacia(c, x, 430 + 40 * (s - 0.5), s)
    c.polygon([(0, 520), (1200, 506), (1200, 536), (0, 552)], ("#7a5238", "#6a452f"))
    for i in range(6):
        x = 96 + i * 172
        y = 512 - i * 1.6
        c.rect(x, y - 92, 164, 84, ("#fdf6e6", "#d2bfa6"), radius=8)
        c.rect(x, y - 40, 164, 9, "#2f7a6a")
        windows(c, x + 8, y - 82, 148, 36, 5, 1, "#5b4a40", lit="#ffe4a0", share=0.6, gap=0.36)
        c.rects([(x + 18, y - 10, 36, 14), (x + 110, y - 10, 36, 14)], "#2c211c")
        if i in (1, 4):
            c.rects([(x + 76, y - 35, 12, 24), (x + 70, y - 29, 24, 12)], "#b8342c")
    c.rect(64, 414, 30, 96, ("#c8553d", "#8f3526"))
    c.line([(0, 530), (1200, 512)], 4, "#3a2a22")
    for _ in range(160):
        root, ground = float(c.random.uniform(0, WIDTH)), float(c.random.uniform(560, 690))
        if (height := (ground - 520) * 0.25) > 14:
            tip = (root + float(c.random.uniform(-8, 8)), ground - height)
            c.line([(root, ground), tip], 2, "#3d2517", opacity=0.75)
    c.glow(780, 560, 420, "#ffd58a", 0.22, 3)
    return c.finish()


def acacia(c: Canvas, x: float, base: float, s: float) -> None:
    """A flat-topped acacia."""
    c.lines(
        [
            [(x, base), (x + 6 * s, base - 70 * s), (x - 44 * s, base - 130 * s)],
            [(x + 6 * s, base - 70 * s), (x + 50 * s, base - 134 * s)],
            [(x + 6 * s, base - 70 * s), (x + 8 * s, base - 132 * s)],
        ],
        7 * s,
        "#3a2418",
    )
    c.ellipses(
        [
            (x - 50 * s, base - 138 * s, 66 * s, 15 * s),
            (x + 46 * s, base - 142 * s, 72 * s, 17 * s),
            (x, base - 156 * s, 80 * s, 16 * s),
        ],
        "#4a3220",
    )


def ice() -> Image.Image:
    """A sledge and its shadow on the ice under a low sun."""
    c = Canvas(45, [(0, "#5f8fb8"), (0.4, "#b9d3dd"), (0.55, "#fbe4c4"), (1, "#fbe4c4")])
    c.glow(250, 330, 420, "#fff3cf", 0.9)
    c.ellipse(250, 330, 30, 30, "#fffdf0")
    c.ridge(352, 34, ("#a9c0d3", "#c9d8e0"), first=5, rough=5, sharp=True)
    c.polygon(
        [(620, 372), (690, 300), (860, 288), (980, 330), (1200, 310), (1200, 380)], ("#d6e6ee", "#9fc0d6")
    )
    c.polygon([(690, 300), (860, 288), (840, 372), (740, 372)], "#8fb6d1", opacity=0.6)
    c.rect(0, 370, 1200, 310, ("#f3f5f3", "#b9d0de"))
    for i in range(9):
        y = 400 + i * 30
        x0 = float(c.random.uniform(-100, 500))
        c.polygon(
            [(x0, y), (x0 + 620, y - 8), (x0 + 900, y + 4), (x0 + 300, y + 10)],
            "#9dbcd2",
            opacity=0.35,
            blur=3,
        )
    c.polygon([(700, 566), (960, 566), (1200, 640), (1200, 668), (940, 640)], "#6d93b5", opacity=0.55, blur=4)
    c.lines(
        [
            [(650, 566), (980, 566), (1004, 548)],
            [(690, 566), (690, 540)],
            [(800, 566), (800, 540)],
            [(920, 566), (920, 540)],
        ],
        6,
        "#5b4436",
    )
    c.rect(668, 526, 280, 16, ("#8a6248", "#6a4937"))
    for i, x in enumerate((684, 752, 820, 884)):
        h = (64, 78, 58, 70)[i]
        c.rect(x, 528 - h, 60, h, (["#c8873f", "#a3442f", "#d9a85a", "#7d5a3f"][i], "#5d3d2c"), radius=16)
        c.line([(x + 12, 530 - h * 0.7), (x + 48, 530 - h * 0.7)], 2.5, "#f3e4c4", opacity=0.8)
    c.line([(664, 540), (664, 400)], 3.4, "#5b4436")
    c.lines([[(668, 470), (948, 492)], [(668, 500), (948, 480)]], 1.6, "#3f322a", opacity=0.7)
    c.lines([[(0, 640 + i * 8), (640 - i * 14, 566 + i * 3)] for i in range(2)], 3, "#8fb0c8", opacity=0.8)
    c.flakes(60, opacity=0.6)
    return c.finish(warmth="#f5e6cc")


def crete() -> Image.Image:
    """White houses round a harbour on an island."""
    c = Canvas(46, [(0, "#3f86b5"), (0.4, "#9cc9d6"), (0.6, "#f3e3c8"), (1, "#f3e3c8")])
    c.glow(980, 140, 360, "#fff4d0", 0.8)
    c.ridge(250, 70, ("#a89aa0", "#c9b8a8"), first=4, rough=6)
    c.ridge(320, 50, ("#b59470", "#cfb58c"), first=4, rough=6)
    for row in range(4):
        x = 120.0 + row * 30
        while x < 1010 + row * 30:
            w, h = float(c.random.uniform(50, 92)), float(c.random.uniform(40, 70))
            base = 330 + row * 38 - 50 * math.sin((x - 100) / 950 * math.pi)
            c.rect(x, base - h, w, h + 60, ("#fdf9ef", "#d9cdbb"))
            c.rect(x + w * 0.68, base - h, w * 0.32, h + 60, "#a9b3bd", opacity=0.28)
            windows(c, x + 8, base - h + 10, w - 16, 22, 2, 1, "#3f78a0", lit="#3f78a0", share=0, gap=0.5)
            x += w + float(c.random.uniform(-4, 10))
    c.ellipse(560, 268, 34, 32, "#3579ad")
    c.rect(526, 268, 68, 50, ("#fdf9ef", "#dfd4c3"))
    c.rect(0, 436, 1200, 14, ("#d9c7a5", "#a8957a"))
    c.water(448, ("#5fa3b8", "#1e5578"), mirror=0.5, ripple=8)
    for x, y, s, hull in (
        (220, 530, 1.0, "#2f6fa0"),
        (480, 580, 1.35, "#c8553d"),
        (820, 540, 1.1, "#f3ead6"),
    ):
        c.polygon(
            [(x, y - 24 * s), (x + 150 * s, y - 30 * s), (x + 124 * s, y + 8 * s), (x + 20 * s, y + 8 * s)],
            (hull, "#2c4358"),
        )
        c.rect(x + 76 * s, y - 58 * s, 36 * s, 32 * s, ("#fdf9ef", "#d2c6b4"))
        c.line([(x + 60 * s, y - 24 * s), (x + 60 * s, y - 110 * s)], 3, "#5b4436")
        c.rect(x + 10 * s, y + 8 * s, 130 * s, 8 * s, "#12384f", opacity=0.5, blur=3)
    c.glints(110, (460, 668), (0, 1200), "#e9f4f2", 0.5)
    return c.finish()


SCENES = {
    "vineyard": vineyard,
    "flood-gauge": flood_gauge,
    "promenade-flood": promenade_flood,
    "clinic-train": clinic_train,
    "ice": ice,
    "crete": crete,
}
