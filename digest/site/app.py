"""The public site: which address leads to which page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from digest.pipeline.newsroom import Newsroom
from digest.render.templates import builtin_folder
from digest.site.archive import HOUR, Archive
from digest.site.page import HEADERS, PRIVATE
from digest.site.people import People

BOTH = ["GET", "POST"]


def site(newsroom: Newsroom) -> Starlette:
    """The site of ``newsroom``, as an ASGI application."""
    people, archive = People(newsroom), Archive(newsroom)

    async def unknown(_request: Request, _error: Exception) -> Response:
        return people.unknown()

    async def failed(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("This page cannot be shown now.\n", 500, headers={**HEADERS, **PRIVATE})

    routes = [
        Route("/", archive.home),
        Route("/site.css", css(newsroom)),
        Route("/style/{newsletter}.css", archive.style),
        Route("/pictures/{name}", archive.picture),
        Route("/subscribe/{newsletter}", people.subscribe, methods=BOTH),
        Route("/c/{token}", people.confirm, methods=BOTH),
        Route("/p/{token}", people.preferences, methods=BOTH),
        Route("/u/{token}", people.unsubscribe, methods=BOTH),
        Route("/archive/{newsletter}", archive.index),
        Route("/archive/{newsletter}/feed.{kind:str}", archive.feed),
        Route("/archive/{newsletter}/{rest:path}", archive.edition),
    ]
    made = Starlette(routes=routes, exception_handlers={404: unknown, 405: unknown, 500: failed})
    made.router.redirect_slashes = False  # it would lead to whatever host was asked for
    return made


def css(newsroom: Newsroom) -> Callable[[Request], Response]:
    """The handler of the forms' style sheet, the publisher's own where there is one."""

    def handler(_request: Request) -> Response:
        own = newsroom.template_dir / "site" / "site.css" if newsroom.template_dir else Path()
        return FileResponse(
            own if own.is_file() else builtin_folder() / "site" / "site.css", headers={**HEADERS, **HOUR}
        )

    return handler


def serve(newsroom: Newsroom) -> None:
    """Serve the site until told to stop."""
    import uvicorn

    from digest.site.server import configured

    host, _, port = newsroom.config.site.listen.rpartition(":")
    uvicorn.Server(configured(site(newsroom), host.strip("[]"), int(port))).run()
