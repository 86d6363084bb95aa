"""The desk's panes as data: the running order, what was left out, the state in words, the whole of a sheet."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from digest.checks import LEVELS, Draft, Finding, Share, preflight, shares
from digest.compose.words import bare
from digest.desk.room import Sheet
from digest.desk.stand import Stand
from digest.model import FeedState, Item, LeftOut

SILENT = dt.timedelta(days=3)  # without a new entry: a feed that fell silent
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
    pinned: bool = False


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
    found: int  # of them, with the words that are looked for
    left_kinds: tuple[tuple[str, int], ...]  # why, and how many


@dataclass(frozen=True, slots=True)
class FeedNote:
    """A feed that editors miss something of."""

    paper: str
    title: str
    problem: str


@dataclass(frozen=True, slots=True)
class Panes:
    """What the templates of the panes see of one sheet."""

    sheet: Sheet
    order: Order
    findings: tuple[Finding, ...]
    shares: tuple[Share, ...]
    status: str
    feeds: tuple[FeedNote, ...]  # that failed or fell silent
    titles: dict[str, str]  # Entry.id of a printed lead -> its headline

    @property
    def worst(self) -> str:
        """The findings in a few words, for the top of the page."""
        return summed(self.findings)


def panes(sheet: Sheet, now: dt.datetime, asked: tuple[Finding, ...] = (), find: str = "") -> Panes:
    """Everything that the panes show of ``sheet`` at ``now``, with what was ``asked`` for besides the preflight.

    ``find``: words of stories that were left out; only theirs are listed.
    """
    checked, parts = judged(sheet)
    found = tuple(sorted((*checked, *asked), key=lambda f: LEVELS.index(f.level)))
    edition = sheet.built.edition
    return Panes(
        sheet,
        running_order(sheet, found, find),
        found,
        parts,
        status(sheet, now),
        tuple(feed_notes(sheet, now)),
        {item.entry: item.headline for item in edition.items},
    )


@lru_cache(maxsize=4)  # a sheet never changes: every page and every story chosen on it asks again
def judged(sheet: Sheet) -> tuple[tuple[Finding, ...], tuple[Share, ...]]:
    """What the preflight finds, and how large each section is."""
    draft = draft_of(sheet)
    return preflight(draft), shares(draft)


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


def running_order(sheet: Sheet, findings: Iterable[Finding], find: str = "") -> Order:
    """Sections with their stories, hidden ones at the end of the section they would stand in; what was left out."""
    edition = sheet.built.edition
    warned: dict[str, list[str]] = {}
    for finding in findings:
        if finding.entry and finding.level != "note":
            warned.setdefault(finding.entry, []).append(finding.message)
    hidden = [out for out in edition.left_out if out.reason.kind == "editor"]
    opening = edition.sections[:1]
    parts = [Part("Lead", "", True, tuple(_row(i, sheet, warned) for i in s.items)) for s in opening]
    named = {section.name: section.items for section in edition.sections[1:]}
    for plan in sheet.newsletter.sections:
        rows = [_row(item, sheet, warned) for item in named.get(plan.name, ())]
        rows += [_hidden(out) for out in hidden if _home(sheet, out) == plan.name]
        if rows:
            parts.append(Part(plan.name or "Stories", plan.name, False, tuple(rows)))
    rest = [out for out in edition.left_out if out.reason.kind != "editor"]
    kinds = Counter(out.reason.kind for out in rest)
    wanted = bare(find).split()
    hits = (
        rest
        if not wanted
        else [out for out in rest if all(word in bare(f"{out.title} {out.paper}") for word in wanted)]
    )
    return Order(tuple(parts), tuple(hits[:LISTED]), len(rest), len(hits), tuple(kinds.most_common()))


def _row(item: Item, sheet: Sheet, warned: dict[str, list[str]]) -> Row:
    papers = 1 + len(item.also_in)
    notes = [f"{papers} paper{'s' if papers > 1 else ''}"]
    members = (sheet.member(entry) for entry in item.members)
    sidebars = sum(member is not None and member.role == "sidebar" for member in members)
    notes += [f"{sidebars} sidebar{'s' if sidebars > 1 else ''}"] if sidebars else []
    copied = f"cop{'ies' if item.copies > 1 else 'y'}" + (f" of {item.wire}" if item.wire else "")
    notes += [f"{item.copies} {copied}"] if item.copies else []
    notes += ["updated"] if item.updated else []
    notes += ["sponsored"] if item.sponsored else []
    notes += list(dict.fromkeys(r.text.partition(" by ")[0] for r in item.reasons if r.kind == "editor"))
    pinned = any(r.kind == "editor" and r.text.startswith("pinned") for r in item.reasons)
    warnings = tuple(warned.get(item.entry, ()))
    return Row(item.entry, item.headline, tuple(notes), item.url, warnings, pinned=pinned)


def _hidden(out: LeftOut) -> Row:
    return Row(out.entry, out.title, (out.reason.text,), hidden=True)


def _home(sheet: Sheet, out: LeftOut) -> str:
    """The section where a hidden story would stand."""
    member = sheet.member(out.entry)
    plans = sheet.newsletter.sections
    fits = (plan.name for plan in plans if member and member.entry.feed in plan.feeds)
    return next(fits, next((plan.name for plan in plans if not plan.feeds), plans[-1].name))


# --- words --------------------------------------------------------------------------------------------


def status(sheet: Sheet, now: dt.datetime) -> str:
    """How things stand, in words."""
    timezone = sheet.built.edition.timezone
    at = f"{sheet.slot.due.astimezone(ZoneInfo(timezone)):%H:%M}"
    coming = goes_out(sheet.slot.due, now, timezone)
    told = {
        "frozen": f"Approved · {coming[:1].lower()}{coming[1:]}",
        "sending": f"Going out since {at}",
        "paused": "Sending is paused",
        "done": f"Went out at {at} · what changes here is not sent",
        "missed": f"Missed: {sheet.ledger.reason}" if sheet.ledger else "",
        "skipped": f"Skipped: {sheet.ledger.reason}" if sheet.ledger else "",
        "held": f"Held: {sheet.ledger.reason}" if sheet.ledger else "",
    }.get(sheet.state) or _waiting(sheet, now, coming)
    if sheet.waits_for:
        told = f"{coming} · without what the edition before prints, as that now stands"
    if awaited := len(sheet.awaited):
        told += f" · {awaited} picture{'s' if awaited > 1 else ''} on the way"
    return f"{told} · nothing is sent: {sheet.held}" if sheet.held else told


def _waiting(sheet: Sheet, now: dt.datetime, coming: str) -> str:
    """What happens to an edition that is not fixed, and what without a word from the editors."""
    settings = sheet.newsletter.settings
    if not settings.approval.asked:
        return coming
    zone = ZoneInfo(settings.timezone)
    asked = next((s.when for s in reversed(sheet.steps) if s.what == "asked"), None)
    if settings.approval.auto_after is not None:
        then = max(sheet.slot.due, asked + settings.approval.auto_after) if asked else None
        by_itself = f"by itself at {then.astimezone(zone):%H:%M}" if then else "by itself without a word"
        return f"{coming} · {by_itself}, unless you approve it before"
    if now < sheet.slot.due:
        return f"{coming} · waiting for approval"
    until = (sheet.slot.due + settings.catch_up).astimezone(zone)
    return f"Held for your approval until {until:%H:%M}, then it is missed"


@dataclass(frozen=True, slots=True)
class Choice:
    """An edition that the page can show."""

    id: str
    label: str
    chosen: bool


def switch(sheet: Sheet, now: dt.datetime) -> tuple[Choice, ...]:
    """The editions on the desk: when each goes out, and how far it is."""
    zone = ZoneInfo(sheet.newsletter.settings.timezone)
    return tuple(Choice(s.id, _label(s, zone, now), s == sheet.stand) for s in sheet.stands)


def _label(stand: Stand, zone: ZoneInfo, now: dt.datetime) -> str:
    """When it goes out and how far it is: "Evening, 17:30 · approved", with the day when it is not today."""
    local = stand.slot.due.astimezone(zone)
    day = "" if local.date() == now.astimezone(zone).date() else f"{local:%a} {local.day} {local:%b}, "
    which = f"{stand.slot.key.name} {stand.number}" if stand.number else stand.slot.key.name
    state = {
        "awaiting_approval": "to approve",
        "frozen": "approved",
        "sending": "going out",
        "paused": "paused",
        "done": "sent",
        "held": "held",
    }.get(stand.state, "")
    return f"{which.capitalize()}, {day}{local:%H:%M}" + (f" · {state}" if state else "")


# --- feeds --------------------------------------------------------------------------------------------


def feed_notes(sheet: Sheet, now: dt.datetime) -> Iterator[FeedNote]:
    """The newsletter's feeds that failed, are gone, or brought nothing for long."""
    states = {state.url: state for state in sheet.feeds}
    for feed in sheet.newsletter.feeds:
        state = states.get(feed.url)
        problem = "was never read" if state is None else _feed_problem(state, now)
        if problem:
            yield FeedNote(feed.paper, (state.title if state else "") or feed.title or feed.url, problem)


def _feed_problem(state: FeedState, now: dt.datetime) -> str:
    if state.retired:
        return "is gone for good"
    if state.problem:
        since = f" for {span(now - state.problem_since)}" if state.problem_since else ""
        return f"fails{since}: {state.problem}"
    if state.last_new is not None and now - state.last_new > SILENT:
        return f"has had nothing new for {span(now - state.last_new)}"
    return ""


# --- times --------------------------------------------------------------------------------------------


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
