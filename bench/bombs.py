"""What documents and pictures made to hurt cost, in time and peak memory, beside an ordinary one.

    python bench/bombs.py [--only NAME] [--json]

Each is pulled, or copied for our own site, by a process of its own from a server on loopback, with the default
limits. Time is that of the CPU, the start of the processes included; memory is the peak of the pulling process and of
the largest parser together, over that of an ordinary feed of 50 entries or an ordinary picture. Wanted: under 200 MB,
under 5 s.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import gzip
import json
import platform
import resource
import subprocess
import sys
import tempfile
import urllib.request
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import brotli
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.picture_bombs import PICTURES

MEGABYTE = 1_000_000
RSS = '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>P</title><link>https://paper.example/</link>{}</channel></rss>'
ITEM = "<item><title>Headline {0}</title><link>https://paper.example/{0}</link><guid>{0}</guid><description>{1}</description></item>"
MOST_MEMORY, MOST_SECONDS = 200.0, 5.0


def feed(body: str) -> bytes:
    """An RSS document around ``body``."""
    return RSS.format(body).encode()


def items(count: int, words: str = "Words enough for a standfirst.") -> str:
    """So many items, each with a headline and a standfirst."""
    return "".join(ITEM.format(n, words) for n in range(count))


def laughs() -> bytes:
    """Nine entities, each ten of the one before: a thousand million laughs."""
    entities = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f"<!DOCTYPE rss [{entities}]>".encode() + feed("<item><title>&l9;</title></item>")


def quadratic() -> bytes:
    """One entity of 200 letters, named half a million times."""
    return f'<!DOCTYPE rss [<!ENTITY a "{"a" * 200}">]>'.encode() + feed(
        f"<item><title>{'&a;' * 500_000}</title></item>"
    )


def compressed(make: Callable[[], Any], megabytes: int) -> bytes:
    """So many megabytes of nothing, made small."""
    packer = make()
    step = packer.compress if hasattr(packer, "compress") else packer.process
    parts = [step(bytes(MEGABYTE)) for _ in range(megabytes)]
    end = packer.flush() if hasattr(packer, "compress") else packer.finish()
    return b"".join([*parts, end])


BODIES: dict[str, Callable[[], tuple[bytes, str]]] = {  # name -> body, Content-Encoding
    "an ordinary feed": lambda: (feed(items(50)), ""),
    "billion laughs": lambda: (laughs(), ""),
    "quadratic entities": lambda: (quadratic(), ""),
    "external entities and a DTD": lambda: (b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/" [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + feed("<item><title>&a;t</title></item>"), ""),
    "200,000 nested elements": lambda: (feed("<item>" + "<a>" * 200_000 + "</a>" * 200_000 + "</item>"), ""),
    "200,000 nested tags in a text": lambda: (feed(ITEM.format(1, "&lt;div&gt;" * 200_000)), ""),
    "200,000 entries": lambda: (feed(items(60_000) + "<item><title>x</title></item>" * 140_000), ""),
    "500 entries of 29 KB": lambda: (feed(items(500, "Words of some length. " * 1_300)), ""),
    "a title of 1 MB": lambda: (feed(f"<item><title>{'word ' * 200_000}</title></item>"), ""),
    "a word of 14 MB": lambda: (feed(ITEM.format(1, "w" * 14_000_000)), ""),
    "50,000 attributes": lambda: (feed("<item " + " ".join(f'a{n}="1"' for n in range(50_000)) + "><title>t</title></item>"), ""),
    "400,000 names of attributes": lambda: (feed("<item>" + "".join(f'<x{n} a{n}=""/>' for n in range(400_000)) + "<title>t</title></item>"), ""),
    "60,000 entries of broken tags": lambda: (feed("<item><title>a < b <c</title><x y=z></item>" * 60_000), ""),
    "500 entries of broken tags, 14 MB": lambda: (feed(("<item><title>a < b <c</title><x y=z>" + "<b <c & d " * 2_500 + "</item>") * 500), ""),
    "comments in comments, 10 MB": lambda: (feed("<item><title>t</title>" + "<!-- <!-- " * 1_000_000 + "</item>"), ""),
    "CDATA in CDATA, 10 MB": lambda: (feed(ITEM.format(1, "<![CDATA[<![CDATA[ ]]>" * 450_000)), ""),
    "20,000 pictures": lambda: (feed("<item><title>t</title>" + '<media:content url="https://p.example/a.jpg"/>' * 20_000 + "</item>"), ""),
    "a page of 14 MB": lambda: (b"<!doctype html><html>" + b"<link rel=alternate type=application/rss+xml href=/f>" * 270_000, ""),
    "JSON 200,000 deep": lambda: (b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 200_000, ""),
    "JSON of 14 MB": lambda: (b'{"version":"https://jsonfeed.org/version/1","items":[' + b'{"id":1,"title":"x"},' * 660_000 + b"{}]}", ""),
    "gzip, 1 GB of zeros": lambda: (compressed(lambda: zlib.compressobj(9, wbits=31), 1_000), "gzip"),
    "brotli, 1 GB of zeros": lambda: (compressed(lambda: brotli.Compressor(quality=5), 1_000), "br"),
    "gzip in brotli": lambda: (brotli.compress(compressed(lambda: zlib.compressobj(9, wbits=31), 500), quality=5), "gzip, br"),
    "a gzip file, 500 MB": lambda: (compressed(lambda: zlib.compressobj(9, wbits=31), 500), ""),
    "a gzip file in a gzip file": lambda: (gzip.compress(gzip.compress(feed(items(5)))), "gzip"),
    "100 MB, told": lambda: (b"x" * 100 * MEGABYTE, ""),
    "100 MB of NUL": lambda: (bytes(100 * MEGABYTE), ""),
}  # fmt: skip
BODIES |= {name: (lambda make=make: (make(), "")) for name, make in PICTURES.items()}  # type: ignore[misc]
MADE: dict[str, tuple[bytes, str]] = {}
STREAMS = ("100 MB, not told", "a body without end", "redirects without end")


async def answer(request: web.Request) -> web.StreamResponse:
    """What the server says to a request that names a bomb: its document, its stream, or itself as the next address."""
    name = request.query["name"]
    if name == "redirects without end":
        return web.Response(status=302, headers={"Location": str(request.rel_url)})
    if name in STREAMS:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # it is meant to be hung up on
            async for chunk in flood(100 if name.startswith("100") else 100_000):
                await response.write(chunk)
        return response
    if request.method == "HEAD":  # made before the clock starts
        MADE.clear()
        MADE[name] = BODIES[name]()
        return web.Response()
    body, encoding = MADE[name]
    headers = {"Content-Encoding": encoding} if encoding else {}
    return web.Response(body=body, headers=headers, content_type="application/xml")


async def flood(megabytes: int) -> AsyncIterator[bytes]:
    """So many megabytes of opening tags, one at a time."""
    for _ in range(megabytes):
        yield b"<a>" * 333_333


def serve() -> None:
    """Serve until killed; a process of its own, as a process that starts another lends it its peak of memory."""

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/feed", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}/feed", flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


def cost(url: str) -> dict[str, Any]:
    """Take in one feed or picture as the program does; this process is measured."""
    name = parse_qs(urlsplit(url).query)["name"][0]
    outcome = asyncio.run(_copied(url) if name in PICTURES else _pulled(url))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds, kilobytes = sum(u.ru_utime + u.ru_stime for u in used), sum(u.ru_maxrss for u in used)
    return {"seconds": seconds, "megabytes": kilobytes / 1_000, "outcome": outcome}


async def _pulled(url: str) -> str:
    from digest.config.settings import PullSettings
    from digest.model import Feed
    from digest.pull import pull

    settings = PullSettings(allow_private=True, workers=1)
    now = dt.datetime.now(dt.UTC)
    found = await anext(pull([Feed(url, "P")], {}, settings, now=now, user_agent="digest/bench"))
    return found.error.kind if found.error else f"{len(found.entries)} entries"


async def _copied(url: str) -> str:
    from digest.config.settings import PictureSettings, PullSettings
    from digest.pull.host import Host

    pull = PullSettings(allow_private=True, workers=1)
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), PictureSettings(mode="host"), pull, "digest/bench", {})
        [hosted] = (await host.copies([url], dt.datetime.now(dt.UTC))).values()
    return f"{hosted.width} × {hosted.height}" if hosted else "none"


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    """One row for each, over the first of its kind."""
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    url, baselines = server.stdout.readline().strip(), dict[bool, float]()
    try:
        for name in names:
            address = f"{url}?{urlencode({'name': name})}"
            if name in BODIES:
                urllib.request.urlopen(urllib.request.Request(address, method="HEAD")).close()
            one = subprocess.run(
                [sys.executable, __file__, "--cost", address], capture_output=True, text=True, check=True
            )
            row = json.loads(one.stdout)
            baseline = baselines.setdefault(name in PICTURES, row["megabytes"])
            yield row | {"name": name, "over": row["megabytes"] - baseline}
    finally:
        server.kill()


def show(rows: list[dict[str, Any]]) -> None:
    """The table for docs/security.md."""
    first, *others = rows
    print(f"\n{platform.platform()}, Python {platform.python_version()}")
    print(f"{first['name']}: {first['seconds']:.1f} s, {first['megabytes']:.0f} MB\n")
    print("| | outcome | seconds | MB over an ordinary one |\n|---|---|---|---|")
    for r in others:
        print(f"| {r['name']} | {r['outcome']} | {r['seconds']:.1f} | {max(r['over'], 0):.0f} |", flush=True)


def main() -> int:
    """Print what each bomb costs, in megabytes and seconds of CPU; 1 when one costs too much."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cost", help=argparse.SUPPRESS)
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    if options.serve:
        serve()
    if options.cost:
        print(json.dumps(cost(options.cost)))
        return 0
    for kind in ([*(name for name in BODIES if name not in PICTURES), *STREAMS], [*PICTURES]):
        first, *others = kind
        rows = list(measure([first, *(name for name in others if options.only in (None, name))]))
        found += rows
        if not options.json:
            show(rows)
    if options.json:
        print(json.dumps(found, indent=1))
    return 1 if any(r["over"] > MOST_MEMORY or r["seconds"] > MOST_SECONDS for r in found) else 0


if __name__ == "__main__":
    sys.exit(main())
