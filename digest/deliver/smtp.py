"""Our own SMTP dialogue: MAIL, RCPT and DATA in one packet, each step known when it fails.

RFC 5321, with PIPELINING (RFC 2920), SIZE (RFC 1870), SMTPUTF8 (RFC 6531), STARTTLS (RFC 3207) and
AUTH (RFC 4954). ``smtplib`` cannot tell "never sent" from "maybe sent"; here that is the point.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from dataclasses import dataclass, replace

from digest.config.settings import SmtpSettings
from digest.deliver.journal import Journal
from digest.deliver.letter import Letter
from digest.deliver.outcome import LOST, Outcome, Reply, outcome, uncertain
from digest.deliver.transport import UnreachableError
from digest.deliver.wire import TAIL, Wire, connect
from digest.errors import DeliveryError

FINAL_SECONDS = 600.0  # for the reply to the final dot, RFC 5321 section 4.5.3.2.6
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server said to EHLO."""

    extensions: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.extensions

    @property
    def size(self) -> int:
        """The largest message in bytes, 0 for no limit."""
        number = self.extensions.get("SIZE", "")
        return int(number) if number.isdecimal() else 0

    @property
    def auth(self) -> set[str]:
        """The ways to log in."""
        return set(self.extensions.get("AUTH", "").upper().split())


class SmtpSession:
    """One connection to one relay, ready for letters."""

    def __init__(
        self, wire: Wire, offer: Offer, settings: SmtpSettings, final: float = FINAL_SECONDS
    ) -> None:
        self.wire = wire
        self.offer = offer
        self.seconds = settings.timeout.total_seconds()
        self.final = final
        self._left = settings.messages_per_connection
        self.announces = "PIPELINING" in offer
        self._ahead: tuple[Letter, bytes, list[tuple[str, bytes]]] | None = None
        self._broken = False
        self._dirty = False  # a transaction was begun and not ended

    async def send(self, letter: Letter, journal: Journal, following: Letter | None = None) -> Outcome:
        """See ``transport.Session``. The journal is told before DATA and before the final dot."""
        ahead, self._ahead = self._ahead, None
        data = ahead[1] if ahead and ahead[0] is letter else letter.wire()
        self._left -= 1
        if ahead:
            result = await self.answers(ahead[2])
        else:
            result = self.unfit(letter, len(data)) or await self.envelope(letter, data, journal)
        if result and result.kind == "halt" and not letter.local.isascii():
            # It offered SMTPUTF8 or 8BITMIME and then refused them: the others, in ASCII, are not concerned.
            result = replace(result, kind="bounced")
        result = result or await self.content(letter, data, journal, following)
        self._broken = not result.usable
        return result if self._left > 0 else replace(result, usable=False)

    async def close(self) -> None:
        """QUIT, or hang up where the server waits for something else or has stopped talking sense."""
        if self._broken or self._ahead:
            self.wire.abort()
        else:
            await self.wire.close()

    def unfit(self, letter: Letter, size: int) -> Outcome | None:
        """Why this server cannot take the letter; None when it can."""
        if not letter.local.isascii() and "SMTPUTF8" not in self.offer:
            return Outcome("bounced", Reply(0, "the server takes no addresses outside ASCII (SMTPUTF8)"))
        if 0 < self.offer.size < size:
            text = f"the message has {size:,} bytes, the server takes {self.offer.size:,}"
            return Outcome("halt", Reply(0, text))
        return None

    async def envelope(self, letter: Letter, data: bytes, journal: Journal) -> Outcome | None:
        """MAIL, RCPT, DATA; None when the server waits for the message."""
        journal.starts(letter.recipient.delivery, letter.recipient.fence)
        commands = self.commands(letter, len(data))
        if self.announces:
            self.wire.write(b"".join(line for _, line in commands))
        return await self.answers(commands)

    async def content(
        self, letter: Letter, data: bytes, journal: Journal, following: Letter | None
    ) -> Outcome:
        """The message with its final dot, and behind it the next envelope where there is one.

        RFC 2920 section 3.1 allows commands behind the dot: a message then costs one round trip.
        """
        ahead = self.prepared(following, journal) if self._left > 0 else b""
        journal.dot(letter.recipient.delivery, letter.recipient.fence)
        self.wire.write(data + ahead if ahead else data)
        reply = await self.wire.reply(self.final)
        if reply is not None:
            return outcome("dot", reply)
        if not self.wire.flushed and not self.encrypted:
            return LOST  # the dot never left this machine
        lost = "the connection was lost" if self.wire.lost else f"no reply within {self.final:g} seconds"
        return uncertain(f"{lost} after the final dot")

    def prepared(self, following: Letter | None, journal: Journal) -> bytes:
        """The envelope of the next letter, to go behind the dot of this one."""
        if following is None:
            return b""
        data = following.wire()
        commands = self.commands(following, len(data))
        lines = b"".join(line for _, line in commands)
        if self.unfit(following, len(data)) or len(lines) > TAIL:
            return b""
        journal.starts(following.recipient.delivery, following.recipient.fence)
        self._ahead = following, data, commands
        return lines

    @property
    def encrypted(self) -> bool:
        """Under TLS bytes wait in more than one place: ``flushed`` says too little."""
        return self.wire.transport.get_extra_info("ssl_object") is not None

    async def answers(self, commands: list[tuple[str, bytes]]) -> Outcome | None:
        """The replies to an envelope, its commands sent one by one unless they went together."""
        failed: Outcome | None = None
        for step, line in commands:
            if not self.announces:
                self.wire.write(line)
            reply = await self.wire.reply(self.seconds)
            if reply is None:
                return replace(failed, usable=False) if failed else LOST
            if failed and step == "data" and reply.code == 354:  # it would take a message for nobody
                return replace(failed, usable=False)
            if failed is None and reply.code // 100 != (3 if step == "data" else 2):
                failed = LOST if step == "rset" else outcome(step, reply)  # type: ignore[arg-type]
            if failed and not (self.announces and failed.usable):
                break
        self._dirty = failed is not None
        return failed

    def commands(self, letter: Letter, size: int) -> list[tuple[str, bytes]]:
        """The commands before the message, each with its step."""
        extra = f" SIZE={size}" if "SIZE" in self.offer else ""
        extra += " SMTPUTF8" if not letter.local.isascii() else ""
        extra += " BODY=8BITMIME" if not letter.local.isascii() and "8BITMIME" in self.offer else ""
        reset = [("rset", b"RSET\r\n")] if self._dirty else []
        return [
            *reset,
            ("mail", f"MAIL FROM:<{letter.sender}>{extra}\r\n".encode()),
            ("rcpt", f"RCPT TO:<{letter.address}>\r\n".encode()),
            ("data", b"DATA\r\n"),
        ]


async def open_session(settings: SmtpSettings, final: float = FINAL_SECONDS) -> SmtpSession:
    """Connect, greet, protect, log in.

    Raises UnreachableError when trying later may help, DeliveryError when only a person can.
    """
    seconds = settings.timeout.total_seconds()
    context = tls_context(settings) if settings.tls != "none" else None
    wire: Wire | None = None
    try:
        wire = await connect(
            settings.host, settings.port, seconds, context if settings.tls == "implicit" else None
        )
        expect(settings, await wire.reply(seconds), 220)
        offer = await hello(wire, settings)
        if settings.tls == "starttls":
            assert context is not None
            offer = await start_tls(wire, offer, settings, context)
        if settings.username:
            await log_in(wire, offer, settings)
    except ssl.SSLCertVerificationError as error:
        hang_up(wire)
        raise untrusted(settings, error) from error
    except OSError as error:
        hang_up(wire)
        reason = str(error.strerror or error) or type(error).__name__
        raise UnreachableError(f"{settings.host}:{settings.port} cannot be reached: {reason}.") from error
    except DeliveryError:
        hang_up(wire)
        raise
    return SmtpSession(wire, offer, settings, final)


def hang_up(wire: Wire | None) -> None:
    """Close a connection that never came to be one."""
    if wire is not None:
        wire.abort()


def tls_context(settings: SmtpSettings) -> ssl.SSLContext:
    """Verification on unless the operator turned it off. Raises DeliveryError for a bad ca_file."""
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise DeliveryError(f"The CA file {settings.ca_file} cannot be read: {error}.") from error
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def untrusted(settings: SmtpSettings, error: ssl.SSLCertVerificationError) -> DeliveryError:
    """The error of a certificate that does not hold."""
    return DeliveryError(
        f"The certificate of {settings.host}:{settings.port} is not trusted: {error.verify_message}.",
        "Set ca_file to its authority, or host to the name in the certificate.",
    )


def expect(settings: SmtpSettings, reply: Reply | None, code: int) -> Reply:
    """``reply`` when it has ``code``; else UnreachableError, as the next try may do better."""
    if reply is not None and reply.code == code:
        return reply
    said = f"said {reply.code} {reply.text}" if reply else "did not answer"
    raise UnreachableError(f"{settings.host}:{settings.port} {said}.")


async def hello(wire: Wire, settings: SmtpSettings) -> Offer:
    """EHLO; HELO for a server that does not know it."""
    seconds = settings.timeout.total_seconds()
    name = our_name(wire)
    wire.write(f"EHLO {name}\r\n".encode())
    reply = await wire.reply(seconds)
    if reply is not None and reply.code in {500, 502}:
        wire.write(f"HELO {name}\r\n".encode())
        expect(settings, await wire.reply(seconds), 250)
        return Offer({})
    lines = expect(settings, reply, 250).lines
    words = (line.split(None, 1) for line in lines[1:] if line)
    return Offer({word[0].upper(): word[1] if len(word) > 1 else "" for word in words})


def our_name(wire: Wire) -> str:
    """What we call ourselves: the host's full name, else the address literal of RFC 5321 section 4.1.3."""
    import socket

    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    address = str(wire.transport.get_extra_info("sockname")[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


async def start_tls(wire: Wire, offer: Offer, settings: SmtpSettings, context: ssl.SSLContext) -> Offer:
    """Protect the connection or give up; what was said before does not count any more."""
    seconds = settings.timeout.total_seconds()
    if "STARTTLS" not in offer:
        raise DeliveryError(
            f"{settings.host}:{settings.port} does not offer STARTTLS.",
            "Nothing is sent unprotected. Use tls: implicit with port 465, or tls: none for a relay on this machine.",
        )
    wire.write(b"STARTTLS\r\n")
    expect(settings, await wire.reply(seconds), 220)
    if not wire.clean:  # somebody put commands before the TLS handshake (CVE-2011-0411)
        raise DeliveryError(
            f"{settings.host}:{settings.port} sent data before TLS began.", "Something is in between."
        )
    loop = asyncio.get_running_loop()
    transport = await loop.start_tls(
        wire.transport,
        wire,
        context,
        server_hostname=settings.host,
        ssl_handshake_timeout=seconds,
    )
    if transport is None:
        raise ConnectionError("the connection was lost in the TLS handshake")
    wire.connection_made(transport)
    return await hello(wire, settings)


async def log_in(wire: Wire, offer: Offer, settings: SmtpSettings) -> None:
    """AUTH PLAIN or LOGIN. A refusal is for a person to solve: nobody is burned by it."""
    if settings.tls == "none" and settings.host not in LOOPBACK:
        raise DeliveryError("A password is never sent unprotected.", "Set tls to starttls or implicit.")
    if "PLAIN" in offer.auth:
        reply = await auth_plain(wire, settings)
    elif "LOGIN" in offer.auth:
        reply = await auth_login(wire, settings)
    else:
        raise DeliveryError(f"{settings.host} offers no way to log in that we know (PLAIN, LOGIN).")
    if reply is None or reply.code // 100 != 5:
        expect(settings, reply, 235)
    else:
        raise DeliveryError(
            f"{settings.host} refuses the user or password: {reply.code} {reply.text}.",
            "Correct username and password under deliver.smtp; nothing was sent, nobody was burned.",
        )


async def auth_plain(wire: Wire, settings: SmtpSettings) -> Reply | None:
    """RFC 4616."""
    secret = f"\0{settings.username}\0{settings.password.get_secret_value()}"
    wire.write(b"AUTH PLAIN " + base64.b64encode(secret.encode()) + b"\r\n")
    return await wire.reply(settings.timeout.total_seconds())


async def auth_login(wire: Wire, settings: SmtpSettings) -> Reply | None:
    """What Outlook's servers speak: user and password each after a 334."""
    seconds = settings.timeout.total_seconds()
    wire.write(b"AUTH LOGIN\r\n")
    for answer in (settings.username, settings.password.get_secret_value()):
        reply = await wire.reply(seconds)
        if reply is None or reply.code != 334:
            return reply
        wire.write(base64.b64encode(answer.encode()) + b"\r\n")
    return await wire.reply(seconds)
