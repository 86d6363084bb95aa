"""What a bounce says of the address, from its status code and from the server's words."""

from __future__ import annotations

import re
from typing import Literal

Verdict = Literal["hard", "soft", "refused", "complaint", "unsubscribe", "none"]


def either(*patterns: str) -> re.Pattern[str]:
    """One pattern for all of them, whatever the case."""
    return re.compile("|".join(patterns), re.IGNORECASE)


STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
CODE = re.compile(r"(?<![\d.@])([45]\d\d)(?=[ \-;,:#)])")
HARD = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
SOFT = frozenset({"4.2.2", "5.2.2"})
# Codes that servers send for anything: the words decide.
VAGUE = frozenset(
    [
        "",
        "5.0.0",
        "5.1.0",
        "5.2.0",
        "5.3.0",
        "5.4.0",
        "5.4.1",
        "5.4.4",
        "5.5.0",
        "5.5.1",
        "5.7.1",
        "5.2.1",
        "5.1.3",
    ],
)
PRECISE = HARD - VAGUE

FULL = either(  # A full mailbox.
    r"(?:mail ?box|quota|inbox|account|user|recipient|storage|disk)\b.{0,40}\b(?:full|exceed|over ?quota|out of)",
    r"over ?(?:the )?(?:maximum )?(?:allowed )?quota",
    r"quota (?:exceed|full|violation|limit)",
    r"out of (?:storage|disk|email) ?(?:space)?",
    r"insufficient (?:disk|system) (?:space|storage)",
    r"not enough (?:storage|space|disk)",
    r"disk full",
    r"too large for (?:the )?mailbox",
    r"maildir.{0,20}quota",
)
REFUSED = either(  # Sender, content, host or policy: says nothing about the address.
    r"spam",
    r"junk ?mail",
    r"virus",
    r"black ?list",
    r"block(?:ed)? ?list",
    r"(?<!not )listed (?:in|at|by|on)",
    r"reputation",
    r"\bdnsbl\b",
    r"\brbl\b",
    r"spamhaus",
    r"banned",
    r"\bspf\b",
    r"\bdkim\b",
    r"\bdmarc\b",
    r"unauthenticated",
    r"authenticat",
    r"reverse (?:dns|hostname|lookup)",
    r"\bptr\b",
    r"relay(?:ing)? (?:not|denied|access|prohibited)",
    r"(?:not permitted|unable|cannot|refus|won't|we do not).{0,12} relay",
    r"too many (?:recip|conn|hops|mess|error|session)",
    r"rate limit",
    r"throttl",
    r"(?:content|message|mail|attachment).{0,20}(?:reject|refus|denied|block|prohibit|not allowed)",
    r"message (?:size|too (?:large|big|long))",
    r"exceeds? (?:size|the (?:maximum|size)|fixed)",
    r"policy",
    r"security",
    r"suspicious",
    r"sender.{0,40}(?:reject|refus|denied|not exist|invalid|unknown|verif)",
    r"(?:client )?host.{0,60}(?:reject|blocked|denied|refus)",
    r"access denied",
    r"permission denied",
    r"your (?:ip|server|host|domain)",
    r"(?:suspend|inactive|disabled|locked|deactivat|expired)",
    r"temporar",
    r"try again",
    r"only accept",
    r"not accept.{0,10}(?:message|mail).{0,10}from",
    r"mail (?:loop|forwarding loop)",
    r"loops? back",
    r"system error",
    r"local (?:error|configuration)",
    r"bad (?:helo|sequence)",
    r"syntax",
    r"rfc ?\d*",
)
DEAD = either(  # The address or its domain is not there.
    r"(?:user|recipient|mailbox|account|address|addressee|person|name|alias|customer|subscriber)s?\b.{0,60}(?:unknown|not (?:found|exist|known|listed|valid|recogni[sz]ed|have|registered|available)|doesn'?t|does not|no longer|(?:is|was)(?:n't| not) (?:a )?(?:found|listed|valid|known|active|our|here|local)|invalid|unavailable|rejected|undeliverable)",
    r"(?:unknown|no such|invalid|non-?existent|bad destination|unrouteable|undeliverable|no mailbox|incorrect|nonexistent|wrong|illegal).{0,30}(?:user|recipient|address|mailbox|account|alias|name|person|here|destination|host|domain)",
    r"(?:host|domain|name server|mx).{0,40}(?:not found|unknown|doesn'?t exist|does not exist|no such|nonexist|not exist|invalid)",
    r"(?:can'?t|cannot|couldn'?t|could not|unable to) (?:find|resolve|lookup|look up|deliver to)",
    r"no (?:mailbox|recipient|such|one) .{0,10}(?:here|by that|with that)?",
    r"has moved",
    r"user has left",
    r"no longer (?:accept|with|at|valid|avail|active|in use|works)",
    r"null ?mx",
    r"does not accept (?:e?mail|any)",
    r"this user doesn't have",
    r"not our customer",
    r"isn't in my",
    r"couldn't be found",
    r"5\.1\.1\b",
    r"does not accept mail",
    r"domain is not reachable",
)
LATER = either(  # It took too long.
    r"(?:connection|session|network|host|server|delivery|operation).{0,40}(?:timed? ?out|refused|unreachable|reset|lost|dropped|expired|busy|down)",
    r"time(?:d)? ?out",
    r"expired",
    r"unreachable",
    r"retry",
    r"delayed",
    r"not yet been delivered",
    r"(?:four|three|\d) (?:hours|days)",
    r"deferred",
)

# The most telling first: "mailbox unavailable, over quota" is a full mailbox.
REASONS: tuple[tuple[Verdict, re.Pattern[str]], ...] = (
    ("soft", FULL),
    ("refused", REFUSED),
    ("hard", DEAD),
    ("refused", LATER),
)
SENDER_STEP = either(
    r"after mail from",
    r"in reply to mail from",
    r"sender address",
    r"address of the sender",
    r"\b5\.1\.[78]\b",
)
BOILERPLATE = either(  # what mail programs say of every failure, whatever its reason
    r"a message that you (?:have )?sent could not be delivered to (?:one or more|all) of\s+its\s+recipients\.?",
    r"could not be delivered to one or more recipients\.?",
    r"this is a permanent error\.?",
    r"permanent fatal errors",
    r"i(?:'m| am) afraid i was(?:n't| not) able to deliver your message to the following addresses\.?",
    r"(?:the )?following address(?:es|\(es\))? (?:failed|had)",
    r"this message was created automatically[^.]{0,500}\.",
    r"unable to deliver message to",
    r"there was an error delivering your mail to",
)


def judge(status: str, words: str) -> Verdict:
    """Hard: the address is dead. Soft: its mailbox is full. Refused: neither is said.

    A precise status decides; where it is vague (5.0.0, 5.7.1 for everything) or missing, the words do.
    """
    said = by_words(words)
    if status in SOFT or (said == "soft" and not SENDER_STEP.search(words)):
        return "soft"
    if SENDER_STEP.search(words):
        return "refused"
    if status in PRECISE:
        return "hard"
    if not status or status in VAGUE or status.startswith(("5.0.", "5.1.")):
        return said or ("hard" if status in HARD else "refused")
    return "refused"


def by_words(words: str) -> Verdict | None:
    """What the first telling words say."""
    return next((verdict for verdict, pattern in REASONS if pattern.search(words)), None)


def found_status(text: str) -> str:
    """The first enhanced status code of a failure, "" when there is none."""
    return next((match[0] for match in STATUS.finditer(text) if match[1] in "45"), "")


def essence(text: str) -> str:
    """From where the server quotes an SMTP reply, else all but the usual phrases."""
    bare = BOILERPLATE.sub(" ", text)
    reply = re.search(r"(?m)(?:^|[\s:(])[45]\d\d[ \-](?!\d+ )", bare)
    step = "after MAIL FROM " if reply and SENDER_STEP.search(bare[: reply.end()]) else ""
    return step + bare[reply.start() :] if reply else bare
