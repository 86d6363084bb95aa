"""The desk's HTML: the page, its panes and the document in the frame, from templates of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from digest.checks import clients
from digest.compose.decisions import added_title, told
from digest.config.editors import beyond
from digest.desk.beside import beside
from digest.desk.doors import Visitor
from digest.desk.fate import buttons
from digest.desk.mend import earlier
from digest.desk.near import misses
from digest.desk.preview import Look, framed, look_of
from digest.desk.replay import exported
from digest.desk.room import Room, Sheet
from digest.desk.story import local, story_pane
from digest.desk.trouble import Trouble
from digest.desk.view import panes, switch
from digest.pipeline.export import SPECIMEN, Specimen, specimen
from digest.render.templates import fill

SAMPLE = "demo:pictures/"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page has open."""

    entry: str = ""
    tab: str = "story"
    against: str = ""  # what is compared with, or the edition that is corrected
    edition: str = ""  # its id; "" = the one that editors work on
    find: str = ""  # words of a story that was left out


def page(room: Room, name: str, visitor: Visitor, asked: Asked) -> str:
    """The whole page, its panes filled."""
    newsroom = room.newsroom
    values = {
        "token": visitor.token,
        "who": visitor.name if beyond(newsroom.config.desk.url) else "",
        "newsletter": name,
        "newsletters": [(n.name, n.settings.title) for n in newsroom.newsletters.values()],
        "title": newsroom.newsletters[name].settings.title,
        **parts(room, name, asked),
    }
    return desk_fill("desk.html", values)


def parts(room: Room, name: str, asked: Asked) -> dict[str, Any]:
    """The panes as HTML, and what the frame shows ("seen"): a page loads it again only when that changed."""
    sheet = room.sheet(name, asked.edition)
    if isinstance(sheet, Trouble):
        return _in_trouble(sheet, asked)
    shown = panes(sheet, room.newsroom.clock(), room.asked(sheet), asked.find)
    pane = story_pane(sheet, asked.entry) if asked.entry else None
    if pane is None and sheet.built.edition.items:
        pane = story_pane(sheet, sheet.built.edition.items[0].entry)
    values = {
        "panes": shown,
        "sheet": sheet,
        "edition": sheet.built.edition,
        "mail": sheet.built.mail,
        "story": pane,
        "find": asked.find,
        "tab": asked.tab if asked.tab in TABS else "story",
        "sections": [plan.name for plan in sheet.newsletter.sections if plan.name],
        "test_to": room.newsroom.config.desk.test_to,
        "buttons": buttons(sheet),
        "editions": switch(sheet, room.newsroom.clock()),
        "local": lambda url: here(url, room.newsroom.config.site.url),
        "mail_clients": clients(sheet.copy.html) if asked.tab == "preflight" else None,
        "history": history(sheet) if asked.tab == "history" else (),
        "beside": beside(room, sheet, asked.against) if asked.tab == "compare" else None,
        "earlier": earlier(room, name, asked.against) if asked.tab == "correct" else None,
        "trouble": None,
    }
    return {
        "top": desk_fill("top.html", values),
        "left": desk_fill("left.html", values),
        "right": desk_fill("right.html", values),
        "seen": sheet.seen,
        "entry": pane.entry if pane else "",
        "edition": "" if sheet.stand == sheet.stands[0] else sheet.id,
    }


def _in_trouble(trouble: Trouble, asked: Asked) -> dict[str, Any]:
    return {
        "top": desk_fill("top.html", {"trouble": trouble}),
        "left": "",
        "right": desk_fill("trouble-aside.html", {"trouble": trouble}),
        "seen": f"trouble-{hash(trouble)}",
        "entry": asked.entry,
        "edition": asked.edition,
    }


TABS = ("story", "edition", "preflight", "compare", "history", "correct")


@dataclass(frozen=True, slots=True)
class Past:
    """A line of the history: a decision, which can be taken back, or a step of the audit log."""

    time: str  # local
    who: str
    what: str
    decision: int = 0
    undone: bool = False


def history(sheet: Sheet) -> list[Past]:
    """Everything that was decided and done for the edition, newest first."""
    titles = _titles(sheet)
    zone = sheet.built.edition.timezone
    lines = [
        (d.when, Past(local(d.when, zone), d.who, told(d, titles), d.id, undone is not None))
        for d, undone in sheet.history
    ]
    lines += [
        (s.when, Past(local(s.when, zone), s.who, f"{s.what}: {s.detail}" if s.detail else s.what))
        for s in sheet.steps
    ]
    return [line for _, line in sorted(lines, key=lambda pair: pair[0], reverse=True)]


def _titles(sheet: Sheet) -> dict[str, str]:
    """The headlines of the stories that its decisions speak of."""
    made = [d for d, _ in sheet.history]
    added = {d.entry: title for d in made if (title := added_title(d))}
    return added | {e: title for d in made for e in (d.entry, d.value) if e and (title := sheet.title(e))}


def near(room: Room, name: str, asked: Asked) -> str:
    """The nearest misses of a story as HTML; nothing while there is no edition or its entries are not compared."""
    sheet = room.sheet(name, asked.edition)
    index = None if isinstance(sheet, Trouble) else room.index(sheet)
    if isinstance(sheet, Trouble) or index is None:
        return ""
    found = misses(index, sheet, asked.entry)
    return desk_fill("near.html", {"misses": found, "entry": asked.entry})


def to_compare(room: Room, name: str, edition: str) -> Sheet | None:
    """The edition whose entries have yet to be compared, before its nearest misses can be told; None usually."""
    sheet = room.sheet(name, edition)
    if isinstance(sheet, Trouble) or room.index(sheet) is not None:
        return None
    return sheet


def export(room: Room, name: str, edition: str) -> str | None:
    """The decisions in force as YAML."""
    sheet = room.sheet(name, edition)
    if isinstance(sheet, Trouble):
        return None
    titles = _titles(sheet)
    in_force = (d for d, undone in sheet.history if undone is None)
    return exported(name, str(sheet.slot.key), in_force, titles)


def frame(room: Room, name: str, query: dict[str, str]) -> tuple[str, str]:
    """The document in the frame and its Content-Security-Policy."""
    look = look_of(query)
    sheet = room.sheet(name, query.get("edition", ""))
    if isinstance(sheet, Trouble):
        return desk_fill("problem.html", {"trouble": sheet}), Look().policy
    copy = copy_for(room, sheet, query.get("reader", ""))
    if copy is None:
        return desk_fill("nobody.html", {"address": query["reader"], "scheme": look.scheme}), look.policy
    if look.view == "html":
        pictures = [item.picture for item in sheet.built.edition.items]
        return framed(copy.html, look, room.newsroom.config.site.url, pictures), look.policy
    values = {
        "view": look.view,
        "text": copy.text if look.view == "text" else copy.message.decode("utf-8", "replace"),
        "headers": copy.headers,
        "scheme": look.scheme,
        "bytes": len(copy.message),
    }
    return desk_fill("plain.html", values), look.policy


def copy_for(room: Room, sheet: Sheet, address: str) -> Specimen | None:
    """The copy of the subscriber with that address, None when there is none; "" is nobody in particular."""
    from digest.addresses import parse_address
    from digest.errors import UsageError
    from digest.model import Recipient
    from digest.store import consent

    if not address:
        return sheet.copy
    try:
        key = parse_address(address).key
    except UsageError:
        return None
    with room.newsroom.store.read() as connection:
        who = consent.by_address(connection, key)
    if who is None:
        return None
    recipient = Recipient(0, 0, SPECIMEN.subscriber, who.token_id, who.address, language=who.language)
    return specimen(room.newsroom, sheet.newsletter, sheet.built, recipient)


def here(url: str, site: str) -> str:
    """Where the desk shows a picture from: one of our own site, or of the sample, comes from this machine."""
    if url.startswith(SAMPLE):
        return f"/sample/{url.removeprefix(SAMPLE)}"
    return url.removeprefix(site) if site and url.startswith(f"{site}/pictures/") else url


def desk_fill(name: str, values: dict[str, Any]) -> str:
    """One of the desk's own templates; a publisher's template_dir never replaces them."""
    return fill(None, "en", f"desk/{name}", values)
