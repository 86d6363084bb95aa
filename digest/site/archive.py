"""What everybody may see: the newsletters, the archive of their editions, feeds, style sheets and pictures."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from digest.config.newsletter import Newsletter
from digest.errors import StoreError
from digest.model import Edition
from digest.pipeline.correct import archived
from digest.pipeline.newsroom import Newsroom
from digest.render import page as edition_page
from digest.render.feed import atom, json_feed
from digest.render.page import page_css
from digest.render.words import words
from digest.site.page import HEADERS, page
from digest.site.people import slot_options
from digest.store import editions

LISTED = 60
IN_FEED = 20
PICTURE = re.compile(r"[A-Za-z0-9_-]{1,100}\.(?:jpg|png)")
HOUR = {"Cache-Control": "public, max-age=3600"}
YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class Listed:
    """An edition in the archive's list."""

    url: str
    subject: str
    date: str


@dataclass(frozen=True, slots=True)
class Archive:
    """The handlers."""

    newsroom: Newsroom

    def home(self, _request: Request) -> Response:
        """Every newsletter, with the way to subscribe."""
        every = list(self.newsroom.newsletters.values())
        listed = [
            {
                "name": n.name,
                "title": n.settings.title,
                "language": n.settings.language,
                "slots": slot_options(n),
            }
            for n in every
        ]
        return page(self.newsroom, every[0], "home", {"newsletters": listed}, private=False)

    def index(self, request: Request) -> Response:
        """A newsletter's editions, newest first."""
        newsletter = self._newsletter(request)
        if newsletter is None:
            return self.unknown()
        with self.newsroom.store.read() as connection:
            found = editions.summaries(connection, newsletter.name, LISTED)
        speech = words(newsletter.settings.language)
        listed = [
            Listed(f"/archive/{s.id}", s.subject, speech.date(dt.date.fromisoformat(s.id.split("/")[1])))
            for s in found
            if s.state in ("sending", "done")
        ]
        return page(self.newsroom, newsletter, "archive", {"editions": listed}, private=False)

    def edition(self, request: Request) -> Response:
        """One edition, as it was sent, without anything that belongs to one subscriber."""
        newsletter = self._newsletter(request)
        found = self._sent(newsletter, request.path_params["rest"]) if newsletter else None
        if newsletter is None or found is None:
            return self.unknown()
        html = edition_page(
            found,
            newsletter,
            site_url=self.newsroom.config.site.url,
            template_dir=self.newsroom.template_dir,
            stylesheet=f"/style/{newsletter.name}.css",
        )
        return HTMLResponse(html, headers={**HEADERS, **HOUR})

    def feed(self, request: Request) -> Response:
        """The newest editions as Atom or JSON Feed."""
        newsletter = self._newsletter(request)
        if newsletter is None:
            return self.unknown()
        with self.newsroom.store.read() as connection:
            ids = [
                s.id for s in editions.summaries(connection, newsletter.name, IN_FEED) if s.state == "done"
            ]
            found = [archived(connection, edition) for edition in ids]
        as_json = request.path_params["kind"] == "json"
        make = json_feed if as_json else atom
        body = make(
            found,
            newsletter,
            site_url=self.newsroom.config.site.url,
            template_dir=self.newsroom.template_dir,
        )
        media_type = "application/feed+json" if as_json else "application/atom+xml"
        return Response(body, media_type=media_type, headers={**HEADERS, **HOUR})

    def style(self, request: Request) -> Response:
        """The style sheet of a newsletter's pages."""
        newsletter = self._newsletter(request)
        if newsletter is None:
            return self.unknown()
        css = page_css(newsletter, template_dir=self.newsroom.template_dir)
        return Response(css, media_type="text/css", headers={**HEADERS, **HOUR})

    def picture(self, request: Request) -> Response:
        """A hosted picture; its name is the hash of its content, so it never changes."""
        name = request.path_params["name"]
        file = self.newsroom.path(self.newsroom.config.pictures.folder) / name
        if not PICTURE.fullmatch(name) or file.is_symlink() or not file.is_file():
            return self.unknown()
        return FileResponse(file, headers={**HEADERS, **YEAR})

    def unknown(self) -> Response:
        """There is no such page."""
        return page(self.newsroom, next(iter(self.newsroom.newsletters.values())), "unknown", {}, status=404)

    def _newsletter(self, request: Request) -> Newsletter | None:
        return self.newsroom.newsletters.get(request.path_params["newsletter"])

    def _sent(self, newsletter: Newsletter, rest: str) -> Edition | None:
        """The edition of that id, once it is being sent: nothing leaks before."""
        name = f"{newsletter.name}/{rest}"
        with self.newsroom.store.read() as connection:
            try:
                found = archived(connection, name)
            except StoreError:
                return None
            state = editions.state(connection, name)
        return found if state in ("sending", "paused", "done") else None
