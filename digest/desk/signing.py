"""The sign-in page of a desk that is reached from other machines."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from digest.desk.doors import COOKIE, LASTS, Doors, Visitor, client_of
from digest.desk.pages import desk_fill
from digest.desk.room import Room
from digest.store import audit

LARGEST = 2_000  # bytes of a name and a password
HOME = re.compile(r"/desk/[a-z0-9-]{1,63}")
POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
}


@dataclass(frozen=True, slots=True)
class Signing:
    """The handlers."""

    room: Room
    doors: Doors

    async def sign_in(self, request: Request) -> Response:
        """GET: the form. POST: a cookie for twelve hours, or the form again."""
        if request.method != "POST":
            return self._form(_back(request.query_params.get("next", "")))
        form = await _posted(request)
        name, back = form.get("name", "").strip().lower(), _back(form.get("next", ""))
        newsroom, client = self.room.newsroom, client_of(request.headers.getlist("x-forwarded-for"))
        settings, now = newsroom.config.desk, newsroom.clock()
        if self.doors.tries.barred(name, client, now):
            return self._form(back, "Too many wrong passwords. Wait a quarter of an hour.", name, 429)

        def check() -> str | None:
            password, nonce = form.get("password", ""), secrets.token_urlsafe(9)
            return self.doors.sign_in(
                settings, newsroom.keys, name, password, client=client, now=now, nonce=nonce
            )

        cookie = await run_in_threadpool(check)
        # Some type their password into the field of the name.
        known = name if name in settings.sign_in else "somebody"
        what: audit.What = "signed in" if cookie else "refused"
        await run_in_threadpool(self._log, known, what, f"from {client}" if client else "")
        if cookie is None:
            return self._form(back, "That name and password do not belong together.", name, 403)
        answer = RedirectResponse(back, 303, headers=HEADERS)
        answer.set_cookie(
            COOKIE, cookie, int(LASTS.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
        )
        await run_in_threadpool(self._end, request.state.visitor)
        return answer

    def sign_out(self, request: Request) -> Response:
        """End the session, also for whoever copied its cookie."""
        self._end(request.state.visitor)
        answer = RedirectResponse("/sign-in", 303, headers=HEADERS)
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    def _form(self, back: str, problem: str = "", name: str = "", status: int = 200) -> Response:
        titles = [n.settings.title for n in self.room.newsroom.newsletters.values()]
        values = {"next": back, "problem": problem, "name": name, "titles": titles}
        return HTMLResponse(desk_fill("sign-in.html", values), status, headers=HEADERS)

    def _end(self, visitor: Visitor | None) -> None:
        if visitor is not None and visitor.session:
            self.doors.ended.add(visitor.session)
            self._log(visitor.name, "signed out", visitor.session)

    def _log(self, name: str, what: audit.What, detail: str) -> None:
        newsroom = self.room.newsroom
        with newsroom.store.begin() as connection:
            audit.note(connection, newsroom.clock(), name, what, detail=detail)


def ended(room: Room) -> set[str]:
    """The sessions that were signed out of and whose cookies have not run out by themselves yet."""
    newsroom = room.newsroom
    with newsroom.store.read() as connection:
        steps = audit.since(connection, "signed out", newsroom.clock() - LASTS)
    return {step.detail for step in steps}


def _back(path: str) -> str:
    """Where to go on; never to another site."""
    return path if HOME.fullmatch(path) else "/"


async def _posted(request: Request) -> dict[str, str]:
    """The fields of a small form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return {}
    return {key: values[0] for key, values in parse_qs(body.decode("utf-8", "replace")).items()}
