"""Draws the sample newsroom's pictures into digest/demo/pictures: `python tools/draw_pictures.py [NAME ...]`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from illustration import city, land, night, rooms, things, waterside
from PIL import Image

FOLDER = Path(__file__).parent.parent / "digest" / "demo" / "pictures"
MOST_BYTES = 38_500

SCENES = {
    name: scene
    for module in (city, land, night, rooms, things, waterside)
    for name, scene in module.SCENES.items()
}


def encode(picture: Image.Image, most: int = MOST_BYTES) -> bytes:
    """The picture as the best JPEG that fits in ``most`` bytes."""
    for quality in range(58, 20, -2):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= most:
            return out.getvalue()
    raise ValueError("too much detail for so few bytes")


def main(names: list[str]) -> None:
    """Draw the named pictures, or all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name in names or sorted(SCENES):
        body = encode(SCENES[name]())
        (FOLDER / f"{name}.jpg").write_bytes(body)
        print(f"{name}.jpg {len(body):6} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
