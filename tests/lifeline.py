"""Stops a PostgreSQL when every test process that used it is gone, however it went: lifeline.py PGDATA PID.

It hangs on a pipe whose other end that process holds: Ctrl-C, a kill and a crash close it alike.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def hang_on(pgdata: Path) -> subprocess.Popen[bytes]:
    """Have PostgreSQL stopped, and its folder removed, when this process and all others that use it are gone."""
    command = [sys.executable, __file__, str(pgdata), str(os.getpid())]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # Ctrl-C is not for it


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Whoever holds the file's lock goes first."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lock_of(pgdata: Path) -> Path:
    """The file whose lock guards the start and the end of the server."""
    return pgdata.with_suffix(".lock")


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}/stat").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def stop(pgdata: Path, mine: int) -> None:
    """Stop the server of a folder whose users are all dead."""
    with contextlib.suppress(OSError, ValueError):
        users = json.loads((pgdata / ".handle_pids.json").read_text())
        if any(lives(pid) for pid in users if pid != mine):
            return
    with contextlib.suppress(OSError, ValueError):
        postmaster = int((pgdata / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        end = time.monotonic() + 10
        while lives(postmaster) and time.monotonic() < end:
            time.sleep(0.05)
    shutil.rmtree(pgdata, ignore_errors=True)
    lock_of(pgdata).unlink(missing_ok=True)


def main() -> None:
    """Wait for the end of the pipe."""
    pgdata, mine = Path(sys.argv[1]), int(sys.argv[2])
    sys.stdin.read()
    if pgdata.exists():
        with alone(lock_of(pgdata)):
            stop(pgdata, mine)


if __name__ == "__main__":
    main()
