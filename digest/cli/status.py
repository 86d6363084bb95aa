"""`digest status`: what comes next, what went out, what is in trouble, on one screen."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

import typer

from digest.cli.common import STYLE, Cli, Json, Table, cli

if TYPE_CHECKING:
    import sqlalchemy as sa

    from digest.slots import Planned

app = typer.Typer(**STYLE)

UPCOMING = 4
PAST = 4
TROUBLES = 6
UNWATCHED = dt.timedelta(minutes=15)


@app.command()
def status(ctx: typer.Context, json: Json = False) -> None:
    """What comes next, what went out, what is in trouble."""
    state = cli(ctx)
    now = state.now()
    found = {"now": now, "coming": _coming(state, now), **_stored(state), "versions": _versions(state)}
    if json:
        state.show(Table((), ()), json=True, data=found)
    else:
        _tell(state, found)


def _coming(state: Cli, now: dt.datetime) -> list[dict[str, Any]]:
    """The next slots of all newsletters, earliest first."""
    from digest.slots import upcoming

    newsletters = state.newsletters().items()
    planned = [p for name, n in newsletters for p in upcoming(name, n.settings, now, UPCOMING)]
    return [_slot(state, p, now) for p in sorted(planned, key=lambda p: (p.due, p.key))[:UPCOMING]]


def _slot(state: Cli, planned: Planned, now: dt.datetime) -> dict[str, Any]:
    from zoneinfo import ZoneInfo

    zone = state.config.newsletters[planned.key.newsletter].timezone
    local = planned.due.astimezone(ZoneInfo(zone))
    return {
        "slot": str(planned.key),
        "due": planned.due,
        "local": f"{local:%a %H:%M} {zone}",
        "minutes": int((planned.due - now).total_seconds() // 60),
    }


def _stored(state: Cli) -> dict[str, Any]:
    """What the database knows; empty lists before the first pull."""
    store = state.store_if_any()
    if store is None:
        return {
            "database": None,
            "hold": False,
            "open": [],
            "past": [],
            "queue": {},
            "feeds": {},
            "troubles": [],
        }
    with store.read() as connection:
        return _read(state, connection)


def _read(state: Cli, connection: sa.Connection) -> dict[str, Any]:
    from digest.store import alerts, entries, instance, slots
    from digest.store import feeds as feed_states
    from digest.store.schema import current

    feeds = feed_states.load_states(connection, _addresses(state))
    own, held = instance.load(connection), instance.held(connection, state.now())
    going = slots.unfinished(connection)
    ended = [slot for slot in slots.past(connection, limit=PAST + len(going)) if slot not in going][:PAST]
    return {
        "database": state.store().dialect,
        "schema": current(connection),
        "hold": bool(held),
        "hold_reason": held,
        "last_tick": own.last_tick,
        "open": [_row(slot) for slot in going],
        "past": [_row(slot) for slot in ended],
        "queue": _queue(connection, state.now()),
        "feeds": {
            "configured": len(_addresses(state)),
            "read": sum(1 for feed in feeds.values() if feed.last_success),
            "in trouble": sum(1 for feed in feeds.values() if feed.problem or feed.retired),
            "entries": entries.count(connection),
            "last pull": max((f.last_pull for f in feeds.values() if f.last_pull), default=None),
        },
        "troubles": [
            {"since": alert.when, "message": alert.message, "advice": alert.advice}
            for alert in alerts.open_troubles(connection)
        ],
    }


def _addresses(state: Cli) -> list[str]:
    return sorted({feed.url for newsletter in state.newsletters().values() for feed in newsletter.feeds})


def _row(slot: Any) -> dict[str, Any]:
    told = {"slot": str(slot), "due": slot.due, "state": slot.state, "reason": slot.reason}
    return {**told, "changed": slot.changed}


def _queue(connection: sa.Connection, now: dt.datetime) -> dict[str, int]:
    """Deliveries of the last week that are not final, by state."""
    import sqlalchemy as sa

    from digest.model import FINAL
    from digest.store import partitions
    from digest.store.figures import LATELY
    from digest.store.tables import deliveries, editions

    recent = sa.select(editions.c.id).where(editions.c.due >= now - LATELY)
    mine = (deliveries.c.edition.in_(recent), partitions.since(connection, now - LATELY))
    query = sa.select(deliveries.c.state, sa.func.count()).where(*mine).group_by(deliveries.c.state)
    waiting = query.where(deliveries.c.state.not_in(sorted(FINAL - {"uncertain"})))
    return {row[0]: row[1] for row in connection.execute(waiting)}


def _versions(state: Cli) -> dict[str, str]:
    from digest import __version__

    return {
        "digest": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "config": str(state.config_file()),
    }


# --- for people ---------------------------------------------------------------------------------------


def _tell(state: Cli, found: dict[str, Any]) -> None:
    for line in _lines(found):
        state.say(line)


def _lines(found: dict[str, Any]) -> list[str]:
    lines = ["Coming"]
    lines += [f"  {s['slot']}  {s['local']}, in {_span(s['minutes'])}" for s in found["coming"]]
    if found["hold"]:
        lines.append(f"  Nothing is sent until `digest slots resume`: {found['hold_reason']}.")
    lines += _unwatched(found)
    if found["open"]:
        lines += ["Under way", *_slots(found["open"])]
    lines += ["Last", *(_slots(found["past"]) or ["  nothing yet"])]
    feeds = found["feeds"]
    if feeds:
        last = feeds["last pull"]
        when = f", last pull {last:%Y-%m-%d %H:%M} UTC" if last else ""
        counted = f"{feeds['read']} of {feeds['configured']} read, {feeds['in trouble']} in trouble"
        lines += ["Feeds", f"  {counted}, {feeds['entries']} entries{when}"]
    else:
        lines += ["Feeds", "  not read yet: digest pull"]
    queue = ", ".join(f"{count} {state}" for state, count in found["queue"].items())
    lines += ["Queue", f"  {queue or 'empty'}"]
    lines += _troubles(found["troubles"])
    versions = found["versions"]
    schema = f", {found['database']} schema {found['schema']}" if found["database"] else ""
    lines.append(f"digest {versions['digest']}, Python {versions['python']}{schema}, {versions['config']}")
    return lines


def _unwatched(found: dict[str, Any]) -> list[str]:
    """Says so when neither the daemon nor a cron job has looked at the slots for a while."""
    last = found.get("last_tick")
    if not found["database"] or (last and found["now"] - last <= UNWATCHED):
        return []
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "yet"
    return [f"  Nobody has looked at the slots {since}: see that `digest run` or its cron job is at work."]


def _slots(rows: list[dict[str, Any]]) -> list[str]:
    return [f"  {row['slot']}  {row['state'].replace('_', ' ')}{_since(row)}{_why(row)}" for row in rows]


def _why(row: dict[str, Any]) -> str:
    return f": {row['reason']}" if row["reason"] else ""


def _since(row: dict[str, Any]) -> str:
    return f" {row['changed']:%a %H:%M} UTC" if row["changed"] else ""


def _troubles(troubles: list[dict[str, Any]]) -> list[str]:
    lines = ["Trouble"] if troubles else []
    lines += [f"  {trouble['message']} {trouble['advice']}".rstrip() for trouble in troubles[:TROUBLES]]
    if len(troubles) > TROUBLES:
        lines.append(f"  and {len(troubles) - TROUBLES} more: digest feeds list")
    return lines


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} d {hours_left} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"
