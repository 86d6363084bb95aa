"""The edition beside another: the one before it, or itself before the config was changed."""

from __future__ import annotations

from dataclasses import dataclass

from digest.compose.differ import Change, compare
from digest.desk.room import Room, Sheet
from digest.desk.story import local
from digest.model import Edition
from digest.store import editions

AGAINST = ("previous", "config")


@dataclass(frozen=True, slots=True)
class Beside:
    """What the pane shows."""

    against: str
    title: str  # what it is compared with; "" when there is nothing
    changes: tuple[Change, ...] = ()
    figures: tuple[tuple[str, int, int], ...] = ()

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many stories are new, changed, gone and the same."""
        kinds = [change.kind for change in self.changes]
        return tuple((kind, n) for kind in ("new", "changed", "gone", "same") if (n := kinds.count(kind)))


def beside(room: Room, sheet: Sheet, against: str) -> Beside:
    """The comparison that was asked for."""
    if against == "config":
        kept = room.before.get(sheet.id)
        if kept is None:
            return Beside(against, "")
        when, other = kept
        return _made(against, f"before the config changed at {local(when, other.timezone)}", other, sheet)
    found = previous(room, sheet)
    return _made("previous", found.id, found, sheet) if found else Beside("previous", "")


def previous(room: Room, sheet: Sheet) -> Edition | None:
    """The newsletter's newest edition before this one."""
    with room.newsroom.store.read() as connection:
        for summary in editions.summaries(connection, sheet.newsletter.name, 10):
            earlier = summary.due < sheet.slot.due and summary.id != sheet.id
            if earlier and summary.state not in ("cancelled", "failed"):
                return editions.load(connection, summary.id)
    return None


def _made(against: str, title: str, other: Edition, sheet: Sheet) -> Beside:
    now = sheet.built.edition
    figures = (
        ("stories", len(other.items), len(now.items)),
        ("papers", other.papers, now.papers),
        ("pictures", _pictures(other), _pictures(now)),
    )
    return Beside(against, title, compare(other, now), figures)


def _pictures(edition: Edition) -> int:
    return sum(item.picture is not None for item in edition.items)
