"""The calendar: which slots there are, when each is due, and what to do with one now.

A slot is a calendar fact, ``(newsletter, local date, name)``; its instant follows from the time zone.
Everything here is pure: the clock, the config and the ledger's rows are arguments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from digest.config.settings import NewsletterSettings, SlotSettings
from digest.model import SlotKey

State = Literal[
    "due",  # its time has come
    "claimed",  # a process holds it with a lease, and builds
    "built",  # the edition is composed
    "awaiting_approval",  # for an editor, where the newsletter wants that
    "frozen",  # the content is final: from here it is only resumed, never built again
    "sending",  # the audience is fixed, letters leave
    "paused",  # by an operator: nothing leaves until resumed
    "done",  # every delivery is in a final state
    "failed",  # it could not be built or sent until `catch_up` was over
    "cancelled",  # by an operator or editor
    "missed",  # too late: nobody was there within `catch_up`
    "skipped",  # fewer than `min_stories`, or a holiday
    "held",  # the database was restored, copied or moved: nothing is sent until told
    "superseded",  # a newer slot of the newsletter was due as well
]  # the remarks are the lines of docs/states.md

# Promise 1. ``claimed`` may fall back to ``due`` when a build failed in a way that may pass.
NEXT: Mapping[State, frozenset[State]] = {
    "due": frozenset({"claimed", "failed", "missed", "skipped", "held", "superseded", "cancelled"}),
    "claimed": frozenset({"due", "built", "skipped", "failed", "missed", "held", "superseded", "cancelled"}),
    "built": frozenset(
        {
            "claimed",
            "awaiting_approval",
            "frozen",
            "skipped",
            "failed",
            "missed",
            "held",
            "superseded",
            "cancelled",
        }
    ),
    "awaiting_approval": frozenset(
        {"built", "frozen", "skipped", "missed", "held", "superseded", "cancelled"}
    ),
    "frozen": frozenset({"sending", "awaiting_approval", "failed", "superseded", "cancelled", "held"}),
    "sending": frozenset({"paused", "done", "failed", "superseded", "cancelled", "held"}),
    "paused": frozenset({"sending", "cancelled", "held"}),
    "held": frozenset({"due", "frozen", "sending", "missed", "cancelled"}),
    "done": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "missed": frozenset(),
    "skipped": frozenset(),
    "superseded": frozenset(),
}
FINISHED: frozenset[State] = frozenset(state for state, then in NEXT.items() if not then)
UNSENT: frozenset[State] = FINISHED - {"done"}  # not everybody got it, or nobody did
UNBUILT: frozenset[State] = frozenset({"due", "claimed", "built"})  # a claim starts the building again
OPEN: frozenset[State] = UNBUILT | {"awaiting_approval"}  # nothing has been promised to a reader yet
RESUMED: frozenset[State] = frozenset({"frozen", "sending"})  # a claim goes on with what is frozen

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_BACK = dt.timedelta(hours=48)  # older slots are nobody's news
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """A slot of the calendar, whether in the ledger or not."""

    key: SlotKey
    due: dt.datetime
    holiday: bool = False  # it comes, and nothing is sent


@dataclass(frozen=True, slots=True)
class Slot:
    """A row of the slot ledger."""

    id: int
    key: SlotKey
    number: int  # 0 = the slot's own edition; 1, 2, … = extra editions made deliberately
    due: dt.datetime
    state: State
    reason: str = ""
    owner: str = ""
    fence: int = 0  # rises with every claim; a write with an old one is refused
    lease_until: dt.datetime | None = None
    changed: dt.datetime | None = None

    def __str__(self) -> str:
        return self.key.edition(self.number)


@dataclass(frozen=True, slots=True)
class Approval:
    """What a newsletter asks of its editors before an edition goes out, and when they were asked for one slot."""

    lead: dt.timedelta  # the edition is composed so long before it is due
    auto_after: dt.timedelta | None = None  # approved by itself so long after they were asked; None = never
    asked: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a slot now, and why. ``ask`` composes the edition and writes to the editors."""

    action: Literal["build", "ask", "resume", "wait", "missed", "failed", "superseded"]
    reason: str = ""


# --- calendar -----------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone; raises ZoneInfoNotFoundError."""
    return ZoneInfo(name)


def instant(date: dt.date, time: dt.time, tz: dt.tzinfo) -> dt.datetime:
    """The UTC instant of a local time: the first of two equal times, the end of the gap when there is none."""
    local = dt.datetime.combine(date, time, tz)
    first, second = (local.replace(fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    # PEP 495: in a gap, fold=1 gives an instant before the clocks change, fold=0 one after.
    return first if first <= second else _change(second, first, tz)


def _change(before: dt.datetime, after: dt.datetime, tz: dt.tzinfo) -> dt.datetime:
    """The second between two instants at which the zone's offset becomes that of ``after``."""
    offset = after.astimezone(tz).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if dt.datetime.fromtimestamp(middle, tz).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return dt.datetime.fromtimestamp(high, dt.UTC)


def due(settings: NewsletterSettings, date: dt.date, name: str) -> dt.datetime:
    """When slot ``name`` of local ``date`` is due, in UTC; raises KeyError for a name the config lacks."""
    return instant(date, settings.slots[name].time, zone(settings.timezone))


def due_between(
    newsletter: str, settings: NewsletterSettings, after: dt.datetime, until: dt.datetime
) -> tuple[Planned, ...]:
    """The slots due after ``after`` and not after ``until``, earliest first, holidays among them."""
    return tuple(p for p in _planned(newsletter, settings, after, until) if after < p.due <= until)


def upcoming(
    newsletter: str, settings: NewsletterSettings, now: dt.datetime, count: int = 10
) -> tuple[Planned, ...]:
    """The next ``count`` slots that go out after ``now``; fewer when ten years of the calendar have no more."""
    found: list[Planned] = []
    days = 8
    while len(found) < count and days < 3660:
        found = [p for p in due_between(newsletter, settings, now, now + days * _DAY) if not p.holiday]
        days *= 2
    return tuple(found[:count])


def _planned(
    newsletter: str, settings: NewsletterSettings, after: dt.datetime, until: dt.datetime
) -> list[Planned]:
    """Every slot of the local dates around the two instants, in the order they are due."""
    rows = []
    for date in _dates(after, until):
        for name, slot in settings.slots.items():
            if _goes_out(slot, date):
                rows.append((due(settings, date, name), date, slot.time, name))
    # Two slots may fall together at the end of a gap: the later of the wall clock is the newer.
    return [
        Planned(SlotKey(newsletter, date, name), at, holiday=date in settings.holidays)
        for at, date, _time, name in sorted(rows)
    ]


def _dates(after: dt.datetime, until: dt.datetime) -> Iterator[dt.date]:
    # A local date is at most a day from UTC's; a whole day that a zone left out (Samoa 2011) adds another.
    date = after.astimezone(dt.UTC).date() - 2 * _DAY
    while date <= until.astimezone(dt.UTC).date() + 2 * _DAY:
        yield date
        date += _DAY


def _goes_out(slot: SlotSettings, date: dt.date) -> bool:
    return WEEKDAYS[date.weekday()] in slot.weekdays


# --- decisions ----------------------------------------------------------------------------------------


def owed(
    newsletter: str,
    settings: NewsletterSettings,
    since: Mapping[str, dt.datetime],
    now: dt.datetime,
    back: dt.timedelta = LOOK_BACK,
) -> tuple[Planned, ...]:
    """The slots the ledger must know at ``now``: due since their name became active, at most ``back`` ago.

    ``since`` tells when each slot name became active; a name it lacks became active just now. Where editors
    approve, a slot is known from its lead time on.
    """
    ahead = settings.lead_time if settings.approval.asked else dt.timedelta()
    due_now = due_between(newsletter, settings, now - back, now + ahead)
    return tuple(p for p in due_now if p.due > since.get(p.key.name, now))


def approval(settings: NewsletterSettings, asked: dt.datetime | None = None) -> Approval | None:
    """What the config asks of the editors, None when it asks nothing; ``asked`` is when they were, for one slot."""
    wish = settings.approval
    return Approval(settings.lead_time, wish.auto_after, asked) if wish.asked else None


def decide(
    slot: Slot,
    now: dt.datetime,
    catch_up: dt.timedelta,
    others: Iterable[Slot] = (),
    approval: Approval | None = None,
    *,
    begun: bool = True,
) -> Verdict:
    """What to do with ``slot`` at ``now``; ``others`` are the unfinished slots of the same newsletter.

    ``begun``: whether anything of its edition may have left already.
    """
    if _leased(slot, now):
        return Verdict("wait", f"claimed by {slot.owner} until {slot.lease_until:%H:%M:%S} UTC")
    if slot.state == "frozen" and slot.due > now:
        return Verdict("wait", "it is approved and goes out when it is due")
    own = [o for o in others if o.key.newsletter == slot.key.newsletter and o.id != slot.id]
    if slot.state in RESUMED:
        return _resume_or_give_way(slot, now, own, begun=begun)
    if slot.due - (approval.lead if approval else dt.timedelta()) > now:
        return Verdict("wait", "it is not due yet")
    too_late = _too_late(slot, now, catch_up, own)
    if too_late is None and slot.state == "awaiting_approval":
        return _approved_or_wait(slot, now, catch_up, approval)
    return too_late or _build_or_wait(slot, now, own, approval)


def _too_late(slot: Slot, now: dt.datetime, catch_up: dt.timedelta, own: Iterable[Slot]) -> Verdict | None:
    """Missed, failed or superseded; an extra edition, asked for by a person, is neither and supersedes nothing."""
    late = now - slot.due
    if slot.state not in OPEN or slot.number:
        return None
    if late > catch_up and slot.state == "due" and slot.reason:  # what went wrong when it was last tried
        return Verdict("failed", slot.reason)
    if late > catch_up:
        why = f"{_words(late)} late, more than the {_words(catch_up)} of catch_up"
        unapproved = f"nobody approved it in time, {_words(catch_up)} after it was due"
        return Verdict("missed", unapproved if slot.state == "awaiting_approval" else why)
    newer = _newer(slot, now, own)
    return Verdict("superseded", f"{max(newer, key=_order)} is due as well") if newer else None


def _newer(slot: Slot, now: dt.datetime, own: Iterable[Slot]) -> list[Slot]:
    return [o for o in own if o.due <= now and not o.number and _order(o) > _order(slot)]


def _resume_or_give_way(slot: Slot, now: dt.datetime, own: Iterable[Slot], *, begun: bool) -> Verdict:
    """What is frozen goes out however late, unless a newer one can before anything of it has left.

    So after a day without a mail server nobody gets two editions at once, and the newer one has the stories of both.
    """
    able = (o for o in own if o.state not in {"awaiting_approval", "held"})
    newer = [] if begun or slot.number else _newer(slot, now, able)
    if not newer:
        return Verdict("resume", "its content is frozen")
    return Verdict(
        "superseded", f"nothing of it could be sent until {max(newer, key=_order)} was due as well"
    )


def _approved_or_wait(
    slot: Slot, now: dt.datetime, catch_up: dt.timedelta, approval: Approval | None
) -> Verdict:
    """What becomes of an edition that waits for its editors. It never goes out before it is due."""
    if approval is None:  # the config asks nobody any more
        return Verdict("build", "no approval is asked for")
    if approval.asked is None:
        return Verdict("ask", "the editors could not be written to")
    after = approval.auto_after
    if after is not None and max(slot.due, approval.asked + after) <= now:
        return Verdict("build", f"nobody objected within {_words(after)}")
    if slot.due <= now:
        until = "" if slot.number else f", until {slot.due + catch_up:%H:%M} UTC"
        return Verdict("wait", f"it is held for approval{until}")
    return Verdict("wait", "it is waiting for approval")


def _build_or_wait(slot: Slot, now: dt.datetime, own: Iterable[Slot], approval: Approval | None) -> Verdict:
    late = now - slot.due
    if slot.state not in UNBUILT:
        return Verdict("wait", f"it is {slot.state}")
    if any(o.state in UNBUILT and _leased(o, now) for o in own):
        return Verdict("wait", "another slot of this newsletter is being built")
    why = f"{_words(late)} late" if late >= dt.timedelta(minutes=1) else "due"
    return Verdict("ask", "editors approve it") if approval else Verdict("build", why)


def _leased(slot: Slot, now: dt.datetime) -> bool:
    return slot.lease_until is not None and slot.lease_until > now


def _order(slot: Slot) -> tuple[dt.datetime, int]:
    # The ledger's rows of one instant are inserted in calendar order.
    return slot.due, slot.id


def _words(span: dt.timedelta) -> str:
    hours, minutes = divmod(span // dt.timedelta(minutes=1), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
