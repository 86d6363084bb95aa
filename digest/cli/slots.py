"""`digest slots`: the slot ledger; hold and resume sending, pause, cancel and extra editions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from digest.cli.common import STYLE, Cli, Json, Table, cli, login
from digest.errors import UsageError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from digest.slots import Slot

app = typer.Typer(help="See the slot ledger; hold and resume sending.", **STYLE)

Key = Annotated[str, typer.Argument(metavar="SLOT", help="As listed: newsletter/date/slot.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.callback(invoke_without_command=True)
def main(ctx: typer.Context) -> None:
    """See the slot ledger; hold and resume sending. Alone it lists."""
    if ctx.invoked_subcommand is None:
        show(cli(ctx), count=10, past=10, json=False)


@app.command("list")
def list_slots(
    ctx: typer.Context,
    count: Annotated[int, typer.Option(help="So many slots to come for each newsletter.")] = 10,
    past: Annotated[int, typer.Option(help="So many past ones.")] = 10,
    json: Json = False,
) -> None:
    """The next slots of each newsletter, and what became of the last ones."""
    show(cli(ctx), count=count, past=past, json=json)


def show(state: Cli, *, count: int, past: int, json: bool) -> None:
    """Print the coming and the past slots of each newsletter."""
    now = state.now()
    coming = {name: _coming(name, n.settings, now, count) for name, n in state.newsletters().items()}
    held, ledger = _ledger(state, past)
    if json:
        state.show(Table((), ()), json=True, data={"held": held, "coming": coming, "past": ledger})
        return
    if held:
        state.note(f"Nothing is sent: {held}. Let it send again: digest slots resume")
    rows = [tuple(slot.values()) for name in coming for slot in coming[name]]
    state.show(Table(("slot", "local", "utc"), rows, empty="No slot is planned."))
    state.say()
    gone = [(s["slot"], s["utc"], s["state"], s["reason"]) for s in ledger]
    state.show(Table(("slot", "due (utc)", "state", "reason"), gone, empty="No slot has been due yet."))


def _coming(name: str, settings: Any, now: dt.datetime, count: int) -> list[dict[str, str]]:
    from digest.slots import upcoming, zone

    tz = zone(settings.timezone)
    return [
        {
            "slot": str(p.key),
            "local": f"{p.due.astimezone(tz):%a %Y-%m-%d %H:%M} {settings.timezone}",
            "utc": f"{p.due:%Y-%m-%d %H:%M}",
        }
        for p in upcoming(name, settings, now, count)
    ]


def _ledger(state: Cli, count: int) -> tuple[str, list[dict[str, Any]]]:
    from digest.store import instance, slots

    store = state.store_if_any()
    if store is None:
        return "", []
    with store.read() as connection:
        rows = [_row(slot) for slot in slots.past(connection, limit=count)]
        return instance.held(connection, state.now()), rows


def _row(slot: Slot) -> dict[str, Any]:
    return {
        "slot": str(slot),
        "utc": f"{slot.due:%Y-%m-%d %H:%M}",
        "state": slot.state.replace("_", " "),
        "reason": slot.reason,
    }


# --- holding ------------------------------------------------------------------------------------------


@app.command()
def hold(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option(help="Why, for the others.")] = "an operator said so",
) -> None:
    """Begin no edition and send nothing more until `digest slots resume`."""
    from digest.store import instance, slots

    state = cli(ctx)
    with state.store().begin() as connection:
        instance.hold(connection, reason)
        for slot in slots.unfinished(connection):
            if slot.state == "sending":
                slots.interrupt(connection, slot, "paused", state.now(), reason)
    state.say("Nothing is sent until: digest slots resume")


@app.command()
def resume(
    ctx: typer.Context,
    slot: Annotated[
        str, typer.Argument(metavar="[SLOT]", help="One held or paused slot; else everything.")
    ] = "",
) -> None:
    """Send again. In a database that was copied or restored, editions half sent stay held, one by one."""
    state = cli(ctx)
    with state.store().begin() as connection:
        if slot:
            _resume_one(state, connection, find(state, connection, slot))
        else:
            _resume_all(state, connection)


def _resume_one(state: Cli, connection: sa.Connection, slot: Slot) -> None:
    from digest.store import slots

    try:
        moved = slots.resume(connection, slot, state.now())
        _log(state, connection, slot, "resumed")
    except ValueError as error:
        raise UsageError(f"{error}.", "See `digest slots`.") from error
    state.say(f"{slot} is {moved.state} again; the daemon goes on with it.")


def _resume_all(state: Cli, connection: sa.Connection) -> None:
    from digest.store import instance, slots

    found, held = instance.load(connection), instance.held(connection, state.now())
    if found.suspected or (
        held and not found.hold
    ):  # a copy that nobody has looked at yet is one all the same
        reason = "its messages may have been sent before the database was copied"
        for slot in slots.put_on_hold(connection, state.now(), reason):
            state.say(f"{slot} stays held: {reason}.")
            state.say(f"  Send the rest: digest slots resume {slot}    Or not: digest slots cancel {slot}")
    elif found.hold:
        for slot in slots.unfinished(connection):
            if slot.state == "paused" and slot.reason == found.hold_reason:
                slots.resume(connection, slot, state.now())
    instance.release(connection)
    state.say("Editions are sent again." if held else "Nothing was held.")


@app.command()
def pause(ctx: typer.Context, slot: Key) -> None:
    """Stop sending an edition; messages in flight finish."""
    from digest.store import slots

    state = cli(ctx)
    with state.store().begin() as connection:
        found = find(state, connection, slot)
        if found.state != "sending":
            raise UsageError(f"{found} is {found.state}, not being sent.", "See `digest slots`.")
        slots.interrupt(connection, found, "paused", state.now(), "paused by an operator")
        _log(state, connection, found, "paused")
    state.say(f"{slot} is paused. Go on: digest slots resume {slot}")


@app.command()
def cancel(ctx: typer.Context, slot: Key, yes: Yes = False) -> None:
    """Never send a slot's edition, or what is left of it."""
    from digest.slots import FINISHED
    from digest.store import slots

    state = cli(ctx)
    if not yes:
        typer.confirm(f"Cancel {slot} for good?", abort=True)
    with state.store().begin() as connection:
        found = find(state, connection, slot)
        if found.state in FINISHED:
            raise UsageError(f"{found} is {found.state} already.", "See `digest slots`.")
        unsent = slots.cancel(connection, found, state.now(), "cancelled by an operator")
        _log(state, connection, found, "cancelled")
    state.say(f"{slot} is cancelled." + (f" {unsent} messages were not sent." if unsent else ""))


def _log(
    state: Cli, connection: sa.Connection, slot: Slot, what: Literal["paused", "resumed", "cancelled"]
) -> None:
    """Note in the audit log what whoever is logged in here did."""
    from digest.store import audit

    audit.note(connection, state.now(), login(), what, newsletter=slot.key.newsletter, slot=str(slot))


def find(state: Cli, connection: sa.Connection, text: str) -> Slot:
    """The slot of the ledger that a command names; raises UsageError."""
    from digest.model import SlotKey
    from digest.store import slots

    newsletter, _, rest = text.partition("/")
    date, _, rest = rest.partition("/")
    name, _, number = rest.partition("/")
    try:
        key = SlotKey(newsletter, dt.date.fromisoformat(date), name)
        found = slots.find(connection, key, int(number or 0))
    except ValueError as error:
        raise UsageError(f"{text} names no slot.", "Write newsletter/2026-11-24/morning.") from error
    if found is None:
        raise UsageError(
            f"The ledger has no slot {text}.", f"See `digest slots`; {state.config_file()} is read."
        )
    return found


# --- extra editions -----------------------------------------------------------------------------------


@app.command()
def run(
    ctx: typer.Context,
    newsletter: Annotated[
        str | None, typer.Argument(help="The newsletter; may be left out when it is the only one.")
    ] = None,
    slot: Annotated[str, typer.Option("--slot", help="The slot's name.")] = "",
    date: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The slot's local date. Else today.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Make a further, numbered edition of a slot, to every subscriber again. The daemon sends it at once."""
    from digest.model import SlotKey
    from digest.slots import zone
    from digest.store import slots

    state = cli(ctx)
    chosen = state.newsletter(newsletter)
    if slot not in chosen.settings.slots:
        raise UsageError(f"Which slot of {chosen.name}?", f"--slot {' | '.join(chosen.settings.slots)}")
    today = state.now().astimezone(zone(chosen.settings.timezone)).date()
    key = SlotKey(chosen.name, date.date() if date else today, slot)
    if not yes:
        question = (
            f"Every subscriber of {chosen.name} gets a further edition of {key}, whatever was sent. Go on?"
        )
        typer.confirm(question, abort=True)
    with state.store().begin() as connection:
        extra = slots.add_extra(connection, key, state.now())
    state.say(f"{extra} is due now. The daemon sends it; without one: digest send --due")
