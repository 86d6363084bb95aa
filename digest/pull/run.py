"""Many feeds at once: who is due, who waits for whom, and what each pull comes to."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from digest.config.settings import PullSettings
from digest.errors import FeedError, FetchError, ParseError
from digest.model import Entry, Feed, FeedState
from digest.pull import sources as other
from digest.pull import state as states_
from digest.pull.fetch import NO_VALIDATORS, Client, Response, Validators
from digest.pull.parsed import Origin, Parsed
from digest.pull.pool import Pool
from digest.pull.sources import Source
from digest.pull.wire import Job

Outcome = Literal["new", "unchanged", "waiting", "retired", "failed"]
NO_SOURCES: Mapping[str, Source] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of one feed. ``entries`` are as the feed has them now; ``reconcile`` tells which are new."""

    feed: Feed
    state: FeedState  # to be stored as it is
    outcome: Outcome
    entries: tuple[Entry, ...] = ()
    error: FeedError | None = None
    note: str = ""  # something to tell an operator: moved, cut off, found on a page
    bytes: int = 0  # of the body, inflated
    seconds: float = 0.0  # from the turn's beginning to its end


async def pull(
    feeds: Sequence[Feed],
    states: Mapping[str, FeedState],
    settings: PullSettings,
    *,
    now: dt.datetime,
    user_agent: str,
    sources: Mapping[str, Source] = NO_SOURCES,
    force: bool = False,
) -> AsyncGenerator[Pulled, None]:
    """Pull ``feeds``, each told as soon as it is done. ``force`` asks also those that wait or are retired.

    No feed's failure raises; it is in its ``Pulled``. Leaving the iteration early stops what is under way.
    """
    async with (
        Client(settings, user_agent) as client,
        Pool(settings.workers, settings.parse_megabytes) as pool,
    ):
        puller = Puller(client, pool, settings, sources, now, force=force)
        done: asyncio.Queue[Pulled] = asyncio.Queue(maxsize=settings.concurrency)
        tasks = [
            asyncio.create_task(puller.into(done, feed, states.get(feed.url, FeedState(feed.url))))
            for feed in feeds
        ]
        try:
            for _ in tasks:
                yield await done.get()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


class Puller:
    """The parts that one pull shares: the client, the parsing processes, the turns of each host."""

    def __init__(
        self,
        client: Client,
        pool: Pool,
        settings: PullSettings,
        sources: Mapping[str, Source],
        now: dt.datetime,
        *,
        force: bool,
    ) -> None:
        self._client = client
        self._pool = pool
        self._settings = settings
        self._sources = sources
        self._now = now
        self._force = force
        self._slots = asyncio.Semaphore(settings.concurrency)
        # Waiting for a busy host happens before the request's deadline starts and takes no slot from others.
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(settings.per_host)
        )

    async def into(self, done: asyncio.Queue[Pulled], feed: Feed, state: FeedState) -> None:
        """Pull one feed and put down what came of it, whatever it is."""
        # The slot is given back only then: whoever stores the entries slowly slows the pull, and memory stays flat.
        async with contextlib.AsyncExitStack() as slot:
            await done.put(await self._outcome(feed, state, slot))

    async def _outcome(self, feed: Feed, state: FeedState, slot: contextlib.AsyncExitStack) -> Pulled:
        try:
            return await self._pull(feed, state, slot)
        except FeedError as e:
            error = e
        except Exception as e:  # noqa: BLE001 - a mistake of ours must not stop the other feeds
            error = FeedError(f"Pulling failed in a way it should not ({type(e).__name__}: {e}).", kind="bug")
        return Pulled(feed, states_.failed(state, feed.url, error, self._now), "failed", error=error)

    async def _pull(self, feed: Feed, state: FeedState, slot: contextlib.AsyncExitStack) -> Pulled:
        """Pull one feed when it is due. Raises FeedError."""
        if not self._force and state.retired:
            return Pulled(feed, state, "retired")
        if not self._force and state.next_pull and state.next_pull > self._now:
            return Pulled(feed, state, "waiting")
        url = states_.address(feed.url, state)
        clock = asyncio.get_running_loop().time
        async with self._turns[urlsplit(url).netloc.rpartition("@")[2]]:
            await slot.enter_async_context(self._slots)
            began = clock()
            validators = Validators(state.validators_url, state.etag, state.last_modified)
            response = await self.fetch(_with_credentials(url, feed), validators)
        pulled = await self._settle(feed, state, response)
        return replace(pulled, bytes=len(response.body), seconds=clock() - began)

    async def fetch(self, url: str, validators: Validators = NO_VALIDATORS) -> Response:
        """What is at an address of any scheme that is allowed."""
        if other.scheme(url) in {"http", "https"} and other.scheme(url) not in self._sources:
            return await self._client.get(url, validators)
        limit = self._settings.max_bytes
        body = await other.read(
            url, self._sources, self._now, allow_files=self._settings.allow_files, limit=limit
        )
        return Response(url, 200, body)

    async def parse(self, feed: Feed, response: Response) -> Parsed:
        """What a response's body says."""
        job = Job(
            Origin(feed.url, feed.paper, response.url, feed.language),
            response.headers.get("content-type", ""),
            self._settings.max_entries,
            self._settings.max_bytes,
            self._settings.parse_seconds,
        )
        return await self._pool.parse(response.body, job, self._now)

    async def _settle(self, feed: Feed, state: FeedState, response: Response) -> Pulled:
        """What a response comes to."""
        if response.status == 410:
            gone = FetchError(
                "The feed is gone for good (HTTP 410).", "Take it out of the config.", kind="gone"
            )
            return Pulled(feed, states_.retired(state, self._now), "retired", error=gone)
        if response.status == 304 and not (state.body_hash or state.validators_url):
            raise FetchError(
                "The feed says it has not changed since we never asked (HTTP 304).", kind="protocol"
            )
        digest = hashlib.sha256(response.body).hexdigest()
        if response.status == 304 or digest == state.body_hash:
            return Pulled(
                feed, states_.unchanged(state, response, self._now), "unchanged", note=_moved(state, response)
            )
        parsed = await self.parse(feed, response)
        if parsed.kind == "page":
            return await self._found_on_page(feed, state, parsed)
        return self._changed(feed, state, response, parsed, digest)

    def _changed(
        self, feed: Feed, state: FeedState, response: Response, parsed: Parsed, digest: str
    ) -> Pulled:
        whole = not parsed.note
        new = states_.changed(state, response, self._now, body_hash=digest, whole=whole)
        new = replace(new, title=parsed.title or state.title, site=parsed.site or state.site)
        return Pulled(feed, new, "new", parsed.entries, note=parsed.note or _moved(state, response))

    async def _found_on_page(self, feed: Feed, state: FeedState, page: Parsed) -> Pulled:
        """A site's page instead of a feed. One that worked before shows an error or a login page; it is not moved."""
        if state.last_success or not page.alternates:
            named = f" It names {page.alternates[0].url}." if page.alternates else ""
            raise ParseError(
                f"A web page came instead of a feed.{named}", "Check the address.", kind="not_a_feed"
            )
        response = await self.fetch(page.alternates[0].url)
        parsed = await self.parse(feed, response)
        if parsed.kind == "page" or response.status != 200:
            raise ParseError("The page names a feed that is none.", "Check the address.", kind="not_a_feed")
        digest = hashlib.sha256(response.body).hexdigest()
        pulled = self._changed(feed, state, response, parsed, digest)
        note = f"The address is a web page; its feed {response.url} is used."
        return replace(pulled, state=replace(pulled.state, moved_to=response.url), note=note)


def _with_credentials(url: str, feed: Feed) -> str:
    """The address with the feed's credentials, unless it has moved to another server."""
    asked, own = urlsplit(url), urlsplit(feed.url)
    if not feed.credentials or (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
        return url
    return asked._replace(netloc=f"{feed.credentials}@{asked.netloc}").geturl()


def _moved(state: FeedState, response: Response) -> str:
    new = response.moved_to
    return f"The feed has moved to {new} for good." if new and new != state.moved_to else ""
