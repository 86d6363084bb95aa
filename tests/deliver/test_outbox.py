"""The outbox: one complete file a subscriber, once, and an edition that adds up."""

from __future__ import annotations

import asyncio
import email
import email.policy
import mailbox
from pathlib import Path

import pytest

from digest.deliver.outbox import Outbox
from digest.errors import DeliveryError
from digest.store.deliveries import adds_up


def test_every_subscriber_gets_one_file_with_their_own_values(office, tmp_path: Path) -> None:
    office.subscribe("ada@a.example", "ben@b.example")
    summary = asyncio.run(office.send(Outbox(tmp_path / "outbox")))
    assert summary.finished
    assert summary.ledger == {"accepted": 2}
    files = sorted((tmp_path / "outbox" / "evening_2026-01-02_morning").iterdir())
    mails = [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]
    assert [f.suffix for f in files] == [".eml", ".eml"]
    assert [m["To"] for m in mails] == ["ada@a.example", "ben@b.example"]
    assert len({m["List-Unsubscribe"] for m in mails}) == len({m["Message-ID"] for m in mails}) == 2
    with office.store.read() as connection:
        assert adds_up(connection, office.edition)


def test_sending_again_writes_nothing(office, tmp_path: Path) -> None:
    office.subscribe("ada@a.example")
    asyncio.run(office.send(Outbox(tmp_path / "one")))
    summary = asyncio.run(office.send(Outbox(tmp_path / "two")))
    assert summary.run == {}
    assert list((tmp_path / "two").rglob("*.eml")) == []


def test_a_maildir_can_be_read_by_mail_programs(office, tmp_path: Path) -> None:
    office.subscribe("ada@a.example")
    asyncio.run(office.send(Outbox(tmp_path / "box", "maildir")))
    (message,) = mailbox.Maildir(tmp_path / "box", create=False)
    assert message["To"] == "ada@a.example"
    assert message.get_payload().splitlines()[0] == "."


def test_a_folder_that_cannot_be_written_burns_nobody(office, tmp_path: Path) -> None:
    office.subscribe("ada@a.example")
    (tmp_path / "file").touch()
    summary = asyncio.run(office.send(Outbox(tmp_path / "file" / "outbox")))
    assert "cannot be written" in summary.halted
    assert office.states() == {"ada@a.example": "ready"}


def test_a_journal_that_cannot_be_written_stops_before_sending(office, tmp_path: Path) -> None:
    office.subscribe("ada@a.example")
    (tmp_path / "journal").touch()  # a file where the folder should be
    with pytest.raises(DeliveryError, match=r"journal .* cannot be written"):
        asyncio.run(office.send(Outbox(tmp_path / "outbox")))
    assert office.states() == {"ada@a.example": "ready"}


def test_nothing_leaves_while_the_edition_is_paused(office, tmp_path: Path) -> None:
    office.subscribe("ada@a.example")
    office.slot("paused")
    summary = asyncio.run(office.send(Outbox(tmp_path / "outbox")))
    assert summary.run == {}
    assert office.states() == {"ada@a.example": "ready"}
