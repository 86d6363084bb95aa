"""The edition beside another: the one before it, or itself as the config would have made it before it was changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from digest.compose.differ import Change, compare
from digest.config.newsletter import Newsletter
from digest.desk.room import Past, Room, Sheet
from digest.desk.story import local
from digest.desk.trouble import Trouble
from digest.model import Edition
from digest.slots import UNSENT
from digest.store import editions

PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to compare with."""

    against: str
    label: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What the pane shows."""

    against: str
    title: str  # what it is compared with; "" when there is nothing
    choices: tuple[Choice, ...] = ()
    changes: tuple[Change, ...] = ()
    figures: tuple[tuple[str, int, int], ...] = ()
    settings: tuple[str, ...] = ()  # what the config says otherwise, in words

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many stories are new, changed, gone and the same."""
        kinds = [change.kind for change in self.changes]
        return tuple((kind, n) for kind in ("new", "changed", "gone", "same") if (n := kinds.count(kind)))


def beside(room: Room, sheet: Sheet, against: str) -> Beside:
    """The comparison that was asked for."""
    zone, changes = sheet.newsletter.settings.timezone, tuple(_changes(room, sheet))
    choices = (Choice(PREVIOUS, "The edition before"), *(_choice(past, zone) for past in changes))
    past = next((past for past in changes if _key(past) == against), None)
    if past is not None:
        then = past.newsletters[sheet.newsletter.name]
        title = f"the config until {local(past.until, zone)}"
        settings = tuple(_settings(then, sheet.newsletter))
        made = _made(Beside(against, title, choices), room.formerly(sheet, then), sheet)
        return replace(made, settings=settings)
    found = previous(room, sheet)
    bare = Beside(PREVIOUS, _named(found) if found else "", choices)
    return _made(bare, found, sheet) if found else bare


def previous(room: Room, sheet: Sheet) -> Edition | None:
    """The newsletter's newest edition before this one, also one that is still open."""
    if sheet.waits_for:
        last = [stand for stand in sheet.stands[: sheet.stands.index(sheet.stand)] if stand.open][-1]
        before = room.sheet(sheet.newsletter.name, last.id)
        return None if isinstance(before, Trouble) else before.built.edition
    with room.newsroom.store.read() as connection:
        for summary in editions.summaries(connection, sheet.newsletter.name, 10):
            earlier = summary.due < sheet.slot.due and summary.id != sheet.id
            if earlier and summary.state not in UNSENT:
                return editions.load(connection, summary.id)
    return None


def _named(edition: Edition) -> str:
    """An edition as editors speak of it."""
    date = edition.slot.date
    extra = f" (number {edition.number})" if edition.number else ""
    return f"the {edition.slot.name} edition of {date:%A} {date.day} {date:%B}{extra}"


# --- before the config was changed --------------------------------------------------------------------


def _changes(room: Room, sheet: Sheet) -> Iterator[Past]:
    """The configs since the desk was opened that said otherwise of this newsletter, the last first.

    None for a fixed edition: the config changes nothing in it any more.
    """
    newer = sheet.newsletter
    for past in () if sheet.frozen else reversed(room.past):
        then = past.newsletters.get(sheet.newsletter.name)
        if then is not None and then not in (newer, sheet.newsletter):
            yield past
            newer = then


def _key(past: Past) -> str:
    return f"config-{past.until.timestamp():.6f}"


def _choice(past: Past, zone: str) -> Choice:
    return Choice(_key(past), f"Before the config changed at {local(past.until, zone)}")


def _settings(then: Newsletter, now: Newsletter) -> Iterator[str]:
    """The settings of the newsletter that are others now."""
    old, new = then.settings.model_dump(), now.settings.model_dump()
    for name in new:
        if name != "feeds" and old.get(name) != new[name]:
            plain = all(
                isinstance(value, str | int | float | dt.timedelta) for value in (old[name], new[name])
            )
            yield f"{name}: {old[name]} → {new[name]}" if plain else name
    known = {feed.url: feed for feed in then.feeds}
    for feed in now.feeds:
        before = known.pop(feed.url, None)
        if before is None:
            yield f"with {feed.paper}"
        elif before != feed:
            weights = f" counts {before.weight:g} → {feed.weight:g}" if before.weight != feed.weight else ""
            yield f"{feed.paper}{weights}"
    yield from (f"without {feed.paper}" for feed in known.values())


def _made(bare: Beside, other: Edition, sheet: Sheet) -> Beside:
    now = sheet.built.edition
    figures = (
        ("stories", len(other.items), len(now.items)),
        ("papers", other.papers, now.papers),
        ("pictures", _pictures(other), _pictures(now)),
    )
    return replace(bare, changes=compare(other, now), figures=figures)


def _pictures(edition: Edition) -> int:
    return sum(item.picture is not None for item in edition.items)
