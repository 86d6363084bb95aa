"""Pictures before they are printed: fetched with limits, proved to be pictures, and copied for our own site."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import io
import json
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config.settings import PictureSettings, PullSettings
from digest.errors import FetchError
from digest.pull import sources as other
from digest.pull.fetch import Client
from digest.pull.sources import Source

if TYPE_CHECKING:
    from PIL import Image

WIDEST = 1200  # pixels: the 600 of the column, for screens of double density
SMALLEST = (150, 90)  # anything less is an icon, a spacer or a tracking pixel
MOST_PIXELS = 50_000_000  # a picture that says it has more would fill the memory
TRY_AGAIN = dt.timedelta(hours=1)  # after a failure
ACCEPT = "image/jpeg,image/png,image/webp,image/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Hosted:
    """A copy in the pictures folder, or what a linked picture was found to be (``file`` is "" then)."""

    file: str
    width: int
    height: int
    type: str


@dataclass(frozen=True, slots=True)
class Known:
    """The result of an earlier try."""

    copy: Hosted | None


@dataclass(frozen=True, slots=True)
class Host:
    """Where copies are kept, and how the originals are reached."""

    folder: Path
    settings: PictureSettings
    pull: PullSettings
    user_agent: str
    sources: Mapping[str, Source]

    async def copies(self, urls: Iterable[str], now: dt.datetime) -> dict[str, Hosted | None]:
        """A copy of each picture, None for what is no picture worth printing. One known before is not fetched again."""
        wanted = list(dict.fromkeys(urls))
        known = {url: note.copy for url in wanted if (note := self._known(url, now))}
        fetched = await self._fetch([url for url in wanted if url not in known], now, keep=True)
        for url, found in fetched.items():
            self._remember(url, found, now)
        return known | fetched

    async def checked(self, urls: Iterable[str], now: dt.datetime) -> dict[str, Hosted | None]:
        """What each address gives now, None for what is dead, tiny or no picture. Nothing is kept."""
        return await self._fetch(dict.fromkeys(urls), now, keep=False)

    async def _fetch(self, urls: Iterable[str], now: dt.datetime, *, keep: bool) -> dict[str, Hosted | None]:
        wanted = list(urls)
        if not wanted:
            return {}
        async with Client(self.pull, self.user_agent) as client:
            found = await asyncio.gather(*(self._one(client, url, now, keep=keep) for url in wanted))
        return dict(zip(wanted, found, strict=True))

    async def _one(self, client: Client, url: str, now: dt.datetime, *, keep: bool) -> Hosted | None:
        try:
            body = await self._body(client, url, now)
        except FetchError:
            return None
        return await asyncio.to_thread(self._settle, body, keep=keep)

    async def _body(self, client: Client, url: str, now: dt.datetime) -> bytes:
        limit = self.settings.max_bytes
        if other.scheme(url) in self.sources:
            return await other.read(url, self.sources, now, allow_files=False, limit=limit)
        return (await client.get(url, limit=limit, accept=ACCEPT)).body

    def _settle(self, body: bytes, *, keep: bool) -> Hosted | None:
        made = prepared(body)
        if made is None:
            return None
        content, found = made
        if not keep:
            return found
        name = f"{hashlib.sha256(content).hexdigest()[:32]}.{found.type.removeprefix('image/').replace('jpeg', 'jpg')}"
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / name
        if not file.exists():
            part = file.with_suffix(".part")
            part.write_bytes(content)
            part.replace(file)
        return Hosted(name, found.width, found.height, found.type)

    # --- what was fetched before

    def _note(self, url: str) -> Path:
        return self.folder / "known" / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"

    def _known(self, url: str, now: dt.datetime) -> Known | None:
        """What is known of an address: its copy, or that there was none of late; None when it must be asked."""
        try:
            row = json.loads(self._note(url).read_text("utf-8"))
            if row["copy"] is None:
                return Known(None) if now - dt.datetime.fromisoformat(row["tried"]) < TRY_AGAIN else None
            found = Hosted(**row["copy"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return Known(found) if (self.folder / found.file).is_file() else None

    def _remember(self, url: str, found: Hosted | None, now: dt.datetime) -> None:
        note = self._note(url)
        note.parent.mkdir(parents=True, exist_ok=True)
        row = {"url": url, "tried": now.isoformat(), "copy": asdict(found) if found else None}
        note.write_text(json.dumps(row), "utf-8")


def prepared(body: bytes) -> tuple[bytes, Hosted] | None:
    """The picture at most ``WIDEST`` pixels wide, as JPEG or PNG, without EXIF; None when it is none worth printing."""
    from PIL import Image, ImageOps  # 60 ms to import, and only hosting needs it

    try:
        with warnings.catch_warnings(action="error"), Image.open(io.BytesIO(body)) as opened:
            width, height = opened.size
            if width < SMALLEST[0] or height < SMALLEST[1] or width * height > MOST_PIXELS:
                return None
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((WIDEST, 4 * WIDEST), Image.Resampling.LANCZOS)
            return _encoded(picture)
    except (
        OSError,
        ValueError,
        SyntaxError,
        Warning,
        MemoryError,
        Image.DecompressionBombError,
    ):
        return None


def _encoded(picture: Image.Image) -> tuple[bytes, Hosted]:
    """PNG for what has transparent parts, JPEG for all else: every mail client shows both."""
    out = io.BytesIO()
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture.convert("RGBA").save(out, "PNG", optimize=True)
        kind = "image/png"
    else:
        picture.convert("RGB").save(out, "JPEG", quality=82, optimize=True, progressive=True)
        kind = "image/jpeg"
    return out.getvalue(), Hosted("", picture.width, picture.height, kind)
