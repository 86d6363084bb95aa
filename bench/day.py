"""What an editor or a cron job waits for: `digest build` of a 30-story edition from a store of 10,000 entries.

    python -m bench.day [--entries 10000] [--runs 5]

Ten days of made news of 40 papers are saved and grouped as a pull would; then the command runs in a process of
its own, from its first import to the last file written. Wanted: less than two seconds.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.group import news
from digest.config.load import load
from digest.pipeline.newsroom import open_newsroom
from digest.pipeline.regroup import regroup
from digest.store import entries

DAYS = 10
CONFIG = """\
newsletters:
  bench:
    title: Bench
    timezone: UTC
    slots: {{evening: "23:59"}}
    sender: {{address: bench@paper.example}}
    max_stories: 30
    max_per_paper: 30
    sections: [{{name: All, max_stories: 30}}]
feeds:
{feeds}
database: sqlite:///{folder}/digest.sqlite3
demo: {{now: "{now}"}}
"""


@contextmanager
def newsroom(size: int) -> Iterator[Path]:
    """A folder with a config and a database of so many entries, grouped."""
    now = dt.datetime(2026, 5, 4, 17, 0, tzinfo=dt.UTC)
    made = [
        dataclasses.replace(entry, published=now - dt.timedelta(days=DAYS * n / size))
        for n, entry in enumerate(reversed(news(size)))
    ]
    with tempfile.TemporaryDirectory() as name:
        feeds = {entry.feed: entry.paper for entry in made}
        lines = "\n".join(
            f"  f{n}: {{url: '{url}', paper: '{paper}'}}" for n, (url, paper) in enumerate(feeds.items())
        )
        config = Path(name) / "config.yaml"
        config.write_text(CONFIG.format(feeds=lines, folder=name, now=now.isoformat()))
        config.chmod(0o600)
        with open_newsroom(load(config, {})) as room:
            with room.store.begin() as connection:
                entries.save_entries(connection, made, now)
            regroup(room, now)
        yield Path(name)


def build(folder: Path) -> float:
    """Seconds of one ``digest build``."""
    words = [sys.executable, "-m", "digest", "build", "--out", str(folder / "edition"), "--json"]
    began = time.perf_counter()
    done = subprocess.run(
        [*words, "--config", str(folder / "config.yaml")], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr)
    return seconds


def measure(size: int, runs: int) -> dict[str, float]:
    """The median, and how many stories the edition had."""
    with newsroom(size) as folder:
        build(folder)  # byte code
        before = used()
        seconds = [build(folder) for _ in range(runs)]
        cpu = (used() - before) / runs
        (edition,) = (folder / "edition").glob("*.json")
        printed = sum(len(part["items"]) for part in json.loads(edition.read_text())["sections"])
    return {"entries": size, "stories": printed, "build": statistics.median(seconds), "cpu": cpu}


def used() -> float:
    """Seconds of CPU of the processes waited for."""
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken.ru_utime + taken.ru_stime


def main() -> None:
    """Print the seconds of each step as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(json.dumps(measure(options.entries, options.runs)))


if __name__ == "__main__":
    main()
