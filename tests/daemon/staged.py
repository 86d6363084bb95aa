"""Run the daemon with a staged clock and made-up feeds: staged.py CONFIG CLOCK [STAGE].

CLOCK is a file with two numbers: at that real time (epoch seconds) it was this staged time. Its owner moves
the staged time by writing it anew. At the beginning of STAGE the daemon makes the file ``halted`` beside the
config and stands still until somebody removes it. STAGED_PATIENCE are the seconds that it waits for a locked database.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from daemon_bench import Feeds

from digest.daemon.process import run
from digest.daemon.service import Work
from digest.errors import DigestError
from digest.pipeline import tick
from digest.pipeline.newsroom import Newsroom
from digest.store import engine


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


class Halt:
    """Stands still at the beginning of a stage, the whole process with it."""

    def __init__(self, at: str, folder: Path) -> None:
        self.at, self.file = at, folder / "halted"

    @contextmanager
    def stage(self, stage: str) -> Iterator[None]:
        if stage == self.at:
            self.file.touch()
            while self.file.exists():
                time.sleep(0.01)
        yield

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """The work, done in a newsroom that halts."""

        def halting(newsroom: Newsroom, *rest: Any, **more: Any) -> Any:
            return work(dataclasses.replace(newsroom, stage=self.stage), *rest, **more)

        return halting


def main() -> None:
    config, clock, *at = sys.argv[1:]
    if patience := os.environ.get("STAGED_PATIENCE"):
        engine.connect.__kwdefaults__["busy"] = dt.timedelta(seconds=float(patience))
    work = Work(gather=Feeds())
    if at:
        halt = Halt(at[0], Path(config).parent)
        work = Work(gather=halt.around(Feeds()), attend=halt.around(tick.attend))
    try:
        run(Path(config), os.environ, clock=StagedClock(Path(clock)), work=work)
    except DigestError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
