"""Night, snow and fire."""

from __future__ import annotations

import math

from PIL import Image

from illustration.canvas import Canvas, Points
from illustration.parts import firs, lamp, windows


def comet() -> Image.Image:
    """A comet above dark hills before dawn."""
    c = Canvas(31, [(0, "#0e1634"), (0.45, "#27366b"), (0.68, "#5d6694"), (0.8, "#b58f97"), (1, "#d9a98c")])
    c.stars(700, 560)
    for i in range(40):
        t = i / 40
        c.polygon(
            [
                (352, 330),
                (352 + 640 * (0.55 + t * 0.45), 330 - 300 * (0.5 + t * 0.55)),
                (352 + 640 * (0.6 + t * 0.4), 330 - 250 * (0.5 + t * 0.5)),
            ],
            "#dfeaff",
            opacity=0.022,
            blur=10,
        )
    c.polygon([(346, 334), (900, 92), (960, 130)], "#f3f6ff", opacity=0.22, blur=12)
    c.polygon([(346, 334), (760, 110), (796, 122)], "#aecbff", opacity=0.35, blur=8)
    c.glow(350, 332, 110, "#eaf3ff", 0.95)
    c.ellipse(350, 332, 8, 8, "#ffffff")
    c.ridge(540, 50, ("#3d4470", "#5a5478"), first=3)
    c.ridge(590, 44, ("#262d54", "#2c2a4a"), first=4)
    firs(c, 0, 1200, 640, 110, "#12162f", 40, 110)
    c.rect(0, 632, 1200, 50, "#12162f")
    c.rect(900, 600, 84, 50, "#1a1e3a")
    c.polygon([(892, 602), (942, 566), (992, 602)], "#0f1229")
    c.rect(930, 614, 18, 16, "#ffcf7d")
    c.glow(939, 622, 60, "#ffcf7d", 0.5)
    return c.finish()


def telescope() -> Image.Image:
    """An observatory dome under the Milky Way."""
    c = Canvas(32, [(0, "#0c1230"), (0.5, "#223061"), (0.8, "#4b4f80"), (1, "#7d6a88")])
    for _ in range(70):
        t = float(c.random.uniform())
        x, y = 150 + 760 * t, 640 - 700 * t
        c.ellipse(x + float(c.random.normal(0, 40)), y, 90, 46, "#aab4ea", opacity=0.035, blur=26)
    c.stars(1100, 560)
    c.ridge(560, 36, ("#2e3562", "#353660"), first=3)
    c.ridge(610, 30, ("#181d3f", "#14183a"), first=4)
    c.rect(640, 430, 300, 190, ("#5b5f8c", "#2b2e58"))
    c.rect(620, 424, 340, 18, "#7a7fae")
    mask, pen = c.mask()
    pen.pieslice((2 * 640, 2 * 270, 2 * 940, 2 * 590), 180, 360, fill=255)
    c.paint(mask, ("#b9bfe4", "#5f6494"))
    c.polygon([(770, 268), (822, 272), (842, 430), (752, 430)], ("#1a1e42", "#262a55"))
    c.polygon([(800, 420), (724, 262), (756, 246), (838, 408)], ("#e9d7b4", "#8c7a78"))
    c.ellipse(740, 254, 18, 11, "#2b2e58")
    c.rect(760, 530, 50, 90, ("#ffd48a", "#f0a75c"))
    c.glow(786, 580, 150, "#ffce85", 0.5)
    c.rects([(668, 480, 34, 26), (868, 480, 34, 26)], "#2b2e58")
    firs(c, 0, 560, 660, 36, "#0d1130", 60, 140)
    firs(c, 1000, 1200, 660, 14, "#0d1130", 60, 140)
    c.rect(0, 646, 1200, 40, "#0d1130")
    return c.finish()


def night_train() -> Image.Image:
    """A sleeper train crossing a viaduct by moonlight."""
    c = Canvas(33, [(0, "#0f1c3a"), (0.5, "#2b4468"), (0.8, "#6d86a0"), (1, "#7f93a5")])
    c.stars(260, 300)
    c.glow(930, 130, 300, "#dfe9ff", 0.6)
    c.ellipse(930, 130, 44, 44, "#f8f4e4")
    c.ellipse(918, 122, 8, 7, "#e6dfca")
    c.ellipse(940, 142, 11, 9, "#e6dfca")
    c.ridge(400, 70, ("#3f5a7c", "#5f7890"), first=3)
    c.ridge(470, 56, ("#2a4263", "#3d566f"), first=4)
    c.mist(560, 60, "#8aa0b1", 0.5)
    c.rect(0, 392, 1200, 22, ("#37476a", "#2a3858"))
    for i in range(8):
        x = -40 + i * 168
        c.rect(x, 412, 34, 280, ("#2c3a5c", "#1d2947"))
        mask, pen = c.mask()
        pen.rectangle((2 * (x + 34), 2 * 412, 2 * (x + 168), 2 * 500), fill=255)
        pen.ellipse((2 * (x + 34), 2 * 424, 2 * (x + 168), 2 * 566), fill=0)
        pen.rectangle((2 * (x + 34), 2 * 495, 2 * (x + 168), 2 * 500), fill=0)
        c.paint(mask, ("#2c3a5c", "#253354"))
    c.rect(0, 384, 1200, 8, "#46587c")
    for i in range(5):
        x = -90 + i * 226
        c.rect(x, 312, 220, 68, ("#26406e", "#16294d"), radius=9)
        c.rect(x, 362, 220, 5, "#e0b25a")
        lit = [(x + 16 + k * 28, 328, 18, 20) for k in range(7)]
        c.rects(lit, "#ffd98f")
        c.rects([box for box in lit if c.random.uniform() < 0.35], "#7c6a6a")
        c.rects([(x + 24, 380, 40, 6), (x + 156, 380, 40, 6)], "#101a34")
    c.polygon([(1040, 312), (1120, 312), (1168, 350), (1172, 380), (1040, 380)], ("#a3302c", "#6e2227"))
    c.polygon([(1112, 322), (1124, 322), (1152, 346), (1112, 346)], "#ffe7b0")
    c.glow(1172, 368, 170, "#fff0c0", 0.75)
    c.glow(560, 350, 560, "#ffce85", 0.16, 3)
    firs(c, 0, 1200, 668, 80, "#132038", 40, 120)
    c.rect(0, 660, 1200, 20, "#132038")
    return c.finish()


def pitch_night() -> Image.Image:
    """A village football pitch under floodlights."""
    c = Canvas(34, [(0, "#101a36"), (0.45, "#27355c"), (0.62, "#44506f"), (1, "#44506f")])
    c.stars(120, 220)
    c.ridge(380, 40, ("#1e2a4a", "#25304c"), first=4)
    firs(c, 0, 1200, 420, 90, "#141d36", 30, 80)
    c.rect(300, 352, 600, 70, ("#39405f", "#2a3049"))
    c.polygon([(286, 354), (320, 322), (880, 322), (914, 354)], ("#7a2f33", "#5c2630"))
    c.rects([(330 + i * 56, 372, 30, 20) for i in range(10)], "#ffd893")
    c.polygon([(0, 420), (1200, 420), (1200, 680), (0, 680)], ("#4f8a4e", "#2f6138"))
    for i in range(7):
        a, b = i / 7, (i + 0.5) / 7
        c.polygon(
            [(200 + 800 * a, 420), (200 + 800 * b, 420), (-500 + 2200 * b, 680), (-500 + 2200 * a, 680)],
            "#7fb768",
            opacity=0.22,
        )
    white = "#f4f6e8"
    c.line([(120, 436), (1080, 436)], 2, white)
    c.line([(120, 436), (-260, 680)], 3, white)
    c.line([(1080, 436), (1460, 680)], 3, white)
    ring: Points = [
        (600 + 150 * math.cos(i / 40 * math.tau), 560 + 44 * math.sin(i / 40 * math.tau)) for i in range(41)
    ]
    c.line(ring, 3, white, opacity=0.9)
    c.line([(-60, 560), (1260, 560)], 3, white, opacity=0.9)
    c.lines([[(520, 436), (520, 376), (680, 376), (680, 436)]], 4, white)
    c.lines(
        [[(520 + i * 10, 378), (524 + i * 9.5, 434)] for i in range(1, 16)]
        + [[(520, 384 + i * 9), (680, 384 + i * 9)] for i in range(6)],
        0.7,
        "#c8d2cc",
        opacity=0.6,
    )
    for x, top in ((90, 120), (1110, 120), (330, 210), (870, 210)):
        s = 1.0 if top == 120 else 0.6
        c.line([(x, 436), (x, top)], 6 * s, "#20283f")
        c.rects(
            [
                (x - 44 * s + k * 22 * s, top - 26 * s + j * 20 * s, 18 * s, 15 * s)
                for k in range(4)
                for j in range(2)
            ],
            "#fffbe6",
        )
        c.glow(x, top - 8, 250 * s, "#f3f6e0", 0.85)
        lean = 260 if x < 600 else -260
        c.polygon(
            [(x - 30 * s, top), (x + 30 * s, top), (x + lean + 220, 640), (x + lean - 220, 640)],
            "#f6f9e6",
            opacity=0.07,
            blur=18,
        )
    c.ellipse(690, 588, 8, 8, "#fdfbf2")
    c.ellipse(690, 598, 12, 3, "#1d3a25", opacity=0.6, blur=2)
    return c.finish()


def steelworks() -> Image.Image:
    """Blast furnaces and a flare at night, mirrored in the river."""
    c = Canvas(35, [(0, "#1a1c38"), (0.4, "#4a3350"), (0.62, "#b05a4c"), (0.72, "#e98d55"), (1, "#e98d55")])
    c.cloud(12, (80, 330), "#8d4a52", 0.4, 300)
    c.glow(420, 470, 520, "#ff9d55", 0.55)
    c.ridge(470, 26, ("#3a2d48", "#4a3347"), first=3)
    dark = ("#211d36", "#17152a")
    for x, w, h in (
        (110, 150, 120),
        (270, 60, 270),
        (344, 50, 300),
        (410, 130, 180),
        (560, 240, 110),
        (830, 70, 250),
        (930, 180, 140),
        (1120, 120, 90),
    ):
        c.rect(x, 500 - h, w, h, dark)
    for x, h, w in ((190, 330, 26), (620, 360, 28), (690, 330, 28), (1010, 300, 22)):
        c.polygon([(x, 500), (x + 4, 500 - h), (x + w - 4, 500 - h), (x + w, 500)], dark)
        c.rects([(x + 3, 514 - h, w - 6, 8), (x + 3, 538 - h, w - 6, 8)], "#7d3f40", opacity=0.7)
    c.lines(
        [
            [(110, 400), (290, 240)],
            [(400, 250), (560, 400)],
            [(860, 260), (980, 370)],
            [(860, 280), (960, 376)],
        ],
        12,
        "#1e1a32",
    )
    c.lines([[(270 + i * 12, 260), (270 + i * 12, 240)] for i in range(10)], 2, "#1e1a32")
    c.ellipses([(300, 232, 34, 26), (868, 252, 38, 28)], "#211d36")
    windows(c, 420, 330, 110, 150, 6, 6, "#2c2440", lit="#ffb35a", share=0.35)
    windows(c, 570, 400, 220, 80, 12, 3, "#2c2440", lit="#ffb35a", share=0.4)
    windows(c, 940, 370, 160, 110, 8, 4, "#2c2440", lit="#ffb35a", share=0.25)
    c.line([(780, 500), (780, 176)], 7, "#1a1730")
    c.polygon(
        [(774, 178), (764, 140), (778, 82), (800, 50), (798, 100), (812, 128), (788, 178)],
        ("#fff0b0", "#ff9a3d"),
        blur=1,
    )
    c.glow(786, 120, 260, "#ffb25a", 0.85)
    for i in range(9):
        c.ellipse(
            640 - i * 46, 120 - i * 9, 40 + i * 13, 20 + i * 6, "#7c5560", opacity=0.28 - i * 0.024, blur=12
        )
    c.rect(0, 496, 1200, 12, "#120f22")
    c.water(508, ("#7a4450", "#17152a"), mirror=0.7, ripple=9)
    c.glints(90, (512, 670), (680, 890), "#ffc477", 0.6)
    return c.finish()


def snow() -> Image.Image:
    """First snow on a spruce ridge, a railway line through it."""
    c = Canvas(36, [(0, "#8ea3b8"), (0.4, "#c3cfd6"), (0.65, "#efe6dc"), (1, "#efe6dc")])
    c.glow(930, 240, 360, "#fff1d8", 0.75)
    c.ellipse(930, 240, 32, 32, "#fffaf0")
    c.ridge(330, 50, ("#a8b9c6", "#cdd6da"), first=3)
    firs(c, 0, 1200, 372, 110, "#8ea2b0", 22, 52)
    c.ridge(392, 24, ("#dfe6e9", "#eef1f1"), first=3)
    firs(c, 0, 1200, 446, 80, "#5d7686", 50, 96)
    c.ridge(468, 22, ("#eef2f3", "#f9f8f4"), first=4)
    for x, h in ((60, 250), (170, 190), (300, 150), (960, 170), (1070, 230), (1160, 280)):
        firs(c, x, x + 1, 590, 1, ("#3d5866", "#2a414e"), h, h + 1)
    c.polygon([(0, 560), (500, 540), (1200, 572), (1200, 680), (0, 680)], ("#fbfaf6", "#dfe6ea"))
    c.polygon([(520, 680), (600, 470), (612, 470), (760, 680)], "#b9c4cb", opacity=0.6, blur=2)
    for i in range(16):
        t = (i / 16) ** 1.8
        y = 474 + 206 * t
        c.line([(600 - 84 * t, y), (612 + 150 * t, y)], 1 + 6 * t, "#6f6660", opacity=0.8)
    c.line([(602, 470), (548, 680)], 3, "#4a4f57")
    c.line([(610, 470), (726, 680)], 3, "#4a4f57")
    lamp(c, 790, 590, 120, "#3b424c", radius=80)
    c.flakes(260)
    return c.finish(warmth="#f3ead9")


SCENES = {
    "comet": comet,
    "telescope": telescope,
    "night-train": night_train,
    "pitch-night": pitch_night,
    "steelworks": steelworks,
    "snow": snow,
}
