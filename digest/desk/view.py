"""The desk's panes as data: the running order, what was left out, the state in words, the whole of a sheet."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from digest.checks import LEVELS, Draft, Finding, Share, preflight, shares
from digest.desk.room import Sheet
from digest.model import Item, LeftOut, Story

LISTED = 60  # stories left out that are named; the others are counted


@dataclass(frozen=True, slots=True)
class Row:
    """A story in the running order."""

    entry: str  # of its lead: decisions attach to it
    title: str
    notes: tuple[str, ...]
    url: str = ""
    warnings: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the running order."""

    name: str  # as a heading
    section: str  # as decisions name it
    lead: bool  # the one story that opens the edition
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """The left pane."""

    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...]
    left_count: int
    left_kinds: tuple[tuple[str, int], ...]  # why, and how many


@dataclass(frozen=True, slots=True)
class Panes:
    """What the templates of the panes see of one sheet."""

    sheet: Sheet
    order: Order
    findings: tuple[Finding, ...]
    shares: tuple[Share, ...]
    status: str
    titles: dict[str, str]  # Entry.id of a printed lead -> its headline

    @property
    def worst(self) -> str:
        """The findings in a few words, for the top of the page."""
        return summed(self.findings)


def panes(sheet: Sheet, now: dt.datetime, asked: tuple[Finding, ...] = ()) -> Panes:
    """Everything that the panes show of ``sheet`` at ``now``, with what was ``asked`` for besides the preflight."""
    draft = draft_of(sheet)
    found = tuple(sorted((*preflight(draft), *asked), key=lambda f: LEVELS.index(f.level)))
    edition = sheet.built.edition
    return Panes(
        sheet,
        running_order(sheet, found),
        found,
        shares(draft),
        status(sheet, now),
        {item.entry: item.headline for item in edition.items},
    )


def draft_of(sheet: Sheet) -> Draft:
    """What the checks look at."""
    built, copy = sheet.built, sheet.copy
    return Draft(built.edition, sheet.newsletter, built.mail, copy.html, copy.text, copy.headers)


def summed(findings: Iterable[Finding]) -> str:
    """In a few words: "1 error, 2 warnings", or "all clear"."""
    counts = Counter(finding.level for finding in findings)
    said = [f"{n} {level}{'s' if n > 1 else ''}" for level in ("error", "warning") if (n := counts[level])]
    return ", ".join(said) or "all clear"


# --- the running order --------------------------------------------------------------------------------


def running_order(sheet: Sheet, findings: Iterable[Finding]) -> Order:
    """Sections with their stories, hidden ones at the end of the section they would stand in."""
    edition = sheet.built.edition
    warned: dict[str, list[str]] = {}
    for finding in findings:
        if finding.entry and finding.level != "note":
            warned.setdefault(finding.entry, []).append(finding.message)
    members = _roles(sheet.built.stories)
    hidden = [out for out in edition.left_out if out.reason.kind == "editor"]
    opening = edition.sections[:1]
    parts = [Part("Lead", "", True, tuple(_row(i, members, warned) for i in s.items)) for s in opening]
    named = {section.name: section.items for section in edition.sections[1:]}
    for plan in sheet.newsletter.sections:
        rows = [_row(item, members, warned) for item in named.get(plan.name, ())]
        rows += [_hidden(out) for out in hidden if _home(sheet, out) == plan.name]
        if rows:
            parts.append(Part(plan.name or "Stories", plan.name, False, tuple(rows)))
    rest = [out for out in edition.left_out if out.reason.kind != "editor"]
    kinds = Counter(out.reason.kind for out in rest)
    return Order(tuple(parts), tuple(rest[:LISTED]), len(rest), tuple(kinds.most_common()))


def _roles(stories: Iterable[Story]) -> dict[str, str]:
    return {m.entry.id: m.role for story in stories for m in story.members}


def _row(item: Item, roles: dict[str, str], warned: dict[str, list[str]]) -> Row:
    papers = 1 + len(item.also_in)
    notes = [f"{papers} paper{'s' if papers > 1 else ''}"]
    sidebars = sum(roles.get(entry) == "sidebar" for entry in item.members)
    notes += [f"{sidebars} sidebar{'s' if sidebars > 1 else ''}"] if sidebars else []
    copied = f"cop{'ies' if item.copies > 1 else 'y'}" + (f" of {item.wire}" if item.wire else "")
    notes += [f"{item.copies} {copied}"] if item.copies else []
    notes += ["updated"] if item.updated else []
    notes += ["sponsored"] if item.sponsored else []
    notes += list(dict.fromkeys(r.text.partition(" by ")[0] for r in item.reasons if r.kind == "editor"))
    return Row(item.entry, item.headline, tuple(notes), item.url, tuple(warned.get(item.entry, ())))


def _hidden(out: LeftOut) -> Row:
    return Row(out.entry, out.title, (out.reason.text,), hidden=True)


def _home(sheet: Sheet, out: LeftOut) -> str:
    """The section where a hidden story would stand."""
    feeds = {m.entry.id: m.entry.feed for story in sheet.built.stories for m in story.members}
    plans = sheet.newsletter.sections
    fits = (plan.name for plan in plans if feeds.get(out.entry) in plan.feeds)
    return next(fits, next((plan.name for plan in plans if not plan.feeds), plans[-1].name))


# --- words --------------------------------------------------------------------------------------------


def status(sheet: Sheet, now: dt.datetime) -> str:
    """How things stand, in words."""
    edition, slot = sheet.built.edition, sheet.ledger
    at = f"{sheet.slot.due.astimezone(ZoneInfo(edition.timezone)):%H:%M}"
    state = slot.state if slot else "due"
    told = {
        "frozen": f"Approved · {goes_out(sheet.slot.due, now, edition.timezone).lower()}",
        "sending": f"Going out since {at}",
        "paused": "Sending is paused",
        "done": f"Went out at {at} · what changes here is not sent",
        "missed": f"Missed: {slot.reason}" if slot else "",
        "skipped": f"Skipped: {slot.reason}" if slot else "",
        "cancelled": "Cancelled",
        "awaiting_approval": f"{goes_out(sheet.slot.due, now, edition.timezone)} · waiting for approval",
    }.get(state, goes_out(sheet.slot.due, now, edition.timezone))
    return f"{told} · nothing is sent: {sheet.held}" if sheet.held else told


def goes_out(due: dt.datetime, now: dt.datetime, timezone: str) -> str:
    """In words: "Goes out at 17:30, in 42 minutes", with the weekday when it is not today."""
    zone = ZoneInfo(timezone)
    local, today = due.astimezone(zone), now.astimezone(zone).date()
    day = "" if local.date() == today else f"on {local:%A} "
    if due <= now:
        return f"Was to go out {day}at {local:%H:%M}"
    return f"Goes out {day}at {local:%H:%M}, in {span(due - now)}"


def span(time: dt.timedelta) -> str:
    """A length of time in words: "42 minutes", "3 hours", "2 days"."""
    minutes = max(1, round(time.total_seconds() / 60))
    count, unit = (minutes, "minute") if minutes < 100 else (round(minutes / 60), "hour")
    count, unit = (count, unit) if unit == "minute" or count < 48 else (round(count / 24), "day")
    return f"{count} {unit}{'s' if count != 1 else ''}"
