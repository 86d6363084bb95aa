"""Subscribing with double opt-in: a form, the same answer for everybody, a mail, and a button behind its link.

No answer tells whether an address is known: what depends on that happens after the answer.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from digest.addresses import Address, parse_address
from digest.config.newsletter import Newsletter
from digest.errors import DeliveryError, UsageError
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.note import Note, send_note
from digest.render.present import frequency
from digest.render.templates import fill
from digest.render.words import words
from digest.site.errands import Errands
from digest.site.limits import Gate, Toll, client
from digest.site.page import page
from digest.site.reception import Found, Reception, every, slot_options, ticked
from digest.store import consent
from digest.store.consent import Person
from digest.store.suppress import suppressed_hashes
from digest.tokens import seal

CONFIRM_WITHIN = dt.timedelta(hours=72)
ASK_AGAIN = dt.timedelta(hours=24)  # one confirmation mail a day for a newsletter …
ASK_TIMES = 3  # … and three in all without an answer, so that nobody can be bombed with them
ASK_A_DAY = 5  # … and five a day for all newsletters together


@dataclass(frozen=True, slots=True)
class Asking:
    """The handlers of subscribing."""

    reception: Reception
    errands: Errands
    gate: Gate = field(default_factory=Gate)

    @property
    def newsroom(self) -> Newsroom:
        """The installation."""
        return self.reception.newsroom

    @property
    def toll(self) -> Toll:
        """The same limits over all processes that serve this site."""
        return Toll(self.newsroom.store, self.newsroom.keys, self.gate)

    def subscribe(self, request: Request, form: FormData | None) -> Response:
        """GET: the form. POST: the same answer whoever asks; a confirmation mail where one is due."""
        newsletter = self.reception.newsletter(request)
        if newsletter is None:
            return self.reception.unknown(request)
        shown = self._form(newsletter)
        if form is None:
            return shown
        visitor = client(request, self.newsroom.config.site.trusted_proxies)
        if not self.gate.admits(visitor, time.monotonic()) or not self.toll.open(visitor):
            return page(self.newsroom, newsletter, "later", {}, status=429)
        given = str(form.get("address", ""))
        try:
            address = parse_address(given)
        except UsageError:
            return self._form(newsletter, problem=True, address=given[:254])
        if not form.get("website"):  # a field that people do not see and robots fill in
            slots = every(ticked(form, newsletter), newsletter)
            proof = self.reception.proof(request, "subscribe", shown)
            self.errands.run(lambda: self._ask(newsletter, address, slots, proof, visitor))
        return page(self.newsroom, newsletter, "asked", {"address": address.given})

    def _form(self, newsletter: Newsletter, *, problem: bool = False, address: str = "") -> Response:
        often = frequency(newsletter, words(newsletter.settings.language))
        values = {
            "slots": slot_options(newsletter),
            "frequency": often,
            "problem": problem,
            "address": address,
        }
        return page(self.newsroom, newsletter, "subscribe", values, status=400 if problem else 200)

    def _ask(
        self,
        newsletter: Newsletter,
        address: Address,
        slots: tuple[str, ...],
        proof: dict[str, Any],
        visitor: str,
    ) -> None:
        """Write the person down as pending and send the confirmation mail, unless that was done often enough."""
        now = self.newsroom.clock()
        if not self.toll.paid(visitor):
            return
        with self.newsroom.store.begin() as connection:
            if suppressed_hashes(connection, [address.digest]):
                return
            who = consent.held(connection, address, now)
            asked = consent.asked(connection, who)
            if who.takes(newsletter.name) or _often(asked, newsletter.name, now):
                return
            consent.ask(connection, who, newsletter.name, slots, proof=proof, now=now)
        try:
            asyncio.run(send_note(self.newsroom, self._confirmation(newsletter, who, now)))
        except DeliveryError:
            with self.newsroom.store.begin() as connection:  # it did not leave: they may ask again at once
                consent.unask(connection, who, newsletter.name, now)
            raise

    def _confirmation(self, newsletter: Newsletter, who: Person, now: dt.datetime) -> Note:
        settings = newsletter.settings
        token = seal(self.newsroom.keys, who.token_id, newsletter.name, "confirm", now)
        values = {"title": settings.title, "url": f"{self.newsroom.config.site.url}/c/{token}"}
        text = fill(self.newsroom.template_dir, settings.language, "site/confirm.txt", values)
        subject, _, body = text.partition("\n")
        return Note(who.address, subject.strip(), body.lstrip("\n"), settings.sender, settings.title)

    def confirm(self, request: Request, form: FormData | None) -> Response:
        """GET: a button, because mail scanners follow links. POST: the subscription is active."""
        found = self.reception.whose(request, "confirm")
        if found is None or self._expired(found):
            return self.reception.unknown(request)
        name = found.newsletter.name
        shown = page(self.newsroom, found.newsletter, "confirm", {"action": request.url.path})
        if form is None:
            return shown
        if not found.who.takes(name):
            if found.who.subscriptions.get(name, ("", ()))[0] != "pending":
                return self.reception.unknown(request)  # left since: an old link does not bring anybody back
            proof = self.reception.proof(request, "confirm", shown)
            with self.newsroom.store.begin() as connection:
                consent.confirm(connection, found.who, name, proof, self.newsroom.clock())
        return page(self.newsroom, found.newsletter, "confirmed", self.reception.links(found))

    def _expired(self, found: Found) -> bool:
        issued = found.scope.issued
        return issued is None or self.newsroom.clock() - issued > CONFIRM_WITHIN


def _often(asked: dict[str, list[dt.datetime]], newsletter: str, now: dt.datetime) -> bool:
    """Whether this person was sent confirmation mails enough for now."""
    mine = asked.get(newsletter, [])
    lately = sum(now - when < ASK_AGAIN for times in asked.values() for when in times)
    return len(mine) >= ASK_TIMES or bool(mine and now - mine[-1] < ASK_AGAIN) or lately >= ASK_A_DAY
