"""The desk's addresses: the page, its panes, the frame with the mail, and what tells of changes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from digest.desk.calm import Calm, Counted
from digest.desk.doors import Doors, Visitor
from digest.desk.guard import Guard
from digest.desk.pages import SAMPLE, Asked, export, frame, near, page, parts, to_compare
from digest.desk.room import Room
from digest.desk.signing import Signing
from digest.desk.upload import taken_in
from digest.desk.watch import Bell
from digest.errors import DigestError, FetchError
from digest.render.templates import builtin_folder

PICTURE = re.compile(r"[A-Za-z0-9_-]{1,100}\.(?:jpg|png|gif)")
PAGE = re.compile(r"[a-z0-9]{1,20}")
LONGEST = 200  # characters of words that are looked for
LARGEST = 200_000  # bytes of a decision
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Pictures are named by what they are: a browser that has one shows it in the next frame without asking.
KEPT = {**HEADERS, "Cache-Control": "private, max-age=3600"}
KEEP_ALIVE = 15.0  # seconds
LOOK = 0.2  # seconds between two looks whether who asked is still there

Act = Callable[[str, dict[str, Any]], dict[str, Any]]
Acts = Callable[[str, str], dict[str, Act]]  # of the editor with that name, on the edition with that id


@dataclass(frozen=True, slots=True)
class DeskPages:
    """The handlers."""

    room: Room
    bell: Bell
    first: str
    stop: asyncio.Event
    acts: Acts
    calm: Calm = field(default_factory=Calm)
    comparing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def home(self, _request: Request) -> Response:
        """To the newsletter named on the command line."""
        return RedirectResponse(f"/desk/{self._known(self.first)}", 307)

    def desk(self, request: Request) -> Response:
        """The page."""
        name = request.path_params["newsletter"]
        if name not in self.room.newsroom.newsletters:
            return self.home(request)
        html = page(self.room, name, known(request), asked(request))
        return HTMLResponse(html, headers=HEADERS)

    def panes(self, request: Request) -> Response:
        """The panes as HTML, in one JSON object."""
        name = self._known(request.path_params["newsletter"])
        return JSONResponse(parts(self.room, name, asked(request)), headers=HEADERS)

    def frame(self, request: Request) -> Response:
        """The mail, in a document that can do nothing."""
        name = self._known(request.path_params["newsletter"])
        html, policy = frame(self.room, name, dict(request.query_params))
        return HTMLResponse(html, headers={**HEADERS, "Content-Security-Policy": policy})

    async def near(self, request: Request) -> Response:
        """What nearly belongs to a story; asked for apart: the first time it is compared while nobody wants anything.

        Whoever asks for the next story lets go of this one, and a desk that closes of all.
        """
        name, wanted = self._known(request.path_params["newsletter"]), asked(request)
        comparing = asyncio.create_task(self._compare(name, wanted.edition))
        while not comparing.done() and not self.stop.is_set() and not await request.is_disconnected():
            await asyncio.wait({comparing}, timeout=LOOK)
        if not comparing.done():
            comparing.cancel()
            return Response(status_code=204, headers=HEADERS)
        comparing.result()
        html = await run_in_threadpool(near, self.room, name, wanted)
        return HTMLResponse(html, headers=HEADERS)

    async def _compare(self, name: str, edition: str) -> None:
        """Compare what an edition chose from, a piece at a time, while nobody wants anything."""
        async with self.comparing:
            while sheet := await run_in_threadpool(to_compare, self.room, name, edition):
                await self.calm.wait()
                await run_in_threadpool(self.room.compare, sheet)

    def decisions(self, request: Request) -> Response:
        """The decisions in force as YAML, to download."""
        name = self._known(request.path_params["newsletter"])
        found = export(self.room, name, asked(request).edition)
        if found is None:
            return PlainTextResponse("There is no edition.\n", 409, headers=HEADERS)
        attached = f'attachment; filename="{name}-decisions.yaml"'
        return PlainTextResponse(found, headers={**HEADERS, "Content-Disposition": attached})

    async def upload(self, request: Request) -> Response:
        """Take a picture in; the answer has its address on the public site."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.room.newsroom.config.pictures.max_bytes:
                return JSONResponse({"error": "The picture is too large."}, 413, headers=HEADERS)
        try:
            return JSONResponse(await run_in_threadpool(taken_in, self.room, body), headers=HEADERS)
        except DigestError as error:
            return JSONResponse({"error": str(error)}, 400, headers=HEADERS)

    async def act(self, request: Request) -> Response:
        """Do what an editor asks; the answer has the panes as they then are."""
        name = self._known(request.path_params["newsletter"])
        act = self.acts(known(request).name, asked(request).edition).get(request.path_params["act"])
        if act is None:
            return PlainTextResponse("There is no such act.\n", 404, headers=HEADERS)
        body = await limited(request)
        if body is None:
            return PlainTextResponse("That is too much.\n", 413, headers=HEADERS)
        try:
            said = await run_in_threadpool(act, name, body)
        except DigestError as error:
            return JSONResponse({"error": str(error)}, 400, headers=HEADERS)
        shown = await run_in_threadpool(parts, self.room, name, asked(request))
        # The page that asked has its answer here: it passes over what it rang itself.
        self.bell.ring(f"act {text_of(request.headers.get('x-desk-page', ''))}")
        return JSONResponse({**said, "parts": shown}, headers=HEADERS)

    async def events(self, _request: Request) -> Response:
        """Server-sent events: one line whenever something changed."""

        async def lines() -> AsyncIterator[str]:
            queue = self.bell.listen()
            try:
                yield "retry: 500\n\n"
                while not self.stop.is_set():
                    try:
                        what = await asyncio.wait_for(queue.get(), KEEP_ALIVE)
                    except TimeoutError:
                        yield ": still here\n\n"
                    else:
                        yield f"event: change\ndata: {what}\n\n"
            finally:
                self.bell.leave(queue)

        return StreamingResponse(lines(), media_type="text/event-stream", headers=HEADERS)

    def picture(self, request: Request) -> Response:
        """A hosted picture from the local folder, before the public site has it."""
        name = request.path_params["name"]
        newsroom = self.room.newsroom
        file = newsroom.path(newsroom.config.pictures.folder) / name
        if not PICTURE.fullmatch(name) or file.is_symlink() or not file.is_file():
            return PlainTextResponse("There is no such picture.\n", 404, headers=HEADERS)
        return FileResponse(file, headers=KEPT)

    def sample(self, request: Request) -> Response:
        """A picture of the sample newsroom, as one of its papers has it."""
        from digest.demo.press import open_demo

        try:
            body = open_demo(f"{SAMPLE}{request.path_params['name']}", self.room.newsroom.clock())
        except FetchError:
            return PlainTextResponse("There is no such picture.\n", 404, headers=HEADERS)
        return Response(body, media_type="image/jpeg", headers=KEPT)

    def _known(self, name: str) -> str:
        newsletters = self.room.newsroom.newsletters
        return name if name in newsletters else next(iter(newsletters))


def known(request: Request) -> Visitor:
    """Who asks: the guard let nobody else in."""
    visitor = request.state.visitor
    assert isinstance(visitor, Visitor)
    return visitor


def text_of(page: str) -> str:
    """What a page calls itself, "" for anything that is no name."""
    return page if PAGE.fullmatch(page) else ""


def asked(request: Request) -> Asked:
    """What the page has open."""
    query = request.query_params
    given = (said(query.get("entry", "")), query.get("tab", "story"), said(query.get("against", "")))
    return Asked(*given, edition=said(query.get("edition", "")), find=said(query.get("find", "")))


def said(words: str) -> str:
    """Words that may be asked for in the database, "" for what no page of ours sends."""
    return words[:LONGEST] if words.isprintable() else ""


async def limited(request: Request) -> dict[str, Any] | None:
    """The posted JSON object; None when there is too much of it."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def static(name: str) -> Callable[[Request], Response]:
    """The handler of one of the desk's own files."""

    def handler(_request: Request) -> Response:
        return FileResponse(builtin_folder() / "desk" / name, headers=HEADERS)

    return handler


def desk(pages: DeskPages, doors: Doors) -> Starlette:
    """The desk as an ASGI application."""
    signing = Signing(pages.room, doors)
    routes = [
        Route("/", pages.home),
        Route("/desk.css", static("desk.css")),
        Route("/desk.js", static("desk.js")),
        Route("/events", pages.events),
        Route("/sign-in", signing.sign_in, methods=["GET", "POST"]),
        Route("/sign-out", signing.sign_out, methods=["POST"]),
        Route("/pictures/{name}", pages.picture),
        Route("/sample/{name}", pages.sample),
        Route("/desk/{newsletter}", pages.desk),
        Route("/desk/{newsletter}/panes", pages.panes),
        Route("/desk/{newsletter}/near", pages.near),
        Route("/desk/{newsletter}/decisions.yaml", pages.decisions),
        Route("/desk/{newsletter}/frame", pages.frame),
        Route("/desk/{newsletter}/upload", pages.upload, methods=["POST"]),
        Route("/desk/{newsletter}/{act}", pages.act, methods=["POST"]),
    ]
    made = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, room=pages.room, doors=doors), Middleware(Counted, calm=pages.calm)],
    )
    made.router.redirect_slashes = False  # it would lead to whatever host was asked for
    return made
