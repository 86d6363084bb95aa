"""The public site on a real server, with a newsroom behind it."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import urlencode

import pytest
import uvicorn

from digest.config.load import load
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand
from digest.render.words import LANGUAGES
from digest.site.app import site
from digest.site.errands import Errands
from digest.site.server import configured
from digest.store import consent
from digest.store.consent import Person
from digest.tokens import Purpose, seal
from tests.pipeline.conftest import hand, newsroom

__all__ = ["hand", "newsroom"]

POLYGLOT = """
feeds:
  courier: {{url: "demo:lakeside-courier", paper: Lakeside Courier}}
newsletters:
{newsletters}
site: {{url: "https://evening.example"}}
"""
ONE_LANGUAGE = """
  {language}:
    title: Gazette {language}
    language: {language}
    slots: {{morning: "06:30", evening: "17:30"}}
    sender: {{address: letter@evening.example}}
    postal_address: 1 Main Street, 1000 Example
    imprint_url: https://evening.example/imprint
    privacy_url: https://evening.example/privacy
"""


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
    errands: Errands

    def settle(self) -> None:
        """Wait for what is done after the answers."""
        self.errands.settle()

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


@contextmanager
def served(newsroom: Newsroom) -> Iterator[Browser]:
    """The site of a newsroom on a free port."""
    errands = Errands()
    server = uvicorn.Server(configured(site(newsroom, errands), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Browser(server.servers[0].sockets[0].getsockname()[1], errands)
    server.should_exit = True
    thread.join()


@pytest.fixture
def browser(newsroom: Newsroom) -> Iterator[Browser]:
    with served(newsroom) as browser:
        yield browser


@pytest.fixture
def polyglot(tmp_path: Path, hand: Hand) -> Iterator[Newsroom]:
    """A newsletter in each language, named after it."""
    file = tmp_path / "polyglot" / "config.yaml"
    file.parent.mkdir()
    newsletters = "".join(ONE_LANGUAGE.format(language=language) for language in LANGUAGES)
    file.write_text(POLYGLOT.format(newsletters=newsletters))
    with open_newsroom(load(file, {}), clock=hand) as opened:
        yield opened


def whose(newsroom: Newsroom, address: str = "one@example.org") -> Person:
    with newsroom.store.read() as connection:
        found = consent.by_address(connection, address)
    assert found is not None
    return found


def link(newsroom: Newsroom, purpose: Purpose, who: Person | None = None, newsletter: str = "evening") -> str:
    token = seal(newsroom.keys, (who or whose(newsroom)).token_id, newsletter, purpose)
    return f"/{purpose[0]}/{token}"


def notes(newsroom: Newsroom) -> list[Path]:
    return sorted(newsroom.path("var/outbox/notes").glob("*.eml"))


def confirmation(newsroom: Newsroom, browser: Browser) -> str:
    """The path in the one confirmation mail, which is sent after the answer."""
    browser.settle()
    (file,) = notes(newsroom)
    text = message_from_bytes(file.read_bytes(), policy=default).get_content()
    found = re.search(r"https://evening\.example(/c/\S+)", text)
    assert found
    return found[1]
