"""A loopback feed server in a thread of its own, and pulling from it in one call."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Self

import pytest
from aiohttp import web

from digest.config.settings import PullSettings
from digest.model import Feed, FeedState
from digest.pull import Pulled, pull, wire
from digest.pull.parsed import Parsed
from digest.pull.worker import answer

NOW = dt.datetime(2026, 5, 4, 17, 0, tzinfo=dt.UTC)
RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>The Paper</title>
<link>https://paper.example/</link>{}</channel></rss>"""


def rss(*titles: str) -> str:
    """A small well-formed feed with an entry for each title."""
    items = (
        f"<item><title>{t}</title><link>https://paper.example/{n}</link><guid>{n}</guid>"
        f"<description>Standfirst {n}.</description><pubDate>Mon, 04 May 2026 1{n % 6}:00:00 GMT</pubDate></item>"
        for n, t in enumerate(titles)
    )
    return RSS.format("".join(items))


class Newsstand:
    """A server whose answers a test sets, the requests it got, and the feeds pulled from it."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}  # path -> text, bytes, Response or handler
        self.requests: list[web.Request] = []
        self.settings: dict[str, Any] = {"allow_private": True, "workers": 1}
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def set(self, answers: Mapping[str, Any] | None = None, **settings: Any) -> None:
        """Answers by path, and pull settings."""
        self.answers.update(answers or {})
        self.settings.update(settings)

    def pull(self, path: str = "/feed", state: FeedState | None = None, **options: Any) -> Pulled:
        """What comes of the feed at a path of the server, or at a whole address."""
        [pulled] = self.pull_all(path, states=(state,) if state else (), **options)
        return pulled

    def pull_all(
        self, *paths: str, states: tuple[FeedState, ...] = (), now: dt.datetime = NOW, **options: Any
    ) -> list[Pulled]:
        """What comes of the feeds, in the order of ``paths``."""
        feeds = [Feed(path if ":" in path else self.url + path, "The Paper") for path in paths]
        known = {state.url: state for state in states}

        async def run() -> dict[str, Pulled]:
            made = pull(
                feeds, known, PullSettings(**self.settings), now=now, user_agent="digest/test", **options
            )
            return {pulled.feed.url: pulled async for pulled in made}

        found = asyncio.run(run())
        return [found[feed.url] for feed in feeds]

    def headers(self, name: str) -> list[str | None]:
        """A header's values in the requests so far."""
        return [request.headers.get(name) for request in self.requests]

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        found = self.answers.get(request.path)
        if found is None:
            return web.Response(status=404)
        if callable(found):
            made: web.StreamResponse = await found(request)
            return made
        if isinstance(found, web.Response):
            return web.Response(status=found.status, body=found.body, headers=found.headers)
        body = found.encode() if isinstance(found, str) else found
        return web.Response(body=body, content_type="application/rss+xml")


class ParsesHere:
    """Stands in for the pool where a test is not about processes: the same parsing, without a process's start."""

    def __init__(self, workers: int, megabytes: int) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def parse(self, body: bytes, job: wire.Job, now: dt.datetime) -> Parsed:
        return wire.parsed_from_json(answer(wire.job_to_json(job), body), job.origin, now)


@pytest.fixture
def real_parsers() -> None:
    """Ask for it where parsing has to happen in processes of its own."""


@pytest.fixture
def stand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsstand]:
    """A newsstand with nothing on it yet."""
    if "real_parsers" not in request.fixturenames:
        monkeypatch.setattr("digest.pull.run.Pool", ParsesHere)
        monkeypatch.setattr("digest.pull.discovery.Pool", ParsesHere)
    made = Newsstand()
    made.start()
    yield made
    made.stop()
