"""The editor's decisions, applied to stories before anything is chosen.

A ``Decision`` speaks of one entry (``Decision.entry``) and through it of the story the entry is in, whatever
the grouping makes of it later. Decisions are applied in the order of their ids; a later one overrides an
earlier one of the same kind. ``Decision.slot`` is ``str(SlotKey)``, an ``Edition.id``, or "" for every slot.

======== =====================================================================================================
verb     ``Decision.value``
======== =====================================================================================================
pin      "" = printed wherever it ranks, past every filter and cap but ``max_stories``; "lead" = opens the edition
hide     "" ; the story is left out. A sidebar that is hidden goes alone, its story stays
move     the name of a section, as in the config; printed there
order    the id of an entry: printed right after that entry's story; "" = first in its section
merge    the id of an entry: that entry's story joins this one's
split    "" ; the entry leaves its story and stands alone
lead     "" ; the entry leads its story
picture  JSON object ``{"url": "https://…"}``: the picture at that address among those of the story's entries, with
         its own caption and credit. Further keys ``caption, credit, alt, width, height, type`` override or, for a
         picture that no entry has, describe it. "" or ``{}`` = no picture.
         Rights hold: a picture of a feed with ``pictures: none`` is not shown
edit     JSON object of final words, any of ``kicker, headline, standfirst, caption, credit, alt``; "" empties one
intro    plain text, paragraphs separated by a blank line; ``entry`` is ""
add      JSON object of an entry made by hand; ``entry`` is its id. Required: ``title``. Optional, as in
         ``model.Entry``: ``url, paper, standfirst, text, kicker, language, published`` (ISO 8601, else the moment
         of the decision), ``authors``, ``pictures`` (objects with the keys above), ``section`` (else the last). It
         is printed as if pinned
======== =====================================================================================================

A decision whose entry is in no story, or whose value cannot be used, does nothing and is listed in
``Edition.ignored``. A verb that is not in the table is such a decision too.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from digest.compose import package
from digest.model import Decision, Entry, Member, Picture, Reason, Story
from digest.text import clean, clean_paragraphs

FIELDS = ("kicker", "headline", "standfirst", "caption", "credit", "alt")


@dataclass(slots=True)
class Desk:
    """What the decisions left: the stories as the editor sees them, and the wishes for each, by Story.id."""

    stories: dict[str, Story]
    by_entry: dict[str, str]  # Entry.id -> Story.id
    weight: package.Weight
    names: tuple[str, ...]  # of the sections
    forbidden: frozenset[str]  # addresses of pictures that their feeds give no right to
    pinned: dict[str, Reason] = field(default_factory=dict)
    opens: str = ""  # the story pinned as the edition's lead
    hidden: dict[str, Reason] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    order: list[tuple[str, str]] = field(default_factory=list)  # a story and the one before it, "" = first
    led: dict[str, Reason] = field(default_factory=dict)  # its lead was chosen by hand
    pictures: dict[str, Picture | None] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)  # entries made by hand
    intro: str = ""
    ignored: list[Reason] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)  # stories that are others than before, or gone

    @property
    def touched(self) -> set[str]:
        """The stories, by Story.id, whose lead, section, picture or place a decision has something to say of."""
        wishes = (self.pinned, self.hidden, self.sections, self.led, self.pictures)
        return self.changed.union(*wishes)

    def find(self, entry: str) -> Story:
        """The story an entry is in; ``Useless`` when there is none."""
        if entry not in self.by_entry:
            raise Useless("its entry is gone" if entry else "it names no entry")
        return self.stories[self.by_entry[entry]]

    def put(self, *stories: Story) -> None:
        """Keep ``stories``, and know where their entries are."""
        for story in stories:
            self.stories[story.id] = story
            self.changed.add(story.id)
            self.by_entry |= {m.entry.id: story.id for m in story.members}


class Useless(Exception):  # noqa: N818 - never leaves this module: it says why a decision does nothing
    """A decision that cannot be applied, with the reason."""


def apply(desk: Desk, decisions: Sequence[Decision]) -> Desk:
    """``desk`` with the stories and wishes after every decision, in the order of their ids.

    Merges, splits and added entries come first: the others speak of the stories as they then are.
    """
    ordered = sorted(decisions, key=lambda d: (d.verb not in _SHAPING, d.id))
    for decision in ordered:
        try:
            _VERBS.get(decision.verb, _unknown)(desk, decision)
        except Useless as why:
            text = f"{decision.verb} by {decision.who}: {why}"
            desk.ignored.append(Reason("decision", text, float(decision.id)))
    desk.ignored.sort(key=lambda reason: reason.value or 0.0)
    return desk


def by_hand(decision: Decision, what: str) -> Reason:
    """The reason that a person decided."""
    return Reason("editor", f"{what} by {decision.who}", float(decision.id))


def told(decision: Decision, titles: dict[str, str]) -> str:
    """A decision as a sentence: what was done to which story."""
    of = titles.get(decision.entry) or added_title(decision) or decision.entry
    other = titles.get(decision.value, decision.value)
    return {
        "pin": f"pinned “{of}”" + (" as the lead" if decision.value == "lead" else ""),
        "hide": f"hid “{of}”",
        "move": f"moved “{of}” to {decision.value}",
        "order": f"put “{of}” " + (f"after “{other}”" if decision.value else "first"),
        "merge": f"merged “{other}” into “{of}”",
        "split": f"split off “{of}”",
        "lead": f"made “{of}” the lead of its story",
        "picture": f"chose the picture of “{of}”",
        "edit": f"edited {_fields(decision)} of “{of}”",
        "intro": "wrote the introduction",
        "add": f"added “{of}”",
    }.get(decision.verb, f"{decision.verb} “{of}”")


def added_title(decision: Decision) -> str:
    """The headline of an entry made by hand; "" for any other decision."""
    try:
        return clean(_text(_object(decision.value), "title")) if decision.verb == "add" else ""
    except Useless:
        return ""


def _fields(decision: Decision) -> str:
    try:
        return " and ".join(_object(decision.value)) or "nothing"
    except Useless:
        return "words"


def _unknown(desk: Desk, decision: Decision) -> None:  # noqa: ARG001 - the signature of every verb
    raise Useless("no such decision")


def _pin(desk: Desk, decision: Decision) -> None:
    story = desk.find(decision.entry)
    desk.hidden.pop(story.id, None)
    desk.pinned[story.id] = by_hand(decision, "pinned")
    if decision.value == "lead":
        desk.opens = story.id


def _hide(desk: Desk, decision: Decision) -> None:
    story = desk.find(decision.entry)
    member = next(m for m in story.members if m.entry.id == decision.entry)
    if member.role == "sidebar":
        rest = tuple(m for m in story.members if m is not member)
        desk.put(Story(story.id, rest))
        del desk.by_entry[decision.entry]
        return
    desk.pinned.pop(story.id, None)
    desk.hidden[story.id] = by_hand(decision, "hidden")


def _move(desk: Desk, decision: Decision) -> None:
    story = desk.find(decision.entry)
    if decision.value not in desk.names:
        raise Useless(f"there is no section “{decision.value}”")
    desk.sections[story.id] = decision.value


def _order(desk: Desk, decision: Decision) -> None:
    story = desk.find(decision.entry).id
    before = desk.find(decision.value).id if decision.value else ""
    if before == story:
        raise Useless("a story cannot follow itself")
    desk.order.append((story, before))


def _merge(desk: Desk, decision: Decision) -> None:
    story, other = desk.find(decision.entry), desk.find(decision.value)
    if story.id == other.id:
        return  # the grouping has done it by itself meanwhile
    del desk.stories[other.id]
    desk.changed.add(other.id)
    desk.put(package.merged(story, other, by_hand(decision, "merged")))


def _split(desk: Desk, decision: Decision) -> None:
    story = desk.find(decision.entry)
    if len(story.members) > 1:  # else it stands alone already
        desk.put(*package.split(story, decision.entry, desk.weight, by_hand(decision, "split off")))


def _lead(desk: Desk, decision: Decision) -> None:
    story = desk.find(decision.entry)
    reason = by_hand(decision, "made the lead")
    desk.put(package.leading(story, decision.entry, reason))
    desk.led[story.id] = reason


def _picture(desk: Desk, decision: Decision) -> None:
    story = desk.find(decision.entry)
    given = _object(decision.value or "{}")
    if not given:
        desk.pictures[story.id] = None
        return
    if given.get("url") in desk.forbidden:
        raise Useless("its feed gives no right to that picture")
    offered = (p for entry in story.entries() for p in entry.pictures if p.url == given.get("url"))
    found = next(offered, None)
    desk.pictures[story.id] = _picture_of(given, found)


def _edit(desk: Desk, decision: Decision) -> None:
    story = desk.find(decision.entry)
    given = _object(decision.value)
    wrong = sorted(set(given) - set(FIELDS))
    if wrong:
        raise Useless(f"there is no field “{wrong[0]}”")
    desk.words.setdefault(story.id, {}).update({k: clean(_text(given, k)) for k in given})


def _intro(desk: Desk, decision: Decision) -> None:
    desk.intro = clean_paragraphs(decision.value)


def _add(desk: Desk, decision: Decision) -> None:
    entry = _entry_of(decision)
    if entry.id in desk.by_entry and entry.id not in desk.added:
        raise Useless("its id belongs to another entry")
    story = Story(entry.id, (Member(entry, "lead", (by_hand(decision, "added"),)),))
    desk.put(story)
    desk.added.add(entry.id)
    desk.pinned[story.id] = by_hand(decision, "added")
    section = _text(_object(decision.value), "section")
    desk.sections[story.id] = section if section in desk.names else desk.names[-1]


_SHAPING = ("add", "merge", "split")
_VERBS: dict[str, Callable[[Desk, Decision], None]] = {
    "pin": _pin,
    "hide": _hide,
    "move": _move,
    "order": _order,
    "merge": _merge,
    "split": _split,
    "lead": _lead,
    "picture": _picture,
    "edit": _edit,
    "intro": _intro,
    "add": _add,
}


def _object(value: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except ValueError as error:
        raise Useless("its value is not JSON") from error
    if not isinstance(found, dict):
        raise Useless("its value is not a JSON object")
    return found


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key, "")
    if not isinstance(value, str):
        raise Useless(f"“{key}” is not text")
    return value


def _size(given: dict[str, Any], key: str) -> int | None:
    value = given.get(key)
    return value if isinstance(value, int) and value > 0 else None


def _picture_of(given: dict[str, Any], found: Picture | None = None) -> Picture:
    if not _text(given, "url"):
        raise Useless("a picture needs a “url”")
    base = found or Picture(_text(given, "url"))
    words = {k: clean(_text(given, k)) for k in ("caption", "credit", "alt", "type") if k in given}
    return Picture(
        url=base.url,
        caption=words.get("caption", base.caption),
        credit=words.get("credit", base.credit),
        alt=words.get("alt", base.alt),
        width=_size(given, "width") or base.width,
        height=_size(given, "height") or base.height,
        type=words.get("type", base.type),
        link_only=base.link_only,
    )


def _entry_of(decision: Decision) -> Entry:
    given = _object(decision.value)
    title = clean(_text(given, "title"))
    if not title or not decision.entry:
        raise Useless("an entry needs an id and a “title”")
    published = _instant(_text(given, "published"), decision.when)
    pictures = given.get("pictures", [])
    authors = given.get("authors", [])
    if not isinstance(pictures, list) or not all(isinstance(p, dict) for p in pictures):
        raise Useless("“pictures” is not a list of objects")
    if not isinstance(authors, list):
        raise Useless("“authors” is not a list")
    return Entry(
        id=decision.entry,
        feed="",
        paper=clean(_text(given, "paper")),
        url=_text(given, "url").strip(),
        title=title,
        standfirst=clean(_text(given, "standfirst")),
        text=clean_paragraphs(_text(given, "text")),
        authors=tuple(clean(str(author)) for author in authors),
        published=published,
        first_seen=decision.when,
        kicker=clean(_text(given, "kicker")),
        language=_text(given, "language"),
        pictures=tuple(_picture_of(p) for p in pictures),
    )


def _instant(text: str, otherwise: dt.datetime) -> dt.datetime:
    if not text:
        return otherwise
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Useless("“published” is not an ISO 8601 date and time") from error
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
