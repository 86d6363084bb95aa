"""The feeds of a site, from any address of it: the page's own links, else the places where feeds usually are."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from digest.config.settings import PullSettings
from digest.errors import FeedError, ParseError
from digest.model import Feed
from digest.pull import links
from digest.pull.fetch import Client, Response
from digest.pull.parsed import Alternate, Parsed
from digest.pull.pool import Pool
from digest.pull.run import NO_SOURCES, Puller
from digest.pull.sources import Source

# Where WordPress, Ghost, Hugo, Jekyll, Drupal and newspapers' own systems put them.
_USUAL = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/all.rss", "/feed.json")


@dataclass(frozen=True, slots=True)
class Discovered:
    """A feed that was found and read."""

    url: str
    title: str  # the feed's own, else the page's name for it
    site: str
    language: str
    entries: int
    pictures: int  # entries with one
    newest: dt.datetime | None


async def discover(
    url: str,
    settings: PullSettings,
    *,
    now: dt.datetime,
    user_agent: str,
    sources: Mapping[str, Source] = NO_SOURCES,
) -> tuple[Discovered, ...]:
    """The feeds behind an address, each read once: itself, those its page names, or those at the usual places.

    In the page's order. Raises FeedError when the address cannot be read; () when it has no feeds.
    """
    async with (
        Client(settings, user_agent) as client,
        Pool(settings.workers, settings.parse_megabytes) as pool,
    ):
        puller = Puller(client, pool, settings, sources, now, force=True)
        response = await puller.fetch(url)
        try:
            parsed = await puller.parse(Feed(url, ""), response)
        except ParseError:
            parsed = Parsed("page")  # not even HTML: the site may still have feeds where they usually are
        if parsed.kind == "feed":
            return (_discovered(response, parsed, ""),)
        named = await _read(puller, parsed.alternates)
        return named or await _read(puller, _usual_places(response.url))


def _usual_places(url: str) -> Iterable[Alternate]:
    home = links.site(url)
    return [Alternate(urljoin(home, place)) for place in _USUAL] if home.startswith("http") else []


async def _read(puller: Puller, alternates: Iterable[Alternate]) -> tuple[Discovered, ...]:
    found = await asyncio.gather(*(_one(puller, alternate) for alternate in alternates))
    return tuple({feed.url: feed for feed in found if feed}.values())


async def _one(puller: Puller, alternate: Alternate) -> Discovered | None:
    try:
        response = await puller.fetch(alternate.url)
        parsed = await puller.parse(Feed(alternate.url, ""), response)
    except FeedError:
        return None
    return _discovered(response, parsed, alternate.title) if parsed.kind == "feed" else None


def _discovered(response: Response, parsed: Parsed, name: str) -> Discovered:
    return Discovered(
        url=response.url,
        title=parsed.title or name,
        site=parsed.site,
        language=parsed.language,
        entries=len(parsed.entries),
        pictures=sum(1 for entry in parsed.entries if entry.pictures),
        newest=max((entry.published for entry in parsed.entries), default=None),
    )
