"""Pictures before they are printed: copied for our own site, or looked at where the publisher has them."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from digest.config.settings import PictureSettings, PullSettings
from digest.errors import FeedError, FetchError
from digest.pull import sources as other
from digest.pull.fetch import Client
from digest.pull.pool import Pool
from digest.pull.sources import Source
from digest.pull.wire import LENGTH

WIDEST = 1200  # pixels: the 600 of the column, for screens of double density
TRY_AGAIN = dt.timedelta(hours=1)  # after a failure
SECONDS = 4.0  # of CPU for one picture; the largest that papers print take one
LOOK = 200_000  # bytes that tell a picture's size, behind whatever its camera wrote first
AT_ONCE = 16
ACCEPT = "image/jpeg, image/png;q=0.9, image/gif;q=0.5, image/webp;q=0.4, */*;q=0.1"
_NOTES = "known"  # sub-folder: what each address gave, so that a preview asks nobody twice


@dataclass(frozen=True, slots=True)
class Hosted:
    """A copy in the pictures folder, or what a linked picture was found to be (``file`` is "" then)."""

    file: str  # made of its content
    width: int
    height: int
    type: str


@dataclass(frozen=True, slots=True)
class Host:
    """Where copies are kept, and how the originals are reached."""

    folder: Path
    settings: PictureSettings
    pull: PullSettings
    user_agent: str
    sources: Mapping[str, Source]

    async def copies(self, urls: Iterable[str], now: dt.datetime) -> dict[str, Hosted | None]:
        """A copy of each picture, at most 1200 px wide, as JPEG or PNG without metadata.

        None for an address that is dead, tiny, blank or no picture. One copied before is not fetched again
        while its copy is there, one that failed not within the hour.
        """
        wanted = list(dict.fromkeys(urls))
        known = self.known(wanted, now)

        async def copy(lab: _Lab, url: str) -> Hosted:
            hosted, body = await lab.develop(url, WIDEST)
            return await asyncio.to_thread(_kept, self.folder, hosted, body)

        made = await self._each([url for url in wanted if url not in known], copy, now)
        for url, hosted in made.items():
            _take_note(self.folder, url, hosted, now)
        return {url: known[url] if url in known else made[url] for url in wanted}

    def known(self, urls: Iterable[str], now: dt.datetime) -> dict[str, Hosted | None]:
        """What ``copies`` would answer without fetching anything; addresses that it would ask are left out."""
        noted = {url: _noted(self.folder, url, now) for url in urls}
        return {url: note.copy for url, note in noted.items() if note}

    async def own(self, body: bytes, now: dt.datetime) -> Hosted:
        """A copy of a picture that somebody gave us. Raises FeedError when it is tiny, blank, broken or none."""
        processes = Pool(1, self.pull.parse_megabytes, "digest.pull.darkroom")
        async with Client(self.pull, self.user_agent) as client, processes as pool:
            lab = _Lab(client, pool, self.settings.max_bytes, self.sources, now)
            hosted, copy = await lab.developed(body, WIDEST)
        return await asyncio.to_thread(_kept, self.folder, hosted, copy)

    async def checked(self, urls: Iterable[str], now: dt.datetime) -> dict[str, Hosted | None]:
        """What each address gives now; None for what is dead, tiny or no picture. Nothing is kept."""

        async def look(lab: _Lab, url: str) -> Hosted:
            return (await lab.develop(url, 0))[0]

        return await self._each(dict.fromkeys(urls), look, now)

    async def _each(
        self, urls: Iterable[str], work: Callable[[_Lab, str], Awaitable[Hosted]], now: dt.datetime
    ) -> dict[str, Hosted | None]:
        """``work`` for every address at once; None where it fails."""
        wanted, turns = list(urls), asyncio.Semaphore(AT_ONCE)
        if not wanted:
            return {}

        async def one(lab: _Lab, url: str) -> Hosted | None:
            async with turns:
                try:
                    return await work(lab, url)
                except FeedError:
                    return None

        processes = Pool(self.pull.workers, self.pull.parse_megabytes, "digest.pull.darkroom")
        async with Client(self.pull, self.user_agent) as client, processes as pool:
            lab = _Lab(client, pool, self.settings.max_bytes, self.sources, now)
            return dict(zip(wanted, await asyncio.gather(*(one(lab, url) for url in wanted)), strict=True))


@dataclass(frozen=True, slots=True)
class _Lab:
    """Fetches a picture and has a process of its own develop it."""

    client: Client
    pool: Pool
    limit: int
    sources: Mapping[str, Source]
    now: dt.datetime

    async def develop(self, url: str, width: int) -> tuple[Hosted, bytes]:
        """What a picture is, with its copy at most ``width`` wide, b"" for width 0. Raises FeedError."""
        return await self.developed(await self._fetch(url, 0 if width else LOOK), width)

    async def developed(self, body: bytes, width: int) -> tuple[Hosted, bytes]:
        """The same of a picture that is here. Raises FeedError."""
        header = json.dumps({"seconds": SECONDS, "width": width}).encode()
        answer = await self.pool.ask(header, body, SECONDS)
        end = LENGTH.size + LENGTH.unpack(answer[: LENGTH.size])[0]
        facts = json.loads(answer[LENGTH.size : end])
        if "problem" in facts:
            raise FetchError(f"The picture is {facts['problem']}.", kind="picture")
        return Hosted("", int(facts["width"]), int(facts["height"]), str(facts["type"])), answer[end:]

    async def _fetch(self, url: str, first: int) -> bytes:
        if other.scheme(url) in self.sources:
            return await other.read(url, self.sources, self.now, allow_files=False, limit=self.limit)
        return (await self.client.get(url, limit=self.limit, accept=ACCEPT, first=first)).body


@dataclass(frozen=True, slots=True)
class _Note:
    copy: Hosted | None


def _note(folder: Path, url: str) -> Path:
    return folder / _NOTES / f"{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()[:32]}.json"


def _noted(folder: Path, url: str, now: dt.datetime) -> _Note | None:
    """What an address gave before, as long as that still holds."""
    try:
        row = json.loads(_note(folder, url).read_bytes())
        tried = dt.datetime.fromisoformat(row["tried"])
        copy = Hosted(**row["copy"]) if row["copy"] else None
        holds = (folder / copy.file).is_file() if copy else now - tried < TRY_AGAIN
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return _Note(copy) if holds else None


def _take_note(folder: Path, url: str, hosted: Hosted | None, now: dt.datetime) -> None:
    note = _note(folder, url)
    note.parent.mkdir(parents=True, exist_ok=True)
    row = {"tried": now.isoformat(), "copy": asdict(hosted) if hosted else None}
    _write(note, json.dumps(row).encode())


def _kept(folder: Path, hosted: Hosted, body: bytes) -> Hosted:
    """A copy in the folder, under a name made of its content."""
    extension = "png" if hosted.type == "image/png" else "jpg"
    named = replace(hosted, file=f"{hashlib.sha256(body).hexdigest()[:32]}.{extension}")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / named.file).is_file():
        _write(folder / named.file, body)
    return named


def _write(file: Path, data: bytes) -> None:
    """The whole file or none of it, also when the power goes."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with part.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
