"""Pictures made to hurt: too large, too deep, too many, too long, broken off, or two things at once.

Each is small enough to be fetched; ``PICTURES`` has its bytes by name. The first is an ordinary one.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable
from functools import cache
from itertools import repeat
from typing import Any

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><script>alert(1)</script><image href="http://127.0.0.1/"/></svg>'
SCRIPT = b"<script>alert(document.domain)</script>"
GREY, RGB, RGBA = 0, 2, 6  # colour types of PNG
MEGABYTE = 1_000_000


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A soft picture of many colours, as photographs are."""
    bands = [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L").rotate(90)]
    return Image.merge("RGB", bands).resize((width, height)).convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """An image as a file of that kind."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@cache
def ordinary(kind: str) -> bytes:
    """What any paper prints, in any of the formats."""
    return saved(picture(900, 600), kind)


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def zeros(megabytes: int) -> bytes:
    """So many megabytes of nothing, deflated."""
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)), packer.flush()])


def png(
    width: int, height: int, data: bytes, *, colour: int = RGB, bits: int = 8, extra: bytes = b""
) -> bytes:
    """A PNG of deflated rows, with chunks before them."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def rows(width: int, height: int, channels: int) -> bytes:
    """Deflated rows that say a gradient from above to below."""
    packer = zlib.compressobj(1)
    made = (
        packer.compress(b"\0" + bytes([y * 200 // height, 90, 150, 128][:channels]) * width)
        for y in range(height)
    )
    return b"".join([*made, packer.flush()])


def many_scans() -> bytes:
    """A progressive JPEG whose last pass over 49 million pixels of one colour comes again and again."""
    whole = saved(Image.new("RGB", (7_000, 7_000), (90, 120, 150)), "JPEG", progressive=True, quality=50)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * 60_000 + whole[-2:]


def small_screen_large_frame() -> bytes:
    """A GIF of 200 x 200 whose only frame is of 60,000 x 60,000."""
    frame = struct.pack("<BHHHHB", 0x2C, 0, 0, 60_000, 60_000, 0)
    return (
        b"GIF89a" + struct.pack("<HHBBB", 200, 200, 0x80, 0, 0) + bytes(6) + frame + b"\x02\x02\x44\x01\x00;"
    )


def frames(kind: str, count: int, **options: Any) -> bytes:
    """An animation of so many pictures."""
    some = [picture(200, 150).rotate(angle) for angle in range(0, 40, 4)]
    return saved(
        some[0], kind, save_all=True, append_images=[some[n % 10] for n in range(1, count)], **options
    )


def many_frames() -> bytes:
    """A GIF with 100,000 further frames of one pixel."""
    one = b"!\xf9\x04" + bytes(5) + struct.pack("<BHHHHB", 0x2C, 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return ordinary("GIF")[:-1] + one * 100_000 + b";"


def camera(data: bytes) -> bytes:
    """A JPEG whose camera wrote that."""
    marker = b"\xff\xe1" + struct.pack(">H", len(data) + 8) + b"Exif\0\0" + data
    return ordinary("JPEG")[:2] + marker + ordinary("JPEG")[2:]


def looped() -> bytes:
    """EXIF whose directory of turns points at itself."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    return camera(b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8))


def profiled(profile: bytes) -> bytes:
    """A JPEG with that colour profile."""
    return saved(picture(900, 600), "JPEG", icc_profile=profile)


def wild_profile() -> bytes:
    """A profile of two billion tags."""
    head = (
        struct.pack(">I", 200_000)
        + b"lcms"
        + struct.pack(">I", 0x02100000)
        + b"mntrRGB XYZ "
        + bytes(12)
        + b"acsp"
    )
    return head.ljust(128, b"\0") + struct.pack(">I", 2**31) + bytes(200_000)


HALVES = {
    f"half a {kind}": (lambda kind=kind: ordinary(kind)[: len(ordinary(kind)) // 2])
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
}

PICTURES: dict[str, Callable[[], bytes]] = {
    "an ordinary picture": lambda: saved(picture(3_000, 2_000), "JPEG"),
    # Too many pixels
    "PNG of 900 million pixels": lambda: png(30_000, 30_000, zeros(113), colour=GREY, bits=1),
    "PNG of 20 million pixels with depth": lambda: png(5_000, 4_000, rows(5_000, 4_000, 4), colour=RGBA),
    "PNG of 40 million pixels": lambda: png(8_000, 5_000, rows(8_000, 5_000, 3)),
    "PNG of 16 million pixels, 100 times as long as wide": lambda: png(400, 40_000, rows(400, 40_000, 4), colour=RGBA),
    "JPEG of 4 billion pixels": lambda: ordinary("JPEG").replace(struct.pack(">HH", 600, 900), b"\xff\xdc" * 2, 1),
    "JPEG of 49 million pixels": lambda: saved(picture(7_000, 7_000), "JPEG", quality=60),
    "JPEG of 24 million pixels, progressive": lambda: saved(picture(6_000, 4_000), "JPEG", progressive=True, subsampling=0),
    "JPEG of 49 million pixels, progressive": lambda: saved(picture(7_000, 7_000), "JPEG", progressive=True, subsampling=0, quality=60),
    "JPEG of 24 million pixels in printers' colours": lambda: saved(picture(6_000, 4_000, "CMYK"), "JPEG", progressive=True),
    "JPEG of 60,000 passes": many_scans,
    "GIF of 4 billion pixels": lambda: b"GIF89a" + b"\xff" * 4 + ordinary("GIF")[10:],
    "GIF with a frame larger than its screen": small_screen_large_frame,
    "GIF of 20 million pixels": lambda: saved(picture(5_000, 4_000, "P"), "GIF"),
    "WebP of 268 million pixels": lambda: saved(Image.new("L", (16_383, 16_383)), "WEBP", lossless=True, method=0, quality=0),
    "WebP of 12 million pixels": lambda: saved(picture(4_000, 3_000), "WEBP", method=0),
    "AVIF of 25 million pixels": lambda: saved(picture(5_000, 5_000), "AVIF", speed=10),
    "AVIF of 12 million pixels": lambda: saved(picture(4_000, 3_000), "AVIF", speed=10),
    # More than was said
    "PNG of 200 x 200 with 1 GB of rows": lambda: png(200, 200, zeros(1_000)),
    "PNG with 1 GB of words": lambda: png(900, 600, rows(900, 600, 3), extra=chunk(b"zTXt", b"a\0\0" + zeros(1_000))),
    "PNG with 1 GB of profile": lambda: png(900, 600, rows(900, 600, 3), extra=chunk(b"iCCP", b"a\0\0" + zeros(1_000))),
    "PNG with 500,000 words": lambda: png(900, 600, rows(900, 600, 3), extra=b"".join(repeat(chunk(b"tEXt", b"a\0b"), 500_000))),
    "PNG with frames without end": lambda: png(900, 600, rows(900, 600, 3), extra=chunk(b"acTL", b"\xff\xff\xff\xff\0\0\0\0")),
    "GIF of 100,000 frames": many_frames,
    "WebP of 500 frames": lambda: frames("WEBP", 500, method=0, quality=1),
    "AVIF of 100 frames": lambda: frames("AVIF", 100, speed=10),
    "GIF with words without end": lambda: ordinary("GIF")[:-1] + b"!\xfe" + b"\xffx" * 1_000_000,
    # Broken, or something else
    **HALVES,
    "a camera's nonsense": lambda: camera(b"II*\0" + bytes(range(256)) * 200),
    "a camera's directory in itself": looped,
    "a profile of nonsense": lambda: profiled(bytes(range(256)) * 5_000),
    "a profile of two billion tags": lambda: profiled(wild_profile()),
    "JPEG and page": lambda: ordinary("JPEG") + b"<!doctype html>" + SCRIPT,
    "GIF and script": lambda: b"GIF89a/*" + ordinary("GIF")[8:] + b"*/=1;alert(1)//",
    "SVG": lambda: SVG,
    "SVG, compressed": lambda: gzip.compress(SVG * 1_000_000),
    "SVG with laughs": lambda: b'<!DOCTYPE svg [<!ENTITY a "' + b"l" * 100_000 + b'">]>' + SVG.replace(b"<image", b"&a;" * 100_000 + b"<image"),
    "a page": lambda: b"<!doctype html>" + SCRIPT,
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 600 400\n(/etc/passwd) (r) file\n",
    **{kind: (lambda kind=kind: saved(picture(900, 600), kind)) for kind in ("TIFF", "BMP", "ICO", "JPEG2000", "PPM", "TGA", "PDF")},
}  # fmt: skip
