"""Fakes for tests of programs that use ``digest``: an SMTP sink that misbehaves as told."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of an SMTP dialogue at which a sink may misbehave."""

    verb: str  # "connect", "ehlo", "starttls", "auth", "rset", "mail", "rcpt", "data", "body", "dot"
    argument: str  # what followed the verb; for "dot" the receiver
    connection: int  # 1 for the first
    message: int  # the message of this connection: 1 for the first


@dataclass(frozen=True, slots=True)
class Received:
    """A message that the sink took."""

    sender: str
    recipient: str
    data: bytes  # as in a file: dots undoubled
    wire: bytes  # as it came, without the final dot
    connection: int


DROP = "drop"  # hang up without a word
STALL = "stall"  # say nothing, hang up never
SWALLOW = "swallow"  # take the message, then hang up without a word
Script = Callable[[Step], str | None]


class SmtpSink:
    """A real SMTP server on a free port of the loopback, in a thread of its own.

    ``script`` sees every step and may answer it: a reply ("450 4.2.0 later"), DROP, STALL or SWALLOW; None
    lets the sink behave. ``messages`` holds what was taken, in order.
    """

    def __init__(
        self,
        script: Script = lambda _step: None,
        *,
        extensions: Sequence[str] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        self.messages: list[Received] = []
        self.commands: list[str] = []  # as they came, of every connection
        self.connections = 0
        self.port = 0
        self.script = script
        self.extensions = extensions
        self.tls = tls
        self.implicit = implicit
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smtp-sink", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def to(self, address: str) -> list[Received]:
        """What was taken for one receiver."""
        return [message for message in self.messages if message.recipient == address]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        context = self.tls if self.implicit else None
        self._talks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=64_000_000, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            await _Talk(self, reader, writer, self.connections).run()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the sink was closed
        finally:
            self._talks.discard(task)
            writer.transport.abort()


class _HangUpError(OSError):
    """The script wants the connection closed."""


class _Talk:
    """One connection of a sink."""

    def __init__(
        self, sink: SmtpSink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        self.sink, self.reader, self.writer, self.number = sink, reader, writer, number
        self.message = 1
        self.sender = self.recipient = ""

    async def run(self) -> None:
        await self.answer("connect", "", "220 sink.example ESMTP")
        while line := (await self.reader.readline()).decode("utf-8", "replace").strip():
            self.sink.commands.append(line)
            verb, _, argument = line.partition(" ")
            if verb.upper() == "QUIT":
                await self.say("221 2.0.0 bye")
                return
            await self.command(verb.lower(), argument)

    async def command(self, verb: str, argument: str) -> None:
        if verb in {"ehlo", "helo"}:
            await self.answer(verb, argument, self.offer() if verb == "ehlo" else "250 sink.example")
        elif verb == "starttls":
            await self.answer(verb, argument, "220 2.0.0 go ahead")
            assert self.sink.tls is not None
            await self.writer.start_tls(self.sink.tls)
        elif verb == "auth":
            await self.log_in(argument)
        elif verb == "mail":
            if (await self.answer(verb, argument, "250 2.1.0 ok"))[0] == "2":
                self.sender = inside(argument)
        elif verb == "rcpt":
            ok = (await self.answer(verb, inside(argument), "250 2.1.5 ok"))[0] == "2"
            self.recipient = inside(argument) if ok else ""
        elif verb == "data":
            await self.data()
        else:
            self.recipient = ""
            await self.answer(verb, argument, "250 2.0.0 ok" if verb == "rset" else "502 5.5.2 what?")

    async def log_in(self, argument: str) -> None:
        if argument.upper() == "LOGIN":
            for prompt in ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"):
                await self.say(prompt)
                argument += " " + (await self.reader.readline()).decode().strip()
        self.sink.commands[-1] = f"AUTH {argument}"
        await self.answer("auth", argument, "235 2.7.0 welcome")

    def offer(self) -> str:
        tls = ("STARTTLS",) if self.sink.tls and not self.sink.implicit else ()
        names = ["sink.example", *self.sink.extensions, *tls]
        return "\r\n".join([*(f"250-{name}" for name in names[:-1]), f"250 {names[-1]}"])

    async def data(self) -> None:
        default = "354 go on" if self.recipient else "554 5.5.1 nobody to send it to"
        if (await self.answer("data", self.recipient, default))[0] != "3":
            return
        if self.script("body", self.recipient) == DROP:
            await self.reader.read(100)
            raise _HangUpError
        wire = (await self.reader.readuntil(b"\r\n.\r\n"))[:-3]
        received = Received(self.sender, self.recipient, re.sub(rb"(?m)^\.", b"", wire), wire, self.number)
        wanted = self.script("dot", self.recipient) or "250 2.0.0 taken"
        if wanted == SWALLOW or wanted.startswith("2"):
            self.sink.messages.append(received)
        await self.give(wanted)
        self.message += 1

    def script(self, verb: str, argument: str) -> str | None:
        return self.sink.script(Step(verb, argument, self.number, self.message))

    async def answer(self, verb: str, argument: str, default: str) -> str:
        """Say what the script wants, else ``default``."""
        wanted = self.script(verb, argument) or default
        await self.give(wanted)
        return wanted

    async def give(self, wanted: str) -> None:
        """Say it, or do what the word stands for."""
        if wanted in {DROP, SWALLOW}:
            raise _HangUpError
        if wanted == STALL:
            await asyncio.Event().wait()
        await self.say(wanted)
        if wanted.startswith("421"):
            raise _HangUpError

    async def say(self, line: str) -> None:
        self.writer.write(line.encode() + b"\r\n")
        await self.writer.drain()


def inside(argument: str) -> str:
    """The address in ``FROM:<a@b> SIZE=1``."""
    return argument.partition("<")[2].partition(">")[0] or argument
