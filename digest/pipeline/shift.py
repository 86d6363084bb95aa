"""Everything that is due, once: pull for it, build it, send it. What ``digest send --due`` runs from cron."""

from __future__ import annotations

import asyncio
import signal

from digest.pipeline.gather import gather
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.post import Told
from digest.pipeline.tell import tell_all
from digest.pipeline.tick import Done, note_due, tick
from digest.slots import UNBUILT


async def shift(newsroom: Newsroom, *, told: Told | None = None) -> tuple[Done, ...]:
    """Do what is due now. SIGTERM and SIGINT finish the messages in flight and leave the rest for the next time."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    now = newsroom.clock()
    building = {slot.key.newsletter for slot in note_due(newsroom, now) if slot.state in UNBUILT}
    feeds = {
        f.url: f for name in building & newsroom.newsletters.keys() for f in newsroom.newsletters[name].feeds
    }
    if feeds:
        await gather(newsroom, now=now, feeds=feeds.values())
    done = await tick(newsroom, stop=stop, told=told)
    await tell_all(newsroom, newsroom.clock())
    return done
