"""Pictures for our own site: what is kept, what is refused, and that nothing is fetched twice."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from pathlib import Path

import pytest
from PIL import Image

from digest.config.settings import PictureSettings, PullSettings
from digest.errors import FetchError
from digest.pull.host import TRY_AGAIN, Host, prepared

NOW = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)


def image(
    width: int = 1600, height: int = 900, kind: str = "JPEG", mode: str = "RGB", **more: object
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 128).save(out, kind, **more)
    return out.getvalue()


class Publisher:
    """Gives pictures by address, and counts how often it is asked."""

    def __init__(self, **pictures: bytes) -> None:
        self.pictures = pictures
        self.asked: list[str] = []

    def __call__(self, url: str, now: dt.datetime, /) -> bytes:
        self.asked.append(url)
        name = url.removeprefix("demo:")
        if name not in self.pictures:
            raise FetchError("gone", kind="not_found")
        return self.pictures[name]


def host(folder: Path, publisher: Publisher) -> Host:
    return Host(folder, PictureSettings(), PullSettings(), "test", {"demo": publisher})


def test_a_large_picture_is_made_1200_wide_and_jpeg() -> None:
    made = prepared(image())
    assert made is not None
    assert (made[1].width, made[1].height, made[1].type) == (1200, 675, "image/jpeg")


def test_a_webp_picture_becomes_one_that_every_client_shows() -> None:
    made = prepared(image(kind="WEBP"))
    assert made is not None
    assert made[1].type == "image/jpeg"


def test_transparent_parts_stay_transparent() -> None:
    made = prepared(image(kind="PNG", mode="RGBA"))
    assert made is not None
    assert made[1].type == "image/png"


def test_exif_is_followed_and_then_stripped() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "A camera with a serial number"
    made = prepared(image(600, 400, exif=exif))
    assert made is not None
    assert (made[1].width, made[1].height) == (400, 600)
    assert b"serial number" not in made[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>404</html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        image(1, 1),
        image(149, 300),
        image()[:99],
    ],
)
def test_what_is_no_picture_worth_printing_is_refused(body: bytes) -> None:
    assert prepared(body) is None


def test_a_picture_that_claims_a_billion_pixels_is_refused() -> None:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    assert prepared(bomb) is None


def test_a_copy_is_made_once_and_named_after_its_content(tmp_path: Path) -> None:
    publisher = Publisher(a=image(), same=image())
    place = host(tmp_path, publisher)
    first = asyncio.run(place.copies(["demo:a", "demo:same"], NOW))
    assert asyncio.run(place.copies(["demo:a"], NOW)) == {"demo:a": first["demo:a"]}
    assert publisher.asked.count("demo:a") == 1
    assert first["demo:a"] == first["demo:same"]
    assert [file.name for file in tmp_path.glob("*.jpg")] == [first["demo:a"].file]


def test_a_dead_picture_is_tried_again_after_a_while(tmp_path: Path) -> None:
    publisher = Publisher()
    place = host(tmp_path, publisher)
    for later in (0, 1):
        assert asyncio.run(place.copies(["demo:x"], NOW + later * TRY_AGAIN / 2)) == {"demo:x": None}
    assert len(publisher.asked) == 1
    publisher.pictures["x"] = image()
    assert asyncio.run(place.copies(["demo:x"], NOW + TRY_AGAIN))["demo:x"] is not None


def test_a_copy_whose_file_is_gone_is_made_again(tmp_path: Path) -> None:
    publisher = Publisher(a=image())
    place = host(tmp_path, publisher)
    copy = asyncio.run(place.copies(["demo:a"], NOW))["demo:a"]
    assert copy is not None
    (tmp_path / copy.file).unlink()
    assert asyncio.run(place.copies(["demo:a"], NOW)) == {"demo:a": copy}
    assert (tmp_path / copy.file).is_file()


def test_checking_keeps_nothing(tmp_path: Path) -> None:
    place = host(tmp_path / "pictures", Publisher(a=image(), tiny=image(1, 1)))
    found = asyncio.run(place.checked(["demo:a", "demo:tiny", "demo:gone"], NOW))
    assert [bool(found[url]) for url in ("demo:a", "demo:tiny", "demo:gone")] == [True, False, False]
    assert not (tmp_path / "pictures").exists()


def test_a_picture_on_a_private_address_is_not_fetched(tmp_path: Path) -> None:
    place = host(tmp_path, Publisher())
    assert asyncio.run(place.copies(["http://127.0.0.1:1/x.jpg", "file:///etc/passwd"], NOW)) == {
        "http://127.0.0.1:1/x.jpg": None,
        "file:///etc/passwd": None,
    }
