"""Run the daemon with a staged clock and made-up feeds: staged.py CONFIG CLOCK.

CLOCK is a file with two numbers: at that real time (epoch seconds) it was this staged time. Its owner moves
the staged time by writing it anew.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from pathlib import Path

from daemon_bench import Feeds

from digest.daemon.process import run
from digest.daemon.service import Work
from digest.errors import DigestError


class StagedClock:
    """The time that the file says."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __call__(self) -> dt.datetime:
        real, staged = map(float, self.file.read_text().split())
        return dt.datetime.fromtimestamp(staged + time.time() - real, dt.UTC)

    def set(self, now: dt.datetime) -> None:
        """Move the staged time there, for every process that reads the file."""
        part = self.file.with_suffix(".part")
        part.write_text(f"{time.time()} {now.timestamp()}")
        part.rename(self.file)


def main() -> None:
    try:
        run(Path(sys.argv[1]), os.environ, clock=StagedClock(Path(sys.argv[2])), work=Work(gather=Feeds()))
    except DigestError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
