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

FORMATS = (
    "JPEG",
    "PNG",
    "WEBP",
    "GIF",
    "AVIF",
)  # what newspapers use; not the forty others Pillow could be asked for
LEAST = (150, 90)  # pixels; the layouts print no picture smaller than a thumbnail of 176
MOST_PIXELS = 50_000_000
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
    except Exception as e:  # noqa: BLE001 - decoders raise anything over broken files
        found = {"problem": f"not a picture ({type(e).__name__})"}
    facts = json.dumps(found).encode()
    return LENGTH.pack(len(facts)) + facts + copy


def _facts(picture: Image, kind: str) -> dict[str, Any]:
    return {"width": picture.width, "height": picture.height, "type": kind}


def _opened(body: bytes) -> Image:
    """The picture in the bytes, its pixels not read yet."""
    from PIL import Image

    picture = Image.open(io.BytesIO(body), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise NoPicture("too many pixels")
    if picture.width < LEAST[0] or picture.height < LEAST[1]:
        raise NoPicture("too small")
    return picture


def _developed(picture: Image, width: int) -> Image:
    """The right way up, at most ``width`` wide, in sRGB, without anything the camera wrote."""
    from PIL import ImageOps

    height = max(1, round(picture.height * width / picture.width))
    picture.draft("RGB", (width, height))  # JPEG decoders can scale while reading
    picture = ImageOps.exif_transpose(picture)
    picture = _in_srgb(picture)
    if picture.width > width:
        height = max(1, round(picture.height * width / picture.width))
        picture = picture.resize((width, height), resample=3, reducing_gap=3.0)  # bicubic
    if all(low == high for low, high in picture.convert("RGB").getextrema()):  # type: ignore[misc]
        raise NoPicture("of one colour")
    return picture


def _in_srgb(picture: Image) -> Image:
    """RGB or RGBA as screens without colour management show it; CMYK and wide gamuts converted by their profile."""
    from PIL import Image, ImageCms

    profile = picture.info.get("icc_profile")
    if profile and picture.mode in {"RGB", "CMYK"}:
        with contextlib.suppress(ImageCms.PyCMSError):  # a profile that is none
            srgb = ImageCms.createProfile("sRGB")
            made = ImageCms.profileToProfile(picture, io.BytesIO(profile), srgb, outputMode="RGB")
            picture = made or picture
    clear = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    picture = picture.convert("RGBA" if clear else "RGB")
    if clear and picture.getchannel("A").getextrema() == (255, 255):
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
    from PIL import Image

    Image.preinit()
    sample, _ = _encoded(Image.radial_gradient("L").convert("RGB"))
    answer(json.dumps({"width": 100}).encode(), sample)


if __name__ == "__main__":
    serve(answer, _warm_up)
