"""The write-ahead journal of one sending process: what it was about to do when it was killed.

A file of lines: ``S`` before DATA, ``D`` before the final dot, ``R`` with the reply. Each is with the
kernel before the bytes it speaks of, which survives ``kill -9``; a power loss it need not survive, so the
first line names the machine's boot and recovery trusts nothing written under another.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from digest.errors import DeliveryError
from digest.model import Attempt, DeliveryState

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LARGE = 1_000_000  # bytes; then it is written anew without what the ledger already holds


def boot_id() -> str:
    """What changes when the machine restarts; empty where the system does not tell (not on Linux)."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""


class Journal:
    """The journal of a live process, locked while it lives."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.owner = owner
        self.file = folder / f"{owner}.journal"
        self._head = f"J\t{owner}\t{boot_id()}\n".encode()
        self._open: dict[int, bytes] = {}  # the last line of every delivery the ledger does not know settled
        self._over = False  # the ledger has every claim back
        self._fd = created(self.file, self._head)
        self._size = len(self._head)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def starts(self, delivery: int, fence: int) -> None:
        """Before DATA: if we are killed now, nothing was sent."""
        self._write(delivery, b"S\t%d\t%d\n" % (delivery, fence))

    def dot(self, delivery: int, fence: int) -> None:
        """Before the final dot: if we are killed now, nobody knows."""
        self._write(delivery, b"D\t%d\t%d\n" % (delivery, fence))

    def replied(self, attempt: Attempt) -> None:
        """The outcome, before the ledger has it."""
        self._write(attempt.delivery, written(attempt))

    def settled(self, attempts: Iterable[Attempt]) -> None:
        """The ledger holds these now."""
        for attempt in attempts:
            self._open.pop(attempt.delivery, None)
        if self._size > LARGE:
            self._shrink()

    @property
    def doubtful(self) -> bool:
        """Whether it holds something that the ledger does not know and that must not be sent again."""
        return any(not line.startswith(b"S") for line in self._open.values())

    def forget(self) -> None:
        """The ledger has every claim back."""
        self._over = True
        self._open.clear()

    def close(self) -> None:
        """Let go of the file. It stays while the ledger lacks something: also that what it lists no word of never began."""
        if self._fd < 0:
            return
        if self._over and not self._open:
            self.file.unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = -1

    def _write(self, delivery: int, line: bytes) -> None:
        """One line, whole or not at all. Raises DeliveryError when the disk is full."""
        try:
            count = os.write(self._fd, line)
        except OSError as error:
            raise unwritable(self.file, error) from error
        if count != len(line):
            raise unwritable(self.file, OSError(0, "only a part of a line was written"))
        self._open[delivery] = line
        self._size += count

    def _shrink(self) -> None:
        """Write what is still open to a new file and put it in the place of the old one."""
        fresh = self.file.with_suffix(".fresh")
        fresh.unlink(missing_ok=True)
        content = self._head + b"".join(self._open.values())
        fd = created(fresh, content)
        fresh.replace(self.file)
        os.close(self._fd)
        self._fd, self._size = fd, len(content)


def created(file: Path, content: bytes) -> int:
    """A new locked file with ``content``; its descriptor."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(fd, content)
    except OSError as error:
        raise unwritable(file, error) from error
    return fd


def unwritable(file: Path, error: OSError) -> DeliveryError:
    """The error of a journal that cannot be written; sending without it could send twice."""
    return DeliveryError(
        f"The journal {file} cannot be written: {error.strerror}.",
        "Nothing more is sent until it can. Free space, or set deliver.journal to another folder.",
    )


def written(attempt: Attempt) -> bytes:
    """An attempt as a line."""
    when = int(attempt.not_before.timestamp() * 1_000_000) if attempt.not_before else 0
    reply = " ".join(attempt.reply.split())
    fields = (
        "R",
        attempt.delivery,
        attempt.fence,
        attempt.state,
        attempt.code,
        attempt.enhanced,
        attempt.bounce,
        when,
        int(attempt.counted),
        reply,
    )
    return ("\t".join(map(str, fields)) + "\n").encode(errors="replace")


def read_attempt(fields: list[str]) -> Attempt:
    """The attempt that ``written`` wrote, from its fields after the ``R``."""
    delivery, fence, state, code, enhanced, bounce, when, counted, reply = fields
    return Attempt(
        delivery=int(delivery),
        fence=int(fence),
        state=cast("DeliveryState", state),
        code=int(code),
        enhanced=enhanced,
        reply=reply,
        bounce=bounce if bounce in {"hard", "soft"} else "",  # type: ignore[arg-type]
        not_before=dt.datetime.fromtimestamp(int(when) / 1_000_000, dt.UTC) if int(when) else None,
        counted=counted == "1",
    )


@dataclass(frozen=True, slots=True)
class Remains:
    """What a dead process left behind."""

    file: Path
    owner: str
    same_boot: bool  # else lines may be missing at the end
    attempts: tuple[Attempt, ...]


def dead_journals(folder: Path) -> Iterable[tuple[Remains, int]]:
    """The journals whose process is gone, each with the descriptor that holds its lock; close it when done."""
    for file in sorted(folder.glob("*.journal")):
        fd = locked(file)
        if fd is None:
            continue
        with os.fdopen(os.dup(fd), "rb") as lines:
            yield read_journal(file, lines.read()), fd


def locked(file: Path) -> int | None:
    """A descriptor that holds the lock of a dead process's journal, None while the process lives."""
    with suppress(OSError):
        fd = os.open(file, os.O_RDWR)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(fd).st_ino == file.stat().st_ino:  # not replaced by its shrunken self meanwhile
                return fd
        except OSError:
            pass
        os.close(fd)
    return None


def read_journal(file: Path, content: bytes) -> Remains:
    """Decide from the lines what became of each delivery; the last line of a delivery counts."""
    lines = content.decode(errors="replace").split("\n")[:-1]  # what follows the last line end was cut off
    head = lines[0].split("\t") if lines else []
    last = {line.split("\t", 2)[1]: line for line in lines[1:] if line.count("\t") >= 2}
    same_boot = len(head) == 3 and head[2] == boot_id()
    attempts = tuple(became(line.split("\t", 9)) for line in last.values())
    if not same_boot:
        attempts = tuple(a for a in attempts if a.reply or a.state not in {"ready", "uncertain"})
    return Remains(file, head[1] if len(head) > 1 else file.stem, same_boot, attempts)


def became(fields: list[str]) -> Attempt:
    """``R``: as it says. ``D``: uncertain. ``S``: never sent, ready again at nobody's cost."""
    if fields[0] == "R":
        return read_attempt(fields[1:])
    delivery, fence = int(fields[1]), int(fields[2])
    if fields[0] == "D":
        return Attempt(delivery, fence, "uncertain", reply="killed before the reply to the final dot")
    return Attempt(delivery, fence, "ready", counted=False)
