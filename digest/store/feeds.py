"""What we remember of each feed between two pulls."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from digest.model import FeedState
from digest.rhythm import SPAN, Activity
from digest.store.sql import chunks, upsert
from digest.store.tables import entries, feeds

_NAMES = tuple(field.name for field in dataclasses.fields(FeedState))
_COLUMNS = tuple(feeds.c[name] for name in _NAMES)


def load_states(connection: sa.Connection, urls: Iterable[str] | None = None) -> dict[str, FeedState]:
    """The states by the feed's address: of ``urls``, or of every feed. A feed never pulled is not among them."""
    query = sa.select(*_COLUMNS)
    parts = [query] if urls is None else [query.where(feeds.c.url.in_(some)) for some in chunks(set(urls))]
    states = (FeedState(*row) for part in parts for row in connection.execute(part))
    return {state.url: state for state in states}


def save_states(connection: sa.Connection, states: Iterable[FeedState]) -> None:
    """Remember these states in place of the former ones of their feeds."""
    upsert(connection, feeds, [{name: getattr(state, name) for name in _NAMES} for state in states])


def forget(connection: sa.Connection, url: str) -> None:
    """Forget a feed that was removed from the config; its entries stay until they are pruned."""
    connection.execute(feeds.delete().where(feeds.c.url == url))


def note_carried(connection: sa.Connection, numbers: Mapping[str, int]) -> None:
    """Remember how many entries the bodies of these feeds had, by their addresses."""
    rows = [{"feed": url, "number": number} for url, number in numbers.items()]
    if rows:
        mine = feeds.update().where(feeds.c.url == sa.bindparam("feed"))
        connection.execute(mine.values(carried=sa.bindparam("number")), rows)


def activity(connection: sa.Connection, now: dt.datetime) -> dict[str, Activity]:
    """What each feed did lately, by its address: how long its rhythm may be follows from that."""
    lately = sa.and_(entries.c.published > now - SPAN, entries.c.first_seen > now - SPAN)
    arrived = sa.select(entries.c.feed, sa.func.count().label("number")).where(lately)
    found = arrived.group_by(entries.c.feed).subquery()
    query = sa.select(feeds.c.url, feeds.c.carried, sa.func.coalesce(found.c.number, 0)).select_from(
        feeds.outerjoin(found, found.c.feed == feeds.c.url)
    )
    return {url: Activity(carried, arrivals) for url, carried, arrivals in connection.execute(query)}
