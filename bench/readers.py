"""What reading feeds costs, end to end, beside bare parsers and beside other programs that keep what they read.

    python -m bench.readers [--folder FOLDER --now 2020-05-31T20:00:00+00:00] [--runs 3]

Every way reads the same files in the same run, in turns; those that fetch get them from a server in a process of
its own, each feed at an address of its own in 127.0.0.0/8, so that politeness per host decides nothing. ``FOLDER``
holds saved feeds, and ``--now`` is when they were; without it 200 are made. Needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import io
import json
import multiprocessing as mp
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.children import child
from bench.pull import PROCESSES, address, bare_seconds, cpu, made, serve
from digest.batches import together
from digest.config.load import load
from digest.pipeline.gather import TOGETHER, gather, keep
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pull import pull
from digest.pull.sources import FEED_FILES

CONFIG = """\
newsletters:
  bench:
    title: Bench
    timezone: UTC
    slots: {{morning: "06:30"}}
    sender: {{address: bench@paper.example}}
    sections: [{{name: All}}]
feeds:
{feeds}
database: sqlite:///{folder}/digest.sqlite3
pull: {{allow_private: true, workers: {workers}, max_entries: 10000}}
"""
R2E = """\
[DEFAULT]
from = bench@paper.example
to = reader@paper.example
email-protocol = maildir
maildir-path = {folder}/mail
maildir-mailbox = inbox
feed-timeout = 30
"""


def copied(folder: Path | None, into: Path) -> list[Path]:
    """The feed files of a folder, or made ones, numbered as the server wants them."""
    if folder is None:
        bodies: Iterator[bytes] = (made(number, 30) for number in range(200))
    else:
        found = sorted(f for f in folder.rglob("*") if f.suffix.lower() in FEED_FILES)
        bodies = (f.read_bytes() for f in found)
    files = []
    for number, body in enumerate(bodies):
        files.append(into / f"{number:06}")
        files[-1].write_bytes(body)
    return files


def fast(files: list[str]) -> tuple[int, float]:
    """What fastfeedparser finds, in what time of CPU; it raises for some documents, which count nothing."""
    import fastfeedparser

    began = time.process_time()
    entries = 0
    for file in files:
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            entries += len(fastfeedparser.parse(Path(file).read_bytes()).entries)
    return entries, time.process_time() - began


Way = Callable[[], tuple[float, float, int]]


def timed(way: Callable[[], tuple[float, int]]) -> tuple[float, float, int]:
    """Seconds, seconds of CPU, and entries of a way whose processes have ended when it returns."""
    before = cpu()
    seconds, entries = way()
    return seconds, cpu() - before, entries


def fast_seconds(files: list[str], pool: mp.pool.Pool) -> tuple[float, float, int]:
    """Seconds, seconds of CPU, entries."""
    began = time.perf_counter()
    chunks = [files[start : start + 5] for start in range(0, len(files), 5)]
    parts = list(pool.imap_unordered(fast, chunks))
    return time.perf_counter() - began, sum(used for _, used in parts), sum(entries for entries, _ in parts)


@contextlib.contextmanager
def room(port: int, count: int) -> Iterator[Newsroom]:
    """A newsroom with these feeds and an empty database."""
    with tempfile.TemporaryDirectory() as name:
        feeds = "\n".join(
            f"  f{n}: {{url: '{address(port, n)}', paper: Paper {n % 20}}}" for n in range(count)
        )
        config = Path(name) / "config.yaml"
        config.write_text(CONFIG.format(feeds=feeds, folder=name, workers=PROCESSES))
        with open_newsroom(load(config, {})) as opened:
            yield opened


def by_digest(port: int, count: int, now: dt.datetime, *, grouped: bool) -> tuple[float, int]:
    """Fetch, parse, clean, store, and group where wanted."""

    async def stored(newsroom: Newsroom) -> int:
        arriving = pull(newsroom.feeds, {}, newsroom.config.pull, now=now, user_agent=newsroom.user_agent)
        brought = 0
        async for some in together(arriving, TOGETHER):
            brought += (await asyncio.to_thread(keep, newsroom, some, {}, now))["new"]
        return brought

    async def both(newsroom: Newsroom) -> int:
        return (await gather(newsroom, now=now)).new

    with room(port, count) as newsroom:
        began = time.perf_counter()
        entries = asyncio.run(both(newsroom) if grouped else stored(newsroom))
        return time.perf_counter() - began, entries


def by_reader(port: int, count: int) -> tuple[float, int]:
    """lemon24's reader into its own SQLite, eight workers."""
    from reader import make_reader

    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()):
        reader = make_reader(f"{name}/reader.sqlite")
        for number in range(count):
            reader.add_feed(address(port, number))
        began = time.perf_counter()
        reader.update_feeds(workers=8)
        seconds = time.perf_counter() - began
        entries = reader.get_entry_counts().total or 0
        reader.close()
    return seconds, entries


def by_rss2email(port: int, count: int) -> tuple[float, int]:
    """rss2email, each entry a message in a Maildir, as it does it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("cur", "new", "tmp"):
            (folder / "mail" / "inbox" / part).mkdir(parents=True)
        feeds = "".join(f"\n[feed.f{n}]\nurl = {address(port, n)}\n" for n in range(count))
        (folder / "r2e.cfg").write_text(R2E.format(folder=folder) + feeds)
        (folder / "r2e.json").write_text('{"version": 2, "feeds": []}')
        words = [
            str(Path(sys.executable).with_name("r2e")),
            "-c",
            f"{name}/r2e.cfg",
            "-d",
            f"{name}/r2e.json",
            "run",
        ]
        began = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        seconds = time.perf_counter() - began
        return seconds, sum(1 for file in (folder / "mail").rglob("*") if file.is_file())


def measure(folder: Path | None, runs: int, now: dt.datetime) -> dict[str, object]:
    """Medians of seconds and the entries found, by way."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name, mp.get_context("spawn").Pool(PROCESSES) as pool:
        files = copied(folder, Path(name))
        words = [str(file) for file in files]
        size = sum(file.stat().st_size for file in files)
        with child(serve, name) as port:
            count = len(files)
            ways: dict[str, Way] = {
                "digest, stored": lambda: timed(lambda: by_digest(port, count, now, grouped=False)),
                "digest, stored and grouped": lambda: timed(
                    lambda: by_digest(port, count, now, grouped=True)
                ),
                "feedparser": lambda: bare_seconds(words, pool),
                "fastfeedparser": lambda: fast_seconds(words, pool),
                "reader": lambda: timed(lambda: by_reader(port, count)),
                "rss2email": lambda: timed(lambda: by_rss2email(port, count)),
            }
            for way in ("feedparser", "fastfeedparser", "digest, stored and grouped"):
                ways[way]()  # imports
            rounds = [{name: way() for name, way in ways.items()} for _ in range(runs)]
    ours = "digest, stored"

    def median(at: int, *, ratio: bool) -> dict[str, float]:
        return {
            name: statistics.median(r[name][at] / (r[ours][at] if ratio else 1) for r in rounds)
            for name in ways
        }

    return {
        "feeds": count,
        "bytes": size,
        "seconds": median(0, ratio=False),
        "cpu": median(1, ratio=False),
        "ratios": median(0, ratio=True),
        "cpu ratios": median(1, ratio=True),
        "entries": {name: rounds[-1][name][2] for name in ways},
    }


def main() -> None:
    """Print the seconds of each reader on the same feeds as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--now", type=dt.datetime.fromisoformat, default=dt.datetime.now(dt.UTC))
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(measure(options.folder, options.runs, options.now), indent=1))


if __name__ == "__main__":
    main()
