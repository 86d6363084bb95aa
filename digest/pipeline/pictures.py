"""An edition's pictures before they are printed: hosted by us, linked at the publisher's, or left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from digest.model import Edition, Item, Picture
from digest.pipeline.newsroom import Newsroom

if TYPE_CHECKING:
    from digest.pull.host import Host, Hosted

Choice = Callable[[Picture], Picture | None]


async def with_pictures(
    newsroom: Newsroom, edition: Edition, *, now: dt.datetime, final: bool = False
) -> Edition:
    """The edition with the pictures it will really show. A dead, tiny or broken one is dropped, never shown.

    Pictures that are only linked are looked at when the edition is ``final``: a preview asks nobody.
    """
    settings = newsroom.config.pictures
    if settings.mode == "none":
        return replaced(edition, lambda _picture: None)
    pictures = [item.picture for item in edition.items if item.picture is not None]
    site = newsroom.config.site.url
    ours = {p.url for p in pictures if settings.mode == "host" and site and not p.link_only}
    theirs = {p.url for p in pictures} - ours if final and settings.check else set()
    if not ours and not theirs:
        return edition
    host = host_of(newsroom)
    copies = await host.copies(sorted(ours), now)
    checked = await host.checked(sorted(theirs), now)

    def choose(picture: Picture) -> Picture | None:
        if picture.url in copies:
            return _copied(picture, copies[picture.url], site)
        return picture if checked.get(picture.url, True) else None

    return replaced(edition, choose)


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
    return dataclasses.replace(picture, url=url, width=copy.width, height=copy.height, type=copy.type)


def replaced(edition: Edition, choose: Choice) -> Edition:
    """The edition with ``choose`` of every picture."""
    sections = tuple(
        dataclasses.replace(section, items=tuple(_chosen(item, choose) for item in section.items))
        for section in edition.sections
    )
    return dataclasses.replace(edition, sections=sections)


def _chosen(item: Item, choose: Choice) -> Item:
    return item if item.picture is None else dataclasses.replace(item, picture=choose(item.picture))
