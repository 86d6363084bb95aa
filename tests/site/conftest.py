"""The public site on a real server, with a newsroom behind it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
import uvicorn

from digest.pipeline.newsroom import Newsroom
from digest.site.app import site
from digest.site.server import configured
from tests.pipeline.conftest import hand, newsroom

__all__ = ["hand", "newsroom"]


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Browser:
    """Asks a server on loopback; keeps no cookies and follows no redirects."""

    port: int

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body.encode() or None, headers)
            found = connection.getresponse()
            return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read().decode())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, **fields: str) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode({k.replace("__", "-"): v for k, v in fields.items()}), **form)


@pytest.fixture
def browser(newsroom: Newsroom) -> Iterator[Browser]:
    server = uvicorn.Server(configured(site(newsroom), "127.0.0.1", 0, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Browser(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join()
