"""What came back by mail, out of Maildirs and mboxes into the ledger: by hand, by the daemon, or by a worker."""

from __future__ import annotations

import mailbox
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from digest.deliver.bounces import Returned, identify, read_returned
from digest.errors import DigestError, UsageError
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.post import bounce_policy
from digest.store import alerts, bounces

LARGEST = 1_000_000  # bytes of a message that are read: a bounce that returns a film says all before it
SUBJECT = "bounces"  # of the alert


def take(newsroom: Newsroom, returned: Returned) -> str:
    """Act on one message; what was done in one word."""
    verdict, ours, now = returned.verdict, identify(returned, newsroom.keys), newsroom.clock()
    with newsroom.store.begin() as connection:
        if verdict == "unsubscribe":
            scope = ours.scope
            return (
                bounces.unsubscribe(connection, scope.person, scope.newsletter, now) if scope else "unknown"
            )
        if verdict == "none":
            return "nothing"
        whose = None if ours.delivery is None else bounces.about(connection, ours.delivery)
        if whose is None and verdict == "complaint" and ours.token_id:
            return bounces.unproved_complaint(connection, ours.token_id, now)
        if whose is None:
            return "unknown"
        return bounces.take_in(
            connection,
            verdict,
            whose,
            now=now,
            status=returned.status,
            words=returned.words,
            policy=bounce_policy(newsroom),
        )


def collect(newsroom: Newsroom, stopped: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Take in what lies in the config's ``deliver.bounces``; how many messages of which outcome.

    Whoever is interrupted, or two at once, do no harm: the same message twice changes nothing.
    Raises DigestError when a place is not on this machine or cannot be read; the others are done first.
    """
    done: Counter[str] = Counter()
    trouble: DigestError | None = None
    for name in newsroom.config.deliver.bounces:
        try:
            for content in spooled(newsroom.path(name)):
                done[take(newsroom, read_returned(content))] += 1
                if stopped():
                    return done
        except UsageError as error:
            trouble = error
        except OSError as error:
            trouble = DigestError(
                f"What came back to {name} cannot be read: {error.strerror or error}.",
                "Give digest's user the right to read the place and to move what is in it.",
            )
    if trouble is not None:
        raise trouble
    with newsroom.store.begin() as connection:
        alerts.well(connection, "delivery", SUBJECT, newsroom.clock(), message="Bounces are taken in again.")
    return done


def spooled(place: Path) -> Iterator[bytes]:
    """Every message of a Maildir's new or of an mbox, which is emptied. Raises UsageError for what is neither."""
    if (place / "new").is_dir():
        yield from of_maildir(place)
    elif place.is_file() or _taking(place).exists():
        yield from of_spool(place)
    else:
        raise UsageError(
            f"{place} is neither a Maildir nor an mbox.",
            "See deliver.bounces; workers on other machines leave it alone: digest worker --queues",
        )


def of_maildir(folder: Path) -> Iterator[bytes]:
    """The new messages; each moves to cur when the next one is asked for."""
    (folder / "cur").mkdir(exist_ok=True)
    for file in sorted((folder / "new").iterdir()):
        try:
            yield _beginning(file)
            file.rename(folder / "cur" / f"{file.name}:2,S")
        except FileNotFoundError:
            continue  # somebody else took it


def of_spool(file: Path) -> Iterator[bytes]:
    """The messages of an mbox that mail is delivered to; they are kept in a file beside it, NAME.taken."""
    taking = _taking(file)
    if not taking.exists():  # else somebody was interrupted: that first
        if not file.stat().st_size:
            return
        _move(file, taking)
    yield from of_file(taking)
    with _owners(file.with_name(f"{file.name}.taken"), os.O_APPEND) as taken, taking.open("rb") as source:
        shutil.copyfileobj(source, taken)
    taking.unlink()


def _owners(file: Path, flag: int) -> BinaryIO:
    """A file to write, its owner's alone, and no link that somebody laid: bounces hold addresses, spools are shared."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | flag, 0o600), "wb")


def _taking(file: Path) -> Path:
    return file.with_name(f"{file.name}.taking")


def _move(file: Path, to: Path) -> None:
    """All that is in an mbox, while the mail server is kept waiting; a crash between may leave it twice."""
    box = mailbox.mbox(file, create=False)
    try:
        box.lock()
        half = to.with_name(f"{to.name}.part")
        with file.open("rb") as source, _owners(half, os.O_TRUNC) as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        half.rename(to)
        os.truncate(file, 0)
    except mailbox.ExternalClashError as error:
        raise DigestError(f"{file} is locked by another program.", "It is tried again.") from error
    finally:
        box.close()


def of_file(file: Path) -> Iterator[bytes]:
    """The messages of an mbox, or the one message."""
    with file.open("rb") as start:
        is_mbox = start.read(5) == b"From "
    if not is_mbox:
        if file.stat().st_size:
            yield _beginning(file)
        return
    with closing(mailbox.mbox(file, create=False)) as box:
        for key in box.keys():  # noqa: SIM118 - an mbox iterates over messages
            with box.get_file(key) as message:
                yield message.read(LARGEST)


def _beginning(file: Path) -> bytes:
    with file.open("rb") as message:
        return message.read(LARGEST)
