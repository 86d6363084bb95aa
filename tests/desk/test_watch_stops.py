"""A watch that is stopped while one of its threads asks the database lets it finish before the database is closed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# SQLite answers without Python's lock: a connection closed under it takes the whole process down, so this needs
# a process of its own. A thread that keeps the processor makes the stops fall into the middle of the questions.
STOPS = """
import asyncio, faulthandler, sqlite3, sys, threading
from pathlib import Path
from types import SimpleNamespace
from digest.desk import watch

class Room:
    def __init__(self, file):
        self.newsroom = SimpleNamespace(store=SimpleNamespace(file=file))
    def grouping(self): return ""
    pulse = grouping

class Watch(watch.Watch):
    def files(self): return []

async def stops(room):
    for n in range(400):
        watches = [asyncio.create_task(Watch(room, watch.Bell()).run()) for _ in range(4)]
        await asyncio.sleep(0.002 + n % 7 * 0.0005)
        for each in watches:
            each.cancel()
        await asyncio.gather(*watches, return_exceptions=True)

def think(over):
    while not over.is_set():
        sum(range(10_000))

faulthandler.enable()
watch.EVERY = 0
file = Path(sys.argv[1])
sqlite3.connect(file).execute("PRAGMA journal_mode=WAL")
over = threading.Event()
threading.Thread(target=think, args=(over,)).start()
asyncio.run(stops(Room(file)))
over.set()
print("every watch has stopped")
"""


@pytest.mark.slow
def test_a_watch_that_is_stopped_in_the_middle_of_a_look_takes_nothing_down(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", STOPS, str(tmp_path / "digest.db")]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (found.returncode, found.stdout) == (0, "every watch has stopped\n"), found.stderr[:2000]
