"""The desk's HTML: the page, its panes and the document in the frame, from templates of its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from digest.compose.decisions import told
from digest.desk.near import misses
from digest.desk.preview import Look, framed, look_of
from digest.desk.replay import exported
from digest.desk.room import Room, Sheet
from digest.desk.story import story_pane
from digest.desk.trouble import Trouble
from digest.desk.view import panes
from digest.pipeline.export import SPECIMEN, Specimen, specimen
from digest.render.templates import fill


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page has open."""

    entry: str = ""
    tab: str = "story"


def page(room: Room, name: str, token: str, asked: Asked) -> str:
    """The whole page, its panes filled."""
    newsroom = room.newsroom
    values = {
        "token": token,
        "newsletter": name,
        "newsletters": [(n.name, n.settings.title) for n in newsroom.newsletters.values()],
        "title": newsroom.newsletters[name].settings.title,
        **parts(room, name, asked),
    }
    return desk_fill("desk.html", values)


def parts(room: Room, name: str, asked: Asked) -> dict[str, Any]:
    """The panes as HTML, and what the frame shows ("seen"): a page loads it again only when that changed."""
    sheet = room.sheet(name)
    if isinstance(sheet, Trouble):
        return {
            "top": desk_fill("top.html", {"trouble": sheet}),
            "left": "",
            "right": desk_fill("trouble-aside.html", {"trouble": sheet}),
            "seen": f"trouble-{hash(sheet)}",
            "entry": asked.entry,
        }
    shown = panes(sheet, room.newsroom.clock(), room.asked(sheet))
    pane = story_pane(sheet, asked.entry) if asked.entry else None
    if pane is None and sheet.built.edition.items:
        pane = story_pane(sheet, sheet.built.edition.items[0].entry)
    values = {
        "panes": shown,
        "sheet": sheet,
        "edition": sheet.built.edition,
        "mail": sheet.built.mail,
        "story": pane,
        "tab": asked.tab if asked.tab in TABS else "story",
        "sections": [plan.name for plan in sheet.newsletter.sections if plan.name],
        "test_to": room.newsroom.config.desk.test_to,
        "history": history(sheet) if asked.tab == "history" else (),
        "trouble": None,
    }
    return {
        "top": desk_fill("top.html", values),
        "left": desk_fill("left.html", values),
        "right": desk_fill("right.html", values),
        "seen": sheet.seen,
        "entry": pane.entry if pane else "",
    }


TABS = ("story", "edition", "preflight", "history")


def history(sheet: Sheet) -> list[tuple[int, str, str, str, dt.datetime | None]]:
    """Every decision of the edition, newest first: id, time, who, what, when undone."""
    from digest.desk.story import local

    titles = {m.entry.id: m.entry.title for story in sheet.built.stories for m in story.members}
    titles |= {i.entry: i.headline for i in sheet.built.edition.items}
    zone = sheet.built.edition.timezone
    return [
        (d.id, local(d.when, zone), d.who, told(d, titles), undone) for d, undone in reversed(sheet.history)
    ]


def near(room: Room, name: str, entry: str) -> str:
    """The nearest misses of a story as HTML; nothing while there is no edition."""
    sheet = room.sheet(name)
    if isinstance(sheet, Trouble):
        return ""
    found = misses(room.index(sheet), sheet, entry)
    return desk_fill("near.html", {"misses": found, "entry": entry})


def export(room: Room, name: str) -> str | None:
    """The decisions in force as YAML."""
    sheet = room.sheet(name)
    if isinstance(sheet, Trouble):
        return None
    titles = {m.entry.id: m.entry.title for story in sheet.built.stories for m in story.members}
    in_force = (d for d, undone in sheet.history if undone is None)
    return exported(name, str(sheet.slot.key), in_force, titles)


def frame(room: Room, name: str, query: dict[str, str]) -> tuple[str, str]:
    """The document in the frame and its Content-Security-Policy."""
    look = look_of(query)
    sheet = room.sheet(name)
    if isinstance(sheet, Trouble):
        return desk_fill("problem.html", {"trouble": sheet}), Look().policy
    copy = copy_for(room, sheet, query.get("reader", ""))
    if look.view == "html":
        return framed(copy.html, look, room.newsroom.config.site.url), look.policy
    values = {
        "view": look.view,
        "text": copy.text if look.view == "text" else copy.message.decode("utf-8", "replace"),
        "headers": copy.headers,
        "scheme": look.scheme,
        "bytes": len(copy.message),
    }
    return desk_fill("plain.html", values), look.policy


def copy_for(room: Room, sheet: Sheet, address: str) -> Specimen:
    """The copy of the subscriber with that address, else of nobody in particular."""
    from digest.addresses import parse_address
    from digest.errors import UsageError
    from digest.model import Recipient
    from digest.store import consent

    if not address:
        return sheet.copy
    try:
        key = parse_address(address).key
    except UsageError:
        return sheet.copy
    with room.newsroom.store.read() as connection:
        who = consent.by_address(connection, key)
    if who is None:
        return sheet.copy
    recipient = Recipient(0, 0, SPECIMEN.subscriber, who.token_id, who.address)
    return specimen(room.newsroom, sheet.newsletter, sheet.built, recipient)


def desk_fill(name: str, values: dict[str, Any]) -> str:
    """One of the desk's own templates; a publisher's template_dir never replaces them."""
    return fill(None, "en", f"desk/{name}", values)
