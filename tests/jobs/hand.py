"""A daemon or a worker on a staged machine: hand.py daemon|worker CONFIG OFFSET MACHINE [--queues=…] [--lease=…].

The machine's name and the clock's offset are staged; everything else is the real thing.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


def main(what: str, config: str, offset: str, machine: str, *options: str) -> None:
    """Stay until told to stop."""
    chosen = dict(option.removeprefix("--").split("=", 1) for option in options)
    socket.gethostname = lambda: machine  # type: ignore[assignment]
    lease = float(chosen.get("lease", "900"))

    def clock() -> dt.datetime:
        return dt.datetime.fromtimestamp(time.time() + float(offset), dt.UTC)

    from digest.deliver import recover
    from digest.store import slots

    recover.PATIENCE = dt.timedelta(seconds=min(900.0, lease))
    if what == "daemon":
        from digest.daemon import wake
        from digest.daemon.process import run
        from digest.jobs.handing import handed

        wake.TICK = dt.timedelta(seconds=1)
        wake.Alarm.__init__.__defaults__ = (dt.timedelta(seconds=1),)
        if lease < 900:
            shorten(slots, lease)
        run(Path(config), os.environ, clock=clock, work=handed())
    else:
        from digest.deliver.report import Limits
        from digest.jobs import queue, worker

        if lease < 900:
            shorten(slots, lease)
            worker.SIGN, worker.RECOVER = 1.0, 2.0
            queue.DEAD = 5
        limits = Limits(
            retry=(dt.timedelta(seconds=2),) * 4,
            flush=0.1,
            lease=dt.timedelta(seconds=lease),
            first_wait=0.05,
        )
        named = tuple(filter(None, chosen.get("queues", "").split(",")))
        wanted = worker.Options(
            worker.chosen(named),
            int(chosen.get("deliver", "2")),
            limits=limits if lease < 900 else None,
            poll=1.0,
        )
        worker.run(Path(config), os.environ, wanted, clock=clock)


def shorten(slots: object, lease: float) -> None:
    """A shorter lease for slots as well."""
    from digest.pipeline import tick

    short = dt.timedelta(seconds=lease)
    slots.claim.__defaults__ = (short,)  # type: ignore[attr-defined]
    slots.renew.__defaults__ = (short,)  # type: ignore[attr-defined]
    tick.RENEW = short / 3


if __name__ == "__main__":
    main(*sys.argv[1:])
