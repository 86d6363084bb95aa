"""The desk on a real server, on the database of a small newsroom."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from digest.desk.room import Room
from digest.desk.server import Server, listening, stay
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand
from tests.pipeline.conftest import hand, newsroom

__all__ = ["hand", "newsroom"]
PATIENCE = 60  # seconds until an answer counts as lost: SpamAssassin alone takes ten on a busy machine


@contextmanager
def paper_site(**pages: int) -> Iterator[str]:
    """A paper's server on loopback: each of ``pages`` with its status, 404 for all others."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(pages.get(self.path[1:], 404))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def data(self) -> Any:
        return json.loads(self.text)


@dataclass
class Visitor:
    """Asks the desk as its own page does."""

    port: int
    token: str = field(default="")

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = {k.replace("_", "-"): v for k, v in headers.items()}
        try:
            connection.request(method, path, body.encode() or None, sent)
            found = connection.getresponse()
            return Answer(
                found.status,
                {k.lower(): v for k, v in found.getheaders()},
                found.read().decode("utf-8", "replace"),
            )
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def act(self, name: str, *, on: str = "", **data: Any) -> Any:
        """Post an act on the edition ``on``, or on the one that editors work on."""
        if not self.token:
            found = re.search('name="desk-token" content="([^"]+)"', self.get("/desk/evening").text)
            assert found
            self.token = found[1]
        path = f"/desk/evening/{name}?edition={on}"
        answer = self.ask("POST", path, json.dumps(data), X_Desk_Token=self.token)
        assert answer.status == 200, answer.text
        return answer.data

    @contextmanager
    def hearing(self) -> Iterator[Callable[[str], None]]:
        """Listens to the desk's changes from now on; call what it gives to wait for one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/events")
        stream = connection.getresponse()
        stream.readline()  # it listens now

        def wait(what: str) -> None:
            while (line := stream.readline().decode()) != f"data: {what}\n":
                assert line

        yield wait
        stream.close()
        connection.close()

    def titles(self, on: str = "") -> list[str]:
        """The headlines in reading order."""
        left = self.get(f"/desk/evening/panes?edition={on}").data["left"]
        return re.findall(r'class="row".*?class="title">(.*?)</span>', left, re.DOTALL)

    def entry(self, title: str) -> str:
        """The id of the story with that headline."""
        left = self.get("/desk/evening/panes").data["left"]
        for found in re.finditer(r'data-entry="(\w+)"(?:(?!data-entry).)*', left, re.DOTALL):
            if title in found[0]:
                return found[1]
        raise AssertionError(title)


@pytest.fixture
def room(newsroom: Newsroom, hand: Hand, tmp_path: Path) -> Iterator[Room]:
    opened = Room(tmp_path / "config.yaml", {}, hand)
    opened.open()
    yield opened
    opened.close()


def served(room: Room) -> Iterator[Visitor]:
    server = Server(room, "evening")
    with listening(0) as bound:
        thread = threading.Thread(target=lambda: asyncio.run(stay(server, bound, pull=False, say=print)))
        thread.start()
        yield Visitor(bound.getsockname()[1])
        server.should_exit = True
        thread.join()


@pytest.fixture
def visitor(room: Room) -> Iterator[Visitor]:
    yield from served(room)
