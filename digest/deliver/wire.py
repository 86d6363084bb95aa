"""The client's end of an SMTP connection: replies in, bytes out, and what is known when it breaks."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import cast

from digest.deliver.outcome import Reply

LONGEST = 64_000  # bytes of one reply; RFC 5321 section 4.5.3.1.5 allows lines of 512
TAIL = 2048  # bytes; room for an envelope behind a message
NONSENSE = 599_000  # a code no server has: the reply could not be understood


class Wire(asyncio.Protocol):
    """An asyncio protocol that collects replies; waiting for one costs a future and nothing else."""

    def __init__(self) -> None:
        self.lost = False
        self.flushed = True  # whether the kernel may have taken all we wrote but the last TAIL bytes
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._buffer = b""
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()

    # --- called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands, or stands again under TLS."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=TAIL, low=TAIL)

    def pause_writing(self) -> None:
        """More than TAIL bytes wait for the kernel."""
        self.flushed = False

    def resume_writing(self) -> None:
        """The kernel took them, but for TAIL at most."""
        self.flushed = True

    def data_received(self, data: bytes) -> None:
        """Complete lines become replies."""
        lines = (self._buffer + data if self._buffer else data).split(b"\n")
        self._buffer = lines.pop()
        for line in lines:
            self._line(line)
        if len(self._buffer) > LONGEST or sum(map(len, self._lines)) > LONGEST:
            self._replies.append(Reply(NONSENSE, "a reply without end"))
            self.abort()
        if self._replies:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Nothing more comes."""
        self.lost = True
        if self._timer is not None:
            self._timer.cancel()
        self._wake()

    # --- called by the session

    @property
    def clean(self) -> bool:
        """Whether nothing was received that nobody asked for: needed before TLS starts."""
        return not (self._buffer or self._lines or self._replies)

    @property
    def transport(self) -> asyncio.Transport:
        """The transport below, to start TLS on."""
        assert self._transport is not None
        return self._transport

    def write(self, data: bytes) -> None:
        """Send bytes as soon as the kernel takes them."""
        self.transport.write(data)
        if self.transport.is_closing():  # it was already, or the first byte met a closed door
            self.flushed = False

    async def reply(self, seconds: float) -> Reply | None:
        """The next reply; None when the connection is lost or ``seconds`` have passed."""
        if not self._replies and not self.lost:
            await self._wait(seconds)
        return self._replies.popleft() if self._replies else None

    async def close(self, seconds: float = 2.0) -> None:
        """Say QUIT, wait a moment for the answer, and hang up."""
        if not self.lost and self._transport is not None:
            self.write(b"QUIT\r\n")
            await self.reply(seconds)
            self.abort()

    def abort(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self, seconds: float) -> None:
        """One timer serves many waits: when it rings too early it is wound up again."""
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        self._deadline = loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._wind(loop)
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(self._deadline, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._waiter is not None and loop.time() < self._deadline:
            self._wind(loop)
        else:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _line(self, line: bytes) -> None:
        if not line[:3].isdigit() or line[3:4] not in {b"-", b" ", b"\r", b""}:
            self._lines.clear()
            self._replies.append(Reply(NONSENSE, line[:200].decode("ascii", "replace").strip()))
            return
        self._lines.append(line[4:].decode("utf-8", "replace").strip())
        if line[3:4] != b"-":
            self._replies.append(Reply(int(line[:3]), *self._lines))
            self._lines.clear()


async def connect(host: str, port: int, seconds: float, tls: ssl.SSLContext | None = None) -> Wire:
    """Connect, with TLS from the first byte when a context is given. Raises OSError (ssl.SSLError too)."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, wire = await loop.create_connection(Wire, host, port, ssl=tls)
    except TimeoutError as error:
        raise TimeoutError(f"no connection within {seconds:g} seconds") from error
    return wire
