"""Bad days from feeds to SMTP: what is defined happens, somebody is told, nothing is lost and nothing comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import os
import resource
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from digest.errors import DigestError
from digest.pipeline.gather import Gathered, gather
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due, tick
from digest.store import alerts
from digest.store import slots as ledger
from digest.testing import SWALLOW, SmtpSink, Step
from tests.hostile import payloads
from tests.hostile.mill import NOW, Mill

DAY = dt.timedelta(days=1)
READERS = ("one@example.org", "two@example.org", "three@example.org")


def news(day: dt.datetime, paper: int, count: int = 6) -> bytes:
    """A paper's news of a day."""
    when = format_datetime(day - dt.timedelta(hours=2))
    first = (day.toordinal() * 40 + paper * 20) % 100_000
    return payloads.feed(
        items=[{"title": payloads.plain(7 * (first + n)), "pubDate": when, "guid": f"{day:%j}-{paper}-{n}"} for n in range(count)],
        start=first,
    )  # fmt: skip


@dataclass
class Life:
    """A newsroom of two feeds whose clock, feeds and mail server are in hand."""

    mill: Mill
    room: Newsroom
    hand: Hand
    sink: SmtpSink

    def serve(self, day: dt.datetime, *papers: int) -> None:
        self.mill.stand.set({f"/f{paper}": news(day, paper) for paper in papers})

    def at(self, now: dt.datetime) -> Gathered:
        """Pull and do what is due."""
        self.hand.now = now
        gathered = asyncio.run(gather(self.room, now=now))
        self.tick()
        return gathered

    def tick(self) -> None:
        asyncio.run(tick(self.room, stop=asyncio.Event()))

    @property
    def copies(self) -> Counter[tuple[str, str]]:
        """Messages that the mail server took, by receiver and Message-ID."""
        ids = [
            (m.recipient, m.data.partition(b"Message-ID: <")[2].partition(b">")[0].decode())
            for m in self.sink.messages
        ]
        return Counter(ids)

    @property
    def slots(self) -> dict[str, str]:
        with self.room.store.read() as connection:
            return {str(slot.key.date): slot.state for slot in ledger.past(connection, limit=1000)}

    @property
    def troubles(self) -> list[str]:
        with self.room.store.read() as connection:
            return [alert.subject for alert in alerts.open_troubles(connection)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the newsroom keeps its database, journal and mails."""
    return tmp_path / "mill"


@pytest.fixture
def life(stand: object, folder: Path) -> Iterator[Life]:
    mill = Mill(stand, folder)  # type: ignore[arg-type]
    with SmtpSink() as sink:
        server = {"host": "127.0.0.1", "port": sink.port, "tls": "none", "timeout": "2s"}
        settings = {"deliver": {"transport": "smtp", "smtp": server}, "newsletter": {"min_stories": 3}}
        with mill.newsroom(["f0", "f1"], **settings) as (room, hand):
            hand.now = NOW - dt.timedelta(minutes=1)
            subscribe_readers(room, hand.now, READERS)
            note_due(room, hand.now)
            life = Life(mill, room, hand, sink)
            life.serve(NOW, 0, 1)
            yield life


def all_once(life: Life, editions: int = 1) -> bool:
    return len(life.copies) == editions * len(READERS) and set(life.copies.values()) == {1}


# --- feeds ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_feed_host_down_for_a_week_costs_only_its_own_news(life: Life) -> None:
    down = web.Response(status=503)
    life.at(NOW)
    life.mill.stand.set({"/f1": down})
    for day in range(1, 8):
        life.serve(NOW + day * DAY, 0)
        for hour in range(-23, 1):  # pulled every hour
            life.at(NOW + day * DAY + dt.timedelta(hours=hour))
    asked = [r.path for r in life.mill.stand.requests].count("/f1")
    assert asked < 50  # of 169: it is left alone for longer and longer
    assert [s for s in life.troubles if s.endswith("/f1")]
    life.serve(NOW + 8 * DAY, 0, 1)
    life.at(NOW + 8 * DAY)
    assert life.troubles == []
    assert set(life.slots.values()) == {"done"}
    assert all_once(life, editions=9)


def test_feeds_that_all_say_what_they_said_yesterday_make_no_edition(life: Life) -> None:
    life.at(NOW)
    life.at(NOW + DAY)
    assert list(life.slots.values()) == ["skipped", "done"]
    assert all_once(life)


def test_feeds_that_re_date_everything_make_no_edition(life: Life) -> None:
    life.at(NOW)
    again = life.mill.stand.answers["/f0"].replace(b"04 May 2026", b"05 May 2026")
    life.mill.stand.set({"/f0": again, "/f1": life.mill.stand.answers["/f1"].replace(b"04 May", b"05 May")})
    assert b"05 May 2026" in again
    life.at(NOW + DAY)
    assert list(life.slots.values()) == ["skipped", "done"]
    assert all_once(life)


def test_half_the_feeds_empty_leave_an_edition_of_the_others(life: Life) -> None:
    life.mill.stand.set({"/f1": payloads.feed()})
    gathered = life.at(NOW)
    assert gathered.outcomes == {"new": 2}
    assert life.slots == {"2026-05-04": "done"}
    life.mill.stand.set({"/f1": b""})
    life.serve(NOW + DAY, 0)
    assert life.at(NOW + DAY).outcomes == {"new": 1, "failed": 1}
    assert all_once(life, editions=2)


def test_an_error_page_with_200_everywhere_sends_nothing_and_forgets_nothing(life: Life) -> None:
    life.at(NOW - dt.timedelta(seconds=30))
    page = "<!doctype html><title>Sign in</title><p>Your session has expired.</p>"
    life.mill.stand.set({"/f0": page, "/f1": page})
    life.at(NOW)
    assert life.slots == {"2026-05-04": "done"}  # from what was known
    assert all_once(life)


def test_all_feeds_gone_are_one_trouble_told_once_and_no_edition(life: Life) -> None:
    life.mill.stand.set({"/f0": web.Response(status=503), "/f1": web.Response(status=503)})
    for minutes in (-60, -40, -20, 0):
        life.at(NOW + dt.timedelta(minutes=minutes))
        assert life.troubles == ["feeds"]
    assert life.slots == {"2026-05-04": "skipped"}
    life.serve(NOW + DAY, 0, 1)
    life.at(NOW + DAY)
    assert life.troubles == []
    assert life.slots["2026-05-05"] == "done"
    assert all_once(life)


def test_without_dns_the_edition_is_made_of_what_is_known(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.at(NOW - dt.timedelta(minutes=5))
    feeds = [replace_host(life, name) for name in ("f0", "f1")]

    def dead(*_: object) -> list[object]:
        raise OSError(errno.EAGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr("digest.pull.guard.GuardedResolver._look_up", dead)
    life.hand.now = NOW
    gathered = asyncio.run(gather(life.room, now=NOW, feeds=feeds, force=True))
    assert gathered.outcomes == {"failed": 2}
    assert life.troubles == []  # they are other feeds than the config's
    life.tick()
    assert life.slots == {"2026-05-04": "done"}
    assert all_once(life)


def replace_host(life: Life, name: str) -> object:
    from dataclasses import replace

    (feed,) = [f for f in life.room.feeds if f.url.endswith(name)]
    return replace(feed, url=f"http://paper.example/{name}")


# --- the machine ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def tight(folder: Path, free: int) -> Iterator[None]:
    """A disk with ``free`` bytes left; where nothing can be mounted, no file may grow by more than that."""
    if os.path.ismount(folder):
        filler = folder / "filler"
        space = os.statvfs(folder)
        left = space.f_bavail * space.f_frsize
        filler.write_bytes(b"x" * max(left - free, 0))
        try:
            yield
        finally:
            filler.unlink()
        return
    largest = max(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TestOnAFullDisk:
    """The newsroom on a file system of 8 MB where root may mount one."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Iterator[Path]:
        folder = tmp_path / "mill"
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
        mounted = (
            os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
        )
        yield folder
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)

    @pytest.mark.slow
    def test_it_stops_with_advice_and_goes_on_when_there_is_room(self, life: Life, folder: Path) -> None:
        told: list[DigestError] = []
        for free in (0, 4_096, 16_384, 65_536, 131_072, 262_144, 524_288, 1_048_576):
            with tight(folder, free):
                try:
                    life.at(NOW)
                except DigestError as error:
                    told.append(error)
            assert max(life.copies.values(), default=1) == 1
            life.mill.stand.set({"/f0": news(NOW, 0, count=6)})
        assert told
        assert all(error.advice for error in told)
        life.at(NOW + dt.timedelta(minutes=40))
        assert life.slots == {"2026-05-04": "done"}
        assert all_once(life)


def test_a_database_locked_for_a_while_is_waited_for(life: Life, folder: Path) -> None:
    life.hand.now = NOW
    asyncio.run(gather(life.room, now=NOW))
    (file,) = folder.rglob("*.sqlite3")
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    threading.Timer(0.4, lambda: other.execute("ROLLBACK")).start()
    began = time.monotonic()
    life.tick()
    assert time.monotonic() - began > 0.3
    assert all_once(life)
    other.close()


def test_a_clock_a_year_ahead_sends_nothing_twice_and_the_right_time_goes_on(life: Life) -> None:
    life.at(NOW + 365 * DAY)
    sent = life.copies
    life.at(NOW)
    life.serve(NOW + DAY, 0, 1)
    gathered = life.at(NOW + DAY)
    assert gathered.outcomes == {"new": 2}  # feeds do not wait for a time a year away
    assert life.slots["2026-05-05"] == "done"
    assert max(life.copies.values()) == 1
    assert len(life.copies) == len(sent) + len(READERS)


def test_a_clock_a_year_behind_sends_nothing_until_it_is_right(life: Life) -> None:
    life.at(NOW - 365 * DAY)
    assert life.copies == {}
    life.at(NOW)
    assert life.slots["2026-05-04"] == "done"
    assert all_once(life)


# --- mail ----------------------------------------------------------------------------------------------


def test_a_mail_server_that_takes_and_hangs_up_leaves_uncertain_and_writes_to_nobody_twice(
    life: Life,
) -> None:
    def script(step: Step) -> str | None:
        return SWALLOW if step.verb == "dot" else None

    life.sink.script = script
    life.at(NOW)
    life.sink.script = lambda _step: None
    for minutes in (1, 31, 61, 121):
        life.hand.now = NOW + dt.timedelta(minutes=minutes)
        life.tick()
    assert all_once(life)  # the server had taken them: sending again would have made two
    with life.room.store.read() as connection:
        states = connection.exec_driver_sql("SELECT state, count(*) FROM deliveries GROUP BY state").all()
    assert [tuple(row) for row in states] == [("uncertain", len(READERS))]
