"""Dead and redirecting links, asked for with HEAD: a few at once, each with a limit, none on a private network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp
from yarl import URL

from digest.checks import Draft, Finding
from digest.errors import FetchError
from digest.pull.guard import GuardedResolver, RefusedError, check_url, guarded_socket

AT_ONCE = 8
SECONDS = 10.0  # for one link
UNSURE = frozenset({401, 402, 403, 405, 406, 429, 451, 999})  # walls, and servers that know no HEAD


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking for a link."""

    url: str
    status: int = 0  # 0 = no answer
    moved: str = ""  # where it redirects for good
    problem: str = ""


async def check_links(draft: Draft, *, user_agent: str, allow_private: bool) -> tuple[Finding, ...]:
    """What is wrong with the links of the edition's stories."""
    entries = {i.url: i.entry for i in draft.edition.items if i.url}
    for item in draft.edition.items:
        for link in (*item.also_in, *item.more):
            entries.setdefault(link.url, item.entry)
    answers = await ask_all(entries, user_agent=user_agent, allow_private=allow_private)
    leads = {i.url for i in draft.edition.items}
    found = [f for a in answers if (f := judged(a, entries[a.url], lead=a.url in leads))]
    return (*found, Finding("note", "links", f"{len(answers)} links were asked for."))


async def ask_all(urls: Iterable[str], *, user_agent: str, allow_private: bool) -> list[Answer]:
    """Ask for every address, in order."""
    resolver = GuardedResolver(allow_private=allow_private, threads=2)
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        limit=AT_ONCE,
        limit_per_host=2,
        socket_factory=guarded_socket(allow_private=allow_private),
    )
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    gate = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, headers={"User-Agent": user_agent}
    ) as session:

        async def one(url: str) -> Answer:
            async with gate:
                return await ask(session, url, allow_private=allow_private)

        try:
            return list(await asyncio.gather(*map(one, urls)))
        finally:
            await resolver.close()


async def ask(session: aiohttp.ClientSession, url: str, *, allow_private: bool) -> Answer:
    """One HEAD; a redirect is not followed, only told."""
    try:
        target = check_url(url, allow_private=allow_private)
        async with session.head(URL(target, encoded=True), allow_redirects=False) as answer:
            moved = answer.headers.get("Location", "") if answer.status in (301, 308) else ""
            return Answer(url, answer.status, moved)
    except (FetchError, RefusedError) as error:
        return Answer(url, problem=str(error))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Answer(url, problem=type(error).__name__ if not str(error) else str(error))


def judged(answer: Answer, entry: str, *, lead: bool) -> Finding | None:
    """A finding for a link that does not lead where it says; None for a good one and for one that cannot be told."""
    level = "error" if lead else "warning"
    if answer.status in (404, 410):
        return Finding(level, "links", f"a link is dead ({answer.status}): {answer.url}", "", entry)  # type: ignore[arg-type]
    if answer.status >= 500 or answer.problem:
        said = answer.problem or f"answers {answer.status}"
        return Finding("warning", "links", f"a link does not answer: {answer.url} ({said})", "", entry)
    if answer.moved:
        return Finding("note", "links", f"a link has moved: {answer.url}", f"To {answer.moved}", entry)
    if answer.status >= 400 and answer.status not in UNSURE:
        return Finding("warning", "links", f"a link answers {answer.status}: {answer.url}", "", entry)
    return None
