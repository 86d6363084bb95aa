"""The public site: which address leads to which page."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.errors import DigestError
from digest.pipeline.newsroom import Newsroom
from digest.site.archive import Archive
from digest.site.asking import Asking
from digest.site.choosing import Choosing
from digest.site.errands import Errands
from digest.site.page import HEADERS, PRIVATE, page, preferred
from digest.site.reception import Reception, answered

log = logging.getLogger(__name__)

BOTH = ["GET", "POST"]


def site(newsroom: Newsroom, errands: Errands | None = None) -> Starlette:
    """The site of ``newsroom``, as an ASGI application; its mails are sent by ``errands``."""
    errands = errands or Errands()
    reception = Reception(newsroom)
    archive, asking, choosing = Archive(reception), Asking(reception, errands), Choosing(reception)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        errands.close()

    async def unknown(request: Request, _error: Exception) -> Response:
        return reception.unknown(request)

    async def failed(request: Request, error: Exception) -> Response:
        log.error("a page could not be shown: %s", error)
        return page(newsroom, preferred(newsroom, request), "failed", {}, status=503)

    async def broken(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("This page cannot be shown now.\n", 500, headers={**HEADERS, **PRIVATE})

    routes = [
        Route("/", archive.home),
        Route("/site/{newsletter}.css", archive.form_style),
        Route("/style/{newsletter}.css", archive.style),
        Route("/pictures/{name}", archive.picture),
        Route("/subscribe/{newsletter}", answered(asking.subscribe), methods=BOTH),
        Route("/c/{token}", answered(asking.confirm), methods=BOTH),
        Route("/p/{token}", answered(choosing.preferences), methods=BOTH),
        Route("/u/{token}", answered(choosing.unsubscribe), methods=BOTH),
        Route("/archive/{newsletter}", archive.index),
        Route("/archive/{newsletter}/feed.{kind:str}", archive.feed),
        Route("/archive/{newsletter}/{rest:path}", archive.edition),
        Route("/forward/{newsletter}/{rest:path}", archive.forward),
    ]
    handlers = {404: unknown, 405: unknown, DigestError: failed, 500: broken}
    made = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    # It would lead to whatever host was asked for, and one-click links never redirect (RFC 8058 section 3.1).
    made.router.redirect_slashes = False
    return made


def serve(newsroom: Newsroom) -> None:
    """Serve the site until told to stop."""
    import uvicorn

    from digest.site.server import configured

    host, _, port = newsroom.config.site.listen.rpartition(":")
    uvicorn.Server(configured(site(newsroom), host.strip("[]"), int(port))).run()
