"""What every page for a person needs: the form that was sent, whose token it is, and proof of what was agreed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lxml.html
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from digest.config.newsletter import Newsletter
from digest.pipeline.newsroom import Newsroom
from digest.render.present import edition_name
from digest.render.words import words
from digest.site.limits import client
from digest.site.page import page, preferred
from digest.store import consent
from digest.store.consent import Person
from digest.tokens import Purpose, Scope, seal, unseal

BODY = 10_000  # bytes of a form
LONGEST = 1000  # characters of the words kept as proof

Handler = Callable[[Request, FormData | None], Response]


def answered(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint: reads the form (None for GET), then lets ``handler`` wait for the database in a thread."""

    async def endpoint(request: Request) -> Response:
        form = await posted(request) if request.method == "POST" else None
        return await run_in_threadpool(handler, request, form)

    return endpoint


async def posted(request: Request) -> FormData:
    """The posted fields; an oversized or broken body has none."""
    length = request.headers.get("content-length", "")  # a chunked body does not say: it has none for us
    if (
        not length.isdecimal()
        or len(length) > 9
        or int(length) > BODY
        or "transfer-encoding" in request.headers
    ):
        return FormData()
    try:
        return await request.form(max_files=0, max_fields=200, max_part_size=BODY)
    except (HTTPException, ClientDisconnect, UnicodeDecodeError):
        return FormData()


@dataclass(frozen=True, slots=True)
class Found:
    """What a good token speaks of."""

    scope: Scope
    who: Person
    newsletter: Newsletter


@dataclass(frozen=True, slots=True)
class SlotOption:
    """A slot in a form."""

    name: str
    title: str
    time: str
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class Reception:
    """Knows the newsroom, and who stands before it."""

    newsroom: Newsroom

    def newsletter(self, request: Request) -> Newsletter | None:
        """The newsletter that the path names."""
        return self.newsroom.newsletters.get(request.path_params["newsletter"])

    def whose(self, request: Request, purpose: Purpose) -> Found | None:
        """The person and newsletter of the path's token; None for anything but a good token of that purpose."""
        scope = unseal(self.newsroom.keys, request.path_params["token"])
        with self.newsroom.store.read() as connection:
            who = consent.person(connection, scope.person if scope else "")
        if scope is None or who is None or scope.purpose != purpose:
            return None
        newsletter = self.newsroom.newsletters.get(scope.newsletter)
        return Found(scope, who, newsletter) if newsletter else None

    def links(self, found: Found) -> Mapping[str, Any]:
        """A person's own addresses, for the pages."""
        keys, person, name = self.newsroom.keys, found.who.token_id, found.newsletter.name
        return {
            "preferences_url": f"/p/{seal(keys, person, name, 'preferences')}",
            "unsubscribe_url": f"/u/{seal(keys, person, name, 'unsubscribe')}",
        }

    def proof(self, request: Request, step: str, shown: Response) -> dict[str, Any]:
        """What shows later that somebody agreed: when, from where, and the words of the page they agreed on."""
        return {
            "when": self.newsroom.clock().isoformat(),
            "from": client(request, self.newsroom.config.site.trusted_proxies),
            "step": step,
            "words": said(bytes(shown.body)),
        }

    def unknown(self, request: Request) -> Response:
        """The one answer to every address that leads nowhere."""
        return page(self.newsroom, preferred(self.newsroom, request), "unknown", {}, status=404)


def said(html: bytes) -> str:
    """The words of a page as people see them, on one line."""
    document = lxml.html.fromstring(html)
    for hidden in document.xpath("//*[@aria-hidden='true' or @role='alert']"):
        hidden.drop_tree()
    text = " ".join(part.text_content() for part in document.iter("main"))
    return " ".join(text.split())[:LONGEST]


def slot_options(newsletter: Newsletter, chosen: tuple[str, ...] = ()) -> tuple[SlotOption, ...]:
    """The slots of a newsletter, all chosen where none is named."""
    speech = words(newsletter.settings.language)
    return tuple(
        SlotOption(
            name, _capital(edition_name(name, speech)), f"{slot.time:%H:%M}", not chosen or name in chosen
        )
        for name, slot in newsletter.settings.slots.items()
    )


def ticked(form: FormData, newsletter: Newsletter, prefix: str = "") -> tuple[str, ...]:
    """The slot names that a form ticks, in the order of the config."""
    return tuple(name for name in newsletter.settings.slots if form.get(f"{prefix}slot-{name}"))


def every(slots: tuple[str, ...], newsletter: Newsletter) -> tuple[str, ...]:
    """() where ``slots`` are all there are: those that are added later are meant too."""
    return () if len(slots) == len(newsletter.settings.slots) else slots


def today(newsroom: Newsroom, newsletter: Newsletter) -> dt.date:
    """The date where the newsletter is made."""
    from digest.slots import zone

    return newsroom.clock().astimezone(zone(newsletter.settings.timezone)).date()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
