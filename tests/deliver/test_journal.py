"""The write-ahead journal, line by line: what is in the file when, what it says to whoever finds it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import stat
from pathlib import Path

import pytest

from digest.deliver import journal as module
from digest.deliver.journal import (
    Journal,
    Remains,
    became,
    boot_id,
    created,
    dead_journals,
    locked,
    read_attempt,
    read_journal,
    written,
)
from digest.errors import DeliveryError
from digest.model import Attempt

NOW = dt.datetime(2026, 1, 2, 6, 30, 0, 123456, tzinfo=dt.UTC)
HEAD = f"J\tme\t{boot_id()}\n"
DONE = Attempt(7, 3, "accepted", 250, "2.0.0", "queued")


def lines(journal: Journal) -> str:
    return journal.file.read_text()


def test_each_step_is_a_line_in_a_file_of_our_own(tmp_path: Path) -> None:
    with Journal(tmp_path / "new" / "folder", "me") as journal:
        assert lines(journal) == HEAD
        assert stat.S_IMODE(journal.file.stat().st_mode) == 0o600
        journal.starts(7, 3)
        journal.dot(7, 3)
        journal.replied(DONE)
        assert lines(journal) == f"{HEAD}S\t7\t3\nD\t7\t3\nR\t7\t3\taccepted\t250\t2.0.0\t\t0\t1\tqueued\n"


@pytest.mark.parametrize(
    "attempt",
    [
        DONE,
        Attempt(8, 1, "deferred", 450, "4.2.2", "later", "soft", NOW, counted=False),
        Attempt(9, 2, "bounced", 550, "5.1.1", "no such user", "hard"),
    ],
)
def test_what_is_written_is_read_again(attempt: Attempt) -> None:
    line = written(attempt).decode()
    assert line.endswith("\n")
    assert read_attempt(line[:-1].split("\t", 9)[1:]) == attempt
    assert became(line[:-1].split("\t", 9)) == attempt


def test_a_reply_is_one_line_whatever_a_server_puts_into_it() -> None:
    nasty = dataclasses.replace(DONE, reply="two\nlines\tand \udc80 tabs")
    assert written(nasty).count(b"\n") == 1
    assert written(nasty).endswith(b"\ttwo lines and ? tabs\n")


def test_a_bounce_of_a_kind_we_do_not_know_is_none() -> None:
    fields = written(DONE).decode()[:-1].split("\t", 9)[1:]
    assert read_attempt([*fields[:5], "odd", *fields[6:]]).bounce == ""


def test_what_was_begun_was_not_sent_and_after_the_dot_nobody_knows() -> None:
    assert became(["S", "7", "3"]) == Attempt(7, 3, "ready", counted=False)
    reply = "killed before the reply to the final dot"
    assert became(["D", "7", "3"]) == Attempt(7, 3, "uncertain", reply=reply)


def test_the_last_line_of_each_delivery_counts_and_one_that_was_cut_off_does_not() -> None:
    content = f"{HEAD}S\t7\t3\nS\t8\t1\nD\t7\t3\nbroken\nS\t9\nR\t8\t1\tacc".encode()
    found = read_journal(Path("/x/me.journal"), content)
    assert found == Remains(
        Path("/x/me.journal"), "me", True, (became(["D", "7", "3"]), Attempt(8, 1, "ready", counted=False))
    )


def test_under_another_boot_only_what_somebody_said_is_trusted() -> None:
    answered = written(DONE).decode()
    content = f"J\tme\tother\nS\t1\t1\nD\t2\t1\n{answered}R\t4\t1\tuncertain\t0\t\t\t0\t1\t\nR\t5\t1\tbounced\t550\t\t\t0\t1\t\n"
    found = read_journal(Path("/x/me.journal"), content.encode())
    assert not found.same_boot
    assert [(a.delivery, a.state) for a in found.attempts] == [
        (2, "uncertain"),
        (7, "accepted"),
        (5, "bounced"),
    ]


@pytest.mark.parametrize("content", [b"", b"J\tme", b"J\n"])
def test_a_journal_without_its_head_is_known_by_its_name(content: bytes) -> None:
    assert read_journal(Path("/x/who.journal"), content) == Remains(Path("/x/who.journal"), "who", False, ())


def test_a_head_without_the_boot_is_of_another_boot() -> None:
    assert read_journal(Path("/x/who.journal"), b"J\tme\n") == Remains(
        Path("/x/who.journal"), "me", False, ()
    )


def test_only_what_may_have_left_is_doubtful(tmp_path: Path) -> None:
    with Journal(tmp_path, "me") as journal:
        journal.starts(7, 3)
        assert not journal.doubtful
        journal.dot(7, 3)
        assert journal.doubtful
        journal.replied(DONE)
        assert journal.doubtful
        journal.settled([DONE, dataclasses.replace(DONE, delivery=99)])
        assert not journal.doubtful


def test_the_file_goes_when_the_ledger_has_everything_back_and_else_stays(tmp_path: Path) -> None:
    first = Journal(tmp_path, "first")
    first.dot(7, 3)
    first.forget()
    assert not first.doubtful
    first.close()
    first.close()  # twice is once
    assert not first.file.exists()
    second = Journal(tmp_path, "second")
    second.close()
    assert second.file.exists()  # it says that nothing was begun
    third = Journal(tmp_path, "third")
    third.forget()
    third.dot(7, 3)
    third.close()
    assert third.file.exists()


def test_a_large_journal_keeps_what_is_open_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGE", len(HEAD) + 40)
    (tmp_path / "me.fresh").write_text("left by a kill")
    with Journal(tmp_path, "me") as journal:
        for delivery in (7, 8):
            journal.dot(delivery, 3)
        journal.settled([])
        assert lines(journal) == f"{HEAD}D\t7\t3\nD\t8\t3\n"
        journal.replied(DONE)
        journal.settled([DONE])
        assert lines(journal) == f"{HEAD}D\t8\t3\n"
        journal.starts(9, 1)
        assert lines(journal) == f"{HEAD}D\t8\t3\nS\t9\t1\n"
        assert locked(journal.file) is None
        assert not (tmp_path / "me.fresh").exists()
        journal.settled([])
        assert journal._size == len(lines(journal))


def test_the_journals_of_dead_processes_are_found_in_order_and_of_live_ones_not(tmp_path: Path) -> None:
    for owner in ("b", "a", "c"):
        Journal(tmp_path, owner).close()
    (tmp_path / "other.txt").write_text("no journal")
    with Journal(tmp_path, "aa") as live:
        found = list(dead_journals(tmp_path))
    let_go = locked(live.file)
    assert let_go is not None
    os.close(let_go)
    assert [remains.owner for remains, _ in found] == ["a", "b", "c"]
    for remains, lock in found:
        assert locked(remains.file) is None  # whoever found it holds it
        os.close(lock)
    assert locked(tmp_path / "gone.journal") is None


def test_an_owner_has_one_journal(tmp_path: Path) -> None:
    with Journal(tmp_path, "me") as journal, pytest.raises(DeliveryError) as refused:
        created(journal.file, b"")
    assert str(refused.value).startswith(f"The journal {journal.file} cannot be written: File exists.")
    assert refused.value.advice == (
        "Nothing more is sent until it can. Free space, or set deliver.journal to another folder."
    )


def test_a_line_that_did_not_fit_stops_the_sending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(tmp_path, "me") as journal:
        monkeypatch.setattr(module.os, "write", lambda _fd, line: len(line) - 1)
        with pytest.raises(DeliveryError, match=": only a part of a line was written"):
            journal.dot(7, 3)
        monkeypatch.undo()
        assert not journal.doubtful


def test_looking_at_the_journals_of_the_living_leaves_no_file_open(tmp_path: Path) -> None:
    with Journal(tmp_path, "me") as journal:
        before = len(list(Path("/proc/self/fd").iterdir()))
        assert locked(journal.file) is None
        assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_journal_that_shrinks_lets_go_of_its_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGE", 1)
    with Journal(tmp_path, "me") as journal:
        before = len(list(Path("/proc/self/fd").iterdir()))
        journal.settled([])
        assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "me")
    os.close(journal._fd)
    with pytest.raises(DeliveryError) as refused:
        journal.dot(7, 3)
    assert str(refused.value).startswith(
        f"The journal {journal.file} cannot be written: Bad file descriptor."
    )
    journal._fd = -1


def test_bytes_that_are_no_text_do_not_stop_a_recovery() -> None:
    content = HEAD.encode() + b"R\t7\t3\tbounced\t550\t\t\t0\t1\tnon \xff\n"
    assert read_journal(Path("/x/me.journal"), content).attempts[0].reply == "non \ufffd"
