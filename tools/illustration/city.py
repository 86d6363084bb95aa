"""Streets, roofs and squares."""

from __future__ import annotations

from PIL import Image

from illustration.canvas import Canvas, Points
from illustration.parts import bare_tree, lamp, roofed, windows


def tram() -> Image.Image:
    """A tram at its stop at dusk, the town behind it."""
    c = Canvas(21, [(0, "#2c3e63"), (0.35, "#6d6f97"), (0.55, "#d99a86"), (0.66, "#f4c598"), (1, "#f4c598")])
    c.cloud(8, (60, 240), "#d98f88", 0.35, 260)
    c.glow(760, 430, 420, "#ffc98a", 0.55)
    skyline(c, 440, "#7b7392", 150, 8)
    skyline(c, 452, "#4d4c70", 190, 6, lit=0.35)
    c.rect(0, 446, 1200, 240, ("#4c4a63", "#26283f"))
    c.polygon([(0, 540), (1200, 520), (1200, 566), (0, 596)], ("#55536a", "#3a3a52"))
    for y in (588, 622):
        c.line([(0, y + 16), (1200, y - 14)], 3.2, "#c9a58c", opacity=0.75)
    c.line([(0, 176), (1200, 190)], 1.2, "#23243a")
    c.lines([[(140, 560), (140, 172)], [(1010, 545), (1010, 186)]], 5, "#23243a")
    c.lines([[(140, 196), (240, 178)], [(1010, 208), (920, 188)]], 2.4, "#23243a")
    tram_car(c, 230, 590)
    lamp(c, 96, 640, 330, "#1f2036")
    lamp(c, 1120, 640, 330, "#1f2036")
    c.glow(600, 620, 420, "#ffd79a", 0.22, 4)
    return c.finish()


def skyline(c: Canvas, base: float, colour: str, tallest: float, step: int, lit: float = 0.0) -> None:
    """A row of houses and towers."""
    x = -20.0
    while x < 1220:
        w = float(c.random.uniform(46, 104))
        h = float(c.random.uniform(0.3, 1.0)) * tallest
        c.rect(x, base - h, w - 3, h + 5, colour)
        if c.random.uniform() < 0.35:
            c.polygon([(x, base - h + 1), (x + w / 2, base - h - w * 0.5), (x + w - 3, base - h + 1)], colour)
        if lit:
            windows(
                c,
                x + 5,
                base - h + 8,
                w - 13,
                h - 10,
                4,
                max(2, int(h / 22)),
                "#3b3a5c",
                lit="#ffd487",
                share=lit,
            )
        x += w + float(c.random.uniform(0, step))


def tram_car(c: Canvas, x: float, base: float) -> None:
    """A three-part tram, about 740 wide."""
    c.rect(x - 10, base + 4, 770, 10, "#14152a", opacity=0.55, blur=5)
    for i in range(3):
        left = x + i * 250
        c.rect(left, base - 150, 242, 150, ("#f6efe4", "#c8bfc0"), radius=14)
        c.rect(left + 6, base - 126, 230, 66, ("#ffe3a6", "#f6b765"), radius=6)
        c.rects([(left + 52 + k * 46, base - 126, 5, 66) for k in range(4)], "#3d3b52")
        c.rect(left + 92, base - 128, 48, 120, ("#3d3b52", "#2c2b42"))
        c.rects([(left + 96, base - 122, 18, 106), (left + 118, base - 122, 18, 106)], "#ffcf86")
        c.rect(left, base - 46, 242, 9, "#a3302c")
        c.rects([(left + 30, base - 6, 52, 12), (left + 160, base - 6, 52, 12)], "#23243a")
    c.rects([(x + 242, base - 140, 8, 134), (x + 492, base - 140, 8, 134)], "#2c2b42")
    c.rect(x + 300, base - 166, 120, 16, "#3d3b52")
    c.lines(
        [
            [(x + 330, base - 166), (x + 370, base - 250), (x + 420, base - 404)],
            [(x + 395, base - 406), (x + 446, base - 402)],
        ],
        3,
        "#23243a",
    )
    c.glow(x + 748, base - 34, 120, "#ffe9b8", 0.8)


def lisbon() -> Image.Image:
    """Houses climbing a hill above the river."""
    c = Canvas(22, [(0, "#6b9ac4"), (0.3, "#f3c7a2"), (0.45, "#fbe2b8"), (1, "#fbe2b8")])
    c.cloud(5, (40, 130), "#fdeedd", 0.4, 240)
    c.glow(930, 220, 420, "#ffdf9e", 0.8)
    c.ellipse(930, 214, 42, 42, "#fff4d4")
    c.rect(0, 262, 1200, 80, ("#e0b79a", "#8fa9b4"))
    c.polygon([(560, 262), (760, 240), (1200, 250), (1200, 264)], "#a796a5")
    c.glints(90, (268, 340), (820, 1040), "#fff3cf", 0.8)
    walls = ["#f7e7c8", "#efb6a0", "#f4d48a", "#9dbfc4", "#fbf3e2", "#e89f7c", "#d8e0cf"]
    for row in range(5):
        x = -70.0 + row * 21
        while x < 1220:
            w, h = float(c.random.uniform(104, 168)), float(c.random.uniform(96, 140))
            rise = max(0.0, 640 - x) * 0.3 * (1 - row / 7)
            base = 400 + row * 78 - rise
            wall = walls[int(c.random.integers(0, len(walls)))]
            c.rect(x, base - h, w, h + 120, (wall, "#c99c80"))
            eaves = base - h
            c.polygon(
                [
                    (x - 4, eaves + 2),
                    (x + w * 0.16, eaves - 24),
                    (x + w * 0.84, eaves - 24),
                    (x + w + 4, eaves + 2),
                ],
                ("#c65f40", "#a94a33"),
            )
            windows(c, x + 14, eaves + 16, w - 28, 64, 3, 1, "#6f5a5a", lit="#fff0b8", share=0.25, gap=0.5)
            x += w + 1
    return c.finish()


def kirchberg() -> Image.Image:
    """Two golden towers and the red bridge over the valley, swifts above."""
    c = Canvas(23, [(0, "#46648c"), (0.4, "#b9a7b5"), (0.6, "#f6cf9f"), (1, "#f6cf9f")])
    c.cloud(7, (70, 230), "#f3c3a5", 0.4, 260)
    c.glow(180, 400, 460, "#ffd79a", 0.65)
    for x, w, h in ((240, 80, 250), (380, 80, 250)):
        c.rect(x, 430 - h, w, h, ("#d9a55a", "#7d5a3f"))
        windows(c, x + 4, 436 - h, w - 8, h - 10, 6, 20, "#6d5140", lit="#ffe1a0", share=0.35, gap=0.3)
        c.rect(x, 430 - h, w * 0.3, h, "#ffe6b8", opacity=0.25)
    for x, w, h in ((90, 120, 90), (500, 150, 70), (690, 90, 120), (800, 170, 84), (1000, 130, 104)):
        c.rect(x, 430 - h, w, h, ("#6b6a86", "#55506c"))
        windows(c, x + 5, 436 - h, w - 10, h - 12, 8, 5, "#4b4862", lit="#ffdf9c", share=0.4, gap=0.35)
    c.rect(0, 430, 1200, 250, ("#8d829b", "#6d7386"))
    c.ridge(520, 40, ("#6f7a85", "#59676b"), first=3)
    c.mist(560, 60, "#a99fa8", 0.5)
    c.rect(0, 424, 1200, 18, "#a5352c")
    c.polygon([(300, 442), (336, 442), (430, 675), (372, 675)], ("#a5352c", "#6e2522"))
    c.polygon([(870, 442), (906, 442), (838, 675), (780, 675)], ("#a5352c", "#6e2522"))
    c.polygon([(0, 500), (180, 540), (330, 675), (0, 675)], ("#4d5a4c", "#2c3a35"))
    c.polygon([(1200, 480), (1010, 540), (850, 675), (1200, 675)], ("#4d5a4c", "#2c3a35"))
    c.polygon([(0, 640), (600, 610), (1200, 640), (1200, 680), (0, 680)], ("#3b4a42", "#26332f"))
    for x in range(20, 1200, 58):
        bare_tree(c, x, 690, float(c.random.uniform(60, 120)), "#2a342e", leaves="#8c6a35")
    swift: Points = [(-26, -9), (-8, -2), (0, -5), (8, -2), (26, -10), (9, 4), (0, 12), (-9, 4)]
    for x, y, s in (
        (620, 120, 1.3),
        (700, 170, 0.9),
        (560, 200, 0.7),
        (780, 104, 0.8),
        (850, 190, 1.0),
        (690, 70, 0.6),
        (930, 140, 0.7),
    ):
        c.polygon([(x + dx * s, y + dy * s) for dx, dy in swift], "#2a2c44")
    return c.finish()


def market_night() -> Image.Image:
    """A Christmas market with its wheel, at night."""
    import math

    c = Canvas(24, [(0, "#141d3a"), (0.5, "#2d3560"), (0.75, "#6b4f6d"), (1, "#6b4f6d")])
    c.stars(160, 330)
    cx, cy, r = 850, 270, 200
    c.glow(cx, cy, 330, "#f7b267", 0.35)
    c.lines([[(cx, cy), (cx - 110, 520)], [(cx, cy), (cx + 110, 520)]], 9, "#39385e")
    spokes: list[Points] = [
        [(cx, cy), (cx + r * math.cos(a), cy + r * math.sin(a))]
        for a in [i * math.pi / 10 for i in range(20)]
    ]
    c.lines(spokes, 1.6, "#f2c083", opacity=0.75)
    rims: list[Points] = [
        [(cx + q * math.cos(i / 60 * math.tau), cy + q * math.sin(i / 60 * math.tau)) for i in range(61)]
        for q in (r, r - 18)
    ]
    c.lines(rims, 3, "#f9d49a")
    c.ellipses(
        [
            (cx + (r + 6) * math.cos(i * math.pi / 10), cy + (r + 6) * math.sin(i * math.pi / 10) + 8, 11, 12)
            for i in range(20)
        ],
        "#d8503f",
    )
    c.ellipses(
        [
            (cx + r * math.cos(i * math.pi / 40), cy + r * math.sin(i * math.pi / 40), 2.6, 2.6)
            for i in range(80)
        ],
        "#fff4cf",
    )
    skyline(c, 470, "#242a52", 150, 4, lit=0.25)
    c.rect(150, 190, 60, 290, ("#1f254e", "#242a52"))
    c.polygon([(140, 192), (180, 70), (220, 192)], "#1b2148")
    c.rect(0, 466, 1200, 220, ("#3a3157", "#171a36"))
    c.glow(600, 560, 640, "#ffb861", 0.35, 2.6)
    roofs = ["#a3302c", "#2f6a5a", "#a3302c", "#b9762f", "#2f4f7a", "#a3302c"]
    for i, x in enumerate(range(20, 1180, 196)):
        c.glow(x + 82, 545, 150, "#ffcf7d", 0.55)
        c.rect(x, 500, 164, 100, ("#6d4634", "#3f2a2a"))
        c.rect(x + 12, 520, 140, 46, ("#ffe2a0", "#f2a950"))
        c.polygon(
            [(x - 14, 504), (x + 20, 452), (x + 144, 452), (x + 178, 504)],
            (roofs[i], "#5b2430" if i % 2 == 0 else "#23384a"),
        )
        c.polygon([(x + 20, 453), (x + 144, 453), (x + 152, 466), (x + 12, 466)], "#f4efe9", opacity=0.9)
        c.rects([(x + 22 + k * 22, 548, 14, 18) for k in range(6)], "#8a4b2c")
        c.rect(x - 4, 566, 172, 10, "#8a5a3c")
    for y0, y1, dip in ((410, 420, 46), (436, 424, 38)):
        bulbs = [
            (x, y0 + (y1 - y0) * x / 1200 + dip * abs(math.sin(x / 1200 * math.pi * 5)))
            for x in range(0, 1201, 20)
        ]
        c.line([(float(x), y) for x, y in bulbs], 1, "#1a1d3a")
        c.ellipses([(x, y + 3, 3, 3.6) for x, y in bulbs], "#ffe7ac")
    c.glints(90, (606, 670), (0, 1200), "#ffc876", 0.28)
    c.flakes(90, opacity=0.6)
    return c.finish()


def court() -> Image.Image:
    """A court house with tall columns in morning light."""
    c = Canvas(25, [(0, "#8fb3c9"), (0.5, "#dfe3d8"), (0.75, "#f7e8cd"), (1, "#f7e8cd")])
    c.cloud(6, (50, 180), "#ffffff", 0.55, 240)
    c.glow(1050, 120, 420, "#fff0c8", 0.7)
    for x, h in ((-30, 210), (90, 170), (985, 190), (1100, 230)):
        roofed(c, x, 560, 130, h, ("#c9b7a6", "#a8968a"), ("#6d6a74", "#5a5864"), pitch=0.45)
        windows(c, x + 14, 570 - h, 102, h - 30, 3, 4, "#7b7480", lit="#f8e6b8", share=0.15)
    c.rect(230, 250, 740, 320, ("#ecdfc6", "#cbb89c"))
    c.polygon([(206, 252), (600, 108), (994, 252)], ("#f5ead3", "#dccbae"))
    c.polygon([(262, 238), (600, 128), (938, 238)], ("#d8c6a8", "#e6d7bb"))
    c.ellipse(600, 196, 32, 32, "#c3ae8e")
    c.ellipse(600, 196, 25, 25, "#f4ead4")
    c.lines([[(600, 196), (600, 178)], [(600, 196), (612, 203)]], 3, "#5d5148")
    c.rect(206, 250, 788, 24, ("#f7eed9", "#d2c0a2"))
    c.rect(250, 274, 700, 286, ("#8d7c70", "#6d5f59"))
    c.rect(540, 350, 120, 212, ("#5b3b31", "#3b2723"))
    c.line([(600, 350), (600, 560)], 2, "#2b1c1a")
    for x in (330, 450, 690, 810):
        c.rect(x + 20, 340, 50, 130, ("#4f5560", "#3d424d"))
        c.rects([(x + 43, 340, 4, 130), (x + 20, 402, 50, 4)], "#b5a48b")
    for i in range(7):
        x = 246 + i * 112
        c.rect(x, 284, 40, 272, ("#f8efdb", "#d3c1a4"))
        c.rect(x + 26, 284, 14, 272, "#a9967d", opacity=0.45)
        c.rects([(x - 6, 274, 52, 12), (x - 6, 550, 52, 12)], "#efe2c8")
    for i in range(5):
        c.rect(210 - i * 26, 560 + i * 16, 780 + i * 52, 16, ("#efe4cd", "#cdbda2"))
    c.rect(0, 638, 1200, 40, ("#b7a793", "#93867a"))
    c.polygon([(210, 640), (990, 640), (760, 675), (40, 675)], "#4b4452", opacity=0.22, blur=8)
    for x in (90, 1110):
        bare_tree(c, x, 650, 190, "#5b4a3f", leaves="#c9853c")
    return c.finish()


def cinema() -> Image.Image:
    """An old cinema with its lights on, after rain."""
    c = Canvas(26, [(0, "#182340"), (0.6, "#3a3c66"), (1, "#57486d")])
    c.stars(60, 160)
    for x, w, h, lit in (
        (-20, 210, 380, 0.3),
        (190, 160, 320, 0.2),
        (850, 180, 350, 0.25),
        (1030, 200, 400, 0.3),
    ):
        c.rect(x, 520 - h, w - 4, h, ("#2a2e55", "#363257"))
        windows(c, x + 14, 534 - h, w - 32, h - 60, 4, 6, "#212547", lit="#ffd58c", share=lit)
    c.rect(350, 130, 500, 395, ("#7d3a3f", "#5a2c3b"))
    c.polygon(
        [(350, 132), (350, 96), (470, 96), (470, 64), (730, 64), (730, 96), (850, 96), (850, 132)],
        ("#8f4546", "#7d3a3f"),
    )
    for x in (390, 470, 680, 760):
        c.arch(x, 180, 46, 120, ("#ffdf9c", "#e89a54"))
        c.rect(x + 21, 190, 4, 110, "#5a2c3b")
    c.rect(566, 84, 68, 236, ("#f7ead0", "#e5c79a"), radius=6)
    for i, word in enumerate("KINO"):
        letter(c, word, 584, 104 + i * 52)
    c.glow(600, 350, 380, "#ffce7a", 0.5, 1.5)
    c.rect(320, 340, 560, 62, ("#fff3d6", "#f0cf93"), radius=4)
    c.rects(
        [(352 + i * 34, 358, 24, 6) for i in range(15)] + [(400 + i * 34, 376, 22, 6) for i in range(12)],
        "#5d4140",
        opacity=0.8,
    )
    c.ellipses([(326 + i * 15.2, 408, 4.4, 4.4) for i in range(37)], "#fff6d8")
    c.rect(400, 420, 400, 106, ("#4b2430", "#33192a"))
    c.rects([(430 + i * 92, 428, 70, 98) for i in range(4)], "#ffcf80")
    c.rects([(462 + i * 92, 428, 5, 98) for i in range(4)], "#5b2c33")
    c.rect(0, 522, 1200, 12, "#2b2745")
    c.water(534, ("#443b5f", "#191b36"), mirror=0.55, ripple=5)
    lamp(c, 250, 560, 240, "#14162c", radius=110)
    lamp(c, 950, 560, 240, "#14162c", radius=110)
    return c.finish()


def letter(c: Canvas, name: str, x: float, y: float) -> None:
    """A plain capital, 32 x 40."""
    strokes: dict[str, list[Points]] = {
        "K": [[(0, 0), (0, 40)], [(30, 0), (2, 21), (32, 40)]],
        "I": [[(16, 0), (16, 40)]],
        "N": [[(0, 40), (0, 0), (30, 40), (30, 0)]],
        "O": [[(15, 0), (28, 7), (31, 20), (28, 33), (15, 40), (3, 33), (0, 20), (3, 7), (15, 0)]],
    }
    c.lines([[(x + dx, y + dy) for dx, dy in stroke] for stroke in strokes[name]], 6, "#9b2b2b")


SCENES = {
    "tram": tram,
    "lisbon": lisbon,
    "kirchberg": kirchberg,
    "market-night": market_night,
    "court": court,
    "cinema": cinema,
}
