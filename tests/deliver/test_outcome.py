"""What every reply of a server means: for the person, for the connection, for the edition."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from digest.deliver.outcome import (
    LOST,
    Outcome,
    Reply,
    about_address,
    judged,
    ours,
    outcome,
    printable,
    uncertain,
)
from digest.model import Attempt, Recipient

NOW = dt.datetime(2026, 1, 2, 6, 30, tzinfo=dt.UTC)
AGAIN: dict[str, Any] = {"kind": "again", "usable": False}
HALT: dict[str, Any] = {"kind": "halt", "usable": False}
LATER: dict[str, Any] = {"kind": "deferred"}
FULL_LATER: dict[str, Any] = {"kind": "deferred", "bounce": "soft"}
HARD: dict[str, Any] = {"kind": "bounced", "bounce": "hard"}
SOFT: dict[str, Any] = {"kind": "bounced", "bounce": "soft"}
REFUSED: dict[str, Any] = {"kind": "bounced", "refused": True}


@pytest.mark.parametrize(
    ("step", "code", "text", "meant"),
    [
        ("dot", 250, "2.0.0 queued", {"kind": "accepted"}),
        ("dot", 200, "", {"kind": "accepted"}),
        ("dot", 299, "", {"kind": "accepted"}),
        ("dot", 354, "go on", AGAIN),
        ("rcpt", 250, "ok", AGAIN),  # asked for nothing: out of step
        ("rcpt", 0, "", AGAIN),
        ("rcpt", 199, "", AGAIN),
        ("rcpt", 600, "", AGAIN),
        ("rcpt", 421, "shutting down", AGAIN),
        ("dot", 421, "4.2.2 shutting down", AGAIN),
        ("rcpt", 422, "4.2.2 full", FULL_LATER),
        ("rcpt", 450, "4.2.0 greylisted", LATER),
        ("rcpt", 450, "too many connections", AGAIN),
        ("rcpt", 451, "Maximum number of sessions", AGAIN),
        ("rcpt", 452, "max transactions reached", AGAIN),
        ("rcpt", 453, "too many connections", LATER),
        ("rcpt", 449, "too many connections", LATER),
        ("rcpt", 450, "too many recipients", LATER),
        ("rcpt", 454, "4.7.0 TLS not available", AGAIN),
        ("rcpt", 455, "", LATER),
        ("mail", 450, "4.7.1 try later", AGAIN),
        ("mail", 450, "4.3.1 try later", LATER),
        ("rcpt", 450, "4.7.1 try later", LATER),
        ("rcpt", 452, "out of storage", FULL_LATER),
        ("rcpt", 452, "4.5.3 later", LATER),
        ("rcpt", 452, "5.2.2 full", FULL_LATER),
        ("dot", 452, "out of storage", LATER),
        ("rcpt", 451, "", LATER),
        ("rcpt", 530, "5.7.0 log in", HALT),
        ("rcpt", 534, "", HALT),
        ("rcpt", 535, "", HALT),
        ("rcpt", 538, "", HALT),
        ("rcpt", 502, "", HALT),
        ("rcpt", 503, "", HALT),
        ("rcpt", 531, "", REFUSED),
        ("rcpt", 504, "", REFUSED),
        ("mail", 550, "5.1.1 who?", HALT),
        ("rcpt", 550, "5.7.8 bad credentials", HALT),
        ("rcpt", 550, "5.7.9 too weak", HALT),
        ("dot", 552, "5.3.4 too big", HALT),
        ("rcpt", 550, "5.3.4 too big", HALT),
        ("dot", 552, "too big", HALT),
        ("data", 552, "too big", HALT),
        ("rcpt", 552, "over quota", SOFT),
        ("rcpt", 552, "5.2.3 too big for the mailbox", SOFT),
        ("dot", 552, "5.2.2 full", SOFT),
        ("dot", 552, "5.2.3 too big for the mailbox", REFUSED),
        ("dot", 553, "", REFUSED),
        ("rcpt", 550, "5.2.2 full", SOFT),
        ("rcpt", 550, "4.2.2 full", SOFT),
        ("rcpt", 550, "5.1.1 no such user", HARD),
        ("rcpt", 550, "5.7.1 no", REFUSED),
        ("rcpt", 550, "no such user", HARD),
        ("rcpt", 551, "not here", HARD),
        ("rcpt", 553, "bad mailbox", HARD),
        ("rcpt", 554, "no such user", REFUSED),
        ("rcpt", 550, "rejected as spam", REFUSED),
        ("rcpt", 550, "SPF check failed", REFUSED),
        ("dot", 550, "5.1.1 no such user", HARD),
        ("dot", 550, "no such user", REFUSED),
        ("data", 550, "5.1.1 no such user", REFUSED),
        ("dot", 554, "5.7.1 spam", REFUSED),
    ],
)
def test_a_reply_means_one_thing(step: Any, code: int, text: str, meant: dict[str, Any]) -> None:
    reply = Reply(code, text) if text else Reply(code)
    assert outcome(step, reply) == Outcome(**{"reply": reply, **meant})


@pytest.mark.parametrize("code", [0, 199, 600, 999])
def test_an_unintelligible_reply_to_the_final_dot_is_uncertain(code: int) -> None:
    found = outcome("dot", Reply(code, "what"))
    assert (found.kind, found.usable, found.bounce, found.refused) == ("uncertain", False, "", False)
    assert (found.reply.code, found.reply.text) == (
        0,
        f"an unintelligible reply to the final dot: {code} what",
    )
    assert outcome("dot", Reply(code)).reply.text == f"an unintelligible reply to the final dot: {code}"
    assert outcome("dot", Reply(599)).kind == "bounced"


def test_a_lost_connection_before_the_dot_is_tried_again_and_after_it_uncertain() -> None:
    assert (LOST.kind, LOST.usable) == ("again", False)
    found = uncertain("no reply")
    assert (found.kind, found.usable, found.reply.code, found.reply.text) == (
        "uncertain",
        False,
        0,
        "no reply",
    )


def test_a_reply_of_several_lines_is_one_text_with_its_code_once() -> None:
    assert (
        Reply(550, "5.1.1 no such", "5.1.1 user here", "5.1.2 at all").text
        == "5.1.1 no such user here 5.1.2 at all"
    )
    assert Reply(550, "no such", "user").text == "no such user"
    assert Reply(550, "5.1.1 tab\there").text == "5.1.1 tab here"
    assert (Reply(550).text, Reply(550).enhanced) == ("", "")
    assert Reply(550, "5.1.1 no such").enhanced == "5.1.1"
    assert Reply(550, "said 5.1.1").enhanced == ""
    assert Reply(550, "3.1.1 no").enhanced == ""
    assert repr(Reply(550, "5.1.1 no")) == "Reply(550, '5.1.1 no')"


def test_control_characters_become_spaces() -> None:
    assert printable("plain é") == "plain é"
    assert printable("a\x00b\x1b[1mc\nd") == "a b [1mc d"


def test_what_is_ours_and_what_is_about_the_address() -> None:
    assert ours("mail", Reply(550, "5.7.1 no"))
    assert not ours("rcpt", Reply(552, "too big"))
    assert about_address(Reply(550, "5.1.1 spam"))  # the code says it
    assert not about_address(Reply(550, "5.7.1 user unknown"))


RETRY = (dt.timedelta(minutes=30), dt.timedelta(hours=2))
RECIPIENT = Recipient(7, 3, 1, "t", "ada@a.example")


@pytest.mark.parametrize(
    ("attempts", "kind", "state", "wait"),
    [
        (0, "deferred", "deferred", RETRY[0]),
        (1, "deferred", "deferred", RETRY[1]),
        (2, "deferred", "expired", None),
        (0, "again", "deferred", RETRY[0]),
        (0, "accepted", "accepted", None),
        (0, "bounced", "bounced", None),
        (0, "uncertain", "uncertain", None),
        (9, "accepted", "accepted", None),
    ],
)
def test_a_try_is_judged_by_its_outcome_and_the_tries_before(
    attempts: int, kind: Any, state: Any, wait: dt.timedelta | None
) -> None:
    who = Recipient(7, 3, 1, "t", "ada@a.example", attempts=attempts)
    made = judged(who, Outcome(kind, Reply(450, "4.2.2 " + "x" * 600), bounce="soft"), RETRY, NOW)
    reply = "4.2.2 " + "x" * 494
    expected = Attempt(7, 3, state, 450, "4.2.2", reply, "soft", not_before=NOW + wait if wait else None)
    assert made == expected
