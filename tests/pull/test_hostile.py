"""Hostile feeds and servers, each through a whole pull."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gzip
import resource
import socket
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from aiohttp import web

from digest.errors import ParseError
from digest.pull import Pulled, guard
from digest.pull.parse import parse
from digest.pull.parsed import Origin
from tests.pull.conftest import RSS, Newsstand, rss

SECOND = dt.timedelta(seconds=1)
LAUGHS = "<!DOCTYPE rss [" + '<!ENTITY l0 "lol">' + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)
) + "]>" + rss("&l9;").removeprefix('<?xml version="1.0" encoding="utf-8"?>')  # fmt: skip


def kind(pulled: Pulled) -> str:
    return pulled.error.kind if pulled.error else pulled.outcome


def served(body: bytes, **headers: str) -> web.Response:
    return web.Response(body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


# --- documents ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_documents_made_to_hurt_cost_little_and_leave_the_others_alone(
    stand: Newsstand, real_parsers: None
) -> None:
    deep = RSS.format("<item><title>t</title><description>" + "<div>" * 200_000 + "</description></item>")
    stand.set(
        {
            "/laughs": LAUGHS,
            "/quadratic": f'<!DOCTYPE rss [<!ENTITY a "{"a" * 200}">]>' + RSS[38:].format("&a;" * 100_000),
            "/deep": deep,
            "/deep-html": RSS.format(f"<item><title>t</title><description><![CDATA[{'<div>' * 200_000}]]></description></item>"),
            "/many": RSS.format("<item><title>t</title><guid>1</guid></item>" * 100_000),
            "/title": rss("x" * 1_000_000),
            "/json": "[" * 100_000,
            "/json-deep": '{"version": "https://jsonfeed.org/version/1.1", "items": ' + '[{"a":' * 50_000,
            "/entities": "<!DOCTYPE rss [" + "".join(f'<!ENTITY e{n} "x">' for n in range(5_000)) + "]>" + RSS[38:].format(""),
            "/gzip-in-body": gzip.compress(b"\0" * 100_000_000),
            "/text": RSS.format(f"<item><title>t</title><description>{'y' * 12_000_000}</description></item>"),
            "/attributes": RSS.format("<item " + " ".join(f'a{n}="1"' for n in range(50_000)) + "><title>t</title></item>"),
            "/good": rss("Rain in Metz"),
        }
    )  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    paths = list(stand.answers)
    found = dict(zip(paths, stand.pull_all(*paths), strict=True))
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes
    told = {path: kind(pulled) for path, pulled in found.items()}
    assert told == {
        "/laughs": "new", "/quadratic": "hostile", "/deep": "hostile", "/deep-html": "new", "/many": "new", "/attributes": "new",
        "/title": "new", "/json": "not_a_feed", "/json-deep": "not_a_feed", "/entities": "hostile",
        "/gzip-in-body": "too_large", "/text": "hostile", "/good": "new",
    }  # fmt: skip
    assert [len(found[p].entries) for p in ("/many", "/good")] == [500, 1]
    assert len(found["/title"].entries[0].title) <= 300
    assert "lol" * 100 not in repr(found["/laughs"].entries)


def test_what_never_ends_takes_no_quadratic_time() -> None:
    asides = "<!-- " * 200_000 + "<![CDATA[ " * 200_000 + "<? " * 200_000
    body = rss("A & b").replace("</channel>", f"{asides}</channel>").encode()
    began = time.process_time()
    with contextlib.suppress(ParseError):
        parse(body, Origin("https://paper.example/feed", base="https://paper.example/feed"))
    assert time.process_time() - began < 5  # it was minutes; what it costs is in bench/bombs.py


@pytest.mark.parametrize(
    "body",
    [
        "<?xml " * 200_000,
        RSS.format(
            f"<item><title>t</title><description>{''.join(f'<p{n}:a/>' for n in range(10_000))}</description></item>"
        ),
    ],
    ids=["declarations", "prefixes"],
)
def test_declarations_and_prefixes_without_number_take_no_quadratic_time(body: str) -> None:
    began = time.process_time()
    with contextlib.suppress(ParseError):
        parse(body.encode(), Origin("https://p.example/", "P", "https://p.example/"))
    assert time.process_time() - began < 1.5  # minutes, and nine seconds for twice as many


def test_a_document_of_too_many_elements_is_refused_and_text_of_many_is_not() -> None:
    origin = Origin("https://paper.example/feed", base="https://paper.example/feed")
    crowd = "<x/>" * 200_000
    with pytest.raises(ParseError, match="too many elements"):
        parse(rss("A").replace("<guid>", f"{crowd}<guid>", 1).encode(), origin)
    text = f"<description><![CDATA[{crowd}]]></description><guid>"
    assert parse(rss("A").replace("<guid>", text, 1).encode(), origin).entries


@pytest.mark.slow
def test_a_document_that_takes_too_long_is_killed_and_the_next_is_read(
    stand: Newsstand, real_parsers: None
) -> None:
    # Much markup to clean keeps the parser busy; a fifth of a second is not enough for it.
    text = "<![CDATA[" + "<p>words &amp; <b>more</b></p>" * 900 + "]]>"
    body = RSS.format(
        "".join(f"<item><title>{n}</title><description>{text}</description></item>" for n in range(500))
    )
    stand.set({"/busy": body, "/good": rss("A")}, parse_seconds=0.2)
    busy, good = stand.pull_all("/busy", "/good")
    assert (kind(busy), kind(good)) == ("too_slow", "new")
    assert "0.2 s" in str(busy.error)


def test_external_entities_are_never_fetched_nor_read(stand: Newsstand, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    doctype = (
        f'<!DOCTYPE rss SYSTEM "{stand.url}/dtd" [<!ENTITY a SYSTEM "file://{secret}"><!ENTITY b SYSTEM "{stand.url}/x">'
        f'<!ENTITY % p SYSTEM "{stand.url}/p"> %p; <!ENTITY c PUBLIC "x" "{stand.url}/y">]>'
    )
    stand.set({"/feed": doctype + rss("Read &a;&b;&c;this").partition("?>")[2]})
    pulled = stand.pull()
    assert [e.title for e in pulled.entries] == ["Read this"]
    assert [r.path for r in stand.requests] == ["/feed"]


# --- bodies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "body"),  # made when its test runs: brotli takes half a second for it
    [
        ("gzip", lambda: gzip.compress(b" " * 50_000_000)),
        ("deflate", lambda: zlib.compress(b" " * 50_000_000)),
        ("br", lambda: brotli.compress(b" " * 50_000_000)),
        ("gzip, br", lambda: brotli.compress(gzip.compress(b" " * 50_000_000))),
        ("", lambda: b" " * 11_000),
    ],
)
def test_a_body_over_the_limit_is_refused_while_it_comes(
    stand: Newsstand, encoding: str, body: Callable[[], bytes]
) -> None:
    headers = {"Content_Encoding": encoding} if encoding else {}
    stand.set({"/feed": served(body(), **headers)}, max_bytes=10_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert kind(stand.pull()) == "too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(rss("A").encode(), mtime=0)),
        ("deflate", zlib.compress(rss("A").encode())),
        ("deflate", zlib.compress(rss("A").encode())[2:-4]),
        ("br", brotli.compress(rss("A").encode())),
        ("gzip", rss("A").encode()),
        ("identity", rss("A").encode()),
        ("gzip", gzip.compress(rss("A").encode(), mtime=0) + b"\0\0\0"),
    ],
)
def test_the_bytes_decide_how_a_body_is_encoded(stand: Newsstand, encoding: str, body: bytes) -> None:
    stand.set({"/feed": served(body, Content_Encoding=encoding)})
    assert kind(stand.pull()) == "new"


@pytest.mark.parametrize(
    ("encoding", "nothing"),
    [("gzip", gzip.compress(b"", mtime=0)), ("deflate", b"\0\0\0\xff\xff"), ("deflate", b"\2\0" * 3)],
)
def test_a_body_that_never_holds_anything_ends_at_the_limit(
    stand: Newsstand, encoding: str, nothing: bytes
) -> None:
    start = zlib.compress(b"x")[:2] if encoding == "deflate" else b""
    stand.set({"/feed": served(start + nothing * 10_000, Content_Encoding=encoding)}, max_bytes=10_000)
    assert kind(stand.pull()) in {"too_large", "encoding"}


@pytest.mark.parametrize("encoding", ["gzip, gzip, gzip", "zstd", "x" * 500, "br"])
def test_strange_encodings_are_an_error(stand: Newsstand, encoding: str) -> None:
    stand.set({"/feed": served(rss("A").encode(), Content_Encoding=encoding)})
    assert kind(stand.pull()) == "encoding"


def test_two_encodings_in_one_another_are_undone_and_three_are_not(stand: Newsstand) -> None:
    body = rss("A").encode()
    twice = gzip.compress(gzip.compress(body))
    stand.set({"/two": served(twice, Content_Encoding="gzip, gzip")})
    stand.set({"/three": served(gzip.compress(twice), Content_Encoding="gzip, gzip, gzip")})
    assert [kind(pulled) for pulled in stand.pull_all("/two", "/three")] == ["new", "encoding"]


@pytest.mark.parametrize("port", sorted(guard.DENIED_PORTS)[::9])
def test_no_redirect_leads_to_another_services_port(stand: Newsstand, port: int) -> None:
    stand.set(
        {"/feed": web.Response(status=302, headers={"Location": f"http://127.0.0.1:{port}/"})}, timeout=SECOND
    )
    assert kind(stand.pull()) == "refused"


def test_an_endless_body_ends_at_the_limit(stand: Newsstand) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 10_000)

    stand.set({"/feed": endless}, max_bytes=100_000)
    assert kind(stand.pull()) == "too_large"


def test_a_slow_drip_ends_at_the_deadline(stand: Newsstand) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.02)

    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    stand.set({"/drip": drip, "/never": never}, timeout=SECOND / 5)
    began = time.monotonic()
    assert {kind(p) for p in stand.pull_all("/drip", "/never")} == {"timeout"}
    assert time.monotonic() - began < 1


def test_redirects_count_towards_the_same_deadline(stand: Newsstand) -> None:
    async def slowly_on(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.08)
        return web.Response(status=302, headers={"Location": "/feed"})

    stand.set({"/feed": slowly_on}, timeout=SECOND / 5)
    assert kind(stand.pull()) == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"HTTP/1.1 302 Found\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28", b"HTTP/1.1 999 \r\n\r\n",
    ],
)  # fmt: skip
def test_servers_that_break_off_or_lie_are_one_error_each(stand: Newsstand, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stand.set(timeout=SECOND / 4)

        async def once() -> None:
            connection, _ = await asyncio.get_running_loop().sock_accept(server)
            with connection:
                connection.setblocking(False)
                await asyncio.get_running_loop().sock_recv(connection, 4_000)
                await asyncio.get_running_loop().sock_sendall(connection, answer)

        server.setblocking(False)
        running = asyncio.run_coroutine_threadsafe(once(), stand._loop)
        pulled = stand.pull(f"http://127.0.0.1:{server.getsockname()[1]}/feed")
        running.cancel()
    assert pulled.outcome == "failed"
    assert pulled.error is not None
    assert pulled.error.kind in {"protocol", "http", "connect", "timeout"}


# --- places -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd", "ftp://paper.example/feed", "gopher://127.0.0.1:70/", "data:text/xml,<rss/>",
        "javascript:alert(1)", "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://0.0.0.0/",
        "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://240.0.0.1/", "http://224.0.0.1/",
        "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://169.254.43518/",
        "http://paper.example:25/", "http://a@169.254.169.254/", "//169.254.169.254/", "http://169.254.169.254./",
    ],
)  # fmt: skip
def test_no_redirect_leads_where_no_feed_is(stand: Newsstand, target: str) -> None:
    stand.set({"/feed": web.Response(status=302, headers={"Location": target})}, timeout=SECOND)
    pulled = stand.pull()
    assert kind(pulled) in {"refused", "connect", "dns", "protocol"}
    assert len(stand.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/feed", "http://localhost:{port}/feed", "http://127.1:{port}/feed", "http://2130706433:{port}/feed",
     "http://0x7f000001:{port}/feed", "http://0177.0.0.1:{port}/feed", "http://[::1]:{port}/feed", "http://127.0.0.1.:{port}/feed",
     "http://[::ffff:127.0.0.1]:{port}/feed", "http://[::ffff:7f00:1]:{port}/feed", "http://paper.example@127.0.0.1:{port}/feed",
     "http://127.0.0.1:{port}#@paper.example/feed", "http://０１２７.0.0.1:{port}/feed", "http://①②⑦.⓪.⓪.①:{port}/feed",
     "http:\\\\127.0.0.1:{port}\\feed", "http://localhost.localdomain:{port}/feed"],
)  # fmt: skip
def test_this_machine_is_never_asked_unless_allowed(stand: Newsstand, url: str) -> None:
    stand.set({"/feed": rss("A")}, allow_private=False, timeout=SECOND)
    pulled = stand.pull(url.format(port=stand.url.rpartition(":")[2]))
    assert pulled.outcome == "failed"
    assert stand.requests == []


def test_files_are_read_only_when_allowed(stand: Newsstand, tmp_path: Path) -> None:
    (tmp_path / "a feed.xml").write_text(rss("From a file"))
    url = (tmp_path / "a feed.xml").as_uri()
    assert kind(stand.pull(url)) == "refused"
    stand.set(allow_files=True)
    assert [e.title for e in stand.pull(url).entries] == ["From a file"]
    for other in (tmp_path.as_uri(), "file:///dev/zero", "file://other.example/etc/passwd", "file:///none"):
        assert stand.pull(other).outcome == "failed"
