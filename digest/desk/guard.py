"""Who may ask: pages of our own on our own address, for people we know, and nobody who was led here by another site."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.desk.doors import Doors, refused
from digest.desk.room import Room

SIGN_IN = "/sign-in"
OPEN = frozenset({SIGN_IN, "/desk.css"})  # for people who are not signed in


class Guard:
    """Refuses foreign host names (DNS rebinding) and what other sites make a browser post; sends to the sign-in.

    Behind it a request's state has its ``visitor``.
    """

    def __init__(self, app: ASGIApp, *, room: Room, doors: Doors) -> None:
        self.app, self.room, self.doors = app, room, doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer instead of the application where that is due."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        answer = self._instead(scope)
        return await (answer or self.app)(scope, receive, send)

    def _instead(self, scope: Scope) -> Response | None:
        headers, newsroom = Headers(scope=scope), self.room.newsroom
        settings = newsroom.config.desk
        visitor = self.doors.visitor(settings, newsroom.keys, headers, newsroom.clock())
        scope.setdefault("state", {})["visitor"] = visitor
        # Whoever signs in anew has no page of the desk to take a token from.
        why = refused(scope["method"], headers, settings, None if scope["path"] == SIGN_IN else visitor)
        if why:
            return PlainTextResponse(why + "\n", 403)
        if visitor is not None or scope["path"] in OPEN:
            return None
        if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            return RedirectResponse(f"/sign-in?next={quote(scope['path'])}", 303)
        return PlainTextResponse("Sign in again: reload the page.\n", 401)
