"""Who may ask: pages of our own on our own address, and nobody who was led here by another site."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Guard:
    """Refuses requests for foreign host names (DNS rebinding), and what other sites make a browser post here."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: frozenset[str] = LOOPBACK) -> None:
        self.app, self.token, self.hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 instead of the application where that is due."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        refusal = refused(scope["method"], Headers(scope=scope), self.token, self.hosts)
        answer = PlainTextResponse(refusal + "\n", 403) if refusal else self.app
        return await answer(scope, receive, send)


def refused(method: str, headers: Mapping[str, str], token: str, hosts: frozenset[str]) -> str:
    """Why a request is not answered; "" when it is.

    A foreign ``Host`` is how a page elsewhere reads a server on loopback under a name of its own. Posting needs
    our ``Origin`` (when the browser tells one) and the token that only our own pages know.
    """
    host = headers.get("host", "")
    if host.rpartition(":")[0].lower() not in hosts and host.lower() not in hosts:
        return "The desk answers to its own address only."
    if method in SAFE:
        return ""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return "Another site asked for this."
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return "Another site asked for this."
    if not hmac.compare_digest(headers.get("x-desk-token", "").encode(), token.encode()):
        return "The page is older than the desk: reload it."
    return ""
