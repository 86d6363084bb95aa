"""Subscribing, confirming, choosing and leaving. GET shows a page, only POST changes anything.

No answer tells whether an address is known, and a token that is wrong, foreign or of somebody erased
gets the same page as one that never was.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from digest.addresses import Address, parse_address
from digest.config.newsletter import Newsletter
from digest.errors import UsageError
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.note import Note, send_note
from digest.render.present import edition_name, frequency
from digest.render.templates import fill
from digest.render.words import words
from digest.site.limits import Buckets, client, network
from digest.site.page import HEADERS, PRIVATE, page
from digest.store import consent
from digest.store.consent import Person
from digest.store.suppress import suppressed_hashes
from digest.tokens import Purpose, Scope, seal, unseal

CONFIRM_WITHIN = dt.timedelta(hours=72)
ASK_AGAIN = dt.timedelta(hours=24)  # one confirmation mail a day …
ASK_TIMES = 3  # … and three in all, so that nobody can be bombed with them
LONGEST_PAUSE = dt.timedelta(days=366)
BODY = 10_000  # bytes of a form


@dataclass(slots=True)
class People:
    """The handlers; ``by_network`` slows down who asks too often."""

    newsroom: Newsroom
    by_network: Buckets = field(default_factory=lambda: Buckets(burst=20, seconds=30))

    # --- subscribe

    async def subscribe(self, request: Request) -> Response:
        """GET: the form. POST: the same answer whoever asks; a confirmation mail where one is due."""
        newsletter = self.newsletter(request)
        if newsletter is None:
            return self.unknown()
        if request.method != "POST":
            return page(self.newsroom, newsletter, "subscribe", self._form(newsletter))
        form = await self.form(request)
        if not self._may_ask(request):
            return page(self.newsroom, newsletter, "later", {}, status=429)
        try:
            address = parse_address(str(form.get("address", "")))
        except UsageError as error:
            values = self._form(newsletter) | {
                "problem": error.message,
                "address": str(form.get("address", ""))[:254],
            }
            return page(self.newsroom, newsletter, "subscribe", values, status=400)
        answer = page(self.newsroom, newsletter, "asked", {"address": address.given})
        if not form.get("website"):  # a field that people do not see and robots fill in
            note = self._ask(request, newsletter, address, _chosen(form, newsletter))
            # Sent after the answer, which so takes as long for everybody.
            answer.background = BackgroundTask(send_note, self.newsroom, note) if note else None
        return answer

    def _ask(
        self, request: Request, newsletter: Newsletter, address: Address, slots: tuple[str, ...]
    ) -> Note | None:
        """Write the person down as pending; the confirmation mail, unless that was sent often enough."""
        now = self.newsroom.clock()
        with self.newsroom.store.begin() as connection:
            if suppressed_hashes(connection, [address.digest]):
                return None
            who = consent.by_address(connection, address.key) or consent.new_person(connection, address, now)
            times = consent.asked(connection, who, newsletter.name)
            if (
                who.takes(newsletter.name)
                or len(times) >= ASK_TIMES
                or (times and now - times[-1] < ASK_AGAIN)
            ):
                return None
            consent.ask(
                connection, who, newsletter.name, slots, proof=self._proof(request, "subscribe"), now=now
            )
        token = seal(self.newsroom.keys, who.token_id, newsletter.name, "confirm", now)
        return self._confirmation(newsletter, who.address, token)

    def _confirmation(self, newsletter: Newsletter, address: str, token: str) -> Note:
        settings = newsletter.settings
        values = {"title": settings.title, "url": f"{self.newsroom.config.site.url}/c/{token}"}
        text = fill(self.newsroom.template_dir, settings.language, "site/confirm.txt", values)
        subject, _, body = text.partition("\n")
        return Note(address, subject.strip(), body.lstrip("\n"), settings.sender, settings.title)

    # --- confirm, choose, leave

    async def confirm(self, request: Request) -> Response:
        """GET: a button, because mail scanners follow links. POST: the subscription is active."""
        found = self._whose(request, "confirm")
        if found is None or self._expired(found.scope):
            return self.unknown()
        values = {"action": request.url.path, "title": found.newsletter.settings.title}
        if request.method != "POST":
            return page(self.newsroom, found.newsletter, "confirm", values)
        now = self.newsroom.clock()
        with self.newsroom.store.begin() as connection:
            if not found.who.takes(found.newsletter.name):
                if found.who.subscriptions.get(found.newsletter.name, ("", ()))[0] != "pending":
                    return self.unknown()  # left since: an old confirmation does not bring anybody back
                proof = self._proof(request, "confirm")
                consent.confirm(connection, found.who, found.newsletter.name, proof, now)
        return page(self.newsroom, found.newsletter, "confirmed", self._links(found))

    async def preferences(self, request: Request) -> Response:
        """Newsletters, slots, and a pause: where "Change edition" leads."""
        found = self._whose(request, "preferences")
        if found is None:
            return self.unknown()
        if request.method == "POST":
            form = await self.form(request)
            try:
                self._choose(request, found, form)
            except ValueError:
                return self._preferences(found, problem=True)
            found = self._whose(request, "preferences") or found
            return self._preferences(found, saved=True)
        return self._preferences(found)

    def _choose(self, request: Request, found: Found, form: FormData) -> None:
        """Write down what the form says. Raises ValueError for a pause that is no date to come."""
        now = self.newsroom.clock()
        wanted = {
            n.name: _chosen(form, n, prefix=f"{n.name}/")
            for n in self.newsroom.newsletters.values()
            if form.get(n.name)
        }
        paused = str(form.get("paused_until", "")).strip()
        until = dt.datetime.fromisoformat(paused).replace(tzinfo=dt.UTC) if paused else None
        if until and not now < until < now + LONGEST_PAUSE:
            raise ValueError(paused)
        with self.newsroom.store.begin() as connection:
            consent.choose(
                connection, found.who, wanted, until, proof=self._proof(request, "preferences"), now=now
            )

    def _preferences(self, found: Found, *, saved: bool = False, problem: bool = False) -> Response:
        who = found.who
        until = who.paused_until if who.state == "paused" else None
        values = {
            "newsletters": [_option(n, who) for n in self.newsroom.newsletters.values()],
            "paused_until": until.date().isoformat() if until else "",
            "saved": saved,
            "problem": problem,
            **self._links(found),
        }
        return page(self.newsroom, found.newsletter, "preferences", values, status=400 if problem else 200)

    async def unsubscribe(self, request: Request) -> Response:
        """GET: a button. POST: out, at once, twice as well as once, also years later (RFC 8058 one-click)."""
        found = self._whose(request, "unsubscribe")
        if found is None:
            return self.unknown()
        values = {"action": request.url.path, **self._links(found)}
        if request.method != "POST":
            return page(self.newsroom, found.newsletter, "unsubscribe", values)
        form = await self.form(request)
        now = self.newsroom.clock()
        name = found.newsletter.name
        with self.newsroom.store.begin() as connection:
            if form.get("undo"):
                if found.who.subscriptions.get(name, ("", ()))[0] == "unsubscribed":
                    consent.confirm(connection, found.who, name, self._proof(request, "undo"), now)
            elif form.get("reason"):
                consent.say_why(connection, found.who, name, str(form["reason"]))
            else:
                consent.leave(connection, found.who, name, "one click", now)
        if form.get("List-Unsubscribe") == "One-Click":
            return PlainTextResponse("unsubscribed\n", headers={**HEADERS, **PRIVATE})
        template = "confirmed" if form.get("undo") else "left"
        values["thanks"] = bool(form.get("reason"))
        return page(self.newsroom, found.newsletter, template, values)

    # --- what they share

    def newsletter(self, request: Request) -> Newsletter | None:
        """The newsletter that the path names."""
        return self.newsroom.newsletters.get(request.path_params["newsletter"])

    def _whose(self, request: Request, purpose: Purpose) -> Found | None:
        """The person and newsletter of the path's token; None for anything but a good token of that purpose."""
        scope = unseal(self.newsroom.keys, request.path_params["token"])
        with self.newsroom.store.read() as connection:
            who = consent.person(connection, scope.person if scope else "")
        if scope is None or who is None or scope.purpose != purpose:
            return None
        newsletter = self.newsroom.newsletters.get(scope.newsletter)
        return Found(scope, who, newsletter) if newsletter else None

    def _expired(self, scope: Scope) -> bool:
        return scope.issued is None or self.newsroom.clock() - scope.issued > CONFIRM_WITHIN

    def unknown(self) -> Response:
        """The one answer to every address that leads nowhere."""
        first = next(iter(self.newsroom.newsletters.values()))
        return page(self.newsroom, first, "unknown", {}, status=404)

    async def form(self, request: Request) -> FormData:
        """The posted fields; an oversized or broken body has none."""
        length = request.headers.get("content-length", "")  # a chunked body does not say: it has none for us
        if not length.isdecimal() or int(length) > BODY:
            return FormData()
        try:
            return await request.form(max_files=0, max_fields=200, max_part_size=BODY)
        except (HTTPException, ClientDisconnect):
            return FormData()

    def _may_ask(self, request: Request) -> bool:
        trusted = self.newsroom.config.site.trusted_proxies
        return self.by_network.take(network(client(request, trusted)), time.monotonic())

    def _proof(self, request: Request, step: str) -> dict[str, Any]:
        """What shows later that somebody agreed: when, from where, on which page."""
        where = client(request, self.newsroom.config.site.trusted_proxies)
        return {
            "when": self.newsroom.clock().isoformat(),
            "from": where,
            "page": request.url.path[:3],
            "step": step,
        }

    def _links(self, found: Found) -> Mapping[str, Any]:
        keys, person, name = self.newsroom.keys, found.who.token_id, found.newsletter.name
        return {
            "preferences_url": f"/p/{seal(keys, person, name, 'preferences')}",
            "unsubscribe_url": f"/u/{seal(keys, person, name, 'unsubscribe')}",
        }

    def _form(self, newsletter: Newsletter) -> dict[str, Any]:
        often = frequency(newsletter, words(newsletter.settings.language))
        return {"slots": slot_options(newsletter), "frequency": often, "problem": "", "address": ""}


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
class NewsletterOption:
    """A newsletter in the preferences."""

    name: str
    title: str
    language: str
    chosen: bool
    slots: tuple[SlotOption, ...]


def slot_options(newsletter: Newsletter, chosen: tuple[str, ...] = ()) -> tuple[SlotOption, ...]:
    """The slots of a newsletter, all chosen where none is named."""
    speech = words(newsletter.settings.language)
    return tuple(
        SlotOption(
            name, _capital(edition_name(name, speech)), f"{slot.time:%H:%M}", not chosen or name in chosen
        )
        for name, slot in newsletter.settings.slots.items()
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _option(newsletter: Newsletter, who: Person) -> NewsletterOption:
    settings = newsletter.settings
    return NewsletterOption(
        newsletter.name,
        settings.title,
        settings.language,
        who.takes(newsletter.name),
        slot_options(newsletter, who.slots(newsletter.name)),
    )


def _chosen(form: FormData, newsletter: Newsletter, prefix: str = "") -> tuple[str, ...]:
    """The slot names that a form ticks; () where that is all of them, or none."""
    ticked = tuple(name for name in newsletter.settings.slots if form.get(f"{prefix}slot-{name}"))
    return () if len(ticked) == len(newsletter.settings.slots) else ticked
