"""What pulling costs, beside bare feedparser in two processes, on the same feeds in the same run.

    python -m bench.pull [--feeds 500] [--entries 50] [--runs 3] [--folder FOLDER] [--json]

Three pulls from a server in a process of its own, each feed at an address of its own in 127.0.0.0/8: all
feeds changed; all answering 304; all answering 200 with the body of before. ``--folder`` takes the feed
files in a folder in place of made ones. Wanted: changed feeds in at most 1.3 times the time of
``feedparser.parse(body)``; unchanged ones at 1,000 a second or more.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import hashlib
import json
import multiprocessing as mp
import platform
import resource
import statistics
import tempfile
import time
from pathlib import Path

from bench.children import answer, child
from digest.config.settings import PullSettings
from digest.model import Feed, FeedState
from digest.pull import Pulled, pull
from digest.pull.sources import FEED_FILES

NOW = dt.datetime(2026, 5, 4, 17, 0, tzinfo=dt.UTC)
PROCESSES = 2
WORDS = (
    "The council of the city voted on Monday to rebuild the old bridge over the river, after two years of talks with the "
    "owners of the mills below it. Work begins in the spring &amp; will take eighteen months, said the mayor, who called the "
    "plan a promise kept. Shops on both banks fear for their trade; the opposition asks who pays when costs rise again."
)
ITEM = """<item><title>Bridge {n} of {feed} to be rebuilt &amp;#8211; council votes</title>
<link>https://paper{feed}.example/news/{n}?utm_source=rss</link><guid isPermaLink="false">paper{feed}-{n}</guid>
<dc:creator>Ana Ruiz</dc:creator><category>Region</category><category>Politics</category>
<pubDate>Mon, 04 May 2026 {hour:02}:{minute:02}:00 +0200</pubDate>
<description><![CDATA[<p>{words}</p>]]></description>
<content:encoded><![CDATA[{paragraphs}<p><a href="https://paper{feed}.example/more">More on this</a></p>]]></content:encoded>
<media:content url="https://img.paper{feed}.example/{n}-1200x800.jpg" width="1200" height="800" medium="image">
<media:description>The old bridge at low water. (Jo Poe/AFP)</media:description></media:content></item>"""
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>Paper {feed}</title><link>https://paper{feed}.example/</link><language>en</language>{items}</channel></rss>"""


def made(feed: int, entries: int) -> bytes:
    """A feed of about 2 KB an entry, as papers that give their texts have them."""
    paragraphs = "".join(f"<p>{WORDS} <b>{WORDS[:120]}</b> {WORDS[40:160]}</p>" for _ in range(2))
    items = (
        ITEM.format(feed=feed, n=n, hour=n % 24, minute=feed % 60, words=WORDS, paragraphs=paragraphs)
        for n in range(entries)
    )
    return FEED.format(feed=feed, items="".join(items)).encode()


# --- the server ---------------------------------------------------------------------------------------


class Answering(asyncio.Protocol):
    """As little HTTP as a feed needs: /N answers with an ETag and 304; /same/N always with the body."""

    def __init__(self, bodies: list[tuple[bytes, bytes]]) -> None:
        self.bodies = bodies  # header block and body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection of aiohttp's, kept open."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """One request in one piece: ours are small."""
        path = data.split(b" ", 2)[1]
        head, body = self.bodies[int(path.rpartition(b"/")[2])]
        if b"\r\nif-none-match" in data.lower() and not path.startswith(b"/same"):
            self.transport.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            self.transport.write(head + body)


def serve(folder: str, ready: mp.connection.Connection) -> None:
    """Serve the files of a folder until killed."""
    bodies = []
    for file in sorted(Path(folder).iterdir()):
        body = file.read_bytes()
        tag = hashlib.sha256(body).hexdigest()[:16]
        head = f'HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nETag: "{tag}"\r\nContent-Length: {len(body)}\r\n\r\n'
        bodies.append((head.encode(), body))
    answer(lambda loop: loop.create_server(lambda: Answering(bodies), "0.0.0.0", 0, backlog=2_000), ready)


# --- the two ways -------------------------------------------------------------------------------------


def bare(files: list[str]) -> tuple[int, float]:
    """What feedparser alone does, with its default options: how many entries it finds, in what time of CPU."""
    import warnings

    import feedparser

    warnings.simplefilter("ignore")
    began = time.process_time()
    entries = sum(len(feedparser.parse(Path(file).read_bytes()).entries) for file in files)
    return entries, time.process_time() - began


def bare_seconds(files: list[str], pool: mp.pool.Pool) -> tuple[float, float, int]:
    """Seconds, seconds of CPU, entries."""
    began = time.perf_counter()
    chunks = [files[start : start + 5] for start in range(0, len(files), 5)]
    parts = list(pool.imap_unordered(bare, chunks))
    return time.perf_counter() - began, sum(cpu for _, cpu in parts), sum(entries for entries, _ in parts)


def cpu() -> float:
    """Seconds of CPU of this process and of those it has waited for: the parsers, their start included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def address(port: int, number: int, path: str = "") -> str:
    """The address of a feed on a loopback host of its own."""
    return f"http://127.{1 + number // 65_536}.{number // 256 % 256}.{number % 256}:{port}/{path}{number}"


def pulled_seconds(
    port: int, count: int, path: str, states: dict[str, FeedState]
) -> tuple[float, list[Pulled]]:
    """Seconds of one pull of so many feeds, and what came of each."""
    feeds = [Feed(address(port, number, path), f"Paper {number}") for number in range(count)]

    async def run() -> list[Pulled]:
        settings = PullSettings(allow_private=True, workers=PROCESSES, max_entries=10_000)
        made = pull(feeds, states, settings, now=NOW, user_agent="digest/bench")
        return [pulled async for pulled in made]

    began = time.perf_counter()
    found = asyncio.run(run())
    return time.perf_counter() - began, found


def checked(found: list[Pulled], outcome: str) -> list[Pulled]:
    """The same, after making sure that the figure is of what it says."""
    wrong = [p for p in found if p.outcome != outcome]
    failed = [p for p in wrong if p.error and p.error.kind not in {"not_a_feed", "empty"}]
    if failed or len(wrong) > len(found) / 20:
        raise SystemExit(f"{len(wrong)} feeds are not {outcome}: {wrong[0].outcome} {wrong[0].error}")
    return [p for p in found if p.outcome == outcome]


# --- the figures --------------------------------------------------------------------------------------


def measure(folder: Path, runs: int) -> dict[str, float]:
    """The medians of ``runs``: seconds and seconds of CPU, and feeds a second where nothing changed."""
    files = sorted(map(str, folder.iterdir()))
    names = ("bare", "bare_cpu", "changed", "changed_cpu")
    names += ("not_modified", "not_modified_cpu", "same_body", "same_body_cpu")
    figures: dict[str, list[float]] = {name: [] for name in names}
    with child(serve, str(folder)) as port, mp.get_context("spawn").Pool(PROCESSES) as pool:
        pool.map(bare, [files[:1]] * PROCESSES)  # imports
        for _ in range(runs):  # in turns: whatever else the machine does hits both
            seconds, used, theirs = bare_seconds(files, pool)
            figures["bare"].append(seconds)
            figures["bare_cpu"].append(used)
            before = cpu()
            seconds, found = pulled_seconds(port, len(files), "", {})
            figures["changed"].append(seconds)
            figures["changed_cpu"].append(cpu() - before)
            known = checked(found, "new")
            ours = sum(len(p.entries) for p in known)
            states = {p.feed.url: p.state for p in known}
            before = cpu()
            seconds, found = pulled_seconds(port, len(files), "", states)
            figures["not_modified"].append(len(checked(found, "unchanged")) / seconds)
            figures["not_modified_cpu"].append(len(found) / (cpu() - before))
            seconds, found = pulled_seconds(port, len(files), "same/", {})
            states = {p.feed.url: p.state for p in found}
            before = cpu()
            seconds, found = pulled_seconds(port, len(files), "same/", states)
            figures["same_body"].append(len(checked(found, "unchanged")) / seconds)
            figures["same_body_cpu"].append(len(found) / (cpu() - before))
    made = {name: statistics.median(values) for name, values in figures.items()}
    ratios = [a / b for a, b in zip(figures["changed"], figures["bare"], strict=True)]
    return made | {
        "ratio": statistics.median(ratios),
        "feeds": len(files),
        "bytes": sum(Path(file).stat().st_size for file in files),
        "entries": ours,
        "entries_bare": theirs,
    }


def measure_made(feeds: int, entries: int, runs: int) -> dict[str, float]:
    """The same for made feeds."""
    with tempfile.TemporaryDirectory() as name:
        for number in range(feeds):
            (Path(name) / f"{number:06}").write_bytes(made(number, entries))
        return measure(Path(name), runs)


def main() -> None:
    """Make feeds, or take those of ``--folder``; print the figures as a table, or as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--entries", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.folder:
            sources = sorted(f for f in options.folder.rglob("*") if f.suffix.lower() in FEED_FILES)
            bodies = (f.read_bytes() for f in sources)
        else:
            bodies = (made(number, options.entries) for number in range(options.feeds))
        for number, body in enumerate(bodies):
            (folder / f"{number:06}").write_bytes(body)
        figures = measure(folder, options.runs)
    print(json.dumps(figures, indent=1) if options.json else table(figures))


def table(f: dict[str, float]) -> str:
    """The figures in words, a line each."""
    return "\n".join(
        [
            f"{f['feeds']:.0f} feeds, {f['bytes'] / 1e6:.1f} MB, {f['entries']:.0f} entries; {platform.platform()}, {mp.cpu_count()} CPUs",
            f"bare feedparser, {PROCESSES} processes   {f['bare']:8.2f} s, {f['bare_cpu']:.2f} of CPU",
            f"digest, all changed             {f['changed']:8.2f} s, {f['changed_cpu']:.2f} of CPU",
            f"  times bare (wanted: 1.3)      {f['ratio']:8.2f}, {f['changed_cpu'] / f['bare_cpu']:.2f} of CPU",
            f"digest, all 304                 {f['not_modified']:8.0f} feeds/s (wanted: 1,000)",
            f"digest, all the same body       {f['same_body']:8.0f} feeds/s (wanted: 1,000)",
        ]
    )


if __name__ == "__main__":
    main()
