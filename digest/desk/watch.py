"""Notices within a tenth of a second that a template, a style sheet, the config or the database has changed.

It also fetches the pictures that an edition on the desk waits for, and tells when they have come.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from digest.config.settings import Config
from digest.desk.room import Room
from digest.errors import DigestError
from digest.render.templates import builtin_folder

EVERY = 0.1  # seconds
SLOWER = 10  # rounds between two looks at the stories, and at a PostgreSQL database, which has to be asked

log = logging.getLogger(__name__)
Stamps = dict[str, tuple[int, int]]


@dataclass(slots=True)
class Bell:
    """Tells every open page that something changed."""

    _waiting: set[asyncio.Queue[str]] = field(default_factory=set)

    def ring(self, what: str) -> None:
        """Tell it; to be called in the event loop."""
        for queue in self._waiting:
            queue.put_nowait(what)

    def listen(self) -> asyncio.Queue[str]:
        """A queue that gets what is told from now on."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._waiting.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        """Tell this one no more."""
        self._waiting.discard(queue)


@dataclass(slots=True)
class Watch:
    """Looks at the files and the database of a room, and rings."""

    room: Room
    bell: Bell
    _stamps: Stamps = field(default_factory=dict)
    _version: int = -1
    _pulse: str = ""
    _grouping: str = ""
    _unsure: bool = False  # whether the stories are still the same
    _database: sqlite3.Connection | None = None
    _path: str = ""
    _one: threading.Lock = field(default_factory=threading.Lock)  # for the database
    _over: bool = False
    _fetching: dict[asyncio.Task[None], frozenset[str]] = field(default_factory=dict)
    _round: int = 0

    async def run(self) -> None:
        """Look until cancelled."""
        self._stamps = stamps(self.files())
        self._grouping = await asyncio.to_thread(self.room.grouping)
        self._pulse = await asyncio.to_thread(self.room.pulse)
        try:
            while True:
                await asyncio.sleep(EVERY)
                await self.look()
        finally:
            for task in self._fetching:
                task.cancel()
            with self._one:  # a thread may be looking still: cancelling us does not stop it
                self._over = True
                if self._database:
                    self._database.close()

    async def look(self) -> None:
        """One look; rings when something is new."""
        found = stamps(self.files())
        if found != self._stamps:
            changed = {
                name
                for name in found.keys() | self._stamps.keys()
                if found.get(name) != self._stamps.get(name)
            }
            self._stamps = found
            await asyncio.to_thread(self._files_changed, changed)
            self.bell.ring("files")
        if await asyncio.to_thread(self._database_changed):
            self.bell.ring("database")
        self._fetch()

    def _fetch(self) -> None:
        """Start fetching the pictures that are wanted since the last look, beside those that are on their way."""
        given = self.room.wanted  # threads add to it meanwhile
        wanted = frozenset(given.popleft() for _ in range(len(given))).difference(*self._fetching.values())
        if wanted:
            task = asyncio.create_task(self._fetched(wanted))
            self._fetching[task] = wanted
            task.add_done_callback(self._fetching.pop)

    async def _fetched(self, pictures: frozenset[str]) -> None:
        try:
            await self.room.fetch(pictures)
        except (DigestError, OSError) as error:  # a full disk; the next edition that is made wants them again
            log.warning("Pictures could not be copied: %s", error)
        else:
            self.bell.ring("pictures")

    def files(self) -> Iterable[Path]:
        """Every file that an edition depends on."""
        newsroom = self.room.newsroom
        yield self.room.config_file
        yield from named_files(newsroom.config, newsroom.folder)
        for folder in filter(None, (newsroom.template_dir, builtin_folder())):
            yield from folder.rglob("*.*")

    def _files_changed(self, changed: set[str]) -> None:
        newsroom = self.room.newsroom
        config = {str(self.room.config_file), *map(str, named_files(newsroom.config, newsroom.folder))}
        if changed & config:
            self.room.open()
        else:
            self.room.forget(stories=False)

    def _database_changed(self) -> bool:
        """Whether decisions were made elsewhere, or, looked at once a second, stories have come."""
        self._round += 1
        stirred = self._stirred()
        self._unsure = self._unsure or stirred
        if self._unsure and self._round % SLOWER == 0 and self._regrouped():
            return True
        return stirred and self._decided()

    def _regrouped(self) -> bool:
        self._unsure = False
        before, self._grouping = self._grouping, self.room.grouping()
        if before == self._grouping:
            return False
        self.room.forget(stories=True)
        return True

    def _decided(self) -> bool:
        before, self._pulse = self._pulse, self.room.pulse()
        return before != self._pulse and self.room.outdated(self._pulse)

    def _stirred(self) -> bool:
        """Whether somebody wrote to the database at all: SQLite tells at once, PostgreSQL is asked now and then."""
        file = self.room.newsroom.store.file
        if file is None:
            return self._round % SLOWER == 0
        with self._one:
            before, self._version = self._version, self._version if self._over else self._data_version(file)
            return before != self._version

    def _data_version(self, file: Path) -> int:
        """A number that others' commits change."""
        if self._database is None or self._path != str(file):
            if self._database:
                self._database.close()
            # A connection of its own, outside any transaction: data_version tells of others' commits only so.
            self._database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, check_same_thread=False)
            self._path = str(file)
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])


def named_files(config: Config, folder: Path) -> Iterable[Path]:
    """The files that a config names: subscription lists and holidays."""
    for newsletter in config.newsletters.values():
        for name in (newsletter.opml, newsletter.holidays_file):
            if name:
                yield folder / name


def stamps(files: Iterable[Path]) -> Stamps:
    """When each file changed last and how long it is; files that are not there are left out."""
    found: Stamps = {}
    for file in files:
        with suppress(OSError):
            status = file.stat()
            found[str(file)] = (status.st_mtime_ns, status.st_size)
    return found
