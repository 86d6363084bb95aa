"""After a crash: what the journal knows, what the ledger then says, and who may touch whose claims."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import pytest
from office import EDITION, NOW

from digest.deliver import journal as journal_module
from digest.deliver.journal import Journal, dead_journals
from digest.deliver.recover import Recovered, new_owner, recover
from digest.model import Attempt

LEASE = NOW + dt.timedelta(minutes=15)
LATER = NOW + dt.timedelta(minutes=16)
AGES = NOW + dt.timedelta(hours=1)


def crash(office, *steps: str, owner: str = "") -> str:
    """A process that claimed everybody, did ``steps`` for the first deliveries in turn, and died."""
    owner = owner or new_owner()
    office.queue()
    claimed = office.ledger.claim(EDITION, owner, 10, lease=LEASE, now=NOW)
    journal = Journal(office.folder / "journal", owner)
    for recipient, step in zip(claimed, steps, strict=False):
        journal.starts(recipient.delivery, recipient.fence)
        if step in {"D", "R"}:
            journal.dot(recipient.delivery, recipient.fence)
        if step == "R":
            journal.replied(
                Attempt(recipient.delivery, recipient.fence, "accepted", 250, "2.0.0", "ok\tqueued")
            )
    journal._open = {0: b""}  # what keeps close() from removing the file
    journal.close()
    return owner


def names(office) -> list[str]:
    return [state for _, state in sorted(office.states().items())]


def test_what_was_begun_is_decided_by_its_last_step(either) -> None:
    office = either
    office.subscribe("a@x.example", "b@x.example", "c@x.example", "d@x.example")
    crash(office, "S", "D", "R")
    assert names(office) == ["claimed"] * 4
    assert recover(office.folder / "journal", office.ledger, NOW) == Recovered(
        journals=1, ready=1, uncertain=1
    )
    assert names(office) == ["ready", "uncertain", "accepted", "ready"]
    assert (office.row("c@x.example").reply, office.row("c@x.example").code) == ("ok queued", 250)
    assert list((office.folder / "journal").iterdir()) == []


def test_recovering_twice_changes_nothing(office) -> None:
    office.subscribe("a@x.example", "b@x.example")
    crash(office, "D", "S")
    (file,) = (office.folder / "journal").iterdir()
    content = file.read_bytes()
    recover(office.folder / "journal", office.ledger, NOW)
    office.ledger.claim(EDITION, "next", 10, lease=LEASE, now=NOW)
    file.write_bytes(content)  # killed before the file was removed
    recover(office.folder / "journal", office.ledger, NOW)
    assert names(office) == ["uncertain", "claimed"]


def test_a_line_cut_off_in_the_middle_counts_for_nothing(office) -> None:
    office.subscribe("a@x.example")
    crash(office, "R")
    (file,) = (office.folder / "journal").iterdir()
    file.write_bytes(file.read_bytes()[:-4])
    recover(office.folder / "journal", office.ledger, NOW)
    assert names(office) == ["uncertain"]


def test_after_a_power_loss_everything_claimed_and_not_answered_is_uncertain(office, monkeypatch) -> None:
    office.subscribe("a@x.example", "b@x.example", "c@x.example")
    crash(office, "S", "R")
    monkeypatch.setattr(journal_module, "boot_id", lambda: "another boot")
    assert recover(office.folder / "journal", office.ledger, NOW).uncertain == 2
    assert names(office) == ["uncertain", "accepted", "uncertain"]


def test_the_claims_of_a_process_that_lives_are_left_alone(office) -> None:
    office.subscribe("a@x.example")
    office.queue()
    with Journal(office.folder / "journal", "host-1-abcd") as journal:
        (mine,) = office.ledger.claim(EDITION, journal.owner, 10, lease=LEASE, now=NOW)
        journal.starts(mine.delivery, mine.fence)
        assert recover(office.folder / "journal", office.ledger, AGES) == Recovered()
        assert names(office) == ["claimed"]


@pytest.mark.parametrize(
    ("host", "now", "state"),
    [
        (socket.gethostname(), NOW, "claimed"),
        (socket.gethostname(), LATER, "uncertain"),
        ("elsewhere", LATER, "claimed"),
        ("elsewhere", AGES, "uncertain"),
    ],
)
def test_claims_without_a_journal_become_uncertain_when_nobody_can_tell_any_more(
    office, host, now, state
) -> None:
    office.subscribe("a@x.example")
    crash(office, owner=f"{host}-1-abcd")
    next((office.folder / "journal").iterdir()).unlink()
    recover(office.folder / "journal", office.ledger, now)
    assert names(office) == [state]


def test_a_machine_that_comes_back_makes_the_uncertain_certain(either) -> None:
    office = either
    office.subscribe("a@x.example")
    crash(office, "R", owner="elsewhere-1-abcd")
    away = (office.folder / "journal").rename(office.folder / "away")
    recover(office.folder / "journal", office.ledger, AGES)
    assert names(office) == ["uncertain"]
    recover(away, office.ledger, AGES)
    assert names(office) == ["accepted"]


def test_what_another_machine_had_is_left_to_it_while_the_database_has_only_just_come_back(either) -> None:
    office = either
    office.subscribe("a@x.example")
    crash(office, "S", owner="elsewhere-1-abcd")
    away = (office.folder / "journal").rename(office.folder / "away")
    recover(office.folder / "journal", office.ledger, AGES, others=False)
    assert names(office) == ["claimed"]
    recover(away, office.ledger, AGES, others=False)
    assert names(office) == ["ready"]


def test_a_result_with_an_old_fence_changes_nothing(either) -> None:
    office = either
    office.subscribe("a@x.example")
    office.queue()
    (old,) = office.ledger.claim(EDITION, "one", 1, lease=LEASE, now=NOW)
    office.ledger.release("one", "ready", NOW)
    office.ledger.claim(EDITION, "two", 1, lease=LEASE, now=NOW)
    office.ledger.record([Attempt(old.delivery, old.fence, "accepted")], NOW)
    assert names(office) == ["claimed"]


def test_a_large_journal_is_written_anew_with_what_is_still_open(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(journal_module, "LARGE", 120)
    journal = Journal(tmp_path, "host-1-abcd")
    journal.starts(1, 1)
    journal.dot(2, 1)
    for number in range(3, 60):
        journal.starts(number, 1)
        journal.settled([Attempt(number, 1, "accepted")])
    assert journal.file.stat().st_size < 250
    assert list(dead_journals(tmp_path)) == []  # the new file is locked too
    journal.close()
    ((remains, _),) = dead_journals(tmp_path)
    states = {a.delivery: a.state for a in remains.attempts}
    assert (states[1], states[2]) == ("ready", "uncertain")


def test_what_several_dead_processes_left_adds_up(office, monkeypatch) -> None:
    office.subscribe(*(f"{name}@x.example" for name in "abcdef"))
    office.queue()
    folder = office.folder / "journal"
    for owner in ("one", "two"):  # of each: one begun, one in doubt, one not begun
        claimed = office.ledger.claim(EDITION, owner, 3, lease=LEASE, now=NOW)
        journal = Journal(folder, owner)
        journal.starts(claimed[0].delivery, claimed[0].fence)
        journal.dot(claimed[0].delivery, claimed[0].fence)
        journal.close()
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert recover(folder, office.ledger, NOW) == Recovered(journals=2, ready=4, uncertain=2)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_after_a_power_loss_nothing_is_taken_for_ready(office, monkeypatch) -> None:
    office.subscribe("a@x.example", "b@x.example")
    crash(office, "D")
    monkeypatch.setattr(journal_module, "boot_id", lambda: "another boot")
    found = recover(office.folder / "journal", office.ledger, NOW)
    assert found == Recovered(journals=1, ready=0, uncertain=2)


def test_a_machine_with_hyphens_in_its_name_knows_its_own_claims(office, monkeypatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "mail-2-north")
    office.subscribe("a@x.example", "b@x.example")
    crash(office)
    next((office.folder / "journal").iterdir()).unlink()
    assert recover(office.folder / "journal", office.ledger, LATER) == Recovered(uncertain=2)
