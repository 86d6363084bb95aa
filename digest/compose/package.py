"""A story's lead and roles chosen again, after an editor's merge or split or when its lead may not be printed.

The rule is small on purpose: roles stay as the grouping gave them; only a missing lead is replaced, by the
member that reads best on its own. Nothing is compared word by word here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from digest.model import FIT, Entry, Member, Reason, Role, Story

Weight = Callable[[Entry], float]
_BY_ROLE: dict[Role, int] = {"lead": 0, "report": 1, "copy": 2, "sidebar": 3}


def settle(story_id: str, members: Sequence[Member], weight: Weight) -> Story:
    """A story of ``members`` with exactly one lead, first: the one marked so, else the best of the others.

    Best: not sponsored; a report before a copy before a sidebar; its worth as a lead as the grouping found, and
    the weight of its feed; a captioned picture, then any picture; the earliest; the smaller id.
    """
    ordered = sorted(members, key=lambda m: _fitness(m, weight))
    first = ordered[0]
    if first.role != "lead":
        first = Member(first.entry, "lead", (*first.reasons, Reason("lead", "leads now: " + _why(first))))
    rest = [m for m in members if m.entry.id != first.entry.id]
    return Story(story_id, (first, *(replace(m, role="report") if m.role == "lead" else m for m in rest)))


def _fitness(member: Member, weight: Weight) -> tuple[object, ...]:
    entry = member.entry
    captioned = any(picture.caption for picture in entry.pictures)
    fit = next((reason.value or 0.0 for reason in member.reasons if reason.kind == FIT), 0.0)
    return (
        entry.sponsored,
        _BY_ROLE[member.role],
        -fit - weight(entry),
        not captioned,
        not entry.pictures,
        entry.published,
        entry.id,
    )


def _why(member: Member) -> str:
    return {
        "report": "the best report left",
        "copy": "the only text left",
    }.get(member.role, "nothing but sidebars is left")


def leading(story: Story, entry: str, reason: Reason) -> Story:
    """``story`` under the member ``entry``; the former lead becomes a report."""
    chosen = next(m for m in story.members if m.entry.id == entry)
    rest = tuple(m for m in story.members if m.entry.id != entry)
    rest = tuple(replace(m, role="report") if m.role == "lead" else m for m in rest)
    return Story(story.id, (Member(chosen.entry, "lead", (*chosen.reasons, reason)), *rest))


def merged(story: Story, other: Story, reason: Reason) -> Story:
    """``story`` with the members of ``other``; the other's lead becomes a report of this one."""
    added = (
        Member(m.entry, "report" if m.role == "lead" else m.role, (*m.reasons, reason)) for m in other.members
    )
    return Story(story.id, (*story.members, *added))


def split(story: Story, entry: str, weight: Weight, reason: Reason) -> tuple[Story, Story]:
    """The story without the member ``entry``, and a story of that entry alone, whose id follows from it."""
    alone = next(m for m in story.members if m.entry.id == entry)
    rest = [m for m in story.members if m.entry.id != entry]
    own = hashlib.sha256(f"split:{entry}".encode()).hexdigest()[:16]
    return settle(story.id, rest, weight), Story(own, (Member(alone.entry, "lead", (reason,)),))
