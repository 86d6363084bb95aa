"""Hosted pictures that are not copied yet: the desk shows what was decided at once, and each picture when it has come."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from digest.config.load import load
from digest.desk.room import Room, Sheet
from digest.model import Picture
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand
from digest.pipeline.tick import note_due
from tests.desk.conftest import Visitor
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish

HOSTED = "pictures: {mode: host}\npull: {allow_private: true}\n"


@dataclass
class SlowPaper:
    """A paper whose server gives each picture only when it is let."""

    let: dict[str, threading.Event] = field(default_factory=dict)
    asked: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def picture(self, name: str) -> Picture:
        self.let[f"/{name}"] = threading.Event()
        return Picture(f"{self.url}/{name}", "By the water", "AFP", "", 1200, 800)

    def give(self, name: str) -> None:
        self.let[f"/{name}"].set()


def jpeg(name: str) -> bytes:
    body = io.BytesIO()
    drawn = Image.linear_gradient("L").resize((1200, 800)).convert("RGB")
    drawn.paste((len(name) * 9 % 256, 90, 30), (0, 0, 300, 800))
    drawn.save(body, "JPEG")
    return body.getvalue()


@pytest.fixture
def paper() -> Iterator[SlowPaper]:
    made = SlowPaper()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.set()
            made.let[self.path].wait(10)
            body = b"gone" if "gone" in self.path else jpeg(self.path)
            self.send_response(404 if "gone" in self.path else 200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    for event in made.let.values():
        event.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def newsroom(tmp_path: Path, hand: Hand, paper: SlowPaper) -> Iterator[Newsroom]:
    """The first story has a picture, and the last one two."""
    config = CONFIG.replace("    sender:", "    approval: required\n    sender:")
    (tmp_path / "config.yaml").write_text(config + HOSTED)
    with open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as opened:
        note_due(opened, hand.now)
        early = MORNING - dt.timedelta(hours=2)
        shown = {0: (paper.picture("first.jpg"),), 5: (paper.picture("gone.jpg"), paper.picture("other.jpg"))}
        found = [entry(n, t, early, pictures=shown.get(n, ())) for n, t in enumerate(TITLES)]
        publish(opened, found, hand.now)
        yield opened


def printed(room: Room) -> list[str]:
    """The addresses that printed pictures were copied from."""
    sheet = room.sheet("evening")
    assert isinstance(sheet, Sheet)
    return sorted(i.picture.origin.rpartition("/")[2] for i in sheet.built.edition.items if i.picture)


def state(visitor: Visitor) -> str:
    return str(visitor.get("/desk/evening/panes").data["top"])


def test_an_edition_is_shown_without_the_pictures_that_are_on_the_way(
    visitor: Visitor, room: Room, paper: SlowPaper
) -> None:
    with visitor.hearing() as heard:
        assert printed(room) == []  # nobody waited
        assert "2 pictures on the way" in state(visitor)
        paper.give("first.jpg")
        paper.give("gone.jpg")
        heard("pictures")
        assert printed(room) == ["first.jpg"]
        assert "on the way" not in state(visitor)


def test_a_decision_does_not_wait_for_its_picture_nor_that_for_those_asked_for_before(
    visitor: Visitor, room: Room, paper: SlowPaper
) -> None:
    story = visitor.entry(TITLES[5])
    assert paper.asked.wait(10)
    with visitor.hearing() as heard:
        visitor.act(
            "picture", entry=story, value=f"{paper.url}/other.jpg"
        )  # answered while the paper is silent
        assert printed(room) == []
        paper.give("other.jpg")
        heard("pictures")
        assert printed(room) == ["other.jpg"]
        paper.give("first.jpg")
        paper.give("gone.jpg")
        heard("pictures")
        assert printed(room) == ["first.jpg", "other.jpg"]


def test_nothing_is_approved_while_a_picture_is_on_the_way(visitor: Visitor, paper: SlowPaper) -> None:
    with visitor.hearing() as heard:
        seen = visitor.get("/desk/evening/panes").data["seen"]
        visitor.titles()
        path = "/desk/evening/approve?edition="
        visitor.act("pin", entry=visitor.entry(TITLES[0]))
        seen = visitor.get("/desk/evening/panes").data["seen"]
        answer = visitor.ask("POST", path, f'{{"seen": "{seen}"}}', X_Desk_Token=visitor.token)
        assert "A picture is still on its way." in answer.text
        paper.give("first.jpg")
        paper.give("gone.jpg")
        heard("pictures")
    seen = visitor.get("/desk/evening/panes").data["seen"]
    assert visitor.act("approve", seen=seen)["said"].startswith("Approved")
