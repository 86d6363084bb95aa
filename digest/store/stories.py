"""The grouping as it stands: which story each entry belongs to, in which role, and why."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from digest.model import Member, Reason, Story
from digest.store import entries
from digest.store.sql import chunks, upsert
from digest.store.tables import entries as entries_table
from digest.store.tables import stories

_REASON = tuple(field.name for field in dataclasses.fields(Reason))
_COLUMNS = (stories.c.story, stories.c.role, stories.c.rank, stories.c.reasons)


def standing(
    connection: sa.Connection, since: dt.datetime, feeds: Iterable[str] | None = None
) -> dict[str, tuple[int, str | None]]:
    """Entry id -> its imprint and its story's id, for entries published since ``since``, of ``feeds`` or of all."""
    known = entries_table.outerjoin(stories, stories.c.entry == entries_table.c.id)
    query = sa.select(entries_table.c.id, entries_table.c.imprint, stories.c.story).select_from(known)
    query = query.where(entries_table.c.published >= since)
    if feeds is not None:
        query = query.where(entries_table.c.feed.in_(sorted(set(feeds))))
    return {entry: (imprint, story) for entry, imprint, story in connection.execute(query)}


def ungrouped(connection: sa.Connection, since: dt.datetime) -> dt.datetime | None:
    """When the oldest entry was published, since ``since``, that belongs to no story; None when all do.

    Such are the older entries of a feed just added, and what a pull left that was killed before grouping.
    """
    missing = entries_table.outerjoin(stories, stories.c.entry == entries_table.c.id)
    query = sa.select(sa.func.min(entries_table.c.published)).select_from(missing)
    found: dt.datetime | None = connection.execute(
        query.where(entries_table.c.published >= since, stories.c.entry.is_(None))
    ).scalar_one()
    return found


def save_grouping(connection: sa.Connection, grouped: Iterable[Story]) -> int:
    """Replace what was known of these stories' entries. Returns how many rows changed; most never do."""
    rows = [row for story in grouped for row in _rows(story)]
    known = _known(connection, [row["entry"] for row in rows])
    changed = [row for row in rows if known.get(row["entry"]) != row]
    upsert(connection, stories, changed)
    return len(changed)


def _rows(story: Story) -> Iterable[dict[str, Any]]:
    for rank, member in enumerate(story.members):
        reasons = [_reason_row(reason) for reason in member.reasons]
        yield {
            "entry": member.entry.id,
            "story": story.id,
            "role": member.role,
            "rank": rank,
            "reasons": reasons,
        }


def _reason_row(reason: Reason) -> dict[str, Any]:
    return {name: value for name in _REASON if (value := getattr(reason, name)) is not None}


def _known(connection: sa.Connection, ids: list[str]) -> dict[str, Mapping[str, Any]]:
    query = sa.select(stories.c.entry, *_COLUMNS)
    return {
        row.entry: dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
        for some in chunks(ids)
        for row in connection.execute(query.where(stories.c.entry.in_(some)))
    }


def load_stories(
    connection: sa.Connection, since: dt.datetime, feeds: Iterable[str] | None = None
) -> tuple[Story, ...]:
    """The stories of entries published since ``since``, all or those that hold one of ``feeds``, by story id.

    A story may have begun before: the first report since leads then.
    """
    fresh = entries_table.c.published >= since
    query = (
        sa.select(*_COLUMNS, *entries.COLUMNS)
        .join(entries_table, entries_table.c.id == stories.c.entry)
        .where(fresh)
        .order_by(stories.c.story, stories.c.rank, stories.c.entry)
    )
    if feeds is not None:
        read = entries_table.c.feed.in_(sorted(set(feeds)))
        theirs = sa.select(stories.c.story).join(entries_table, entries_table.c.id == stories.c.entry)
        query = query.where(stories.c.story.in_(theirs.where(fresh, read)))
    rows = connection.execute(query)
    return tuple(
        Story(story, _led(tuple(map(_member, found))))
        for story, found in groupby(rows, key=lambda row: row[0])
    )


def _member(row: sa.Row[Any]) -> Member:
    reasons = tuple(Reason(**reason) for reason in row.reasons)
    return Member(entries.to_entry(row[len(_COLUMNS) :]), row.role, reasons)


def _led(members: tuple[Member, ...]) -> tuple[Member, ...]:
    if members[0].role == "lead":
        return members
    first = next((member for member in members if member.role == "report"), members[0])
    rest = tuple(member for member in members if member is not first)
    return (dataclasses.replace(first, role="lead"), *rest)
