"""Rehearse with saved feeds: serve a folder of feed files on loopback, run the whole pipeline, send real SMTP.

    python tools/real_day.py FOLDER --now 2020-05-28T18:00:00+00:00 [--out DIR]

Every file of FOLDER is one feed of one paper, named after the file. The figures come as one table; with
``--out`` the edition is written there as ``digest build`` would.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.config.load import load
from digest.model import Entry, Story
from digest.names import short_name
from digest.pipeline.build import Built, build, coming
from digest.pipeline.export import write
from digest.pipeline.gather import Gathered, gather
from digest.pipeline.newsroom import open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due, tick
from digest.store import entries

FEEDS = {".xml", ".rss", ".atom", ".rdf", ".json"}


@dataclass
class Sink:
    """A real SMTP server that keeps what it is given."""

    messages: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one message."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.messages.append(content)
        return "250 kept"


@dataclass(frozen=True)
class Rehearsed:
    """What the day was."""

    gathered: Gathered
    entries: tuple[Entry, ...]
    built: Built
    messages: tuple[bytes, ...]
    seconds: dict[str, float]

    @property
    def shared(self) -> list[Story]:
        """Stories told in several feeds."""
        return [s for s in self.built.stories if len({e.feed for e in s.entries()}) > 1]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A loopback HTTP server for the files of ``folder``; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port that nobody uses: the controller must know its own before it starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_sink() -> Iterator[tuple[Sink, int]]:
    """A loopback SMTP server; what it keeps, and its port."""
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink, port
    finally:
        controller.stop()


def config_text(folder: Path, address: str, smtp_port: int, now: dt.datetime) -> str:
    """A config with one feed a file and one newsletter of them all, its slot due at ``now``."""
    files = [file for file in sorted(folder.iterdir()) if file.suffix in FEEDS]
    names = {short_name(file.stem): file.name for file in files}
    newsletter = {
        "title": "The Rehearsal",
        "timezone": "UTC",
        "slots": {"evening": now.astimezone(dt.UTC).strftime("%H:%M")},
        "sender": {"address": "letter@rehearsal.example"},
        "postal_address": "The Rehearsal, 1 Main Street, 1000 Example",
    }
    config = {
        "feeds": {n: {"url": f"{address}/{file}", "paper": n} for n, file in names.items()},
        "newsletters": {"rehearsal": newsletter},
        "pull": {"allow_private": True, "keep": "3650d", "per_host": 20},
        "pictures": {"mode": "link", "check": False},
        "site": {"url": "https://rehearsal.example"},
        "deliver": {
            "transport": "smtp",
            "smtp": [{"host": "127.0.0.1", "port": smtp_port, "tls": "none"}],
        },
    }
    return yaml.safe_dump(config, sort_keys=False)


async def rehearse(folder: Path, now: dt.datetime, work: Path, out: Path | None = None) -> Rehearsed:
    """The whole pipeline over the feeds in ``folder``, as at ``now``, into a real SMTP server."""
    seconds: dict[str, float] = {}

    def lap(name: str, began: float) -> None:
        seconds[name] = time.perf_counter() - began

    with served(folder) as address, smtp_sink() as (sink, port):
        (work / "config.yaml").write_text(config_text(folder, address, port, now))
        hand = Hand(now - dt.timedelta(minutes=1))
        with open_newsroom(load(work / "config.yaml", {}), clock=hand) as newsroom:
            subscribe_readers(newsroom, hand.now)
            note_due(newsroom, hand.now)
            hand.now = now
            newsletter = newsroom.newsletters["rehearsal"]
            began = time.perf_counter()
            gathered = await gather(newsroom, now=now)
            lap("pull and group", began)
            began = time.perf_counter()
            built = await build(newsroom, newsletter, coming(newsletter, now), now=now)
            lap("compose and render", began)
            began = time.perf_counter()
            await tick(newsroom, stop=asyncio.Event())
            lap("build and send", began)
            if out is not None:
                write(newsroom, newsletter, built, out)
            with newsroom.store.read() as connection:
                found = entries.recent(connection, now - dt.timedelta(days=36500))
    return Rehearsed(gathered, found, built, tuple(sink.messages), seconds)


def figures(day: Rehearsed) -> dict[str, object]:
    """The day in numbers."""
    pictures = [p for e in day.entries for p in e.pictures]
    return {
        "feeds": day.gathered.feeds,
        "outcomes": dict(day.gathered.outcomes),
        "entries": len(day.entries),
        "pictures": len(pictures),
        "with caption": sum(bool(p.caption) for p in pictures),
        "with credit": sum(bool(p.credit) for p in pictures),
        "stories": len(day.built.stories),
        "stories in several feeds": len(day.shared),
        "printed": len(day.built.edition.items),
        "HTML bytes": day.built.mail.html_bytes,
        "mails received by SMTP": len(day.messages),
        **{f"seconds to {name}": round(value, 2) for name, value in day.seconds.items()},
    }


def main() -> None:
    """Parse, rehearse, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--now", type=dt.datetime.fromisoformat, required=True, help="the slot, with its zone"
    )
    parser.add_argument("--out", type=Path, help="write the edition into this folder")
    arguments = parser.parse_args()
    with TemporaryDirectory() as work:
        day = asyncio.run(rehearse(arguments.folder, arguments.now, Path(work), arguments.out))
    for name, value in figures(day).items():
        print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
