"""Feeds behind the addresses that people type: found by pulling them once, as every later pull will."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.config.settings import PullSettings

if TYPE_CHECKING:
    from digest.pull import Pulled


@dataclass(frozen=True, slots=True)
class Site:
    """A feed that was found, and what it says of itself."""

    url: str
    title: str
    language: str  # of most of its entries, "" when they do not say
    entries: int


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
) -> tuple[list[Site], list[str]]:
    """The feeds behind addresses, in their order, and a line for each address that has none.

    A site's page gives the first feed that it names.
    """
    from digest.demo import open_demo
    from digest.model import Feed
    from digest.pull import pull

    feeds = [Feed(url, url) for url in dict.fromkeys(urls)]
    found: dict[str, Site] = {}
    problems: list[str] = []
    sources = {"demo": open_demo}
    async for pulled in pull(
        feeds, {}, settings, now=now, user_agent=user_agent, sources=sources, force=True
    ):
        advance(1)
        if pulled.error is not None:
            problems.append(f"{pulled.feed.url}: {pulled.error}")
        else:
            found[pulled.feed.url] = _site(pulled)
    return [found[feed.url] for feed in feeds if feed.url in found], problems


def _site(pulled: Pulled) -> Site:
    languages = Counter(entry.language for entry in pulled.entries if entry.language)
    language = languages.most_common(1)[0][0] if languages else ""
    title = " ".join(pulled.state.title.split())
    return Site(pulled.state.moved_to or pulled.feed.url, title, language, len(pulled.entries))
