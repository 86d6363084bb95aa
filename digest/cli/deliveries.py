"""digest deliveries: list, summary, retry, resolve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from digest.cli.common import Json, Table, cli, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = sub_app("See what became of each message.")

Edition = Annotated[str | None, typer.Argument(help="newsletter/date/slot; may be left out for the latest.")]
COLUMNS = ("id", "address", "state", "attempts", "code", "enhanced", "reply", "not_before", "changed")


def _edition(connection: Connection, edition: str | None) -> str:
    from digest.store.lookup import audience, latest

    chosen = edition or latest(connection)
    audience(connection, chosen)
    return chosen


@app.command("list")
def list_(
    ctx: typer.Context,
    edition: Edition = None,
    state_: Annotated[list[str] | None, typer.Option("--state", help="Only these; may be repeated.")] = None,
    address: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """List the deliveries of an edition with the server's replies."""
    from digest.addresses import parse_address
    from digest.store.lookup import listed

    state = cli(ctx)
    key = parse_address(address).key if address else None
    with state.store().read() as connection:
        rows = listed(connection, _edition(connection, edition), states=state_ or (), key=key, limit=limit)
    state.show(
        Table(COLUMNS, [tuple(row) for row in rows], right=frozenset({"id", "attempts", "code"})), json=json
    )


@app.command()
def summary(ctx: typer.Context, edition: Edition = None, json: Json = False) -> None:
    """Count the deliveries of an edition by state, and say whether they add up to its audience."""
    from digest.store.deliveries import counts
    from digest.store.lookup import audience

    state = cli(ctx)
    with state.store().read() as connection:
        chosen = _edition(connection, edition)
        found = counts(connection, chosen)
        size = audience(connection, chosen)
    whole = sum(found.values())
    data = {"edition": chosen, "audience": size, "states": found, "adds_up": size == whole}
    if json:
        state.show(Table((), ()), json=True, data=data)
        return
    state.say(chosen)
    state.show(Table(("state", "deliveries"), sorted(found.items()), right=frozenset({"deliveries"})))
    told = "still being queued" if size is None else f"audience {size:,}"
    state.say(
        f"{whole:,} {'delivery' if whole == 1 else 'deliveries'}, {told}{'' if size in (None, whole) else ': THEY DO NOT ADD UP'}"
    )


@app.command()
def retry(
    ctx: typer.Context,
    edition: Edition = None,
    state_: Annotated[list[str] | None, typer.Option("--state", help="deferred, expired or bounced.")] = None,
    json: Json = False,
) -> None:
    """Try deferred deliveries again now (or expired, or bounced ones). The next `digest send` sends them."""
    from digest.store.lookup import retry as again

    state = cli(ctx)
    with state.store().begin() as connection:
        count = again(connection, _edition(connection, edition), state_ or ["deferred"], state.now())
    _told(ctx, count, "ready again", json=json)


@app.command()
def resolve(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(help="accepted: they arrived. resend: send them once more.")],
    ids: Annotated[list[int] | None, typer.Argument(help="Ids, from `digest deliveries list`.")] = None,
    edition: Annotated[str | None, typer.Option(help="All uncertain ones of this edition.")] = None,
    json: Json = False,
) -> None:
    """Decide what to do with uncertain deliveries: look in the relay's log for their Message-IDs first."""
    from digest.store.lookup import listed
    from digest.store.lookup import resolve as decide

    choices: dict[str, Literal["accepted", "resend"]] = {"accepted": "accepted", "resend": "resend"}
    if to not in choices:
        raise UsageError(f"{to!r} is no decision.", "Say accepted or resend.")
    if not ids and not edition:
        raise UsageError("Which deliveries?", "Give their ids, or --edition for all uncertain ones of it.")
    state = cli(ctx)
    with state.store().begin() as connection:
        chosen = list(ids or ())
        if edition:
            chosen += [row.id for row in listed(connection, edition, states=["uncertain"])]
        count = decide(connection, chosen, choices[to], state.now())
    _told(ctx, count, "accepted" if to == "accepted" else "ready to be sent once more", json=json)


def _told(ctx: typer.Context, count: int, what: str, *, json: bool) -> None:
    if json:
        cli(ctx).show(Table((), ()), json=True, data={"changed": count})
    else:
        cli(ctx).say(f"{count} deliver{'y' if count == 1 else 'ies'} {what}.")
