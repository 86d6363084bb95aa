"""Dead and redirecting links, dead and heavy pictures, asked for with HEAD: few at once, none on a private network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp
from yarl import URL

from digest.checks import Draft, Finding
from digest.errors import FetchError
from digest.pull.guard import GuardedResolver, RefusedError, check_url, guarded_socket
from digest.text import clean

AT_ONCE = 8
SECONDS = 10.0  # for one link
SHOWN_OF = 300  # characters of what a server says
HEAVY = 1_000_000  # bytes of a picture: seconds on a phone
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif"})  # by every mail client
UNSURE = frozenset({401, 402, 403, 405, 406, 429, 451, 999})  # walls, and servers that know no HEAD


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking for a link."""

    url: str
    status: int = 0  # 0 = no answer
    moved: str = ""  # where it redirects for good
    problem: str = ""
    type: str = ""  # media type
    bytes: int = 0  # 0 = it does not say


async def check_links(draft: Draft, *, user_agent: str, allow_private: bool) -> tuple[Finding, ...]:
    """What is wrong with the links of the edition's stories, and with their pictures."""
    entries = {i.url: i.entry for i in draft.edition.items if i.url}
    for item in draft.edition.items:
        for link in (*item.also_in, *item.more):
            entries.setdefault(link.url, item.entry)
    shown = {i.picture.url: i.entry for i in draft.edition.items if i.picture}
    wanted = [*entries, *(url for url in shown if url not in entries)]
    answers = await ask_all(wanted, user_agent=user_agent, allow_private=allow_private)
    leads = {i.url for i in draft.edition.items}
    found = [f for a in answers if a.url in entries and (f := judged(a, entries[a.url], lead=a.url in leads))]
    found += [f for a in answers if a.url in shown and (f := weighed(a, shown[a.url]))]
    count = f"{len(entries)} links and {len(shown)} pictures were asked for."
    return (*found, Finding("note", "links", count))


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
            moved = (
                clean(answer.headers.get("Location", ""))[:SHOWN_OF] if answer.status in (301, 308) else ""
            )
            size = answer.headers.get("Content-Length", "")
            length = int(size) if size.isascii() and size.isdecimal() and len(size) < 16 else 0
            return Answer(url, answer.status, moved, type=answer.content_type, bytes=length)
    except (FetchError, RefusedError) as error:
        return Answer(url, problem=str(error))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Answer(url, problem=clean(str(error))[:SHOWN_OF] or type(error).__name__)


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


def weighed(answer: Answer, entry: str) -> Finding | None:
    """A finding for a picture that is dead, heavy or of a kind that mail clients do not show."""
    if answer.status in (404, 410):
        return Finding("error", "picture", f"its picture is dead ({answer.status})", "Choose another.", entry)
    if answer.status >= 500 or answer.problem:
        return Finding("warning", "picture", "its picture does not answer", answer.problem, entry)
    if answer.status >= 300:
        return None
    if answer.type.startswith("image/") and answer.type not in SHOWN:
        advice = "Outlook and others leave it out; host pictures, or choose another."
        return Finding("warning", "picture", f"its picture is {answer.type}", advice, entry)
    if answer.bytes > HEAVY:
        said = f"its picture weighs {answer.bytes / 1e6:.1f} MB"
        return Finding("warning", "picture", said, "Host pictures (pictures.mode), or choose another.", entry)
    return None
