"""Lakes, rivers and harbours."""

from __future__ import annotations

from PIL import Image

from illustration.canvas import WIDTH, Canvas, Points
from illustration.parts import bare_tree, firs, windows


def lake() -> Image.Image:
    """A steamer on a lake at dusk."""
    c = Canvas(11, [(0, "#3d5a80"), (0.32, "#8a9bb5"), (0.5, "#f0c9a0"), (0.62, "#f6d9b4"), (1, "#f6d9b4")])
    c.cloud(9, (60, 250), "#f7d8bd", 0.45, 230)
    c.glow(178, 350, 420, "#ffcf8f", 0.75)
    c.ellipse(178, 338, 46, 46, "#fff1d0")
    c.ridge(300, 95, ("#8593b0", "#d6bfae"), first=4, rough=6, sharp=True)
    c.ridge(335, 70, ("#5b6f93", "#a89ba0"), first=5, rough=6, sharp=True)
    c.ridge(388, 40, ("#33486b", "#5f6a80"), first=6, rough=6)
    c.water(420, ("#6d84a6", "#263b5e"), mirror=0.72, ripple=7)
    c.glints(150, (424, 670), (60, 300), "#ffe2b0", 0.75)
    steamer(c, 660, 428)
    c.glints(60, (450, 660), (0, 1200), "#b9c6d8", 0.35)
    return c.finish()


def steamer(c: Canvas, x: float, y: float) -> None:
    """A white lake steamer with its funnel, about 300 wide, its waterline at ``y``."""
    c.polygon([(x, y - 34), (x + 312, y - 38), (x + 280, y + 4), (x + 30, y + 4)], ("#fbf4e6", "#cfc6bd"))
    c.rect(x + 26, y - 10, 258, 5, "#9b2b22")
    c.rect(x + 46, y - 66, 200, 30, ("#fff9ee", "#e6dccf"))
    c.rects([(x + 58 + i * 22, y - 58, 13, 13) for i in range(8)], "#f3b760")
    c.rect(x + 36, y - 72, 220, 7, "#3b3f4d")
    c.rect(x + 70, y - 94, 110, 22, ("#fff9ee", "#e9dfd2"))
    c.rects([(x + 78 + i * 20, y - 88, 12, 9) for i in range(5)], "#f3b760")
    c.polygon(
        [(x + 150, y - 150), (x + 176, y - 150), (x + 172, y - 94), (x + 148, y - 94)], ("#b23a2c", "#7d241d")
    )
    c.rect(x + 149, y - 140, 28, 10, "#1f2433")
    c.line([(x + 268, y - 38), (x + 268, y - 150)], 2.5, "#2a2f3f")
    c.line([(x + 268, y - 150), (x + 176, y - 100)], 0.8, "#2a2f3f", opacity=0.6)
    c.polygon([(x + 268, y - 148), (x + 296, y - 140), (x + 268, y - 131)], "#9b2b22")
    for i in range(7):
        c.ellipse(
            x + 140 - i * 30,
            y - 168 - i * 11,
            18 + i * 7,
            9 + i * 3.5,
            "#d9d3d6",
            opacity=0.33 - i * 0.03,
            blur=5,
        )
    c.rect(x + 10, y + 3, 290, 4, "#1d2b45", opacity=0.55, blur=2)


def pier_rain() -> Image.Image:
    """An empty pier in the rain."""
    c = Canvas(12, [(0, "#59666f"), (0.4, "#8f9a9d"), (0.56, "#b4bab6"), (1, "#a8b0ae")])
    c.cloud(16, (0, 230), "#4d5961", 0.5, 330)
    c.ridge(300, 60, ("#88939a", "#a9b1b0"), first=3, rough=5)
    c.ridge(345, 34, ("#6a777e", "#959f9f"), first=4, rough=5)
    c.mist(370, 40, "#bcc3bf", 0.7)
    c.water(385, ("#8d9a9d", "#3c4b55"), mirror=0.5, ripple=10)
    c.glints(160, (390, 670), (0, 1200), "#dfe5e2", 0.28)
    deck: Points = [(470, 675), (640, 398), (668, 398), (900, 675)]
    c.polygon([(450, 690), (632, 404), (676, 404), (920, 690)], "#26323a", opacity=0.35, blur=8)
    c.polygon(deck, ("#7d7467", "#574e45"))
    for i in range(22):
        t = (i / 22) ** 1.9
        y = 398 + t * 277
        left, right = 640 - (y - 398) / 277 * 170, 668 + (y - 398) / 277 * 232
        c.line([(left, y), (right, y)], 0.8 + 2.4 * t, "#3c352f", opacity=0.6)
    for i in range(6):
        t = (i / 5) ** 1.7
        y = 398 + t * 240
        left, right = 636 - (y - 398) / 277 * 172, 672 + (y - 398) / 277 * 234
        h, w = 16 + 78 * t, 3 + 13 * t
        c.rect(left - w, y - h, w, h * 1.6, ("#4a423b", "#2b2622"))
        c.rect(right, y - h, w, h * 1.6, ("#4a423b", "#2b2622"))
    c.line([(654, 398), (654, 300)], 3, "#2e3439")
    c.glow(654, 296, 90, "#ffd58a", 0.9)
    c.ellipse(654, 296, 7, 9, "#fff0c9")
    c.glow(680, 560, 180, "#ffd58a", 0.14, 1.8)
    c.rain(520, "#eef2f0", 0.28, 12, 46)
    return c.finish(warmth="#dfe3df")


def ferry_village() -> Image.Image:
    """A moored ferry at a village quay below snowy peaks."""
    c = Canvas(13, [(0, "#6f9cbd"), (0.35, "#b5cfd8"), (0.55, "#f2e6d0"), (1, "#f2e6d0")])
    c.cloud(6, (60, 180), "#ffffff", 0.5, 200)
    peaks = c.ridge(230, 130, ("#7f93aa", "#b3bdc4"), first=4, rough=6, sharp=True)
    c.polygon(
        [
            *[(float(x), float(peaks[x])) for x in range(0, WIDTH + 1, 4)],
            *[(float(x), float(peaks[x] + 26 + 22 * ((x * 7919) % 97) / 97)) for x in range(WIDTH, -1, -12)],
        ],
        ("#fdfbf6", "#e6ebef"),
        opacity=0.95,
    )
    c.ridge(340, 50, ("#5c7a6e", "#88998a"), first=4, rough=6)
    firs(c, 0, 1200, 402, 60, "#3e5a50", 16, 34)
    c.rect(0, 395, 1200, 40, ("#6d8275", "#8d9a86"))
    village(c, 330)
    c.rect(0, 424, 1200, 16, ("#b9ac98", "#8e8273"))
    c.water(440, ("#8fb0bd", "#2f5468"), mirror=0.62, ripple=6)
    moored_ferry(c, 180, 478)
    c.rects([(640 + i * 96, 424, 7, 64) for i in range(5)], ("#6b5a49", "#3f342b"))
    c.glints(110, (446, 670), (0, 1200), "#f6efdf", 0.4)
    return c.finish()


def village(c: Canvas, x: float) -> None:
    """A handful of houses and a church along a quay at y = 426."""
    walls = ["#f0dcbc", "#d98f6b", "#f5ead6", "#c9a37c", "#e9c9a0", "#f2e3cc", "#cf7f63"]
    for i, (w, h) in enumerate([(92, 92), (70, 118), (104, 84), (78, 106), (96, 92), (84, 124), (110, 88)]):
        left = x + sum([92, 70, 104, 78, 96, 84, 110][:i]) + i * 6
        c.rect(left, 426 - h, w, h, (walls[i], "#b59a7e"))
        c.polygon(
            [(left - 7, 427 - h), (left + w / 2, 390 - h), (left + w + 7, 427 - h)], ("#8c3f2c", "#a5563d")
        )
        windows(c, left + 12, 426 - h + 14, w - 24, h - 34, 3, 2, "#5b4a45", lit="#ffd98c", share=0.2)
    c.rect(x + 270, 240, 36, 190, ("#efe6d3", "#c2ae94"))
    c.polygon([(x + 264, 242), (x + 288, 150), (x + 312, 242)], ("#4f6470", "#394b58"))
    c.ellipse(x + 288, 268, 10, 10, "#4a4640")


def moored_ferry(c: Canvas, x: float, y: float) -> None:
    """A small car-less ferry at her mooring."""
    c.polygon([(x, y - 40), (x + 380, y - 40), (x + 350, y + 14), (x + 34, y + 14)], ("#2d5d73", "#1b3d50"))
    c.rect(x + 4, y - 44, 374, 8, "#f7efe0")
    c.rect(x + 54, y - 92, 250, 50, ("#fbf5e9", "#dcd2c2"))
    windows(c, x + 64, y - 84, 230, 24, 8, 1, "#37576a", lit="#37576a", share=0)
    c.rect(x + 44, y - 100, 272, 9, "#c8553d")
    c.rect(x + 110, y - 130, 84, 31, ("#fbf5e9", "#e2d8c8"))
    windows(c, x + 116, y - 125, 72, 13, 4, 1, "#37576a", lit="#37576a", share=0)
    c.rect(x + 236, y - 142, 26, 44, ("#c8553d", "#8f3526"))
    c.line([(x + 378, y - 40), (x + 460, y - 22)], 2, "#4b4036")


def cranes() -> Image.Image:
    """Harbour cranes and stacked containers at sunrise."""
    c = Canvas(14, [(0, "#31456a"), (0.3, "#8d7f95"), (0.52, "#f0a878"), (0.66, "#ffd59c"), (1, "#ffd59c")])
    c.cloud(10, (60, 300), "#f4a07e", 0.42, 260)
    c.glow(330, 420, 460, "#ffd08a", 0.8)
    c.ellipse(330, 404, 52, 52, "#fff0c8")
    for x, h, shade in ((120, 190, "#a5858c"), (1010, 210, "#9a7f8d"), (905, 180, "#ab8a8e")):
        crane(c, x, 470, h, shade, 0.75)
    c.rect(0, 452, 1200, 40, ("#7a6d80", "#5a5872"))
    for x, h, shade in ((430, 350, "#3b3a56"), (700, 370, "#322f49")):
        crane(c, x, 480, h, shade, 1.0)
    containers(c)
    c.rect(0, 478, 1200, 14, ("#37344c", "#232338"))
    c.water(492, ("#b38a86", "#2c3556"), mirror=0.66, ripple=8)
    c.glints(150, (496, 672), (200, 470), "#ffe3ae", 0.7)
    return c.finish()


def crane(c: Canvas, x: float, base: float, h: float, colour: str, s: float) -> None:
    """A gantry crane with its boom up."""
    w = 74 * s
    top = base - h * 0.62
    legs: list[Points] = [
        [(x, base), (x + 10 * s, top)],
        [(x + w, base), (x + w - 8 * s, top)],
        [(x + 3 * s, base - h * 0.25), (x + w - 3 * s, base - h * 0.25)],
        [(x, base), (x + w - 10, base - h * 0.25)],
    ]
    c.lines(legs, 7 * s, colour)
    c.rect(x - 34 * s, top - 12 * s, w + 60 * s, 13 * s, colour)
    c.rect(x - 30 * s, top - 34 * s, 40 * s, 24 * s, colour)
    apex = (x + w * 0.55, base - h)
    boom = (x + w + 96 * s, base - h * 1.02)
    c.lines(
        [
            [(x + w * 0.55, top), apex],
            [(x + w, top - 6), boom],
            [(x + w + 14 * s, top - 6), (boom[0] + 8 * s, boom[1])],
        ],
        5 * s,
        colour,
    )
    c.lines(
        [[apex, boom], [apex, (x - 30 * s, top - 8)], [apex, (x + w + 50 * s, (top + boom[1]) / 2)]],
        2 * s,
        colour,
    )


def containers(c: Canvas) -> None:
    """Stacks on the quay, lit from the left."""
    colours = ["#b9483a", "#d98a3d", "#3f6f80", "#7d9a6b", "#8a3f4a", "#e0b25a", "#4a5a86"]
    for column in range(15):
        for row in range(int(c.random.integers(1, 5))):
            x, y = 40 + column * 76, 478 - (row + 1) * 30
            if 430 < x < 505 or 700 < x < 775:
                continue
            shade = colours[int(c.random.integers(0, len(colours)))]
            c.rect(x, y, 73, 28, (shade, "#3a2f45"), opacity=0.96)
            c.rects([(x + 5 + i * 8, y + 3, 2, 22) for i in range(8)], "#1f1c30", opacity=0.2)


def barge() -> Image.Image:
    """A loaded barge on the river between hills in autumn mist."""
    c = Canvas(15, [(0, "#b9c4be"), (0.4, "#e5dcc3"), (0.6, "#f3e2bf"), (1, "#f3e2bf")])
    c.glow(240, 190, 360, "#fff1c4", 0.8)
    c.ridge(250, 60, ("#9fae9f", "#cfcdb0"), first=3)
    c.ridge(310, 55, ("#8a8f62", "#b9a56b"), first=4)
    c.mist(370, 50, "#efe5cb", 0.65)
    c.ridge(378, 26, ("#6e6a3e", "#8c7440"), first=6, rough=6)
    for x in range(20, 1200, 46):
        bare_tree(
            c,
            x + float(c.random.uniform(-12, 12)),
            408,
            float(c.random.uniform(30, 62)),
            "#5a4a30",
            leaves="#c77f33",
        )
    c.water(408, ("#c3bd9e", "#4b5a55"), mirror=0.7, ripple=5)
    x, y = 210, 506
    c.polygon(
        [
            (x, y - 26),
            (x + 40, y - 42),
            (x + 760, y - 42),
            (x + 800, y - 52),
            (x + 772, y + 20),
            (x + 24, y + 20),
        ],
        ("#37474c", "#1d282d"),
    )
    c.rect(x + 14, y - 4, 766, 6, "#a8402f")
    for i in range(7):
        c.polygon(
            [(x + 230 + i * 72, y - 42), (x + 266 + i * 72, y - 70), (x + 302 + i * 72, y - 42)],
            ("#f7f2e6", "#cdc6b6"),
        )
    c.rect(x + 40, y - 96, 150, 56, ("#fbf4e4", "#d2c6b1"))
    c.rect(x + 32, y - 104, 166, 10, "#2f4a5c")
    windows(c, x + 52, y - 86, 126, 20, 5, 1, "#41545c", lit="#ffd488", share=0.6)
    c.rect(x + 64, y - 130, 74, 28, ("#fbf4e4", "#dccfb8"))
    c.line([(x + 28, y - 42), (x + 28, y - 118)], 3, "#2d3336")
    c.polygon([(x + 28, y - 116), (x - 14, y - 108), (x + 28, y - 96)], ("#c0392b", "#f2f0e8"))
    c.line([(x + 140, y - 104), (x + 190, y - 120)], 1, "#55544a")
    c.glints(120, (530, 672), (0, 1200), "#f8edcf", 0.4)
    c.rect(x + 10, y + 18, 770, 6, "#1b2626", opacity=0.5, blur=3)
    return c.finish()


SCENES = {
    "lake": lake,
    "pier-rain": pier_rain,
    "ferry-village": ferry_village,
    "cranes": cranes,
    "barge": barge,
}
