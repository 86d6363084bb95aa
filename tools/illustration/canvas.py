"""A canvas for layered illustrations: gradients, silhouettes, light, weather and grain, all from a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 675  # units of every coordinate, and the size of the finished picture
SCALE = 2  # drawn twice as large, so that edges come out smooth

Colour = str | tuple[str, str]  # one, or top and bottom
Points = list[tuple[float, float]]
Boxes = Sequence[tuple[float, float, float, float]]
Array = NDArray[np.float32]


def rgb(colour: str) -> Array:
    """``#rrggbb`` as three floats 0..255."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def mix(one: str, other: str, share: float) -> str:
    """A colour between two; ``share`` 0 is ``one``."""
    blend = rgb(one) * (1 - share) + rgb(other) * share
    return "#" + "".join(f"{round(float(v)):02x}" for v in blend)


def ramp(stops: list[tuple[float, str]], count: int) -> Array:
    """``count`` rows of colour through ``stops`` (0..1, colour), eased between them."""
    at = np.linspace(0, 1, count)
    places = [stop for stop, _ in stops]
    colours = np.stack([rgb(colour) for _, colour in stops])
    return np.stack([np.interp(at, places, colours[:, i]) for i in range(3)], axis=1).astype(np.float32)


class Canvas:
    """A picture in the making. Coordinates are in units of 1200 x 675 from the top left."""

    def __init__(self, seed: int, background: list[tuple[float, str]]) -> None:
        self.random = np.random.default_rng(seed)
        rows = ramp(background, HEIGHT * SCALE)
        self.pixels: Array = np.repeat(rows[:, None, :], WIDTH * SCALE, axis=1)

    # --- masks ---------------------------------------------------------------------------------------

    def mask(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        """An empty mask and a pen for it, in canvas pixels."""
        image = Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE), 0)
        return image, ImageDraw.Draw(image)

    def paint(self, mask: Image.Image, colour: Colour, opacity: float = 1.0, blur: float = 0.0) -> None:
        """Lay ``colour`` over the canvas where ``mask`` is white; a pair of colours runs down the mask's height."""
        box = mask.getbbox()
        if not box:
            return
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
            box = mask.getbbox() or box
        left, top, right, bottom = box
        alpha = np.asarray(mask.crop(box), np.float32)[..., None] / 255 * opacity
        stops = (
            [(0.0, colour[0]), (1.0, colour[1])]
            if isinstance(colour, tuple)
            else [(0.0, colour), (1.0, colour)]
        )
        fill = ramp(stops, bottom - top)[:, None, :]
        area = self.pixels[top:bottom, left:right]
        self.pixels[top:bottom, left:right] = area * (1 - alpha) + fill * alpha

    # --- shapes --------------------------------------------------------------------------------------

    def polygon(self, points: Points, colour: Colour, opacity: float = 1.0, blur: float = 0.0) -> None:
        """A filled polygon."""
        mask, pen = self.mask()
        pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=255)
        self.paint(mask, colour, opacity, blur)

    def rect(self, x: float, y: float, w: float, h: float, colour: Colour, **options: float) -> None:
        """A rectangle by its top left corner and size."""
        radius = options.pop("radius", 0)
        mask, pen = self.mask()
        box = (x * SCALE, y * SCALE, (x + w) * SCALE - 1, (y + h) * SCALE - 1)
        pen.rounded_rectangle(box, radius * SCALE, fill=255)
        self.paint(mask, colour, **options)

    def rects(self, boxes: Boxes, colour: Colour, **options: float) -> None:
        """Many rectangles (x, y, w, h) of one colour."""
        mask, pen = self.mask()
        for x, y, w, h in boxes:
            pen.rectangle((x * SCALE, y * SCALE, (x + w) * SCALE - 1, (y + h) * SCALE - 1), fill=255)
        self.paint(mask, colour, **options)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, **options: float) -> None:
        """An ellipse by its centre and radii."""
        self.ellipses([(x, y, rx, ry)], colour, **options)

    def ellipses(self, shapes: Boxes, colour: Colour, **options: float) -> None:
        """Many ellipses (x, y, rx, ry) of one colour."""
        mask, pen = self.mask()
        for x, y, rx, ry in shapes:
            pen.ellipse([v * SCALE for v in (x - rx, y - ry, x + rx, y + ry)], fill=255)
        self.paint(mask, colour, **options)

    def line(
        self, points: Sequence[tuple[float, float]], width: float, colour: Colour, **options: float
    ) -> None:
        """A line through ``points``."""
        self.lines([points], width, colour, **options)

    def lines(
        self, lines: Sequence[Sequence[tuple[float, float]]], width: float, colour: Colour, **options: float
    ) -> None:
        """Many lines of one width and colour."""
        mask, pen = self.mask()
        for points in lines:
            pen.line(
                [(x * SCALE, y * SCALE) for x, y in points],
                fill=255,
                width=max(1, round(width * SCALE)),
                joint="curve",
            )
        self.paint(mask, colour, **options)

    def arch(self, x: float, y: float, w: float, h: float, colour: Colour, **options: float) -> None:
        """A round-headed opening: its top left corner, width and full height."""
        mask, pen = self.mask()
        left, top, right, bottom = (v * SCALE for v in (x, y, x + w, y + h))
        pen.ellipse((left, top, right, top + (right - left)), fill=255)
        pen.rectangle((left, top + (right - left) / 2, right, bottom), fill=255)
        self.paint(mask, colour, **options)

    # --- land ----------------------------------------------------------------------------------------

    def noise(self, count: int, octaves: int = 4, first: int = 3, gain: float = 0.5) -> Array:
        """Smooth noise in one dimension, about -1..1."""
        out = np.zeros(count, np.float32)
        for octave in range(octaves):
            knots = self.random.uniform(-1, 1, first * 2**octave + 2)
            at = np.linspace(0, len(knots) - 1.001, count)
            low = at.astype(int)
            ease = (1 - np.cos((at - low) * np.pi)) / 2
            out += (knots[low] * (1 - ease) + knots[low + 1] * ease).astype(np.float32) * gain**octave
        return out

    def ridge(
        self,
        y: float,
        height: float,
        colour: Colour,
        *,
        rough: int = 4,
        first: int = 3,
        sharp: bool = False,
        slope: float = 0.0,
    ) -> Array:
        """A hill line with everything below filled; returns its height at every unit of x."""
        heights = self.noise(WIDTH + 1, rough, first)
        if sharp:  # peaks instead of rounded hills
            heights = 1 - 2 * np.abs(heights)
        line = y - heights * height + np.linspace(0, slope, WIDTH + 1)
        points = [(float(x), float(v)) for x, v in enumerate(line)]
        self.polygon([*points, (WIDTH, HEIGHT), (0, HEIGHT)], colour)
        return line.astype(np.float32)

    def polyline_land(self, points: Points, colour: Colour) -> None:
        """Land under a given line of points."""
        self.polygon([*points, (WIDTH + 5, HEIGHT + 5), (-5, HEIGHT + 5)], colour)

    # --- light and weather ---------------------------------------------------------------------------

    def glow(
        self, x: float, y: float, radius: float, colour: str, strength: float = 1.0, squash: float = 1.0
    ) -> None:
        """Light around a point, screened over what is there."""
        ys, xs = np.mgrid[0 : HEIGHT * SCALE, 0 : WIDTH * SCALE].astype(np.float32)
        distance = np.hypot(xs - x * SCALE, (ys - y * SCALE) * squash) / (radius * SCALE)
        light = (np.clip(1 - distance, 0, 1) ** 2 * strength)[..., None] * rgb(colour) / 255
        self.pixels = 255 - (255 - self.pixels) * (1 - np.clip(light, 0, 1))

    def cloud(
        self, count: int, y: tuple[float, float], colour: str, opacity: float = 0.5, size: float = 160
    ) -> None:
        """Long soft clouds between two heights."""
        mask, pen = self.mask()
        for _ in range(count):
            x, top = self.random.uniform(-100, WIDTH + 100), self.random.uniform(*y)
            length = self.random.uniform(0.5, 1.4) * size
            for part in range(5):
                w = length * (1 - abs(part - 2) * 0.22)
                px, py = x + (part - 2) * length * 0.3, top - self.random.uniform(0, 0.07) * length
                pen.ellipse(
                    [v * SCALE for v in (px - w / 2, py - w * 0.07, px + w / 2, py + w * 0.07)], fill=255
                )
        self.paint(mask, colour, opacity, blur=7)

    def stars(self, count: int, below: float, colour: str = "#fff6e0") -> None:
        """Stars above a height, few of them bright."""
        dim = [(self.random.uniform(0, WIDTH), self.random.uniform(0, below)) for _ in range(count)]
        for share, radius, opacity in ((1.0, 0.8, 0.45), (0.3, 1.2, 0.75), (0.06, 1.9, 1.0)):
            some = dim[: int(count * share)]
            self.ellipses([(x, y, radius, radius) for x, y in some], colour, opacity=opacity)

    def rain(
        self, count: int, colour: str, opacity: float = 0.25, slant: float = 10, length: float = 42
    ) -> None:
        """Slanting rain over everything."""
        starts = [(self.random.uniform(-40, WIDTH), self.random.uniform(-40, HEIGHT)) for _ in range(count)]
        self.lines(
            [[(x, y), (x + slant, y + length)] for x, y in starts], 1.2, colour, opacity=opacity, blur=0.3
        )

    def flakes(self, count: int, colour: str = "#ffffff", opacity: float = 0.8) -> None:
        """Falling snow, near and far."""
        for radius, share in ((1.4, 0.6), (2.4, 0.3), (4.2, 0.1)):
            dots = [
                (self.random.uniform(0, WIDTH), self.random.uniform(0, HEIGHT))
                for _ in range(int(count * share))
            ]
            self.ellipses([(x, y, radius, radius) for x, y in dots], colour, opacity=opacity, blur=radius / 4)

    def mist(self, y: float, height: float, colour: str, opacity: float = 0.6) -> None:
        """A band of haze."""
        ys = (np.arange(HEIGHT * SCALE, dtype=np.float32) / SCALE - y) / height
        alpha = (np.exp(-(ys**2)) * opacity)[:, None, None]
        self.pixels = (self.pixels * (1 - alpha) + rgb(colour) * alpha).astype(np.float32)

    def water(self, y: float, colour: tuple[str, str], *, mirror: float = 0.6, ripple: float = 6.0) -> None:
        """Water from ``y`` to the bottom that mirrors what stands above it."""
        top, rows = int(y * SCALE), HEIGHT * SCALE - int(y * SCALE)
        source = np.clip(top - 1 - np.arange(rows), 0, None)
        image = self.pixels[source]
        depth = np.linspace(0, 1, rows)
        waves = np.sin(np.arange(rows) * (0.5 - 0.33 * depth) + self.noise(rows, 3, 20) * 2.2)
        shift = (waves * ripple * SCALE * (0.15 + depth)).astype(int)
        columns = (np.arange(WIDTH * SCALE)[None, :] + shift[:, None]).clip(0, WIDTH * SCALE - 1)
        image = np.take_along_axis(image, columns[..., None].repeat(3, axis=2), axis=1)
        image = self._smear(image)
        ground = ramp([(0.0, colour[0]), (1.0, colour[1])], rows)[:, None, :]
        share = (mirror * (1 - 0.55 * depth))[:, None, None]
        self.pixels[top:] = image * share + ground * (1 - share)

    @staticmethod
    def _smear(image: Array) -> Array:
        picture = Image.fromarray(image.clip(0, 255).astype(np.uint8))
        return np.asarray(picture.filter(ImageFilter.GaussianBlur(2.4)), np.float32)

    def glints(
        self, count: int, y: tuple[float, float], x: tuple[float, float], colour: str, opacity: float = 0.7
    ) -> None:
        """Short horizontal strokes of light on water, longer towards the viewer."""
        boxes = []
        for _ in range(count):
            top = self.random.uniform(*y)
            near = (top - y[0]) / max(1, y[1] - y[0])
            length = (6 + 44 * near) * self.random.uniform(0.4, 1.2)
            middle = (x[0] + x[1]) / 2
            px = middle + self.random.normal(0, (x[1] - x[0]) / 4 * (0.5 + near))
            boxes.append((px - length / 2, top, length, 0.8 + 1.6 * near))
        self.rects(boxes, colour, opacity=opacity, blur=0.4)

    def finish(self, *, grain: float = 0.9, vignette: float = 0.16, warmth: str = "#f3d9b0") -> Image.Image:
        """The finished picture: a breath of one warm tone over all, darker corners, paper grain."""
        self.pixels = self.pixels * 0.955 + rgb(warmth) * 0.045
        ys, xs = np.mgrid[-1 : 1 : HEIGHT * SCALE * 1j, -1 : 1 : WIDTH * SCALE * 1j]
        self.pixels *= (1 - vignette * np.clip(np.hypot(xs, ys) - 0.5, 0, 1) ** 1.6)[..., None]
        picture = Image.fromarray(self.pixels.clip(0, 255).astype(np.uint8)).resize(
            (WIDTH, HEIGHT), Image.Resampling.LANCZOS
        )
        noise = self.random.normal(0, 1, (HEIGHT // 2 + 1, WIDTH // 2 + 1)).astype(np.float32)
        paper = np.asarray(Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
        out = np.asarray(picture, np.float32) + paper[..., None] * grain
        return Image.fromarray(out.clip(0, 255).astype(np.uint8))
