"""An edition's pictures before they are printed: hosted by us, linked at the publisher's, or left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from digest.model import Edition, Item, Picture
from digest.pipeline.newsroom import Newsroom

if TYPE_CHECKING:
    from digest.pull.host import Host, Hosted

Choice = Callable[[Picture], Picture | None]


async def with_pictures(
    newsroom: Newsroom,
    edition: Edition,
    *,
    now: dt.datetime,
    final: bool = False,
    dead: frozenset[str] = frozenset(),
    awaited: set[str] | None = None,
) -> Edition:
    """The edition with the pictures it will really show. A dead, tiny or broken one is dropped, never shown.

    Pictures that are only linked are looked at when the edition is ``final``: a preview asks nobody. With a set
    of those ``awaited`` no copy is fetched either: what is not here yet is left out and named in it.
    """
    settings = newsroom.config.pictures
    if settings.mode == "none":
        return replaced(edition, lambda _picture: None)
    edition = replaced(edition, lambda picture: None if picture.url in dead else picture)
    pictures = [item.picture for item in edition.items if item.picture is not None]
    site = newsroom.config.site.url
    own = f"{site}/pictures/"  # put on the site by an editor already
    ours = {p.url for p in pictures if settings.mode == "host" and site and not p.link_only}
    ours = {url for url in ours if not url.startswith(own)}
    theirs = linked(newsroom, edition) if final and settings.check else set()
    if not ours and not theirs:
        return edition
    host = host_of(newsroom)
    copies = await host.copies(sorted(ours), now) if awaited is None else _here(host, ours, now, awaited)
    checked = await host.checked(sorted(theirs), now)

    def choose(picture: Picture) -> Picture | None:
        if picture.url in copies:
            return _copied(picture, copies[picture.url], site)
        return picture if checked.get(picture.url, True) else None

    return replaced(edition, choose)


def _here(host: Host, urls: Iterable[str], now: dt.datetime, awaited: set[str]) -> dict[str, Hosted | None]:
    known = host.known(urls, now)
    awaited |= {url for url in urls if url not in known}
    return {url: known.get(url) for url in urls}


def linked(newsroom: Newsroom, edition: Edition) -> set[str]:
    """The addresses of the edition's pictures that are not on our own site."""
    settings, site = newsroom.config.pictures, newsroom.config.site.url
    hosted = settings.mode == "host" and bool(site)
    pictures = [i.picture for i in edition.items if i.picture and not (hosted and not i.picture.link_only)]
    return {p.url for p in pictures if not site or not p.url.startswith(f"{site}/pictures/")}


async def dead_pictures(newsroom: Newsroom, edition: Edition, now: dt.datetime) -> frozenset[str]:
    """The linked pictures of ``edition`` that are gone; none where the config does not want them looked at."""
    wanted = linked(newsroom, edition)
    if not wanted or not newsroom.config.pictures.check:
        return frozenset()
    found = await host_of(newsroom).checked(sorted(wanted), now)
    return frozenset(url for url, picture in found.items() if picture is None)


def host_of(newsroom: Newsroom) -> Host:
    """Where this newsroom keeps its pictures."""
    from digest.pull.host import Host  # brings aiohttp

    config = newsroom.config
    folder = newsroom.path(config.pictures.folder)
    return Host(folder, config.pictures, config.pull, newsroom.user_agent, newsroom.sources)


def _copied(picture: Picture, copy: Hosted | None, site: str) -> Picture | None:
    if copy is None:
        return None
    url = f"{site}/pictures/{copy.file}"
    return dataclasses.replace(
        picture, url=url, origin=picture.url, width=copy.width, height=copy.height, type=copy.type
    )


def replaced(edition: Edition, choose: Choice) -> Edition:
    """The edition with ``choose`` of every picture."""
    sections = tuple(
        dataclasses.replace(section, items=tuple(_chosen(item, choose) for item in section.items))
        for section in edition.sections
    )
    return dataclasses.replace(edition, sections=sections)


def _chosen(item: Item, choose: Choice) -> Item:
    return item if item.picture is None else dataclasses.replace(item, picture=choose(item.picture))
