"""After a crash: the journals of dead processes tell the ledger what became of their claims."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from digest.deliver.journal import Remains, dead_journals
from digest.deliver.ledger import Ledger

# How long another machine may be away before what it had claimed is called uncertain.
PATIENCE = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found."""

    journals: int = 0
    ready: int = 0  # claimed and not begun: sent as if nothing had happened
    uncertain: int = 0


def new_owner() -> str:
    """A name for a sending process: its machine, its number, and four bytes that no other has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def recover(folder: Path, ledger: Ledger, now: dt.datetime, *, others: bool = True) -> Recovered:
    """Replay the journals in ``folder`` whose process is gone, then give up the claims nobody can tell of.

    ``others``: also those of other machines. Where the database has only just come back they had no time to tell.

    Doing it twice, or being killed in the middle of it, changes nothing.
    """
    journals = ready = uncertain = 0
    for remains, lock in dead_journals(folder):
        try:
            released = replay(remains, ledger, now)
            remains.file.unlink(missing_ok=True)
        finally:
            os.close(lock)  # also when the database is away: a process that stays must find it again
        journals += 1
        ready += released if remains.same_boot else 0
        uncertain += sum(attempt.state == "uncertain" for attempt in remains.attempts)
        uncertain += 0 if remains.same_boot else released
    uncertain += sum(
        ledger.release(owner, "uncertain", now) for owner in lost(folder, ledger, now, others=others)
    )
    return Recovered(journals, ready, uncertain)


def replay(remains: Remains, ledger: Ledger, now: dt.datetime) -> int:
    """Tell the ledger what a journal knows, and release the rest of its owner's claims; how many those were."""
    if remains.attempts:
        ledger.record(remains.attempts, now)
    return ledger.release(remains.owner, "ready" if remains.same_boot else "uncertain", now)


def lost(folder: Path, ledger: Ledger, now: dt.datetime, *, others: bool) -> list[str]:
    """The owners whose lease is over and whose journal nobody will read: gone with its disk or its machine.

    A journal that is still here belongs to a live process that merely stalls; it finds out by itself.
    """
    here = socket.gethostname()
    silent = set(ledger.abandoned(now - PATIENCE)) if others else set()
    return [
        owner
        for owner in ledger.abandoned(now)
        if not (folder / f"{owner}.journal").exists() and (owner in silent or owner.rsplit("-", 2)[0] == here)
    ]
