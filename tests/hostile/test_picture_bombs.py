"""Pictures made to hurt, to run or to tell: what reaches the mail is small, clean and made anew, or nothing."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from aiohttp import web
from PIL import Image

from bench.picture_bombs import PICTURES, SCRIPT, chunk, ordinary, picture, png, rows, saved
from digest.config.settings import PictureSettings, PullSettings
from digest.pull import darkroom
from digest.pull.host import Host, Hosted
from tests.pull.conftest import NOW, Newsstand
from tests.pull.test_host import DevelopsHere

TOO_MUCH = (
    "PNG of 900 million pixels", "PNG of 40 million pixels", "PNG of 16 million pixels, 100 times as long as wide",
    "JPEG of 4 billion pixels", "JPEG of 49 million pixels, progressive", "JPEG of 60,000 passes",
    "GIF of 4 billion pixels", "GIF with a frame larger than its screen",
)  # fmt: skip
NO_PICTURES = (
    "half a PNG", "half a JPEG", "half a GIF", "half a WEBP", "half a AVIF", "SVG", "SVG with laughs",
    "a page", "PostScript", "TIFF", "BMP", "ICO", "JPEG2000", "PPM", "TGA", "PDF",
)  # fmt: skip
ODD = (
    "a camera's nonsense", "a camera's directory in itself", "a profile of nonsense", "a profile of two billion tags",
    "PNG with frames without end", "JPEG and page", "GIF with words without end",
)  # fmt: skip


class Wall:
    """Pictures on a newsstand, copied as an edition's are."""

    def __init__(self, stand: Newsstand, folder: Path) -> None:
        self.stand, self.folder = stand, folder

    def hang(self, *bodies: bytes) -> list[Hosted | None]:
        names = [f"/p{n}" for n in range(len(bodies))]
        self.stand.set({n: web.Response(body=body) for n, body in zip(names, bodies, strict=True)})
        pull = PullSettings(**self.stand.settings)
        host = Host(self.folder, PictureSettings(mode="host"), pull, "digest/test", {})
        return list(asyncio.run(host.copies([self.stand.url + name for name in names], NOW)).values())

    def copy(self, hosted: Hosted | None) -> bytes:
        assert hosted is not None
        return (self.folder / hosted.file).read_bytes()


@pytest.fixture
def wall(
    stand: Newsstand, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Wall:
    if "real_parsers" not in request.fixturenames:
        monkeypatch.setattr("digest.pull.host.Pool", DevelopsHere)
    return Wall(stand, tmp_path / "pictures")


@pytest.mark.slow
def test_pictures_that_take_too_much_are_left_out_and_the_next_one_is_shown(
    wall: Wall, real_parsers: None
) -> None:
    found = wall.hang(*(PICTURES[name]() for name in TOO_MUCH), ordinary("JPEG"))
    shown = [name for name, hosted in zip((*TOO_MUCH, "ordinary"), found, strict=True) if hosted]
    assert shown == ["ordinary"]


@pytest.mark.slow
def test_the_largest_that_papers_print_are_still_shown(wall: Wall, real_parsers: None) -> None:
    large = [name for name in PICTURES if name.endswith((" 12 million pixels", " of 49 million pixels"))]
    assert len(large) == 3
    assert all(wall.hang(*(PICTURES[name]() for name in large)))


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_whole_picture_of_the_web_is_left_out(wall: Wall, name: str) -> None:
    assert wall.hang(PICTURES[name]()) == [None]


@pytest.mark.filterwarnings("ignore")  # the process that develops has nobody to warn
@pytest.mark.parametrize("name", ODD)
def test_what_stands_beside_the_pixels_neither_spoils_nor_follows_them(wall: Wall, name: str) -> None:
    [hosted] = wall.hang(PICTURES[name]())
    copy = wall.copy(hosted)
    assert len(copy) < 100_000
    with Image.open(io.BytesIO(copy)) as made:
        assert (made.size, dict(made.getexif()), made.info.get("icc_profile")) == ((900, 600), {}, None)


@pytest.mark.parametrize(
    "body",
    [
        ordinary("JPEG") + SCRIPT,
        ordinary("PNG") + b"PK\x03\x04" + SCRIPT,
        saved(picture(900, 600), "JPEG", comment=SCRIPT),
        saved(picture(900, 600), "JPEG", xmp=SCRIPT),
        saved(picture(900, 600), "WEBP", xmp=SCRIPT),
        png(900, 600, rows(900, 600, 3), extra=chunk(b"tEXt", b"a\0" + SCRIPT)),
        ordinary("GIF")[:-1] + b"!\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\0;",
    ],
)  # fmt: skip
def test_nothing_that_runs_is_carried_by_a_copy(wall: Wall, body: bytes) -> None:
    assert SCRIPT in body
    assert b"<script" not in wall.copy(wall.hang(body)[0])


def test_a_picture_is_never_longer_than_four_times_its_width(wall: Wall) -> None:
    tall = png(400, 1_600, rows(400, 1_600, 3))
    taller = [png(400, 1_640, rows(400, 1_640, 3)), png(400, 4_800, rows(400, 4_800, 3))]
    lying = saved(picture(1_640, 400), "JPEG", exif=turned_on_its_side())
    wide = png(3_000, 200, rows(3_000, 200, 3))
    shown, *left_out = wall.hang(tall, *taller, lying, wide)
    assert shown is not None
    assert (shown.width, shown.height) == (400, 1_600)
    assert left_out == [None] * 4  # the last would be 80 high


def turned_on_its_side() -> Image.Exif:
    exif = Image.Exif()
    exif[darkroom.ORIENTATION] = 6
    return exif


@pytest.mark.slow
def test_clear_and_palette_pictures_come_out_as_they_were(wall: Wall) -> None:
    whole = picture(1_300, 650)
    clear = whole.copy()
    clear.putalpha(Image.linear_gradient("L").resize(whole.size))
    modes = [saved(clear, "PNG"), saved(clear.quantize(64), "PNG"), saved(whole.convert("LA"), "PNG"), saved(whole.convert("1"), "PNG"),
             saved(whole.convert("L"), "JPEG"), saved(whole.quantize(64), "GIF")]  # fmt: skip
    kinds = []
    for hosted in wall.hang(*modes):
        with Image.open(io.BytesIO(wall.copy(hosted))) as made:
            assert made.size == (1_200, 600)
            kinds.append(made.mode)
    assert kinds[:2] == ["RGBA", "RGBA"]
    assert "P" not in kinds


def test_no_format_but_those_of_the_web_is_ever_opened() -> None:
    """PostScript would start another program."""
    assert set(darkroom.MOST_PIXELS) == {"JPEG", "PNG", "GIF", "WEBP", "AVIF"}
    for kind in ("TIFF", "BMP", "PPM", "ICO", "JPEG2000", "EPS", "PCX", "TGA"):
        facts = darkroom.answer(json.dumps({"width": 1_200}).encode(), saved(picture(300, 200), kind))
        assert b"not a picture" in facts, kind
