"""Bounces taken in from where the mail server puts them: Maildirs and mboxes, interrupted or two at once."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import BOUNCING
from test_bounces import dsn, noted, path_of

from digest.config.load import load
from digest.errors import DigestError
from digest.pipeline import returns
from digest.pipeline.newsroom import Newsroom, open_newsroom

FULL = {"status": "5.2.2", "words": "552 5.2.2 full"}


@pytest.fixture
def newsroom(desk) -> Iterator[Newsroom]:
    (desk.folder / "config.yaml").write_text(f"{BOUNCING}deliver: {{bounces: [Maildir, spool]}}\n")
    (desk.folder / "Maildir" / "new").mkdir(parents=True)
    (desk.folder / "spool").touch()
    with open_newsroom(load(desk.folder / "config.yaml", {})) as opened:
        yield opened


def put(folder: Path, *contents: str) -> None:
    """Deliver into the mbox as a mail server does."""
    box = mailbox.mbox(folder / "spool")
    box.lock()
    for content in contents:
        box.add(content)
    box.close()


def test_a_maildir_and_an_mbox_are_emptied_and_nothing_is_deleted(desk, newsroom: Newsroom) -> None:
    (desk.folder / "Maildir" / "new" / "1").write_text(dsn(path_of(desk, "ada@a.example")))
    put(desk.folder, dsn(path_of(desk, "ben@b.example"), **FULL), "Subject: a question\n\nHello!\n")
    assert returns.collect(newsroom) == {"suppressed": 1, "counted": 1, "nothing": 1}
    assert returns.collect(newsroom) == {}
    assert [file.name for file in (desk.folder / "Maildir" / "cur").iterdir()] == ["1:2,S"]
    assert "a question" in (desk.folder / "spool.taken").read_text()
    assert (desk.folder / "spool.taken").stat().st_mode & 0o077 == 0  # it holds addresses
    assert noted(desk) == [(2, 2)]


@pytest.mark.parametrize("name", ["spool.taken", "spool.taking.part"])
def test_nothing_is_written_through_a_link_that_somebody_laid_in_the_spool(
    desk, newsroom: Newsroom, name: str
) -> None:
    precious = desk.folder / "precious"
    precious.write_text("precious")
    (desk.folder / name).symlink_to(precious)
    put(desk.folder, dsn(path_of(desk, "ada@a.example"), **FULL))
    with pytest.raises(DigestError):
        returns.collect(newsroom)
    assert precious.read_text() == "precious"


def test_mail_that_comes_while_an_mbox_is_taken_in_is_taken_in_next(desk, newsroom: Newsroom) -> None:
    put(desk.folder, dsn(path_of(desk, "ada@a.example"), **FULL))
    for _ in returns.spooled(desk.folder / "spool"):
        put(desk.folder, dsn(path_of(desk, "ben@b.example"), **FULL))
    assert returns.collect(newsroom) == {"counted": 1}
    assert noted(desk) == [(2, 2)]


def test_who_was_interrupted_in_the_middle_goes_on_and_counts_nobody_twice(desk, newsroom: Newsroom) -> None:
    put(desk.folder, *(dsn(path_of(desk, address), **FULL) for address in ("ada@a.example", "ben@b.example")))
    assert returns.collect(newsroom, stopped=lambda: True) == {"counted": 1}
    assert returns.collect(newsroom) == {"known": 1, "counted": 1}
    assert noted(desk) == [(1, 1), (2, 2)]
    assert not (desk.folder / "spool.taking").exists()


def test_a_message_that_another_process_took_is_none_of_ours(desk, newsroom: Newsroom) -> None:
    new = desk.folder / "Maildir" / "new"
    for name in ("1", "2"):
        (new / name).write_text(dsn(path_of(desk, "ada@a.example"), **FULL))
    taken = returns.spooled(desk.folder / "Maildir")
    next(taken)
    (new / "1").unlink()
    (new / "2").unlink()
    assert list(taken) == []


def test_an_mbox_that_the_mail_server_holds_is_left_for_the_next_time(desk, newsroom: Newsroom) -> None:
    put(desk.folder, dsn(path_of(desk, "ada@a.example"), **FULL))
    lock = desk.folder / "spool.lock"
    lock.touch()
    with pytest.raises(DigestError, match="locked by another program"):
        returns.collect(newsroom)
    lock.unlink()
    assert returns.collect(newsroom) == {"counted": 1}


def test_a_place_that_is_missing_is_told_after_the_others_were_done(desk, newsroom: Newsroom) -> None:
    (desk.folder / "Maildir").rename(desk.folder / "elsewhere")
    put(desk.folder, dsn(path_of(desk, "ada@a.example"), **FULL))
    with pytest.raises(DigestError, match="neither a Maildir nor an mbox"):
        returns.collect(newsroom)
    assert noted(desk) == [(1, 1)]


def test_a_huge_message_is_read_only_in_part(desk, newsroom: Newsroom, monkeypatch) -> None:
    monkeypatch.setattr(returns, "LARGEST", 2000)
    (desk.folder / "Maildir" / "new" / "1").write_text(dsn(path_of(desk, "ada@a.example")) + "x" * 100_000)
    put(desk.folder, dsn(path_of(desk, "ben@b.example")) + "x" * 100_000)
    assert max(len(content) for content in returns.spooled(desk.folder / "spool")) == 2000
    assert returns.collect(newsroom) == {"suppressed": 1}
