"""Two desks on one database, of either kind, see each other's changes."""

from __future__ import annotations

import datetime as dt
import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.config.load import load
from digest.desk.room import Room, Sheet
from digest.model import Decision
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand
from digest.pipeline.tick import note_due
from digest.store import decisions
from tests.desk.conftest import Visitor, served
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish


@pytest.fixture
def newsroom(tmp_path: Path, hand: Hand, database_url: str) -> Iterator[Newsroom]:
    (tmp_path / "config.yaml").write_text(f'{CONFIG}database: "{database_url}"\n')
    with open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as opened:
        note_due(opened, hand.now)
        early = MORNING - dt.timedelta(hours=2)
        publish(opened, [entry(n, title, early) for n, title in enumerate(TITLES)], hand.now)
        yield opened


@pytest.fixture
def other(newsroom: Newsroom, hand: Hand, tmp_path: Path) -> Iterator[Visitor]:
    """A second desk, in a process of its own as far as it knows."""
    second = Room(tmp_path / "config.yaml", {}, hand)
    second.open()
    yield from served(second)
    second.close()


def test_what_one_desk_decides_rings_at_the_other_and_shows_there(visitor: Visitor, other: Visitor) -> None:
    first = visitor.titles()[0]
    assert first in other.titles()
    connection = http.client.HTTPConnection("127.0.0.1", other.port, timeout=10)
    connection.request("GET", "/events")
    stream = connection.getresponse()
    visitor.act("hide", entry=visitor.entry(first))
    while not (line := stream.readline()).startswith(b"data:"):
        assert line
    assert line.decode()[5:].strip() == "database"
    assert first not in other.titles()
    stream.close()
    connection.close()


def test_a_decision_of_a_program_counts_too(visitor: Visitor, newsroom: Newsroom) -> None:
    first = visitor.titles()[0]
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=10)
    connection.request("GET", "/events")
    stream = connection.getresponse()
    with newsroom.store.begin() as store:
        decisions.add(store, Decision(0, "evening", "", "bea", MORNING, "hide", visitor.entry(first)))
    while not (line := stream.readline()).startswith(b"data:"):
        assert line
    assert first not in visitor.titles()
    stream.close()
    connection.close()


def test_what_this_desk_decided_is_not_made_a_second_time(visitor: Visitor, room: Room) -> None:
    visitor.act("hide", entry=visitor.entry(visitor.titles()[0]))
    mine = room.sheet("evening")
    assert not room.outdated(room.pulse())
    assert room.sheet("evening") is mine


def test_a_decision_keeps_what_was_read_of_the_stories(visitor: Visitor, room: Room) -> None:
    before = room.sheet("evening")
    visitor.act("hide", entry=visitor.entry(visitor.titles()[0]))
    after = room.sheet("evening")
    assert isinstance(before, Sheet)
    assert isinstance(after, Sheet)
    assert after is not before
    assert after.work is before.work
