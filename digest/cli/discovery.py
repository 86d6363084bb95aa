"""Feeds behind the addresses that people type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.config.settings import PullSettings
from digest.errors import DigestError


@dataclass(frozen=True, slots=True)
class Site:
    """A feed that was found, and what it says of itself."""

    url: str
    title: str
    language: str

    @property
    def host(self) -> str:
        """The server's name without www, the path of an address without a server."""
        parts = urlsplit(self.url)
        return (parts.hostname or parts.path).removeprefix("www.")


async def look(
    urls: Sequence[str], advance: Callable[[int], None], *, allow_private: bool = False
) -> tuple[list[Site], list[str]]:
    """The feeds behind addresses, and a line for each address that has none."""
    settings = PullSettings(allow_private=allow_private)
    found: list[Site] = []
    problems: list[str] = []
    for url in urls:
        try:
            found.append(await find(url, settings))
        except DigestError as error:
            problems.append(f"{url}: {error}")
        advance(1)
    return found, problems


async def find(url: str, settings: PullSettings, user_agent: str = "digest") -> Site:
    """The feed at an address, or the first one that the page there names; raises FeedError."""
    from digest.demo import open_demo
    from digest.pull.discover import discover

    found = await discover(
        url, settings, now=dt.datetime.now(dt.UTC), user_agent=user_agent, sources={"demo": open_demo}
    )
    return Site(found.url, found.title, found.language)
