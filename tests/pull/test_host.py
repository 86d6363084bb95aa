"""Pictures: hosted copies, and what is at the publishers'."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import zlib
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web
from PIL import Image, ImageCms, PngImagePlugin

from digest.config.settings import PictureSettings, PullSettings
from digest.pull import darkroom
from digest.pull.host import Host, Hosted
from tests.pull.conftest import NOW, Newsstand


def gradient(width: int, height: int, mode: str = "RGB") -> Image.Image:
    bands = [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L").rotate(90)]
    return Image.merge("RGB", bands).resize((width, height)).convert(mode)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


class DevelopsHere:
    """Stands in for the pool: the same work, without a process's start."""

    def __init__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def ask(self, header: bytes, body: bytes, seconds: float) -> bytes:
        return darkroom.answer(header, body)


class Gallery:
    """Pictures on a newsstand, and the two ways of showing them."""

    def __init__(self, stand: Newsstand, folder: Path) -> None:
        self.stand = stand
        self.folder = folder

    def put(self, path: str, body: bytes) -> str:
        self.stand.answers[path] = web.Response(body=body)
        return self.stand.url + path

    def host(self, *urls: str, now: dt.datetime = NOW, **sources: Any) -> dict[str, Hosted | None]:
        return asyncio.run(self._host(sources).copies(urls, now))

    def check(self, *urls: str) -> dict[str, Hosted | None]:
        return asyncio.run(self._host({}).checked(urls, NOW))

    def one(self, body: bytes, path: str = "/picture") -> Image.Image | None:
        [hosted] = self.host(self.put(path, body)).values()
        if hosted is None:
            return None
        with Image.open(self.folder / hosted.file) as picture:
            picture.load()
            return picture

    def _host(self, sources: Any) -> Host:
        settings = PictureSettings(mode="host", max_bytes=1_000_000)
        return Host(self.folder, settings, PullSettings(**self.stand.settings), "t", sources)


@pytest.fixture
def gallery(
    stand: Newsstand, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Gallery:
    if "real_parsers" not in request.fixturenames:
        monkeypatch.setattr("digest.pull.host.Pool", DevelopsHere)
    return Gallery(stand, tmp_path / "pictures")


def test_a_large_picture_becomes_1200_wide_and_is_named_by_its_content(gallery: Gallery) -> None:
    url = gallery.put("/a.jpg", encoded(gradient(3000, 2000), "JPEG"))
    [hosted] = gallery.host(url).values()
    assert hosted is not None
    assert (hosted.width, hosted.height, hosted.type) == (1200, 800, "image/jpeg")
    copy = gallery.folder / hosted.file
    assert len(copy.stem) == 32
    with Image.open(copy) as picture:
        assert (picture.size, picture.format) == ((1200, 800), "JPEG")


def test_a_small_picture_keeps_its_size(gallery: Gallery) -> None:
    picture = gallery.one(encoded(gradient(151, 151), "JPEG"))
    assert picture is not None
    assert picture.size == (151, 151)


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "GIF", "PNG", "JPEG"])
def test_every_format_of_the_web_becomes_one_of_mail(gallery: Gallery, kind: str) -> None:
    picture = gallery.one(encoded(gradient(300, 200), kind))
    assert picture is not None
    assert picture.format in {"JPEG", "PNG"}


def test_transparency_is_kept_as_png(gallery: Gallery) -> None:
    clear = gradient(300, 200)
    clear.putalpha(Image.linear_gradient("L").resize((300, 200)))
    picture = gallery.one(encoded(clear, "PNG"))
    assert picture is not None
    assert (picture.format, picture.mode) == ("PNG", "RGBA")


def test_what_the_camera_wrote_is_gone_and_the_picture_stands_upright(gallery: Gallery) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "A camera with a serial number"
    picture = gallery.one(encoded(gradient(300, 200), "JPEG", exif=exif))
    assert picture is not None
    assert picture.size == (200, 300)
    assert not picture.getexif()


def test_what_a_program_wrote_is_gone(gallery: Gallery) -> None:
    secret = PngImagePlugin.PngInfo()
    secret.add_text("Author", "Jo Poe")
    picture = gallery.one(encoded(gradient(300, 200, "P"), "PNG", pnginfo=secret))
    assert picture is not None
    assert "Author" not in picture.info


def test_printers_colours_become_those_of_screens(gallery: Gallery) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    bodies = [
        encoded(gradient(300, 200, "CMYK"), "JPEG"),
        encoded(gradient(300, 200), "JPEG", icc_profile=profile),
        encoded(gradient(300, 200), "JPEG", icc_profile=b"none"),
    ]
    for number, body in enumerate(bodies):
        picture = gallery.one(body, f"/{number}")
        assert picture is not None
        assert (picture.mode, picture.info.get("icc_profile")) == ("RGB", None)


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that says it is of a size, with next to no data."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>404</html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='900' height='600'/>",
        encoded(gradient(1, 1), "GIF"),
        encoded(gradient(140, 100), "PNG"),
        encoded(Image.new("RGB", (600, 400), "grey"), "PNG"),
        encoded(gradient(600, 400), "JPEG")[:2000],
        png_of_size(60_000, 60_000),
        png_of_size(600, 400),
        b"\xff\xd8\xff\xe0" + b"\0" * 500,
        encoded(gradient(600, 400), "BMP"),
        b"GIF89a" + b"\xff" * 100,
        b"\0" * 1_000_001,
    ],
)
def test_dead_tiny_blank_and_broken_pictures_are_none(gallery: Gallery, body: bytes) -> None:
    url = gallery.put("/a", body)
    assert gallery.host(url) == {url: None}
    assert not list(gallery.folder.glob("*.*"))


def test_addresses_that_fail_are_none_and_the_others_are_there(gallery: Gallery) -> None:
    good = gallery.put("/good", encoded(gradient(300, 200), "JPEG"))
    refused = ["http://169.254.169.254/a.jpg", "file:///etc/passwd", "nonsense", "demo:x.jpg"]
    bad = [gallery.stand.url + "/missing", *refused]
    found = gallery.host(good, *bad)
    assert [url for url, hosted in found.items() if hosted] == [good]
    assert set(found) == {good, *bad}


def test_a_picture_is_fetched_once_for_as_long_as_its_copy_is_there(gallery: Gallery) -> None:
    url = gallery.put("/a", encoded(gradient(300, 200), "JPEG"))
    first = gallery.host(url, url)
    assert gallery.host(url) == first
    assert len(gallery.stand.requests) == 1
    [hosted] = first.values()
    assert hosted is not None
    (gallery.folder / hosted.file).unlink()
    assert gallery.host(url) == first
    assert len(gallery.stand.requests) == 2


def test_an_address_that_failed_is_asked_again_after_an_hour(gallery: Gallery) -> None:
    url = gallery.stand.url + "/late"
    assert gallery.host(url) == gallery.host(url) == {url: None}
    assert len(gallery.stand.requests) == 1
    gallery.put("/late", encoded(gradient(300, 200), "JPEG"))
    assert gallery.host(url, now=NOW + dt.timedelta(hours=1))[url] is not None


def test_a_note_that_cannot_be_read_is_as_none(gallery: Gallery) -> None:
    url = gallery.put("/a", encoded(gradient(300, 200), "JPEG"))
    first = gallery.host(url)
    [note] = (gallery.folder / "known").glob("*.json")
    note.write_text('{"tried": 5')
    assert gallery.host(url) == first


def test_pictures_of_further_schemes_are_developed_too(gallery: Gallery) -> None:
    def demo(url: str, now: dt.datetime) -> bytes:
        assert (url, now) == ("demo:pictures/lake.jpg", NOW)
        return encoded(gradient(300, 200), "JPEG")

    [hosted] = gallery.host("demo:pictures/lake.jpg", demo=demo).values()
    assert hosted is not None


def test_looking_tells_the_real_size_without_fetching_all(gallery: Gallery) -> None:
    sent = 0

    async def large(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        body = encoded(gradient(900, 600), "JPEG") + b"\0" * 900_000
        response = web.StreamResponse()
        await response.prepare(request)
        for start in range(0, len(body), 50_000):
            await response.write(body[start : start + 50_000])
            sent += 50_000
            await asyncio.sleep(0.005)
        return response

    gallery.stand.set({"/large": large, "/missing": web.Response(status=404)})
    tiny = gallery.put("/tiny", encoded(gradient(10, 10), "GIF"))
    urls = [gallery.stand.url + "/large", gallery.stand.url + "/missing", tiny]
    assert list(gallery.check(*urls).values()) == [Hosted("", 900, 600, "image/jpeg"), None, None]
    assert sent < 900_000
    assert not gallery.folder.exists()


@pytest.mark.slow
def test_a_process_of_its_own_develops_them(gallery: Gallery, real_parsers: None) -> None:
    url = gallery.put("/a", encoded(gradient(2000, 1000), "JPEG"))
    bad = gallery.put("/b", b"no picture")
    assert gallery.host(url, bad)[bad] is None
    assert gallery.check(url) == {url: Hosted("", 2000, 1000, "image/jpeg")}
