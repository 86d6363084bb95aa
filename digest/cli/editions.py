"""`digest editions`: list and show editions, and who did what to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from digest.cli.common import Cli, Json, Table, cli, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.model import Edition, Item, Mail
    from digest.store.editions import Summary

app = sub_app("List and show editions, and the log of who did what to them.")

_NONE = "No edition yet: digest send --due makes what is due, digest preview shows the coming one."


@app.command("list")
def list_(
    ctx: typer.Context,
    newsletter: Annotated[
        str | None, typer.Argument(metavar="NEWSLETTER", help="Of this newsletter only.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 20,
    json: Json = False,
) -> None:
    """The editions, newest first."""
    state = cli(ctx)
    if newsletter is not None:
        state.newsletter(newsletter)
    found = _summaries(state, newsletter, limit)
    rows = [(s.id, s.due, s.state, s.audience, s.subject) for s in found]
    table = Table(("edition", "due", "state", "audience", "subject"), rows, frozenset(("audience",)), _NONE)
    state.show(table, json=json, data=found)


def _summaries(state: Cli, newsletter: str | None, limit: int) -> tuple[Summary, ...]:
    from digest.store import editions

    store = state.store_if_any()
    if store is None:
        return ()
    with store.read() as connection:
        return editions.summaries(connection, newsletter, limit)


@app.command()
def show(
    ctx: typer.Context,
    edition: Annotated[
        str,
        typer.Argument(metavar="EDITION", help="NEWSLETTER/DATE/SLOT, as in the list. Else the newest."),
    ] = "",
    what: Annotated[
        Literal["stories", "html", "text"],
        typer.Option("--as", help="Its stories, or the mail as it was sent."),
    ] = "stories",
    json: Json = False,
) -> None:
    """An edition as it was frozen: every story with its reasons, and what was left out."""
    state = cli(ctx)
    wanted, mails = _loaded(state, edition)
    if json:
        state.show(Table((), ()), json=True, data=wanted)
    elif what == "stories":
        _tell(state, wanted, mails)
        _tell_decisions(state, wanted)
    else:
        state.say(mails[0].html if what == "html" else mails[0].text)


def _loaded(state: Cli, wanted: str) -> tuple[Edition, tuple[Mail, ...]]:
    from digest.store import editions

    known = [summary.id for summary in _summaries(state, None, 200)]
    if not known:
        raise UsageError("There is no edition yet.", "digest preview shows the coming one.")
    if wanted and wanted not in known:
        raise UsageError(f"There is no edition {wanted}.", f"The newest is {known[0]}; digest editions list.")
    store = state.store()
    with store.read() as connection:
        name = wanted or known[0]
        return editions.load(connection, name), editions.load_mails(connection, name)


def _tell(state: Cli, edition: Edition, mails: tuple[Mail, ...]) -> None:
    count = len(edition.items)
    stories = "1 story" if count == 1 else f"{count} stories"
    state.say(f"{edition.id}, due {edition.due:%Y-%m-%d %H:%M} UTC, {stories}")
    for mail in mails:
        state.say(f"Subject ({mail.variant}): {mail.subject}")
    for section in edition.sections:
        state.say(f"\n{section.name or 'Lead'}")
        for item in section.items:
            _tell_item(state, item)
    if edition.left_out:
        state.say("\nLeft out")
    for left in edition.left_out:
        state.say(f"  {left.title} ({left.paper}): {left.reason.text}")


def _tell_decisions(state: Cli, edition: Edition) -> None:
    """What editors decided for it, in their order, with what was taken back; and what was mended since."""
    from digest.compose.decisions import told
    from digest.store import corrections, decisions

    with state.store().read() as connection:
        made = decisions.history(connection, edition.slot.newsletter)
        mended = corrections.of_edition(connection, edition.id)
    titles = {i.entry: i.headline for i in edition.items} | {o.entry: o.title for o in edition.left_out}
    lines = [
        f"  {d.when:%H:%M} {d.who} {told(d, titles)}" + (" (taken back)" if undone else "")
        for d, undone in made
        if d.slot in ("", edition.id)
    ]
    for heading, some in (
        ("Decided", lines),
        (
            "Corrected",
            [f"  {c.when:%Y-%m-%d %H:%M} {c.who}: {c.headline or 'removed'}. {c.note}" for c in mended],
        ),
    ):
        if some:
            state.say(f"\n{heading} (UTC)")
        for line in some:
            state.say(line)


@app.command("log")
def log_(
    ctx: typer.Context,
    newsletter: Annotated[
        str | None, typer.Argument(metavar="NEWSLETTER", help="Of this newsletter only.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many lines, the newest.")] = 50,
    json: Json = False,
) -> None:
    """Who asked, approved, paused, cancelled, tested, corrected and signed in, newest first."""
    from digest.store import audit

    state = cli(ctx)
    if newsletter is not None:
        state.newsletter(newsletter)
    store = state.store_if_any()
    found: tuple[audit.Step, ...] = ()
    if store is not None:
        with store.read() as connection:
            found = audit.recent(connection, newsletter, limit)
    rows = [(f"{s.when:%Y-%m-%d %H:%M}", s.who, s.what, s.slot, s.detail) for s in found]
    table = Table(("when (utc)", "who", "what", "edition", "detail"), rows, empty="Nothing has happened yet.")
    state.show(table, json=json, data=found)


def _tell_item(state: Cli, item: Item) -> None:
    state.say(f"  {item.headline}")
    papers = ", ".join(dict.fromkeys([item.paper, *(link.paper for link in item.also_in)]))
    reasons = "; ".join(reason.text for reason in item.reasons)
    state.say(f"    {papers}" + (f" · {reasons}" if reasons else ""))
