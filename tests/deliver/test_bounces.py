"""What comes back: the verdict on the address, and that only our own mail is acted on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from office import EDITION, NOW, Office

from digest.cli.frame import run
from digest.deliver.bounces import read_returned
from digest.deliver.verdict import judge
from digest.store.tables import deliveries, soft_bounces, subscribers, subscriptions
from digest.tokens import fingerprint, load_key, return_path, seal

DSN = """\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ada@a.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: message/rfc822

Message-ID: <{message_id}>
Subject: Hello

--b--
"""
ARF = """\
From: feedback@big.example
To: {to}
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: big/1
Version: 1
Original-Rcpt-To: <ada@a.example>

--b
Content-Type: message/rfc822

Message-ID: <{message_id}>

--b--
"""


def dsn(
    to: str = "x@evening.example",
    action: str = "failed",
    status: str = "5.1.1",
    words: str = "550 5.1.1 unknown",
    message_id: str = "m@x",
) -> str:
    return DSN.format(to=to, action=action, status=status, words=words, message_id=message_id)


@pytest.mark.parametrize(
    ("status", "words", "verdict"),
    [
        ("5.1.1", "550 5.1.1 <ada@a.example>: Recipient address rejected: User unknown", "hard"),
        ("5.0.0", "550 no such user here", "hard"),
        ("5.1.2", "Host or domain name not found", "hard"),
        ("5.7.1", "550 5.7.1 Recipient address rejected: user unknown in virtual mailbox table", "hard"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft"),
        ("4.2.2", "452 4.2.2 over quota", "soft"),
        ("5.0.0", "550 mailbox is full", "soft"),
        ("5.7.1", "550 5.7.1 message rejected as spam", "refused"),
        ("5.7.1", "550 your host is listed at zen.spamhaus.org", "refused"),
        ("5.7.26", "550 5.7.26 unauthenticated mail", "refused"),
        ("4.4.1", "connection timed out", "refused"),
        ("5.4.6", "too many hops", "refused"),
        ("5.1.8", "553 5.1.8 domain of sender address does not exist", "refused"),
        ("", "", "refused"),
    ],
)
def test_a_bounce_says_whether_the_address_is_dead_full_or_neither(
    status: str, words: str, verdict: str
) -> None:
    assert judge(status, words) == verdict
    if status:
        assert read_returned(dsn(status=status, words=words).encode()).verdict == verdict


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_news_that_is_no_failure_says_nothing(action: str) -> None:
    assert read_returned(dsn(action=action).encode()).verdict == "none"


def test_out_of_office_and_ordinary_mail_say_nothing() -> None:
    away = b"From: ada@a.example\nTo: x@y.example\nSubject: Re: Hello\nAuto-Submitted: auto-replied\n\nI am away.\n"
    assert read_returned(away).verdict == "none"
    assert (
        read_returned(b"From: ada@a.example\nSubject: thanks\n\nLovely paper. User unknown to me.\n").verdict
        == "none"
    )


def test_a_qmail_bounce_is_read_from_its_words() -> None:
    text = (
        b"From: MAILER-DAEMON@mx.example\nTo: x@evening.example\nSubject: failure notice\n\n"
        b"Hi. This is the qmail-send program at mx.example.\n\n<ada@a.example>:\n"
        b"192.0.2.1 does not like recipient.\nRemote host said: 550 sorry, no mailbox here by that name\n"
        b"--- Below this line is a copy of the message.\n\nMessage-ID: <m@x>\nSubject: mailbox full of spam\n"
    )
    found = read_returned(text)
    assert (found.verdict, found.message_id) == ("hard", "m@x")


@pytest.mark.parametrize(("kind", "verdict"), [("abuse", "complaint"), ("not-spam", "none")])
def test_a_feedback_report_is_a_complaint_unless_it_says_the_opposite(kind: str, verdict: str) -> None:
    found = read_returned(ARF.format(to="x@y.example", kind=kind, message_id="m@x").encode())
    assert found.verdict == verdict


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 100,
        b"Content-Type: multipart/report; report-type=delivery-status\n\n",
        b"Content-Type: message/delivery-status\n\n\xff\xfe",
        b"From: \xff\nSubject: =?x?q?y?=\n\n" + b"x" * 10_000,
        b"Content-Type: text/plain; charset=klingon\nFrom: postmaster@x\nSubject: failed\n\n550 5.1.1 no such user\n",
        b'To: a@b.example\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: text/plain; charset="ute\xff/rfc822"\n\nword\xff\n',
        b"Content-Type: message/rfc822\n\n" * 5_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000)),
    ],
)
def test_nothing_that_comes_in_is_too_broken_to_read(content: bytes) -> None:
    assert read_returned(content).verdict in {"none", "hard", "refused"}


HEAD = b"From: MAILER-DAEMON@x.example\r\nSubject: Undelivered Mail\r\n"
REPORT = (
    HEAD + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: %s\r\nAction: failed\r\nDiagnostic-Code: %s\r\n\r\n--b--\r\n"
)
MUCH = 100_000
EXPENSIVE = {
    "line ends": HEAD + b"\r\n" + b"x" * 50 + b"\n" * MUCH,
    "lines of spaces": HEAD + b"\r\nx" + b" \n " * (MUCH // 3) + b"x",
    "lines of dashes": HEAD + b"\r\n" + b"x" * 50 + b"-\n" * (MUCH // 2),
    "a word": HEAD + b"\r\n" + b"a" * MUCH,
    "a number": HEAD + b"\r\n" + b"5" * MUCH,
    "phrases": HEAD + b"\r\n" + b"This message was created automatically " * (MUCH // 39),
    "an address": HEAD + b"To: " + b"a" * MUCH + b"\r\n\r\n550 5.1.1",
    "addresses": HEAD + b"To: " + b"a@" * (MUCH // 2) + b"\r\n\r\n550 5.1.1",
    "a failed recipient": HEAD + b"X-Failed-Recipients: " + b"a" * MUCH + b"\r\n\r\nunknown",
    "a final recipient": REPORT % (b"a" * MUCH, b"smtp; 550"),
    "a diagnosis": REPORT % (b"rfc822; a@b.example", b"5" * MUCH),
    "parameters": HEAD + b"Content-Type: text/plain;" + b" a=b;" * (MUCH // 5) + b"\r\n\r\nx",
    "a parameter of semicolons": HEAD + b'Content-Type: text/plain; "' + b";" * MUCH + b"\r\n\r\nx",
}


@pytest.mark.parametrize("content", EXPENSIVE.values(), ids=list(EXPENSIVE))
def test_no_message_that_anybody_can_send_costs_more_than_a_moment(content: bytes) -> None:
    began = time.process_time()
    read_returned(content)
    assert time.process_time() - began < 1.5  # each took from a minute to hours, or grows with the square


def test_on_the_collected_bounces_the_verdict_is_right_as_often_as_we_say(corpora: Path | None) -> None:
    """The floors of docs/delivery.md. "filtered" is left out: those servers say that the user is unknown."""
    if corpora is None:
        return
    folder = corpora / "corpora" / "bounces"
    seen: Counter[tuple[bool, str]] = Counter()
    for line in (folder / "expected.jsonl").read_text().splitlines():
        sample = json.loads(line)
        (expected, *more) = sample["expected"]
        if more or expected["reason"] == "filtered":
            continue
        seen[bool(expected["hard"]), read_returned((folder / sample["file"]).read_bytes()).verdict] += 1
    dead = sum(count for (hard, _), count in seen.items() if hard)
    alive = sum(count for (hard, _), count in seen.items() if not hard)
    assert seen[True, "hard"] / dead >= 0.88
    assert seen[False, "hard"] / alive <= 0.08


# --- taken in


def process(office: Office, *contents: str) -> None:
    """Put messages into a Maildir and take them in."""
    new = office.folder / "Maildir" / "new"
    new.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(contents):
        (new / str(number)).write_text(content)
    assert run(["bounces", "process", "Maildir"]) == 0
    assert list(new.iterdir()) == []


def path_of(office: Office, address: str) -> str:
    keys = load_key(office.folder / "secret.key")
    return f"{return_path(keys, office.row(address).id)}@evening.example"


def people(office: Office) -> dict[str, str]:
    with office.store.read() as connection:
        return {row.address: row.state for row in connection.execute(sa.select(subscribers))}


def test_a_hard_bounce_suppresses_at_once_and_twice_is_once(desk: Office) -> None:
    bounce = dsn(path_of(desk, "ada@a.example"))
    process(desk, bounce, bounce)
    assert people(desk) == {"ada@a.example": "suppressed", "ben@b.example": "active"}
    assert desk.states() == {"ada@a.example": "bounced", "ben@b.example": "accepted"}


def test_the_same_full_mailbox_reported_twice_counts_once(desk: Office) -> None:
    bounce = dsn(path_of(desk, "ada@a.example"), status="5.2.2", words="552 5.2.2 full")
    process(desk, bounce, bounce)
    assert noted(desk) == [(1, 1)]


def noted(office: Office) -> list[tuple[int, int]]:
    """Whose mailbox which delivery found full."""
    with office.store.read() as connection:
        rows = connection.execute(sa.select(soft_bounces.c.subscriber, soft_bounces.c.delivery))
        return [tuple(row) for row in rows]


def test_a_bounce_sent_elsewhere_is_known_by_the_return_path_in_what_it_returns(desk: Office) -> None:
    path = path_of(desk, "ada@a.example")
    bounce = dsn("postmaster@evening.example", status="5.2.2", words="552 full")
    bounce = bounce.replace("Message-ID: <m@x>", f"Return-Path: <{path}>\nMessage-ID: <m@x>")
    process(desk, bounce, bounce, dsn(path, status="5.2.2", words="552 full"))
    assert noted(desk) == [(1, 1)]
    assert desk.states() == {"ada@a.example": "bounced", "ben@b.example": "accepted"}


@pytest.mark.parametrize(
    ("status", "words"),
    [("5.1.1", "550 user unknown"), ("5.2.2", "552 full"), ("5.7.1", "550 spam")],
)
def test_whoever_has_seen_a_message_id_cannot_make_bounces_of_it(
    desk: Office, status: str, words: str
) -> None:
    message_id = f"{fingerprint(EDITION)}.{0:016d}@evening.example"
    to = ("bounces@evening.example", "x@evening.example", "b-a00@evening.example")
    process(desk, *(dsn(place, status=status, words=words, message_id=message_id) for place in to))
    assert noted(desk) == []
    assert people(desk) == {"ada@a.example": "active", "ben@b.example": "active"}
    assert desk.states() == {"ada@a.example": "accepted", "ben@b.example": "accepted"}


def test_one_subscribers_own_return_path_cannot_be_used_on_another(desk: Office) -> None:
    message_id = f"{fingerprint(EDITION)}.{0:016d}@evening.example"  # Ada's
    process(desk, dsn(path_of(desk, "ben@b.example"), message_id=message_id))
    assert people(desk) == {"ada@a.example": "active", "ben@b.example": "suppressed"}


def ended(office: Office) -> list[tuple[str, str]]:
    query = sa.select(subscriptions.c.state, subscriptions.c.end_reason).order_by(subscriptions.c.subscriber)
    with office.store.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


@pytest.mark.parametrize("place", ["Original-Mail-From: <{}>\nVersion: 1", "Version: 1"])
def test_a_complaint_suppresses_and_unsubscribes(desk: Office, place: str) -> None:
    path = path_of(desk, "ada@a.example")
    report = ARF.format(to="abuse@evening.example", kind="abuse", message_id="m@x")
    report = report.replace("Version: 1\nOrig", place.format(path) + "\nOrig")
    if "Mail-From" not in place:
        report = report.replace("Message-ID: <m@x>", f"Return-Path: <{path}>\nMessage-ID: <m@x>")
    process(desk, report)
    assert people(desk) == {"ada@a.example": "suppressed", "ben@b.example": "active"}
    assert ended(desk) == [("unsubscribed", "complaint"), ("active", "")]


def test_a_complaint_that_only_has_a_message_id_unsubscribes_and_bars_nobody(desk: Office) -> None:
    message_id = "0123456789abcdef.0000000000000000@evening.example"
    complaint = ARF.format(to="abuse@evening.example", kind="abuse", message_id=message_id)
    process(desk, complaint, complaint)
    assert people(desk) == {"ada@a.example": "active", "ben@b.example": "active"}
    assert ended(desk) == [("unsubscribed", "complaint"), ("active", "")]


def test_a_forged_bounce_does_nothing(desk: Office) -> None:
    forged = path_of(desk, "ada@a.example")
    forged = forged.replace(forged[20], "0" if forged[20] != "0" else "1", 1)
    process(desk, dsn(forged), dsn("ada@a.example"), dsn("b-a0@evening.example"))
    assert people(desk) == {"ada@a.example": "active", "ben@b.example": "active"}


def test_mail_to_the_unsubscribe_address_unsubscribes_with_its_token_only(desk: Office) -> None:
    token = seal(load_key(desk.folder / "secret.key"), "0" * 16, "evening", "unsubscribe")
    other = seal(load_key(desk.folder / "secret.key"), "0" * 15 + "1", "evening", "preferences")
    mails = [
        f"From: x@y.example\nTo: unsubscribe@evening.example\nSubject: {subject}\n\n\n"
        for subject in (token, "please", other, token[:-9] + "x" + token[-8:])
    ]
    process(desk, *mails)
    with desk.store.read() as connection:
        query = sa.select(subscriptions.c.state).order_by(subscriptions.c.subscriber)
        assert connection.execute(query).scalars().all() == ["unsubscribed", "active"]


def test_an_mbox_and_a_pipe_are_read_too(desk: Office) -> None:
    bounce = dsn(path_of(desk, "ada@a.example"))
    (desk.folder / "box").write_text(f"From MAILER-DAEMON Fri Jan  2 06:30:00 2026\n{bounce}\n")
    assert run(["bounces", "process", "box"]) == 0
    piped = subprocess.run(
        [sys.executable, "-m", "digest", "bounces", "process", "--json"],
        input=dsn(path_of(desk, "ben@b.example")).encode(),
        capture_output=True,
        check=True,
        cwd=desk.folder,
    )
    assert json.loads(piped.stdout) == {"suppressed": 1}
    assert set(people(desk).values()) == {"suppressed"}


# --- the other commands


def test_subscribers_from_the_command_line(desk: Office, capsys: pytest.CaptureFixture[str]) -> None:
    (desk.folder / "list.csv").write_text("E-Mail\neve@e.example\nnonsense\nada@a.example\n")
    assert run(["subscribers", "import", "list.csv", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["added"], told["unchanged"], told["rejected"], told["rejects"][0]["line"]) == (1, 1, 1, 3)
    assert run(["subscribers", "import", "list.csv", "--rejects", "no.csv"]) == 0
    assert (desk.folder / "no.csv").stat().st_mode & 0o077 == 0
    assert "nonsense" in (desk.folder / "no.csv").read_text()
    assert run(["subscribers", "add", "fay@f.example", "--slot", "morning"]) == 0
    assert run(["subscribers", "remove", "ben@b.example"]) == 0
    assert run(["subscribers", "add", "ben@b.example"]) == 1
    capsys.readouterr()
    assert run(["subscribers", "export", "-n", "evening"]) == 0
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == [
        "address",
        "ada@a.example",
        "eve@e.example",
        "fay@f.example",
    ]
    assert run(["subscribers", "erase", "eve@e.example", "--yes"]) == 0
    assert run(["subscribers", "show", "eve@e.example"]) == 2
    capsys.readouterr()
    assert run(["subscribers", "show", "ada@a.example"]) == 0
    assert EDITION in capsys.readouterr().out
    assert run(["subscribers", "list", "--limit", "1"]) == 0
    assert run(["subscribers", "add", "x@x.example", "--slot", "noon"]) == 2
    assert run(["subscribers", "import", "missing.csv"]) == 2
    (desk.folder / "latin.csv").write_bytes("email\nj\xf6rg@x.example\n".encode("latin-1"))
    assert run(["subscribers", "import", "latin.csv"]) == 2


def test_deliveries_from_the_command_line(desk: Office, capsys: pytest.CaptureFixture[str]) -> None:
    with desk.store.begin() as connection:
        connection.execute(deliveries.update().where(deliveries.c.id == 1).values(state="uncertain"))
        connection.execute(
            deliveries.update().where(deliveries.c.id == 2).values(state="deferred", not_before=NOW)
        )
    assert run(["deliveries", "summary", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "edition": EDITION,
        "audience": 2,
        "states": {"uncertain": 1, "deferred": 1},
        "adds_up": True,
    }
    assert run(["deliveries", "list", "--state", "uncertain", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["address"]) == (1, "ada@a.example")
    assert run(["deliveries", "retry", "--state", "accepted"]) == 2
    assert run(["deliveries", "retry"]) == 0
    assert run(["deliveries", "resolve", "resend", "1", "2"]) == 0
    assert desk.states() == {"ada@a.example": "ready", "ben@b.example": "ready"}
    assert desk.row("ada@a.example").resent
    assert run(["deliveries", "resolve", "accepted", "--edition", EDITION]) == 0
    assert run(["deliveries", "resolve", "accepted"]) == 2
    assert run(["deliveries", "summary", "nothing/2026-01-01/here"]) == 2
