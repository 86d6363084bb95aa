"""Reading what comes back: DSNs (RFC 3464), bounces that follow no standard, complaints (ARF, RFC 5965).

flufl.bounce finds addresses well, but calls four of five temporary or policy failures permanent; the return
path already tells us the delivery, so what is needed is the verdict (figures in docs/delivery.md).
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.errors import MessageError
from email.message import Message

from digest.deliver.verdict import CODE, VAGUE, Verdict, essence, found_status, judge
from digest.tokens import Keyring, Scope, read_return_path, unseal

MESSAGE_ID = re.compile(r"[0-9a-f]{16}\.([A-Za-z0-9_-]{16})@")
SENDER = re.compile(r"(?im)^return-path:\s{0,20}<?([^\s<>@]{1,64})@")  # of a message that is returned
GOING_ON = ("delayed", "delivered", "relayed", "expanded")
LONGEST_FIELD = 2_000  # characters of one header field: the library reads parameters in quadratic time
LARGEST = 200_000  # characters of a bounce's own words that are looked at
# Anybody may write to us. What is searched at every place of a long word must not look through all of it each time:
# forty kilobytes of line ends once took half a minute.
ADDRESS = re.compile(r"(?<![^\s<>\"':;,()\[\]])[^\s<>\"':;,()\[\]]{1,128}@[^\s<>\"':;,()\[\]]{1,255}")
# Where a bounce quotes the message it returns: nothing after this is the server's own words.
RETURNED = re.compile(
    r"(?im)^[^\w\n]{0,80}(?:below this line is a copy of|this is a copy of|a copy of the (?:original )?message|"
    r"original message (?:follows|text)|(?:the )?(?:text|headers?) of (?:the|your) (?:original )?message|"
    r"unsent message (?:follows|below)|message (?:text|header) follows|return-path:|received: from).*"
)


@dataclass(frozen=True, slots=True)
class Returned:
    """What a message that came back says."""

    verdict: Verdict
    status: str = ""  # RFC 3463, "" when not told
    words: str = ""  # the server's, on one line
    to: tuple[str, ...] = ()  # where it was sent: our return path, or the unsubscribe address
    addresses: tuple[str, ...] = ()  # whom it speaks of
    message_id: str = ""  # of the message it returns
    senders: tuple[str, ...] = ()  # the local parts of that message's envelope sender, where it tells them
    subject: str = ""


class _Short(email.policy.Compat32):
    """The library's reading of messages, with no field longer than any server's is."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """A field's name and the beginning of its value."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_FIELD]


SHORT = _Short()


def read_returned(content: bytes) -> Returned:
    """What a message that came back says. Never raises: what cannot be read says nothing."""
    try:
        return _read(content)
    except (MessageError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # The library's parser gives objects that raise when they are asked what they hold, or nested past all depth.
        return Returned("none")


def _read(content: bytes) -> Returned:
    message = email.message_from_bytes(content, policy=SHORT)
    to = tuple(sorted(receivers(message)))
    sent = returned_text(message)
    about = Returned(
        "none",
        to=to,
        subject=text_of(message.get("Subject")),
        message_id=returned_id(message, sent),
        senders=tuple(SENDER.findall(sent)),
    )
    if any(address.partition("@")[0].lower() == "unsubscribe" for address in to):
        return replace(about, verdict="unsubscribe")
    kind = str(message.get_param("report-type") or "").lower()
    if kind == "feedback-report" or part_of(message, "message/feedback-report") is not None:
        return feedback(message, about)
    status = part_of(message, "message/delivery-status")
    if status is not None:
        return notification(message, status, about)
    return own_words(message, about)


def feedback(message: Message, about: Returned) -> Returned:
    """A complaint: somebody pressed "this is spam". A report of the opposite says nothing."""
    part = part_of(message, "message/feedback-report")
    fields = fields_of(part) if part is not None else {}
    if fields.get("feedback-type", "abuse").lower() in {"not-spam", "auth-failure"}:
        return about
    whom = ADDRESS.findall(" ".join(fields.get(n, "") for n in ("original-rcpt-to", "removal-recipient")))
    sender = fields.get("original-mail-from", "").strip("<>").partition("@")[0]
    return replace(
        about,
        verdict="complaint",
        addresses=tuple(dict.fromkeys(whom)),
        senders=(*about.senders, sender),
    )


def notification(message: Message, part: Message, about: Returned) -> Returned:
    """RFC 3464. All its recipients that failed are taken together: VERP mail has but one."""
    blocks = [block for block in blocks_of(part) if "action" in block or "status" in block]
    failed = [block for block in blocks if not block.get("action", "").lower().startswith(GOING_ON)]
    if not failed:
        return about
    diagnosis = " ".join(block.get("diagnostic-code", "") for block in failed)
    status = found_status(diagnosis)
    if status in VAGUE - {"5.7.1"}:  # the server's own code is closer to the truth, when it says anything
        status = found_status(" ".join(block.get("status", "") for block in failed)) or status
    words = diagnosis if len(diagnosis) > 20 else f"{diagnosis} {essence(told(message))}"
    whom = (ADDRESS.findall(b.get("final-recipient", b.get("original-recipient", ""))) for b in failed)
    return replace(
        about,
        verdict=judge(status, words),
        status=status,
        words=one_line(diagnosis or words),
        addresses=tuple(dict.fromkeys(address for found in whom for address in found)),
    )


def own_words(message: Message, about: Returned) -> Returned:
    """A bounce that follows no standard: qmail, Exim, Notes and many gateways."""
    sender = text_of(message.get("From")).lower()
    bounce = text_of(message.get("Return-Path")).strip() == "<>" or re.search(
        r"mailer-daemon|postmaster|mail delivery|delivery subsystem|mdaemon|mail administrator", sender
    )
    failed = message.get("X-Failed-Recipients") or re.search(
        r"(?i)undeliver|deliver|fail|return|rejected|unable|error|bounce|problem", about.subject
    )
    words = essence(told(message))
    if not (bounce or failed) or not words.strip() or automatic_reply(message):
        return about
    status = found_status(words)
    code = next((m[1] for m in CODE.finditer(words)), "")
    if not status and code:
        status = f"{code[0]}.0.0"
    whom = ADDRESS.findall(text_of(message.get("X-Failed-Recipients"))) or ADDRESS.findall(words)[:1]
    return replace(
        about, verdict=judge(status, words), status=status, words=one_line(words), addresses=tuple(whom)
    )


def automatic_reply(message: Message) -> bool:
    """Out of office, received with thanks: not a bounce."""
    replied = text_of(message.get("Auto-Submitted")).lower().startswith("auto-replied")
    return replied and not re.search(r"(?i)undeliver|deliver|fail|return", text_of(message.get("Subject")))


# --- the parts of a message


def receivers(message: Message) -> Iterator[str]:
    """Where the message was sent, from the headers that a delivering server adds and from To."""
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To"):
        for value in message.get_all(name, []):
            yield from (address.lower() for address in ADDRESS.findall(text_of(value)))


def part_of(message: Message, kind: str) -> Message | None:
    """The first part of that type."""
    return next((part for part in message.walk() if part.get_content_type() == kind), None)


def fields_of(part: Message) -> dict[str, str]:
    """The fields of a report part, which parsers give as a list of messages or as text."""
    return next(iter(blocks_of(part)), {})


def blocks_of(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields of a report part."""
    payload = part.get_payload()
    if isinstance(payload, list):
        texts = [
            "\n".join(f"{k}: {v}" for k, v in block.items())
            for block in payload
            if isinstance(block, Message)
        ]
    else:
        texts = re.split(r"\n\s*\n", decoded(part))
    for text in texts:
        unfolded = re.sub(r"\r?\n[ \t]+", " ", text)
        pairs = (line.partition(":") for line in unfolded.splitlines() if ":" in line)
        block = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if block:
            yield block


def told(message: Message) -> str:
    """The server's own words: the text parts, up to where the returned message begins."""
    texts = []
    for part in message.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            break
        if part.get_content_maintype() == "text":
            text = decoded(part)
            texts.append(
                re.sub(r"<[^<>@]{1,200}>", " ", text) if part.get_content_subtype() == "html" else text
            )
    text = "\n".join(texts)[:LARGEST]
    end = RETURNED.search(text, min(40, len(text)))
    return (text[: end.start()] if end else text).replace("’", "'")


def decoded(part: Message) -> str:
    """A part's text, whatever its charset claims."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload() or "")
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):  # no such charset, or none that could be a name
        return payload.decode("latin-1")


def returned_text(message: Message) -> str:
    """The message a bounce returns, or its headers, wherever they stand."""
    text = "\n".join(
        text_of(part)
        for part in message.walk()
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}
    )
    return (text or (decoded(message) if not message.is_multipart() else ""))[:LARGEST]


def returned_id(message: Message, text: str) -> str:
    """The Message-ID of the message that a bounce returns, from its ``text``."""
    own = text_of(message.get("Message-ID"))
    found = [match for match in re.findall(r"(?im)^message-id:\s*<([^<>\s]+)>", text) if match not in own]
    return found[-1] if found else ""


def text_of(value: object) -> str:
    """The text of a header or part; broken ones come as objects, and some of those cannot say what they hold."""
    try:
        return "" if value is None else str(value)
    except (MessageError, UnicodeError, LookupError):
        return ""


def one_line(words: str) -> str:
    """Printable, on one line, short: it is stored and shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:500]


@dataclass(frozen=True, slots=True)
class Ours:
    """Whom a returned message is about: what our own signature proves, and what it only says."""

    delivery: int | None = None  # proved by its return path
    scope: Scope | None = None  # proved by the token of its subject
    token_id: str = ""  # said by its Message-ID: whoever was answered once has seen that


def identify(returned: Returned, keys: Keyring) -> Ours:
    """Whom a returned message is about. An address proves nothing, as anybody can write a bounce.

    The signed return path is the proof: where the message was sent, or what a report says of the message it returns.
    A Message-ID is none. Answers carry it to everybody they are copied to, and all of one person's are alike.
    """
    locals_ = [*(address.partition("@")[0] for address in returned.to), *returned.senders]
    delivery = next((n for local in locals_ if (n := read_return_path(keys, local)) is not None), None)
    token = re.search(r"[A-Za-z0-9_.-]{30,160}", returned.subject)
    scope = unseal(keys, token[0].rstrip(".")) if token else None
    person = MESSAGE_ID.match(returned.message_id)
    own = scope if scope and scope.purpose == "unsubscribe" else None
    return Ours(delivery, own, person[1] if person else "")
