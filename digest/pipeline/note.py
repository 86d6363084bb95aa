"""A mail to one person that is no edition: a confirmation, an alert, a test."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.addresses import mailbox
from digest.config.settings import SenderSettings
from digest.deliver.journal import Journal
from digest.deliver.letter import Letter
from digest.deliver.outcome import Outcome
from digest.deliver.press import presses
from digest.deliver.recover import new_owner
from digest.deliver.splice import stuffed
from digest.errors import DeliveryError
from digest.model import Mail, Recipient
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.post import dkim_of, transport_of


@dataclass(frozen=True, slots=True)
class Note:
    """What to say to whom."""

    to: str
    subject: str
    text: str
    sender: SenderSettings
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A finished message as a letter's press: nothing in it is anybody else's."""

    content: bytes

    def message(self, _values: object) -> bytes:
        """As it stands in a file."""
        return self.content

    def wire(self, _values: object) -> bytes:
        """As DATA carries it, the final dot included."""
        return stuffed(self.content, first=True) + b".\r\n"


async def send_note(newsroom: Newsroom, note: Note) -> None:
    """Send ``note`` the way editions go. Raises DeliveryError when the server does not take it."""
    await send_message(newsroom, note.to, note.sender.address, signed(newsroom, message(newsroom, note)))


def signed(newsroom: Newsroom, content: bytes) -> bytes:
    """The message with our signature before it, where the config says that we sign."""
    dkim = dkim_of(newsroom)
    if dkim is None:
        return content
    whole = Mail("notes", "note", "", "", "", "", segments=(content,), tokens=(), quoted=())
    return presses([whole], dkim)["note"].message({})


async def send_message(newsroom: Newsroom, to: str, sender: str, content: bytes) -> None:
    """Send one finished message to one person. It touches no ledger; its journal goes with it."""
    local, domain = mailbox(to)
    # An outbox names its files after the delivery: a number of its own for each message.
    number = int.from_bytes(hashlib.sha256(content).digest()[:5], "big")
    recipient = Recipient(delivery=number, fence=0, subscriber=0, token_id="", address=to)
    letter = Letter("notes", recipient, sender, local, domain, {}, Written(content))
    with TemporaryDirectory() as folder, Journal(Path(folder), new_owner()) as journal:
        session = await transport_of(newsroom).connect()
        try:
            outcome: Outcome = await session.send(letter, journal)
        finally:
            await session.close()
    if outcome.kind != "accepted":
        raise DeliveryError(
            f"The mail server did not take the message: {outcome.reply.code} {outcome.reply.text}",
            "See deliver.smtp in the config, and try again.",
        )


def message(newsroom: Newsroom, note: Note) -> bytes:
    """The note as a message, in plain text. Auto-Submitted keeps vacation replies away (RFC 3834)."""
    local, domain = mailbox(note.to)
    # Python writes a local part outside ASCII as an encoded word, which no server understands (RFC 2047 section 5).
    made = EmailMessage(policy=SMTP.clone(max_line_length=998, utf8=not local.isascii()))
    made["From"] = formataddr((note.sender_name or note.sender.name, note.sender.address))
    made["To"] = f"{local}@{domain}"
    made["Subject"] = note.subject
    made["Date"] = format_datetime(newsroom.clock())
    words = f"{note.to}\n{note.subject}\n{note.text}\n{newsroom.clock().isoformat()}"
    ours = note.sender.address.rpartition("@")[2]
    made["Message-ID"] = f"<{hashlib.sha256(words.encode()).hexdigest()[:24]}@{ours}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(note.text, cte="quoted-printable")
    return made.as_bytes()
