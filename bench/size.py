"""A day of very many feeds: ten thousand of them, two hundred thousand entries, on PostgreSQL.

``python bench/scale.py size [--feeds 10000] [--entries 200000] [--pulls 4]`` prints JSON. A server in a process of
its own answers for every feed, on the loopback; the clock is simulated, the rest is real: feeds are pulled, parsed
and stored, every circle of newsletters is grouped after each round, and at the end of the day an edition is built.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools
import multiprocessing as mp
import resource
import time
from collections.abc import Callable, Iterator
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.children import answer, child
from digest.config.load import load
from digest.pipeline import build, gather
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.regroup import Regrouper
from digest.store import entries, feeds, figures, retention

DAWN = dt.datetime(2026, 5, 4, 0, 0, tzinfo=dt.UTC)
CARRIED = 15  # entries that a feed carries
SHARED = 5  # two of nine entries are told by so many feeds, as of real news about a fifth has company
TOGETHER = 200  # feeds of one newsletter, which share none with others
SYLLABLES = ("har", "mo", "stei", "vel", "lun", "kro", "bas", "ter", "fin", "gal", "bor", "rin", "mel", "tun")
WORDS = ["".join(parts) for size in (1, 2, 3, 4) for parts in itertools.product(SYLLABLES, repeat=size)]
NAMES = 3_000  # the words before are too common to be a story's own
COMPANY = """
    SELECT coalesce(sum(number), 0) FROM (SELECT count(*) AS number FROM stories GROUP BY story HAVING count(*) > 1)
"""
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Paper {feed}</title>
<link>https://paper{feed}.example/</link><language>en</language>{items}</channel></rss>"""
ITEM = """<item><title>{title}</title><link>https://paper{feed}.example/news/{n}</link>
<guid isPermaLink="false">p{feed}-{n}</guid><pubDate>{when:%a, %d %b %Y %H:%M:%S} +0000</pubDate>
<description>{standfirst}</description></item>"""


def drawn(key: int) -> Iterator[float]:
    """Numbers from 0 to 1 that belong to a key; others have others."""
    while True:
        key = (key * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (key >> 11) / 2**53


def common(chance: Iterator[float], number: int) -> list[str]:
    """So many words as they come in any text: the second half as often as the first, the third a third (Zipf)."""
    return [WORDS[int(len(WORDS) ** next(chance)) - 1] for _ in range(number)]


def names(story: int) -> list[str]:
    """Who and where: the rare words that whoever tells of a story has."""
    chance = drawn(story)
    return [WORDS[NAMES + int(next(chance) * (len(WORDS) - NAMES))].capitalize() for _ in range(6)]


def told(feed: int, story: int) -> tuple[str, str]:
    """A feed's own headline and standfirst of a story."""
    chance, who = drawn(story * 1_000 + feed % 1_000 + 7), names(story)
    few = [who[int(next(chance) * 2)], *who[2:4]]
    title = " ".join(word for pair in zip(few, common(chance, 3), strict=True) for word in pair)
    rest = common(chance, 22)
    for index, name in enumerate(who):
        rest.insert(index * 4 + 1, name)
    return title, " ".join([rest[0].capitalize(), *rest[1:]]) + "."


def body(feed: int, last: int, gap: float) -> bytes:
    """The feed when it has published ``last`` entries, one every ``gap`` seconds."""
    items = []
    for n in range(last - 1, max(-1, last - 1 - CARRIED), -1):
        shared = n % 9 in {0, 5}
        story = (feed // SHARED) * 1_000_003 + n if shared else (feed + 7) * 999_983_000 + n
        when = DAWN + dt.timedelta(seconds=n * gap + feed % 60)
        title, standfirst = told(feed, story)
        items.append(ITEM.format(feed=feed, n=n, title=title, when=when, standfirst=standfirst))
    return FEED.format(feed=feed, items="".join(items)).encode()


class Answering(asyncio.Protocol):
    """As little HTTP as a feed needs."""

    def __init__(self, published: Synchronized[int], gap: float) -> None:
        self.published, self.gap = published, gap

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection, kept open."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """One request in one piece: ours are small."""
        text = body(int(data.split(b" ", 2)[1].rpartition(b"/")[2]), self.published.value, self.gap)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {len(text)}\r\n\r\n"
        self.transport.write(head.encode() + text)


def serve(published: Synchronized[int], gap: float, ready: mp.connection.Connection) -> None:
    """Answer until killed."""
    answer(
        lambda loop: loop.create_server(lambda: Answering(published, gap), "0.0.0.0", 0, backlog=2_000), ready
    )


def config(url: str, port: int, count: int) -> str:
    """Newsletters of two hundred feeds each, every feed at an address of its own."""
    lines = [f"database: '{url}'", "pull: {allow_private: true, workers: 2}", "feeds:"]
    hosts = (f"127.{1 + n // 65_536}.{n // 256 % 256}.{n % 256}" for n in range(count))
    lines += [f'  f{n}: {{url: "http://{h}:{port}/{n}", paper: Paper {n}}}' for n, h in enumerate(hosts)]
    lines.append("newsletters:")
    for first in range(0, count, TOGETHER):
        names = ", ".join(f"f{n}" for n in range(first, min(first + TOGETHER, count)))
        lines.append(
            f'  n{first}: {{title: News {first}, slots: {{evening: "23:59"}}, timezone: UTC,'
            f" sender: {{address: n@news.example}}, feeds: [{names}]}}"
        )
    return "\n".join(lines) + "\n"


class Watch:
    """Seconds, and seconds of CPU of ours and of PostgreSQL's, by what they were spent on."""

    def __init__(self, server: Callable[[], float]) -> None:
        self.server = server
        self.spent: dict[str, list[float]] = {}

    @contextlib.contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Count what is done meanwhile."""
        before = self._now()
        yield
        for index, value in enumerate(self._now()):
            self.spent.setdefault(what, [0.0] * 3)[index] += value - before[index]

    def _now(self) -> tuple[float, float, float]:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return time.perf_counter(), sum(u.ru_utime + u.ru_stime for u in used), self.server()

    def told(self) -> dict[str, dict[str, float]]:
        """All of it."""
        names = ("seconds", "CPU s", "CPU s of PostgreSQL")
        return {
            what: dict(zip(names, (round(value, 2) for value in spent), strict=True))
            for what, spent in self.spent.items()
        }


def day(newsroom: Newsroom, published: Synchronized[int], per_feed: int, pulls: int, watch: Watch) -> int:
    """Pull and group all the day; how many stories there are in the end."""
    circles, regroup = gather.circles(newsroom.newsletters.values()), Regrouper()
    stories = 0
    for number in range(pulls):
        now = DAWN + (number + 1) * dt.timedelta(hours=24) / pulls
        published.value = per_feed * (number + 1) // pulls
        with watch.on("pulling"):
            found = asyncio.run(gather.collect(newsroom, now=now, force=True))
        assert found.outcomes.get("new", 0) == len(newsroom.feeds), found.outcomes
        stories = 0
        with watch.on("grouping"):
            for names in circles:
                mine = {feed.url for name in names for feed in newsroom.newsletters[name].feeds}
                stories += regroup(newsroom, now, mine)[1]
    return stories


def sized(folder: Path, url: str, server: Callable[[], float], options: Any) -> dict[str, object]:
    """The whole run."""
    per_feed = options.entries // options.feeds
    published = mp.get_context("spawn").Value("i", 0)
    watch = Watch(server)
    with child(serve, published, 86_400 / per_feed) as port:
        (folder / "config.yaml").write_text(config(url, port, options.feeds))
        with open_newsroom(load(folder / "config.yaml", {}), clock=lambda: DAWN) as newsroom:
            stories = day(newsroom, published, per_feed, options.pulls, watch)
            night = DAWN + dt.timedelta(hours=24)
            newsletter = next(iter(newsroom.newsletters.values()))
            with watch.on("building one edition"):
                asyncio.run(build.build(newsroom, newsletter, build.coming(newsletter, DAWN), now=night))
            with newsroom.store.read() as connection:
                with watch.on("each feed's rhythm"):
                    feeds.activity(connection, night)
                with watch.on("figures of /metrics"):
                    figures.figures(connection, night)
                known = entries.count(connection)
                together = connection.execute(sa.text(COMPANY)).scalar_one()
                size = connection.execute(
                    sa.text(
                        "SELECT pg_total_relation_size('entries') + pg_total_relation_size('stories')"
                        " + pg_total_relation_size('feeds')"
                    )
                ).scalar_one()
            with watch.on("forgetting a quarter of them"):
                keep = retention.Keep(dt.timedelta(hours=5), dt.timedelta(days=1))
                gone = retention.forget(newsroom.store, night, keep)
    return {
        "feeds": options.feeds,
        "pulls of each": options.pulls,
        "entries": known,
        "stories": stories,
        "entries that share their story": round(int(together) / known, 3),
        "bytes an entry in the database": round(size / known),
        "entries forgotten": gone["entries"],
        "memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **watch.told(),
    }
