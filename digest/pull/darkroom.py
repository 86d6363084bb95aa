"""The program of a picture process: hostile image bytes to their size, or to a clean copy for mail.

Run as ``python -m digest.pull.darkroom MEGABYTES``.
"""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

from digest.pull.child import serve
from digest.pull.wire import LENGTH

if TYPE_CHECKING:
    from PIL.Image import Image

# What newspapers use, not the forty others Pillow could be asked for, each with the pixels that fit into ROOM while
# it is decoded: the decoders of WebP and AVIF keep up to four copies, JPEGs are made smaller while they are read.
MOST_PIXELS = {
    "JPEG": 50_000_000,
    "PNG": 20_000_000,
    "GIF": 20_000_000,
    "WEBP": 12_000_000,
    "AVIF": 12_000_000,
}
LEAST = (150, 90)  # pixels; the layouts print no picture smaller than a thumbnail of 176
LONGEST = 4  # times as high as wide: one of 400 x 4,800 would be the whole mail
ROOM = 215  # MB above what the process takes when it has nothing to do
ORIENTATION, TURNED = 0x0112, frozenset({5, 6, 7, 8})  # EXIF: lying on a side
QUALITY = 82  # of a JPEG: no difference to be seen at 600 px


class NoPicture(Exception):  # noqa: N818 - an outcome, not a mistake
    """Bytes that are no picture, or one that nobody would print."""


def answer(header: bytes, body: bytes) -> bytes:
    """A picture's size and type as JSON, with its copy behind when the job gives a ``width``."""
    job = json.loads(header)
    copy = b""
    try:
        picture = _opened(body)
        found: dict[str, Any] = _facts(picture, f"image/{(picture.format or '').lower()}")
        if job["width"]:
            picture = _developed(picture, job["width"])
            copy, kind = _encoded(picture)
            found = _facts(picture, kind)
    except NoPicture as e:
        found = {"problem": str(e)}
    except MemoryError:
        found = {"problem": "too large to be developed"}
    except Exception as e:  # noqa: BLE001 - decoders raise anything over broken files
        found = {"problem": f"not a picture ({type(e).__name__})"}
    facts = json.dumps(found).encode()
    return LENGTH.pack(len(facts)) + facts + copy


def _facts(picture: Image, kind: str) -> dict[str, Any]:
    return {"width": picture.width, "height": picture.height, "type": kind}


def _opened(body: bytes) -> Image:
    """The picture in the bytes, its pixels not read yet."""
    from PIL import Image

    picture = Image.open(io.BytesIO(body), formats=tuple(MOST_PIXELS))
    # A JPEG with several pictures in it is called MPO.
    if picture.width * picture.height > MOST_PIXELS.get(picture.format or "", MOST_PIXELS["JPEG"]):
        raise NoPicture("too many pixels")
    if picture.width < LEAST[0] or picture.height < LEAST[1]:
        raise NoPicture("too small")
    return picture


def _developed(picture: Image, width: int) -> Image:
    """The right way up, at most ``width`` wide, in sRGB, without anything the camera wrote.

    It is made smaller first: whatever comes after would take its whole size in memory once more.
    """
    from PIL import ImageOps

    picture = _shrunk(picture, _fitting(picture, width))
    picture = _in_srgb(ImageOps.exif_transpose(picture))
    if all(low == high for low, high in picture.convert("RGB").getextrema()):  # type: ignore[misc]
        raise NoPicture("of one colour")
    return picture


def _fitting(picture: Image, width: int) -> tuple[int, int]:
    """The size that it gets, as it lies; its shown width is at most ``width``."""
    turned = picture.getexif().get(ORIENTATION) in TURNED
    wide, high = (picture.height, picture.width) if turned else picture.size
    scale = min(1, width / wide)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    if high > LONGEST * wide or size[0] < LEAST[0] or size[1] < LEAST[1]:
        raise NoPicture("too long for its width")
    return size[::-1] if turned else size


def _shrunk(picture: Image, size: tuple[int, int]) -> Image:
    """The picture in ``size``, palettes and clear colours turned into what can be mixed."""
    picture.draft("RGB", size)  # JPEG decoders can scale while reading
    if picture.mode in {"P", "PA"} or "transparency" in picture.info:
        clear = picture.mode == "PA" or "transparency" in picture.info
        picture = picture.convert("RGBA" if clear else "RGB")
    elif picture.mode == "1":
        picture = picture.convert("L")
    return picture.resize(size, resample=3, reducing_gap=3.0)  # bicubic


def _in_srgb(picture: Image) -> Image:
    """RGB or RGBA as screens without colour management show it; CMYK and wide gamuts converted by their profile."""
    from PIL import Image, ImageCms

    profile = picture.info.get("icc_profile")
    if profile and picture.mode in {"RGB", "CMYK"}:
        with contextlib.suppress(ImageCms.PyCMSError):  # a profile that is none
            srgb = ImageCms.createProfile("sRGB")
            made = ImageCms.profileToProfile(picture, io.BytesIO(profile), srgb, outputMode="RGB")
            picture = made or picture
    picture = picture.convert("RGBA" if picture.mode in {"RGBA", "LA"} else "RGB")
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    return Image.frombytes(picture.mode, picture.size, picture.tobytes())  # no metadata comes along


def _encoded(picture: Image) -> tuple[bytes, str]:
    """A PNG where there is transparency or few colours, else a JPEG."""
    out = io.BytesIO()
    if picture.mode == "RGBA" or picture.getcolors(maxcolors=256):
        picture.save(out, "PNG", optimize=True)
        return out.getvalue(), "image/png"
    picture.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue(), "image/jpeg"


def _warm_up() -> None:
    """Load the decoders, the encoders and the colour engine."""
    from PIL import AvifImagePlugin, Image

    # Else it takes a thread for each core, whose stacks alone fill ROOM on a large machine.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.preinit()
    sample, _ = _encoded(Image.radial_gradient("L").convert("RGB"))
    answer(json.dumps({"width": 100}).encode(), sample)


if __name__ == "__main__":
    serve(answer, _warm_up, room=ROOM)
