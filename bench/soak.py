"""Thirty days of a daemon by a clock in hand: two newsletters, 200 feeds over HTTP, memory and database watched.

soak.py [--days 30] [--feeds 200] [--every 15] prints a line a day and fails when a slot was not sent exactly
once, or when the memory grew by more than a tenth after the second day. Only the clock is not real.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import logging
import multiprocessing as mp
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web

from digest.config.load import load
from digest.daemon.health import Health
from digest.daemon.lead import lock_for
from digest.daemon.memory import few_heaps
from digest.daemon.metrics import Metrics
from digest.daemon.service import Daemon
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due
from digest.slots import due_between
from digest.store import figures, slots

START = dt.datetime(2026, 10, 11, 0, 0, tzinfo=dt.UTC)  # the clocks change on the way
DAY = dt.timedelta(days=1)
GROWTH = 1.10
WORDS = [
    a + b
    for a in ["har", "mo", "stei", "vel", "lun", "kro", "bas", "ter", "fin", "gal"]
    for b in ["bor", "rin", "mel", "tun", "dos", "gat", "lem", "pis", "wax", "zor"]
]


# --- the papers ---------------------------------------------------------------------------------------


def items(feed: int, now: dt.datetime, length: int = 20) -> list[tuple[int, dt.datetime]]:
    """The newest items of a feed: their numbers and times. Feeds publish from 1 to 4 times a day."""
    gap = DAY / (1 + feed % 4)
    newest = (now - START + 5 * DAY - feed * dt.timedelta(minutes=3)) // gap
    return [
        (n, START - 5 * DAY + feed * dt.timedelta(minutes=3) + n * gap)
        for n in range(newest, newest - length, -1)
    ]


def rss(feed: int, now: dt.datetime) -> bytes:
    """A feed. One item in six tells of the event of the hour, as other papers do."""
    rows = []
    for number, when in items(feed, now):
        event = number % 6 == 0
        own = random.Random(f"{feed} {number}")
        shared = random.Random(f"{when:%Y%m%d%H}") if event else own
        title = " ".join([*shared.sample(WORDS, 6), *own.sample(WORDS, 2)])
        text = " ".join([*shared.sample(WORDS, 20), *own.sample(WORDS, 20)])
        rows.append(
            f"<item><title>{escape(title.capitalize())}</title><link>https://p{feed}.example/{number}</link>"
            f"<guid>{feed}-{number}</guid><pubDate>{format_datetime(when)}</pubDate>"
            f"<description>{escape(text.capitalize())}.</description></item>"
        )
    head = f"<title>Paper {feed}</title><language>en</language>"
    return f'<rss version="2.0"><channel>{head}{"".join(rows)}</channel></rss>'.encode()


def serve(clock: Any, port: Any, ready: Any) -> None:
    """The papers' web server, a process of its own; ``clock`` is the staged time in epoch seconds."""

    async def answer(request: web.Request) -> web.Response:
        feed = int(request.match_info["feed"])
        now = dt.datetime.fromtimestamp(clock.value, dt.UTC)
        tag = f'"{items(feed, now, 1)[0][0]}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=rss(feed, now), content_type="application/rss+xml", headers={"ETag": tag})

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/{feed}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.value = runner.addresses[0][1]
        ready.set()
        await asyncio.Event().wait()

    asyncio.run(run())


# --- the newsroom -------------------------------------------------------------------------------------


def config(feeds: int, port: int, every: int) -> str:
    """A config of two newsletters in two zones, with feeds that are pulled ``every`` so many minutes."""
    names = [f"f{n}" for n in range(feeds)]
    lines = [
        f'  {name}: {{url: "http://127.0.0.1:{port}/{n}", paper: Paper {n}}}' for n, name in enumerate(names)
    ]
    return "\n".join(
        [
            "newsletters:",
            *letter("city", "Europe/Luxembourg", names),
            *letter("sea", "America/New_York", names[: feeds // 2]),
            "feeds:",
            *lines,
            # A week is kept, so that the month shows how the database grows and where it stops.
            f"pull: {{allow_private: true, every: {every}m, at_least: {every}m, per_host: 20, keep: 7d}}",
            "site: {url: 'https://letters.example'}",
            "daemon: {listen: ''}",
        ]
    )


def letter(name: str, tz: str, feeds: list[str]) -> list[str]:
    """The lines of one newsletter."""
    return [
        f"  {name}:",
        f"    title: {name}",
        f"    timezone: {tz}",
        '    slots: {morning: "06:30", evening: "17:30"}',
        f"    sender: {{address: letter@{name}.example}}",
        f"    feeds: [{', '.join(feeds)}]",
    ]


def moments(newsroom: Newsroom, end: dt.datetime, every: int) -> Iterator[dt.datetime]:
    """When the daemon wakes: its rhythm, the lead times and the slots."""
    rooms = list(newsroom.newsletters.values())
    due = {p.due for n in rooms for p in due_between(n.name, n.settings, START, end)}
    lead = {at - dt.timedelta(minutes=15) for at in due}
    steps = {
        START + n * dt.timedelta(minutes=every)
        for n in range(1, int((end - START).total_seconds() / 60 / every))
    }
    yield from sorted(due | lead | steps)


def resident() -> float:
    """Megabytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


async def live(daemon: Daemon, hand: Hand, clock: Any, end: dt.datetime, every: int) -> list[float]:
    """Turn after turn; the resident megabytes at the end of each day."""
    newsroom = daemon.newsroom
    memory: list[float] = []
    began = time.monotonic()
    for now in moments(newsroom, end, every):
        if now >= START + (len(memory) + 1) * DAY:
            memory.append(resident())
            tell_day(newsroom, len(memory), memory[-1], time.monotonic() - began)
        hand.now, clock.value = now, now.timestamp()
        await daemon.turn()
        await daemon.idle()
    return [*memory, resident()]


def tell_day(newsroom: Newsroom, day: int, memory: float, seconds: float) -> None:
    """Print a day: memory in megabytes, the database, what it holds, and how long it took in seconds."""
    with newsroom.store.read() as connection:
        found = figures.figures(connection, newsroom.clock())
    assert newsroom.store.file is not None
    size = newsroom.store.file.stat().st_size / 1e6
    print(
        f"day {day:2}: {memory:6.1f} MB resident, database {size:6.1f} MB, {found.entries} entries,"
        f" {found.stories} stories, slots {dict(found.slots)}, {seconds:.0f} s",
        flush=True,
    )


def tell_stages(metrics: Metrics) -> None:
    """How long each stage took, in real seconds."""
    for stage in ("pull", "group", "compose", "render", "deliver"):
        total, count = (
            metrics.registry.get_sample_value(f"digest_stage_seconds_{what}", {"stage": stage}) or 0
            for what in ("sum", "count")
        )
        print(f"{stage:8} {count:6.0f} times, {total / max(count, 1):.2f} s on average")


def tell_tables(file: Path) -> None:
    """What the database consists of, tables with their indexes."""
    query = (
        "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_master m ON m.name = d.name"
        " GROUP BY m.tbl_name ORDER BY 2 DESC LIMIT 8"
    )
    with closing(sqlite3.connect(file)) as connection:
        for name, size in connection.execute(query):
            (rows,) = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            print(f"{name:16} {size / 1e6:6.2f} MB, {rows} rows")


def broken(newsroom: Newsroom, memory: list[float], end: dt.datetime) -> list[str]:
    """The promises that were not kept."""
    rooms = newsroom.newsletters.values()
    planned = {str(p.key) for n in rooms for p in due_between(n.name, n.settings, START, end)}
    with newsroom.store.read() as connection:
        found = {str(slot): slot.state for slot in slots.past(connection, limit=10_000)}
    wrong = [f"{key} is {found.get(key)}" for key in sorted(planned) if found.get(key) != "done"]
    wrong += [f"{key} was never planned" for key in sorted(set(found) - planned)]
    mails = sum(1 for _ in (newsroom.folder / "var" / "outbox").rglob("*.eml"))
    if mails != 2 * len(planned):
        wrong.append(f"{mails} mails for {len(planned)} slots and 2 readers")
    if len(memory) > 2 and max(memory[2:]) > GROWTH * memory[1]:
        wrong.append(f"memory grew from {memory[1]:.1f} to {max(memory[2:]):.1f} MB after day 2")
    return wrong


def main() -> None:
    """Live the days and print each; a process that grows or loses a slot is an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--every", type=int, default=15, help="minutes between two pulls")
    options = parser.parse_args()
    few_heaps()
    logging.disable(logging.INFO)
    spawn = mp.get_context("spawn")
    clock, port, ready = spawn.Value("d", START.timestamp()), spawn.Value("i", 0), spawn.Event()
    server = spawn.Process(target=serve, args=(clock, port, ready), daemon=True)
    server.start()
    ready.wait(30)
    end = START + options.days * DAY
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(config(options.feeds, port.value, options.every))
        hand = Hand(START)
        with open_newsroom(load(file, {}), clock=hand) as newsroom:
            subscribe_readers(newsroom, START, ("one@example.org", "two@example.org"))
            note_due(newsroom, START)
            health = Health(newsroom)
            metrics = Metrics(health)
            daemon = Daemon(newsroom, lock_for(newsroom.store), health, metrics)
            memory = asyncio.run(live(daemon, hand, clock, end, options.every))
            wrong = broken(newsroom, memory, end)
            assert newsroom.store.file is not None
            tell_tables(newsroom.store.file)
            tell_stages(metrics)
    server.terminate()
    print(
        "\n".join(wrong)
        or f"every slot once; memory {memory[min(1, len(memory) - 1)]:.1f} -> {memory[-1]:.1f} MB"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
