"""One story as the right pane shows it: its members, why they are together, what nearly was, what can be edited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from digest.desk.room import Sheet
from digest.model import FIT, Item, LeftOut, Member, Picture, Reason

CHIPS = frozenset({"term", "name", "number", "title", "place"})


@dataclass(frozen=True, slots=True)
class MemberView:
    """An entry of the story."""

    entry: str
    paper: str
    title: str
    url: str
    role: str
    time: str  # local
    chips: tuple[str, ...]  # what it shares with the others
    words: tuple[str, ...]  # further reasons, figures included


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """A picture that the story can have."""

    picture: Picture
    paper: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class StoryPane:
    """The right pane for one story."""

    entry: str
    title: str
    section: str  # where it is printed, "" for the lead
    printed: Item | None
    rank: str
    members: tuple[MemberView, ...]
    pictures: tuple[PictureChoice, ...]
    near: tuple[tuple[str, str, str], ...]  # entry, title, how near
    pinned: bool
    hidden: bool
    place: int  # in the edition, from 1; 0 = left out
    why_out: str = ""


def story_pane(sheet: Sheet, entry: str) -> StoryPane | None:
    """The story that ``entry`` is in, None when it is gone."""
    edition = sheet.built.edition
    item = next((i for i in edition.items if entry in (i.entry, *i.members)), None)
    out = next((o for o in edition.left_out if o.entry == entry), None)
    ids = set(item.members) if item else {entry}
    members = _members(sheet, ids, item, entry)
    if item is None and out is None and not members:
        return None
    lead = item.entry if item else (out.entry if out else members[0].entry.id)
    place = edition.items.index(item) + 1 if item else 0
    zone = ZoneInfo(edition.timezone)
    reasons = item.reasons if item else ()
    return StoryPane(
        entry=lead,
        title=item.headline if item else (out.title if out else members[0].entry.title),
        section=next((s.name for s in edition.sections if item in s.items), "") if item else "",
        printed=item,
        rank=_rank(reasons, place),
        members=tuple(_member(m, zone) for m in members),
        pictures=tuple(_pictures(members, item)),
        near=(),
        pinned=any(r.kind == "editor" and r.text.startswith("pinned") for r in reasons),
        hidden=bool(out and out.reason.kind == "editor"),
        place=place,
        why_out=_why_out(out),
    )


def _members(sheet: Sheet, ids: set[str], item: Item | None, entry: str) -> list[Member]:
    found = [member for each in ids if (member := sheet.member(each))]
    if item is None:
        story = sheet.story(entry)
        found = list(story.members) if story else []
    first = item.entry if item else entry
    order = {"lead": 1, "report": 2, "copy": 3, "sidebar": 4}
    return sorted(found, key=lambda m: (m.entry.id != first, order[m.role], m.entry.published, m.entry.id))


def _member(member: Member, zone: ZoneInfo) -> MemberView:
    entry = member.entry
    return MemberView(
        entry=entry.id,
        paper=entry.paper or "by hand",
        title=entry.title,
        url=entry.url,
        role=member.role,
        time=f"{entry.published.astimezone(zone):%H:%M}" if entry.published.year > 1970 else "",
        chips=tuple(dict.fromkeys(r.text for r in member.reasons if r.kind in CHIPS)),
        words=tuple(said(r) for r in member.reasons if r.kind not in CHIPS),
    )


def said(reason: Reason) -> str:
    """A reason with its figures: "score 0.71 over 0.42", "its worth as a lead 4.2"."""
    if reason.kind == FIT and reason.value is not None:
        return f"{reason.text} {reason.value:.1f}"
    if reason.value is None or reason.threshold is None:
        return reason.text
    if f"{reason.value:.2f}" in reason.text:
        return reason.text
    relation = "over" if reason.value >= reason.threshold else "under"
    return f"{reason.text} {reason.value:.2f} {relation} {reason.threshold:.2f}".strip()


def _rank(reasons: Iterable[Reason], place: int) -> str:
    texts = [r.text for r in reasons if r.kind not in {"score", "editor"} and r.text]
    return f"Ranked {place}: {', '.join(texts)}" if place else ""


def _why_out(out: LeftOut | None) -> str:
    return said(out.reason) if out else ""


def _pictures(members: Sequence[Member], item: Item | None) -> Iterator[PictureChoice]:
    seen: set[str] = set()
    shown = item.picture if item else None
    current = (shown.origin or shown.url) if shown else ""
    if shown and not any(p.url == current for member in members for p in member.entry.pictures):
        yield PictureChoice(shown, "by hand", chosen=True)
    for member in members:
        for picture in member.entry.pictures:
            if picture.url not in seen:
                seen.add(picture.url)
                yield PictureChoice(picture, member.entry.paper, picture.url == current)


def local(moment: dt.datetime, timezone: str) -> str:
    """A time of day in a zone."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%H:%M}"
