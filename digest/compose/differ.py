"""Two editions side by side, story by story: what is new, gone, moved, and told in other words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from digest.model import Edition, Item

Kind = Literal["new", "changed", "same", "gone"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one story."""

    kind: Kind
    entry: str
    headline: str
    words: tuple[str, ...] = ()  # what is different, in words


@dataclass(frozen=True, slots=True)
class _Place:
    item: Item
    section: str
    number: int  # in the edition, from 1


def compare(before: Edition, after: Edition) -> tuple[Change, ...]:
    """Every story of either edition: those of ``after`` in its order, then those that are gone."""
    old, new = _places(before), _places(after)
    found: list[Change] = []
    kept: set[int] = set()
    for place in new:
        same = next((o for o in old if o.number not in kept and _is(o.item, place.item)), None)
        if same is None:
            said = ("updated",) if place.item.updated else ()
            found.append(Change("new", place.item.entry, place.item.headline, said))
            continue
        kept.add(same.number)
        words = tuple(_differences(same, place))
        found.append(Change("changed" if words else "same", place.item.entry, place.item.headline, words))
    return (*found, *(_gone(o.item, after) for o in old if o.number not in kept))


def _places(edition: Edition) -> list[_Place]:
    items = [(item, section.name) for section in edition.sections for item in section.items]
    return [_Place(item, section, number) for number, (item, section) in enumerate(items, 1)]


def _is(one: Item, other: Item) -> bool:
    """Whether two items tell the same story: they share an entry."""
    return bool({one.entry, *one.members} & {other.entry, *other.members})


def _differences(old: _Place, new: _Place) -> Iterator[str]:
    if old.section != new.section:
        yield f"from {old.section or 'the lead'} to {new.section or 'the lead'}"
    if old.number != new.number:
        yield f"{'up' if new.number < old.number else 'down'} from {old.number} to {new.number}"
    a, b = old.item, new.item
    if a.headline != b.headline:
        yield f"headline was “{a.headline}”"
    if a.paper != b.paper:
        yield f"led by {b.paper}, was {a.paper}"
    if a.kicker != b.kicker:
        yield f"kicker was “{a.kicker}”" if a.kicker else "a kicker"
    if a.standfirst != b.standfirst:
        yield (
            "another standfirst"
            if a.standfirst and b.standfirst
            else "a standfirst"
            if b.standfirst
            else ("no standfirst any more")
        )
    yield from _picture_differences(a, b)
    more = len(b.members) - len(a.members)
    if more:
        yield f"{abs(more)} {'more' if more > 0 else 'fewer'} {'entry' if abs(more) == 1 else 'entries'}"


def _picture_differences(a: Item, b: Item) -> Iterator[str]:
    if (a.picture is None) != (b.picture is None):
        yield "a picture" if b.picture else "no picture any more"
    elif a.picture and b.picture:
        if a.picture.url != b.picture.url:
            yield "another picture"
        elif (a.picture.caption, a.picture.credit) != (b.picture.caption, b.picture.credit):
            yield "another caption or credit"


def _gone(item: Item, after: Edition) -> Change:
    mine = {item.entry, *item.members}
    why = next((out.reason.text for out in after.left_out if out.entry in mine), "")
    return Change("gone", item.entry, item.headline, (why,) if why else ())
