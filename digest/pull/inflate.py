"""Content encodings, undone chunk by chunk and never beyond a limit: a bomb is noticed before it goes off."""

from __future__ import annotations

import zlib
from typing import Protocol

from digest.errors import FetchError

CHUNK = 65_536  # bytes produced at once
MOST_LAYERS = 2  # "gzip, br": more is a bomb

ACCEPTED = "gzip, deflate, br"


class _Layer(Protocol):
    def feed(self, data: bytes, room: int) -> bytes: ...


class TooLargeError(FetchError):
    """A body over its limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body is larger than {limit:,} bytes.",
            "Raise pull.max_bytes if it should be.",
            kind="too_large",
        )


class Inflater:
    """Undoes the encodings of one body, up to ``limit`` bytes."""

    def __init__(self, encodings: str, limit: int) -> None:
        names = [n for name in encodings.lower().split(",") if (n := name.strip()) and n != "identity"]
        if len(names) > MOST_LAYERS:
            raise FetchError("The body is encoded too many times over.", kind="encoding")
        self._names = names
        self._layers: list[_Layer] | None = None
        self._limit = limit
        self._taken = 0
        self._size = 0

    def feed(self, data: bytes) -> bytes:
        """What the next bytes of the body stand for. Raises FetchError when there is too much or it is broken."""
        self._taken += len(data)
        if self._taken > self._limit:  # members and blocks without anything in them, one after another
            raise TooLargeError(self._limit)
        if self._layers is None:
            self._layers = _layers(self._names, data)
        for layer in reversed(self._layers):  # the last one named was applied last (RFC 9110 section 8.4)
            data = layer.feed(data, self._limit - self._size)
        self._size += len(data)
        if self._size > self._limit:
            raise TooLargeError(self._limit)
        return data


def _layers(names: list[str], start: bytes) -> list[_Layer]:
    """The layers that the body really has: servers say gzip and send plain text."""
    made: list[_Layer] = []
    for name in names:
        if name in {"gzip", "x-gzip"}:
            if len(names) > 1 or start[:1] == b"\x1f":
                made.append(_Zlib(31))
        elif name == "deflate":
            # zlib's wrapping as the standard says, or the bare stream that some servers send.
            wrapped = len(start) > 1 and start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
            made.append(_Zlib(15 if wrapped else -15))
        elif name == "br":
            made.append(_Brotli())
        else:
            raise FetchError(
                f"The body is encoded as {name[:20]!r}, which nobody asked for.", kind="encoding"
            )
    return made


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._inner = zlib.decompressobj(wbits=wbits)

    def feed(self, data: bytes, room: int) -> bytes:
        made: list[bytes] = []
        size = 0
        try:
            while data and size <= room:
                part = self._inner.decompress(data, CHUNK)
                made.append(part)
                size += len(part)
                data = self._inner.unconsumed_tail
                if self._inner.eof:
                    data = self._inner.unused_data
                    self._inner = zlib.decompressobj(
                        wbits=self._wbits
                    )  # a second gzip member, or what follows
                    if not data.strip(b"\0"):
                        break
        except zlib.error as e:
            if not made and not size:
                raise FetchError("The body's compression is broken.", kind="encoding") from e
        return b"".join(made)


class _Brotli:
    def __init__(self) -> None:
        import brotli

        self._inner = brotli.Decompressor()
        self._error = brotli.error

    def feed(self, data: bytes, room: int) -> bytes:
        made: list[bytes] = []
        size = 0
        try:
            while size <= room:
                part = self._inner.process(data, output_buffer_limit=CHUNK)
                made.append(part)
                size += len(part)
                data = b""
                if self._inner.can_accept_more_data() or self._inner.is_finished():
                    break
        except self._error as e:
            raise FetchError("The body's compression is broken.", kind="encoding") from e
        return b"".join(made)
