"""A picture of the editor's own, for stories that no feed has: made fit for mail and put on the public site."""

from __future__ import annotations

import asyncio
from typing import Any

from digest.desk.room import Room
from digest.errors import UsageError
from digest.pipeline.pictures import host_of


def taken_in(room: Room, body: bytes) -> dict[str, Any]:
    """The picture as decisions describe one: address, size and type. Raises UsageError, FeedError."""
    newsroom = room.newsroom
    if not newsroom.config.site.url:
        raise UsageError(
            "A picture of your own needs a public site to be shown from.",
            "Set site.url and run `digest serve` there; until then give the picture's https address.",
        )
    if not body:
        raise UsageError("The file is empty.")
    hosted = asyncio.run(host_of(newsroom).own(body, newsroom.clock()))
    url = f"{newsroom.config.site.url}/pictures/{hosted.file}"
    return {"url": url, "width": hosted.width, "height": hosted.height, "type": hosted.type}
