"""Feeds behind the addresses that people type."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from digest.config.settings import PullSettings
from digest.errors import FeedError

if TYPE_CHECKING:
    from digest.pull.discovery import Discovered

AT_ONCE = 4  # each has parsing processes of its own


def with_scheme(address: str) -> str:
    """What people type as an address: "paper.example" means https://paper.example."""
    address = address.strip()
    return address if "://" in address or address.startswith(("demo:", "file:")) else f"https://{address}"


async def look(
    urls: Sequence[str],
    settings: PullSettings,
    *,
    now: dt.datetime,
    user_agent: str,
    advance: Callable[[int], None] = lambda _count: None,
) -> list[tuple[str, tuple[Discovered, ...], str]]:
    """For each address: the address itself, the feeds behind it, and why there are none."""
    from digest.demo import open_demo
    from digest.pull.discovery import discover

    turns = asyncio.Semaphore(AT_ONCE)
    sources = {"demo": open_demo}

    async def one(url: str) -> tuple[str, tuple[Discovered, ...], str]:
        async with turns:
            try:
                found = await discover(url, settings, now=now, user_agent=user_agent, sources=sources)
            except FeedError as error:
                return url, (), str(error)
            finally:
                advance(1)
        return url, found, "" if found else "No feed was found there."

    return list(await asyncio.gather(*map(one, dict.fromkeys(urls))))
