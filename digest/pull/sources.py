"""Bodies that do not come over HTTP: files, and schemes that the caller brings along."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from digest.errors import FetchError
from digest.pull.inflate import TooLargeError

FEED_FILES = frozenset({".xml", ".rss", ".atom", ".rdf", ".json"})


class Source(Protocol):
    """Gives the body behind an address of its scheme. Raises FetchError or OSError."""

    def __call__(self, url: str, now: dt.datetime, /) -> bytes:
        """The body at ``url`` as it stands ``now``."""
        ...


def scheme(url: str) -> str:
    """An address's scheme, lower case, "" for none."""
    head, colon, _ = url.strip().partition(":")
    return (
        head.lower() if colon and head.isascii() and head.replace("+", "").replace("-", "").isalnum() else ""
    )


async def read(
    url: str, sources: Mapping[str, Source], now: dt.datetime, *, allow_files: bool, limit: int
) -> bytes:
    """The body at a ``file:`` address or one of ``sources``' schemes, at most ``limit`` bytes."""
    kind = scheme(url)
    try:
        if kind in sources:
            body = await asyncio.to_thread(sources[kind], url, now)
        elif kind == "file" and allow_files:
            body = await asyncio.to_thread(_read_file, path(url), limit)
        else:
            raise _unknown(kind)
    except OSError as e:
        raise FetchError(f"{url} cannot be read: {e.strerror or e}.", kind="file") from e
    if len(body) > limit:
        raise TooLargeError(limit)
    return body


def _unknown(kind: str) -> FetchError:
    if kind == "file":
        return FetchError(
            "Files are not read as feeds.", "Set pull.allow_files if they should be.", kind="refused"
        )
    return FetchError(
        f"{kind or 'An address without a scheme'}: is no address of a feed.", "Use https:.", kind="refused"
    )


def path(url: str) -> Path:
    """The local path of a ``file:`` address (RFC 8089)."""
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"}:
        raise FetchError("A file: address names another machine.", kind="refused")
    return Path(unquote(parts.path))


def _read_file(file: Path, limit: int) -> bytes:
    """A regular file's bytes; a pipe or a device would block or never end."""
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FetchError(f"{file} is not a file.", "For a folder of feeds, see folder().", kind="file")
        return stream.read(limit + 1)


def folder(directory: Path) -> tuple[str, ...]:
    """The ``file:`` addresses of the feeds in a folder, by name, one feed a file."""
    files = sorted(f for f in directory.rglob("*") if f.suffix.lower() in FEED_FILES and f.is_file())
    return tuple(f.absolute().as_uri() for f in files)
