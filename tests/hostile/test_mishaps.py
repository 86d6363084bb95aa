"""Faults that no other part's tests try: a read-only disk, a server that drips, no memory in a stage, a person erased in mid-send."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digest.addresses import parse_address
from digest.config.settings import SmtpSettings
from digest.deliver.smtp import open_session
from digest.errors import DeliveryError, DigestError
from digest.pipeline.gather import gather
from digest.store.subscribers import erase
from tests.conftest import unavailable
from tests.hostile.test_bad_days import NOW, READERS, Life, all_once, folder, life
from tests.pull.conftest import Newsstand, rss

__all__ = ["folder", "life"]


# --- memory -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stage", ["digest.group.api.stories_of", "digest.pipeline.build.newslist", "digest.pipeline.build.render", "digest.deliver.splice.Splicer.wire"]
)  # fmt: skip
def test_no_memory_left_in_a_stage_loses_nothing(life: Life, stage: str) -> None:
    """The stage fails, nothing is half done, and the next turn of the daemon or of cron does it."""

    def none_left(*_: object, **__: object) -> object:
        raise MemoryError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, none_left)
        with pytest.raises(MemoryError):
            life.at(NOW)
    assert life.copies == {}
    for minutes in (10, 20, 30):  # a claim ends with its lease
        life.at(NOW + dt.timedelta(minutes=minutes))
    assert life.slots == {"2026-05-04": "done"}
    assert all_once(life)


@pytest.mark.slow
def test_attributes_made_to_collide_cost_one_feed_its_time(stand: Newsstand, real_parsers: None) -> None:
    """Hash flooding: a document whose names fall into one slot of a table, thousands of elements wide."""
    flood = "".join(f'<x{n} a{n}="" b{n}=""/>' for n in range(200_000))
    stand.set({"/flood": rss("A").replace("<item>", f"<item>{flood}", 1), "/good": rss("B")}, parse_seconds=5)
    flooded, good = stand.pull_all("/flood", "/good")
    assert good.outcome == "new"
    assert flooded.outcome in {"new", "failed"}


# --- the disk ---------------------------------------------------------------------------------------------


@pytest.fixture
def read_only(folder: Path) -> Iterator[Callable[[bool], None]]:
    """What makes the newsroom's folder read-only, and writable again."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def switch(on: bool) -> None:
        if mounted:
            subprocess.run(["mount", "-o", f"remount,{'ro' if on else 'rw'}", str(folder)], check=True)
        else:
            for file in (folder, *folder.rglob("*")):
                file.chmod((0o555 if file.is_dir() else 0o444) if on else (0o755 if file.is_dir() else 0o644))

    yield switch
    switch(False)
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_read_only_disk_nothing_is_sent_and_the_error_says_what_to_do(
    read_only: Callable[[bool], None], request: pytest.FixtureRequest
) -> None:
    if os.geteuid() == 0 and not os.path.ismount(request.getfixturevalue("folder")):
        unavailable("a disk to make read-only", "run as another user than root, or where root may mount")
    life: Life = request.getfixturevalue("life")
    asyncio.run(gather(life.room, now=NOW - dt.timedelta(minutes=1)))
    life.room.store.engine.dispose()  # a file open for writing keeps a disk writable
    read_only(True)
    with pytest.raises(DigestError) as told:
        life.at(NOW)
    assert told.value.advice
    assert life.copies == {}
    read_only(False)
    life.at(NOW + dt.timedelta(minutes=10))
    assert all_once(life)


# --- mail -------------------------------------------------------------------------------------------------


def test_a_mail_server_that_drips_its_reply_is_left_in_time() -> None:
    """One byte now and then keeps a limit on each read from ever ending; ours is on the whole reply."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    while True:
                        connection.sendall(b"2")
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        settings = SmtpSettings(
            host="127.0.0.1", port=server.getsockname()[1], tls="none", timeout=dt.timedelta(seconds=1)
        )
        began = time.monotonic()
        with pytest.raises(DeliveryError):
            asyncio.run(open_session(settings))
        assert time.monotonic() - began < 4
        thread.join()


def test_a_person_erased_in_mid_send_gets_nothing_and_stops_nobody(life: Life) -> None:
    """After the audience was fixed, and before the letter: it counts as suppressed, and the sum still holds."""
    erased: list[str] = []

    def script(step: object) -> str | None:
        if getattr(step, "verb", "") == "mail" and not erased:
            erased.append(READERS[2])
            with life.room.store.begin() as connection:
                erase(connection, parse_address(READERS[2]))
        return None

    life.sink.script = script
    life.at(NOW)
    life.at(NOW + dt.timedelta(minutes=10))
    assert erased
    assert life.slots == {"2026-05-04": "done"}
    with life.room.store.read() as connection:
        states = dict(
            connection.exec_driver_sql("SELECT state, count(*) FROM deliveries GROUP BY state").all()
        )
        assert "three@example.org" not in str(connection.exec_driver_sql("SELECT * FROM subscribers").all())
    assert sum(states.values()) == len(READERS)
    assert set(life.copies.values()) == {1}
