"""What everybody may see: the newsletters, the archive of their editions, feeds, style sheets and pictures."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from digest import __version__
from digest.config.newsletter import Newsletter
from digest.errors import StoreError
from digest.model import Edition
from digest.pipeline.correct import archived
from digest.pipeline.newsroom import Newsroom
from digest.render import page as edition_page
from digest.render.feed import atom, json_feed
from digest.render.page import page_css
from digest.render.present import edition_name, fonts
from digest.render.templates import fill
from digest.render.words import words
from digest.site.page import HEADERS, page, preferred
from digest.site.reception import Reception, slot_options
from digest.store import editions
from digest.tokens import fingerprint

LISTED = 60
IN_FEED = 20
LONGEST = 200  # characters of an edition's date and slot
PICTURE = re.compile(r"[A-Za-z0-9_-]{1,100}\.(?:jpg|png)")
HOUR = {"Cache-Control": "public, max-age=3600"}
FEEDS: dict[str, tuple[Callable[..., str | bytes], str]] = {
    "xml": (atom, "application/atom+xml"),
    "json": (json_feed, "application/feed+json"),
}
YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class Listed:
    """An edition in the archive's list."""

    url: str
    subject: str
    date: str
    slot: str


@dataclass(frozen=True, slots=True)
class Archive:
    """The handlers."""

    reception: Reception

    @property
    def newsroom(self) -> Newsroom:
        """The installation."""
        return self.reception.newsroom

    def home(self, request: Request) -> Response:
        """Every newsletter, with the way to subscribe."""
        listed = [_offered(newsletter) for newsletter in self.newsroom.newsletters.values()]
        speaks = preferred(self.newsroom, request)
        answer = page(self.newsroom, speaks, "home", {"newsletters": listed}, private=False)
        answer.headers["Vary"] = "Accept-Language"
        return answer

    def index(self, request: Request) -> Response:
        """A newsletter's editions, newest first, so many a page."""
        newsletter = self.reception.newsletter(request)
        if newsletter is None:
            return self.reception.unknown(request)
        asked = request.query_params.get("page", "1")
        number = int(asked) if re.fullmatch(r"[1-9]\d{0,4}", asked) else 1
        with self.newsroom.store.read() as connection:
            found = editions.published(connection, newsletter.name, LISTED + 1, skip=(number - 1) * LISTED)
        values = {
            "editions": [_listed(summary, newsletter) for summary in found[:LISTED]],
            "newer": number - 1,
            "older": number + 1 if len(found) > LISTED else 0,
        }
        return page(self.newsroom, newsletter, "archive", values, private=False)

    def edition(self, request: Request) -> Response:
        """One edition, as it was sent, without anything that belongs to one subscriber."""
        newsletter = self.reception.newsletter(request)
        found = self._sent(newsletter, request.path_params["rest"]) if newsletter else None
        if newsletter is None or found is None:
            return self.reception.unknown(request)
        html = edition_page(
            found,
            newsletter,
            site_url=self.newsroom.config.site.url,
            template_dir=self.newsroom.template_dir,
            stylesheet=f"/style/{newsletter.name}.css",
        )
        return HTMLResponse(html, headers={**HEADERS, **HOUR})

    def forward(self, request: Request) -> Response:
        """What to tell a friend about an edition. We ask for no address and send nothing: nobody can be bombed."""
        newsletter = self.reception.newsletter(request)
        found = self._sent(newsletter, request.path_params["rest"]) if newsletter else None
        if newsletter is None or found is None:
            return self.reception.unknown(request)
        with self.newsroom.store.read() as connection:
            subject = editions.subject(connection, found.id)
        url = f"{self.newsroom.config.site.url}/archive/{found.id}"
        letter = f"subject={quote(subject)}&body={quote(f'{newsletter.settings.title}: {url}')}"
        values = {
            "subject": subject,
            "url": url,
            "path": f"/archive/{found.id}",
            "mailto": f"mailto:?{letter}",
        }
        return page(self.newsroom, newsletter, "forward", values, private=False)

    def feed(self, request: Request) -> Response:
        """The newest editions as Atom or JSON Feed; 304 for who has them already."""
        newsletter, kind = self.reception.newsletter(request), request.path_params["kind"]
        if newsletter is None or kind not in FEEDS:
            return self.reception.unknown(request)
        with self.newsroom.store.read() as connection:
            newest = editions.published(connection, newsletter.name, IN_FEED)
            found = [archived(connection, summary.id) for summary in newest]
        headers = {**HEADERS, **HOUR, "ETag": _mark(found, newsletter)}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        make, media_type = FEEDS[kind]
        body = make(
            found,
            newsletter,
            site_url=self.newsroom.config.site.url,
            template_dir=self.newsroom.template_dir,
        )
        return Response(body, media_type=media_type, headers=headers)

    def style(self, request: Request) -> Response:
        """The style sheet of a newsletter's editions."""
        newsletter = self.reception.newsletter(request)
        if newsletter is None:
            return self.reception.unknown(request)
        css = page_css(newsletter, template_dir=self.newsroom.template_dir)
        return Response(css, media_type="text/css", headers={**HEADERS, **HOUR})

    def form_style(self, request: Request) -> Response:
        """The style sheet of everything else, in the newsletter's own colours and fonts."""
        newsletter = self.reception.newsletter(request)
        if newsletter is None:
            return self.reception.unknown(request)
        theme, language = newsletter.settings.theme, newsletter.settings.language
        look = {"theme": theme, "fonts": fonts(theme)}
        css = fill(self.newsroom.template_dir, language, "site/site.css", look)
        return Response(css, media_type="text/css", headers={**HEADERS, **HOUR})

    def picture(self, request: Request) -> Response:
        """A hosted picture; its name is the hash of its content, so it never changes."""
        name = request.path_params["name"]
        file = self.newsroom.path(self.newsroom.config.pictures.folder) / name
        if not PICTURE.fullmatch(name) or file.is_symlink() or not file.is_file():
            return self.reception.unknown(request)
        return FileResponse(file, headers={**HEADERS, **YEAR})

    def _sent(self, newsletter: Newsletter, rest: str) -> Edition | None:
        """The edition of that id, once it is being sent: nothing leaks before."""
        name = f"{newsletter.name}/{rest}"
        if not rest.isprintable() or len(rest) > LONGEST:  # PostgreSQL refuses a NUL, also in a question
            return None
        with self.newsroom.store.read() as connection:
            try:
                found = archived(connection, name)
            except StoreError:
                return None
            state = editions.state(connection, name)
        return found if state in editions.PUBLISHED else None


def _mark(found: list[Edition], newsletter: Newsletter) -> str:
    """What changes when a feed of these editions does: a correction, another title, another release of digest."""
    parts = [__version__, newsletter.settings.model_dump_json(), *map(editions.to_json, found)]
    return f'"{fingerprint(chr(0).join(parts))}"'


def _offered(newsletter: Newsletter) -> dict[str, Any]:
    """A newsletter in its own language."""
    speech = words(newsletter.settings.language)
    return {
        "name": newsletter.name,
        "title": newsletter.settings.title,
        "language": speech.language,
        "slots": slot_options(newsletter),
        "subscribe": speech.one("Subscribe"),
        "archive": speech.one("Archive"),
    }


def _listed(summary: editions.Summary, newsletter: Newsletter) -> Listed:
    speech = words(newsletter.settings.language)
    _, day, slot, *_ = summary.id.split("/")
    title = edition_name(slot, speech) if len(newsletter.settings.slots) > 1 else ""
    return Listed(f"/archive/{summary.id}", summary.subject, speech.date(dt.date.fromisoformat(day)), title)
