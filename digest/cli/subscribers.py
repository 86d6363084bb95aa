"""digest subscribers: add, import, export, list, show, remove, unsuppress, erase."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from digest.cli.common import Cli, Json, Table, cli, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.roster import Entrant, Reject
    from digest.store.subscribers import Tally

app = sub_app("Add, import, export, list and remove subscribers.")

Address = Annotated[str, typer.Argument(help="The e-mail address.")]
Newsletter = Annotated[
    str | None, typer.Option("--newsletter", "-n", help="The newsletter; may be left out when there is one.")
]
SHOWN = 20  # rejected rows told without --rejects
KEPT = 1000  # rejected rows told with --json; a list of a million bad rows must not fill the memory


@app.command()
def add(
    ctx: typer.Context,
    address: Address,
    newsletter: Newsletter = None,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    language: Annotated[str, typer.Option(help="BCP 47 language.")] = "",
    slot: Annotated[list[str] | None, typer.Option(help="Only this slot; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Add one person who asked for it. Somebody who unsubscribed or is suppressed is not added again."""
    from digest.addresses import parse_address
    from digest.roster import Entrant

    state = cli(ctx)
    publication = state.newsletter(newsletter)
    unknown = [one for one in slot or () if one not in publication.settings.slots]
    if unknown:
        raise UsageError(
            f"There is no slot {unknown[0]!r}.", f"There is {', '.join(publication.settings.slots)}."
        )
    person = Entrant(1, parse_address(address), name, language, tuple(slot or ()))
    tally = _take(state, iter([person]), publication.name, "added by hand", dry=False)
    told = next(text for name, text in _TOLD.items() if getattr(tally, name))
    if json:
        state.show(Table((), ()), json=True, data=_figures(tally))
    else:
        state.say(f"{person.address.given}: {told}.")
    if tally.left or tally.suppressed:
        raise typer.Exit(1)


_TOLD = {
    "added": "added",
    "subscribed": "known already, now subscribed",
    "unchanged": "subscribed already",
    "left": "unsubscribed before; only they themselves can come back",
    "suppressed": "on the suppression list; nothing was added",
}


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file, - for standard input.")],
    newsletter: Newsletter = None,
    column: Annotated[
        list[str] | None, typer.Option(help="FIELD=COLUMN, as address=E-Mail; by name or number.")
    ] = None,
    consent: Annotated[
        str, typer.Option(help="Where and how these people asked for it; kept as proof.")
    ] = "",
    rejects: Annotated[
        Path | None, typer.Option(help="Write every rejected row with its reason here.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Json = False,
) -> None:
    """Import people from a CSV. Doing it twice changes nothing; who has left or is suppressed stays so."""
    from digest.roster import open_csv

    state = cli(ctx)
    publication = state.newsletter(newsletter)
    with opened(file) as text, rejected(rejects) as refused:
        rows = open_csv(text, publication.settings.slots, _mapping(column))
        words = consent or f"imported from {file.name}"
        tally = _take(state, _kept(rows, refused), publication.name, words, dry=dry_run)
    _report(state, tally, refused, dry=dry_run, json=json)


def _report(state: Cli, tally: Tally, refused: _Rejects, *, dry: bool, json: bool) -> None:
    figures = _figures(tally) | {"rejected": refused.count}
    if json:
        rows = [{"line": r.line, "reason": r.reason, "row": r.row} for r in refused.first]
        state.show(Table((), ()), json=True, data=figures | {"dry_run": dry, "rejects": rows})
        return
    told = 0 if refused.out else SHOWN
    for one in refused.first[:told]:
        state.note(f"line {one.line}: {one.reason}")
    if refused.count > told > 0:
        state.note(f"and {refused.count - told} more; see them all with --rejects FILE")
    state.show(Table(tuple(figures), [tuple(figures.values())], right=frozenset(figures)))
    if dry:
        state.say("Nothing was changed: this was a dry run.")


@contextmanager
def opened(file: Path) -> Iterator[TextIO]:
    """A CSV as text. Raises UsageError when it cannot be read, is not UTF-8 or no CSV."""
    try:
        if str(file) == "-":
            yield sys.stdin
        else:
            with file.open(encoding="utf-8-sig", newline="") as text:
                yield text
    except UnicodeDecodeError as error:
        spoken = "UTF-16" if error.object[:2] in {b"\xff\xfe", b"\xfe\xff"} else "WINDOWS-1252"
        raise UsageError(
            f"{file} is not UTF-8 (byte {error.start}).", f"Convert it: iconv -f {spoken} -t UTF-8 {file}"
        ) from error
    except csv.Error as error:
        raise UsageError(
            f"{file} is no CSV: {error}.", "A quote that is never closed looks like this."
        ) from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error


class _Rejects:
    """Takes rejected rows: all of them into a file where there is one, the first in memory."""

    def __init__(self, out: TextIO | None) -> None:
        self.out, self.count = out, 0
        self.first: list[Reject] = []

    def __call__(self, reject: Reject) -> None:
        from digest.roster import write_rows

        self.count += 1
        if self.count <= KEPT:
            self.first.append(reject)
        if self.out is not None:
            self.out.writelines(write_rows([(reject.line, reject.reason, *reject.row)]))


@contextmanager
def rejected(file: Path | None) -> Iterator[_Rejects]:
    """Where rejected rows go. Raises UsageError when the file cannot be written."""
    if file is None:
        yield _Rejects(None)
        return
    try:
        # Its owner's alone: it holds addresses.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
        out.write("line,reason\r\n")
        yield _Rejects(out)


def _kept(rows: Iterator[Entrant | Reject], reject: _Rejects) -> Iterator[Entrant]:
    from digest.roster import Entrant

    for row in rows:
        if isinstance(row, Entrant):
            yield row
        else:
            reject(row)


def _mapping(columns: list[str] | None) -> dict[str, str]:
    """``address=E-Mail`` -> {"address": "E-Mail"}."""
    pairs = [one.partition("=") for one in columns or ()]
    if any(not equals for _, equals, _ in pairs):
        raise UsageError("--column wants FIELD=COLUMN.", "As in --column address=E-Mail")
    return {name: column for name, _, column in pairs}


def _take(state: Cli, people: Iterator[Entrant], newsletter: str, words: str, *, dry: bool) -> Tally:
    from digest.store.subscribers import Tally, import_people

    now = state.now()
    proof = {"when": now.isoformat(), "where": "command line", "words": words}
    tally, before = Tally(), 0
    with state.progress("subscribers") as advance:
        for tally in import_people(state.store(), people, newsletter, now=now, consent=proof, dry=dry):
            advance(tally.read - before)
            before = tally.read
    return tally


def _figures(tally: Tally) -> dict[str, int]:
    return {
        "added": tally.added,
        "subscribed": tally.subscribed,
        "unchanged": tally.unchanged,
        "left before": tally.left,
        "suppressed": tally.suppressed,
    }


@app.command("list")
def list_(
    ctx: typer.Context,
    newsletter: Annotated[str | None, typer.Option("--newsletter", "-n", help="Only who takes it.")] = None,
    state_: Annotated[
        str | None, typer.Option("--state", help="active, pending, paused, suppressed.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """List subscribers, the oldest first."""
    from digest.store.subscribers import listed

    rows = list(listed(cli(ctx).store(), newsletter=newsletter, state=state_, limit=limit))
    cli(ctx).show(Table(COLUMNS, rows, empty="No subscribers."), json=json)


COLUMNS = ("address", "name", "language", "state", "newsletters", "since")


@app.command()
def export(
    ctx: typer.Context,
    newsletter: Annotated[str | None, typer.Option("--newsletter", "-n", help="Only who takes it.")] = None,
    state_: Annotated[
        str | None, typer.Option("--state", help="active, pending, paused, suppressed.")
    ] = None,
) -> None:
    """Write all subscribers as CSV to standard output; cells that look like formulas are quoted."""
    from digest.roster import write_rows
    from digest.store.subscribers import listed

    people = listed(cli(ctx).store(), newsletter=newsletter, state=state_)
    sys.stdout.writelines(write_rows([COLUMNS]))
    sys.stdout.writelines(write_rows((*row[:5], row[5].isoformat()) for row in people))


@app.command()
def show(ctx: typer.Context, address: Address, json: Json = False) -> None:
    """Show all that is held on one person; with --json the answer to a data protection request."""
    from digest.addresses import parse_address
    from digest.store.subscribers import everything

    state = cli(ctx)
    with state.store().read() as connection:
        about = everything(connection, parse_address(address))
    if about is None:
        raise UsageError(f"Nothing is held on {address}.")
    if json:
        state.show(Table((), ()), json=True, data=about)
        return
    person = about["subscriber"] or {}
    state.say(f"{address}: {person.get('state', 'erased, on the suppression list')}")
    if about["suppressed"]:
        state.say(f"suppressed: {about['suppressed']['reason']} {about['suppressed']['detail']}".rstrip())
    wishes = [
        (w["newsletter"], w["state"], " ".join(w["slots"]) or "every slot", w["since"], proof(w["consent"]))
        for w in about["subscriptions"]
    ]
    columns = ("newsletter", "state", "slots", "since", "agreed")
    state.show(Table(columns, wishes, empty="No newsletters."))
    sent = [(d["edition"], d["state"], d["reply"][:60]) for d in about["deliveries"][-10:]]
    state.show(Table(("edition", "delivery", "reply"), sent, empty="Nothing was sent yet."))


def proof(consent: dict[str, Any]) -> str:
    """Where and when somebody agreed; the words they agreed to are in --json."""
    last = consent.get("confirmed") or consent
    parts = (last.get("when", "")[:16].replace("T", " "), last.get("step") or last.get("where", ""))
    own = last.get("words", "") if last.get("where") else ""
    return " ".join(part for part in (*parts, last.get("from", ""), own[:40]) if part)


@app.command()
def remove(ctx: typer.Context, address: Address, newsletter: Newsletter = None, json: Json = False) -> None:
    """Unsubscribe somebody from a newsletter, or from all of them."""
    from digest.addresses import parse_address
    from digest.store.subscribers import remove as remove_person

    state = cli(ctx)
    name = state.newsletter(newsletter).name if newsletter else None
    with state.store().begin() as connection:
        count = remove_person(connection, parse_address(address), name, state.now(), "by the operator")
    if json:
        state.show(Table((), ()), json=True, data={"ended": count})
    else:
        state.say(f"{address}: {count} subscription{'' if count == 1 else 's'} ended.")


@app.command()
def unsuppress(ctx: typer.Context, address: Address, json: Json = False) -> None:
    """Take somebody off the suppression list who says that the mailbox works again, or asks to come back.

    What a complaint ended stays ended: they subscribe again themselves.
    """
    from digest.addresses import parse_address
    from digest.store.suppress import lift

    state = cli(ctx)
    with state.store().begin() as connection:
        known = lift(connection, parse_address(address))
    if json:
        state.show(Table((), ()), json=True, data={"lifted": known})
    else:
        state.say(f"{address}: {'is written to again' if known else 'was not on the suppression list'}.")


@app.command()
def erase(
    ctx: typer.Context,
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Forget a person. What stays: bare counts of deliveries, and the hash on the suppression list if there."""
    from digest.addresses import parse_address
    from digest.store.subscribers import erase as erase_person

    state = cli(ctx)
    parsed = parse_address(address)
    if not yes and not typer.confirm(f"Forget {address} for good?"):
        raise typer.Exit(1)
    with state.store().begin() as connection:
        known = erase_person(connection, parsed)
    if json:
        state.show(Table((), ()), json=True, data={"erased": known})
    else:
        state.say(f"{address}: {'erased' if known else 'nobody is known by it'}.")
