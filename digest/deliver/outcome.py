"""What an SMTP reply means for the person, the connection and the edition.

The rules are those of RFC 5321 section 4.2.1 and RFC 3463, with one addition: a refusal says something about
the address only where the server speaks of the address.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal, cast

from digest.model import Attempt, DeliveryState, Recipient

Step = Literal["mail", "rcpt", "data", "dot"]
Kind = Literal["accepted", "deferred", "again", "bounced", "uncertain", "halt"]
ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
HARD = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
FULL = {"4.2.2", "5.2.2"}
SESSION_LIMIT = re.compile(r"(?i)\b(?:too many|max(?:imum)?)\b.*\b(?:session|connection|transaction)")
# Servers that refuse a sender or a text with a bare 550 at RCPT, without an enhanced code.
POLICY_WORDS = re.compile(
    r"(?i)spam|block|black ?list|policy|reput|denied|spf|dkim|dmarc|rbl|relay|auth|banned"
)


class Reply:
    """A server's reply. ``code`` 0: none came. Its text is put together only when somebody asks."""

    __slots__ = ("code", "lines")

    def __init__(self, code: int, *lines: str) -> None:
        self.code = code
        self.lines = lines  # without code and line ends

    def __repr__(self) -> str:
        return f"Reply({self.code}, {self.text!r})"

    @property
    def text(self) -> str:
        """The lines on one, printable; the enhanced code that opens each of them is kept once."""
        if len(self.lines) < 2:
            return printable(self.lines[0]) if self.lines else ""
        code = f"{self.enhanced} "
        return printable(" ".join([self.lines[0], *(line.removeprefix(code) for line in self.lines[1:])]))

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), "" when there is none."""
        found = ENHANCED.match(self.lines[0]) if self.lines else None
        return found[0] if found else ""


def printable(text: str) -> str:
    """``text`` without control characters."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter."""

    kind: Kind
    reply: Reply
    bounce: Literal["", "hard", "soft"] = ""  # what it says about the address
    usable: bool = True  # whether the connection may go on
    refused: bool = False  # policy or content: the receiving domain wants none of this


LOST = Outcome("again", Reply(0, "the connection was lost before the final dot"), usable=False)


def uncertain(reason: str) -> Outcome:
    """The final dot was sent and no usable reply came."""
    return Outcome("uncertain", Reply(0, reason), usable=False)


def outcome(step: Step, reply: Reply) -> Outcome:
    """What ``reply`` to ``step`` means."""
    if step == "dot" and not 200 <= reply.code <= 599:
        return uncertain(f"an unintelligible reply to the final dot: {reply.code} {reply.text}".strip())
    if reply.code == 421:
        return Outcome("again", reply, usable=False)
    if step == "dot" and reply.code // 100 == 2:
        return Outcome("accepted", reply)
    if reply.code // 100 == 4:
        return _transient(step, reply)
    if reply.code // 100 == 5:
        return _permanent(step, reply)
    return Outcome("again", reply, usable=False)


def _transient(step: Step, reply: Reply) -> Outcome:
    """4xx: later, except where it is the session that has had enough."""
    if reply.code in {450, 451, 452} and SESSION_LIMIT.search(reply.text):
        return Outcome("again", reply, usable=False)
    if reply.code == 454 or (step == "mail" and reply.enhanced.startswith("4.7.")):
        return Outcome("again", reply, usable=False)  # our standing with the relay, not the receiver's
    full = reply.enhanced in FULL or (step == "rcpt" and reply.code == 452 and not reply.enhanced)
    return Outcome("deferred", reply, bounce="soft" if full else "")


def _permanent(step: Step, reply: Reply) -> Outcome:
    """5xx: the address, the sender, the content or ourselves."""
    if ours(step, reply):
        return Outcome("halt", reply, usable=False)
    if reply.enhanced in FULL:
        return Outcome("bounced", reply, bounce="soft")
    if step == "rcpt" and about_address(reply):
        return Outcome("bounced", reply, bounce="hard")
    if step == "dot" and reply.enhanced in HARD:  # LMTP-like gateways look the address up last
        return Outcome("bounced", reply, bounce="hard")
    if step == "rcpt" and reply.code == 552:
        return Outcome("bounced", reply, bounce="soft")
    return Outcome("bounced", reply, refused=True)


def ours(step: Step, reply: Reply) -> bool:
    """Whether every other person would get the same answer: authentication, size, a sender refused, syntax."""
    if reply.code in {530, 534, 535, 538} or reply.enhanced in {"5.7.8", "5.7.9", "5.3.4"}:
        return True
    # 552 is "too large" for everybody, unless the enhanced code speaks of one mailbox (5.2.2, 5.2.3).
    too_large = reply.code == 552 and step in {"data", "dot"} and not reply.enhanced.startswith("5.2.")
    return step == "mail" or too_large or reply.code in {502, 503}


def about_address(reply: Reply) -> bool:
    """Whether a refusal at RCPT speaks of the address and of nothing else."""
    if reply.enhanced:
        return reply.enhanced in HARD
    return reply.code in {550, 551, 553} and not POLICY_WORDS.search(reply.text)


def judged(
    recipient: Recipient, outcome: Outcome, retry: tuple[dt.timedelta, ...], now: dt.datetime
) -> Attempt:
    """The attempt that the ledger records. After the last wait of ``retry`` a deferred letter expires."""
    state: DeliveryState = "deferred" if recipient.attempts < len(retry) else "expired"
    if outcome.kind in {"accepted", "bounced", "uncertain"}:
        state = cast("DeliveryState", outcome.kind)
    return Attempt(
        recipient.delivery,
        recipient.fence,
        state,
        outcome.reply.code,
        outcome.reply.enhanced,
        outcome.reply.text[:500],
        outcome.bounce,
        not_before=now + retry[recipient.attempts] if state == "deferred" else None,
    )
