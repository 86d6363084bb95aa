"""Choosing and leaving, for who holds a token. GET shows a page, only POST changes anything.

A token that is wrong, foreign or of somebody erased gets the same page as one that never was.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from digest.config.newsletter import Newsletter
from digest.pipeline.newsroom import Newsroom
from digest.site.page import HEADERS, PRIVATE, page
from digest.site.reception import Found, Reception, SlotOption, every, slot_options, ticked, today
from digest.slots import zone
from digest.store import consent
from digest.store.consent import Person
from digest.text import clean

LONGEST_PAUSE = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class NewsletterOption:
    """A newsletter in the preferences."""

    name: str
    title: str
    language: str
    slots: tuple[SlotOption, ...]


@dataclass(frozen=True, slots=True)
class Choosing:
    """The handlers of preferences and of leaving."""

    reception: Reception

    @property
    def newsroom(self) -> Newsroom:
        """The installation."""
        return self.reception.newsroom

    # --- choosing

    def preferences(self, request: Request, form: FormData | None) -> Response:
        """Newsletters, slots, and a pause: where "Change edition" leads."""
        found = self.reception.whose(request, "preferences")
        if found is None:
            return self.reception.unknown(request)
        shown = self._preferences(found)
        if form is None:
            return shown
        if not form.get("save"):  # nobody pressed the button: an oversized or broken form is no wish to leave
            return self._preferences(found, problem=True)
        try:
            until = self._pause(found, form)
        except ValueError:
            return self._preferences(found, problem=True)
        proof = self.reception.proof(request, "preferences", shown)
        with self.newsroom.store.begin() as connection:
            consent.choose(
                connection,
                found.who,
                self.newsroom.newsletters,
                self._wanted(form),
                until,
                proof=proof,
                now=self.newsroom.clock(),
            )
        found = self.reception.whose(request, "preferences") or found
        return self._preferences(found, saved=True)

    def _wanted(self, form: FormData) -> dict[str, tuple[str, ...]]:
        """The slots ticked of each newsletter, without newsletters of which none is."""
        chosen = {n.name: (n, ticked(form, n, f"{n.name}/")) for n in self.newsroom.newsletters.values()}
        return {name: every(slots, n) for name, (n, slots) in chosen.items() if slots}

    def _pause(self, found: Found, form: FormData) -> dt.datetime | None:
        """The midnight, where the newsletter is made, after which mail comes again. Raises ValueError."""
        text = str(form.get("paused_until", "")).strip()
        if not text:
            return None
        day = dt.date.fromisoformat(text)
        here = today(self.newsroom, found.newsletter)
        if not here < day <= here + LONGEST_PAUSE:
            raise ValueError(text)
        own = zone(found.newsletter.settings.timezone)
        return dt.datetime.combine(day, dt.time.min, own).astimezone(dt.UTC)

    def _preferences(self, found: Found, *, saved: bool = False, problem: bool = False) -> Response:
        who, own = found.who, zone(found.newsletter.settings.timezone)
        until = who.paused_until if who.state == "paused" else None
        here = today(self.newsroom, found.newsletter)
        back = until.astimezone(own).date() if until else None
        values = {
            "newsletters": [_option(n, who) for n in self.newsroom.newsletters.values()],
            "paused_until": back.isoformat() if back and back > here else "",
            "earliest": (here + dt.timedelta(days=1)).isoformat(),
            "latest": (here + LONGEST_PAUSE).isoformat(),
            "saved": saved,
            "problem": problem,
            "suppressed": who.state == "suppressed",
            "sender": found.newsletter.settings.sender.reply_to or found.newsletter.settings.sender.address,
            **self.reception.links(found),
        }
        return page(self.newsroom, found.newsletter, "preferences", values, status=400 if problem else 200)

    # --- leaving

    def unsubscribe(self, request: Request, form: FormData | None) -> Response:
        """GET: a button. POST: out, at once, twice as well as once, also years later (RFC 8058 one-click)."""
        found = self.reception.whose(request, "unsubscribe")
        if found is None:
            return self.reception.unknown(request)
        values = {"action": request.url.path, "thanks": False, **self.reception.links(found)}
        if form is None:
            return page(self.newsroom, found.newsletter, "unsubscribe", values)
        if form.get("undo"):
            return self._undo(request, found, values)
        reason = clean(str(form.get("reason", "")))
        with self.newsroom.store.begin() as connection:
            if reason:
                consent.say_why(connection, found.who, found.newsletter.name, reason)
            else:
                consent.leave(
                    connection, found.who, found.newsletter.name, "one click", self.newsroom.clock()
                )
        if form.get("List-Unsubscribe") == "One-Click":
            return PlainTextResponse("unsubscribed\n", headers={**HEADERS, **PRIVATE})
        return page(self.newsroom, found.newsletter, "left", values | {"thanks": bool(reason)})

    def _undo(self, request: Request, found: Found, values: dict[str, object]) -> Response:
        """They did not mean to. Who called our mail spam, or whose mailbox is dead, does not come back by this."""
        shown = page(self.newsroom, found.newsletter, "left", values)
        name = found.newsletter.name
        if found.who.state == "suppressed":
            return shown
        if found.who.subscriptions.get(name, ("", ()))[0] == "unsubscribed":
            proof = self.reception.proof(request, "undo", shown)
            with self.newsroom.store.begin() as connection:
                consent.confirm(connection, found.who, name, proof, self.newsroom.clock())
        return page(self.newsroom, found.newsletter, "confirmed", values)


def _option(newsletter: Newsletter, who: Person) -> NewsletterOption:
    settings = newsletter.settings
    slots = slot_options(newsletter, who.slots(newsletter.name))
    if not who.takes(newsletter.name):
        slots = tuple(SlotOption(s.name, s.title, s.time, chosen=False) for s in slots)
    return NewsletterOption(newsletter.name, settings.title, settings.language, slots)
