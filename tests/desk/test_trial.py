"""Tests to addresses of the config, and links that are dead."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.desk.links import Answer, ask_all, judged, weighed
from digest.desk.room import Room, Sheet
from digest.desk.trial import marked_copy
from digest.pipeline.newsroom import Newsroom
from tests.desk.conftest import Visitor, paper_site


@pytest.fixture
def paper() -> Iterator[str]:
    """A paper with a good page, dead ones and one that moved."""
    with paper_site(good=200, moved=301, broken=500, wall=403) as address:
        yield address


def test_dead_broken_and_moved_links_are_told(paper: str) -> None:
    urls = [f"{paper}/{name}" for name in ("good", "dead", "moved", "broken", "wall")]
    answers = asyncio.run(ask_all(urls, user_agent="test", allow_private=True))
    found = [f.level if (f := judged(a, "e1", lead=True)) else None for a in answers]
    assert found == [None, "error", "note", "warning", None]


def test_where_a_link_moved_to_is_told_in_words_whatever_its_server_says() -> None:
    """Bytes that are no text come as halves of surrogate pairs, which no page and no terminal takes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4_000)
                head = "HTTP/1.1 301 Moved\r\nLocation: /\xff\xfe\xe2\x80\xaefdp\r\nContent-Length: 0\r\n\r\n"
                connection.sendall(head.encode("latin-1"))

        serving = threading.Thread(target=answer)
        serving.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        (found,) = asyncio.run(ask_all([address], user_agent="test", allow_private=True))
        serving.join()
    assert found.moved == "/fdp"


def test_links_to_private_networks_are_not_asked_for(paper: str) -> None:
    (answer,) = asyncio.run(ask_all([f"{paper}/good"], user_agent="test", allow_private=False))
    assert answer.status == 0
    assert "private" in answer.problem


def test_a_link_that_does_not_answer_is_a_warning() -> None:
    found = judged(Answer("https://p.example/", problem="timeout"), "e1", lead=True)
    assert found
    assert found.level == "warning"


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        (Answer("u", 404), "error"),
        (Answer("u", 500), "warning"),
        (Answer("u", problem="time-out"), "warning"),
        (Answer("u", 200, type="image/webp"), "warning"),
        (Answer("u", 200, type="image/jpeg", bytes=2_500_000), "warning"),
        (Answer("u", 200, type="image/jpeg", bytes=90_000), None),
        (Answer("u", 405), None),
    ],
)
def test_dead_heavy_and_odd_pictures_are_told(answer: Answer, level: str | None) -> None:
    found = weighed(answer, "e1")
    assert (found.level if found else None) == level


def allow(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text() + 'desk: {test_to: ["ada@evening.example"]}\n')


def test_a_test_goes_to_an_address_of_the_config_marked_and_as_previewed(
    visitor: Visitor, room: Room, newsroom: Newsroom, tmp_path: Path
) -> None:
    allow(tmp_path)
    room.open()
    assert "Send me a test" in visitor.get("/desk/evening").text
    visitor.act("test")
    (file,) = [f for f in newsroom.path(newsroom.config.deliver.outbox).rglob("*") if f.is_file()]
    sent = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert sent["To"] == "ada@evening.example"
    assert sent["Subject"].startswith("[Test] ")
    html = sent.get_body(("html",))
    assert html is not None
    sheet = room.sheet("evening")
    assert isinstance(sheet, Sheet)
    assert html.get_content() == sheet.copy.html


def test_a_test_goes_nowhere_else(visitor: Visitor, room: Room, tmp_path: Path) -> None:
    allow(tmp_path)
    room.open()
    visitor.act("undo")
    body = json.dumps({"address": "eve@evil.example"})
    answer = visitor.ask("POST", "/desk/evening/test", body, X_Desk_Token=visitor.token)
    assert answer.status == 400
    assert "desk.test_to" in answer.data["error"]


def test_only_the_subject_of_a_test_is_marked(room: Room) -> None:
    sheet = room.sheet("evening")
    assert isinstance(sheet, Sheet)
    message = marked_copy(room, sheet, "ada@evening.example")
    assert (
        message.replace(b"[Test] ", b"").replace(b"ada@evening.example", b"reader@example.org")
        == sheet.copy.message
    )
