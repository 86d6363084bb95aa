"""Draw the mail for the documentation: every layout in light, dark and on a phone, the one with pictures with them blocked too.

``python tools/mail_shots.py`` rewrites docs/mail/*.webp. Needs Chromium (DIGEST_CHROMIUM names another one).
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Route, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.render.conftest import receive
from tests.render.newsroom import LAYOUTS, front, native, newsletter

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "mail"
PICTURES = ROOT / "digest" / "demo" / "pictures"
LARGEST = 150_000  # bytes of one file
TALLEST = 2400  # CSS pixels; the rest of a long mail looks like its beginning


@dataclass(frozen=True)
class Shot:
    """One screenshot."""

    name: str
    width: int = 680
    dark: bool = False
    pictures: bool = True


SHOTS = (Shot("light"), Shot("dark", dark=True), Shot("phone", 390), Shot("images-off", pictures=False))


def chromium() -> str:
    """The browser to use."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = os.environ.get("DIGEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        sys.exit("Chromium is missing: install it (Debian: apt-get install chromium) or set DIGEST_CHROMIUM.")
    return found


def drawn(route: Route) -> None:
    """Answer a picture's address with one of the sample's own pictures."""
    name = Path(urlsplit(route.request.url).path).stem
    files = sorted(PICTURES.glob("*.jpg"))
    same = PICTURES / f"{name}.jpg"
    file = same if same.exists() else files[sum(map(ord, name)) % len(files)]
    route.fulfill(body=file.read_bytes(), content_type="image/jpeg")


def shoot(browser: Browser, html: str, shot: Shot) -> bytes:
    """The screenshot as WebP, as good as fits into the limit."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": 900}, color_scheme="dark" if shot.dark else "light"
    )
    tab = context.new_page()
    tab.route("**/*", drawn if shot.pictures else lambda route: route.abort())
    tab.set_content(html, wait_until="load")
    image = Image.open(io.BytesIO(tab.screenshot(full_page=True)))
    context.close()
    image = image.crop((0, 0, image.width, min(image.height, TALLEST))).convert("RGB")
    for quality in (86, 78, 68, 55):
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= LARGEST:
            break
    return out.getvalue()


def main() -> None:
    """Write every screenshot."""
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for layout in LAYOUTS:
            html = receive(front(), newsletter("en", layout)).html
            for shot in SHOTS if layout == "front-page" else SHOTS[:3]:
                (OUT / f"{layout}-{shot.name}.webp").write_bytes(shoot(browser, html, shot))
        arabic = receive(native("ar"), newsletter("ar")).html
        (OUT / "right-to-left.webp").write_bytes(shoot(browser, arabic, SHOTS[0]))
        browser.close()
    for file in sorted(OUT.glob("*.webp")):
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
