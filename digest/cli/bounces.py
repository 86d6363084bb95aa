"""digest bounces: take in what comes back, from a pipe, an mbox or a Maildir."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.common import Json, Table, cli, sub_app
from digest.errors import UsageError

app = sub_app("Take in bounces and complaints.")


@app.command()
def process(
    ctx: typer.Context,
    places: Annotated[
        list[Path] | None, typer.Argument(help="Maildirs, mboxes or single messages. None: standard input.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--each", help="Say what each message was.")] = False,
    json: Json = False,
) -> None:
    """Suppress dead addresses, count full mailboxes, take complaints and unsubscriptions by mail.

    A message in a Maildir's new moves to cur once it is dealt with; the same message twice changes nothing.
    """
    from digest.deliver.bounces import read_returned
    from digest.pipeline.newsroom import open_newsroom
    from digest.pipeline.returns import take

    state = cli(ctx)
    tally: Counter[str] = Counter()
    with open_newsroom(state.loaded()) as newsroom:
        for content in messages(places or []):
            done = take(newsroom, read_returned(content))
            tally[done] += 1
            if verbose:
                state.note(done)
    if json:
        state.show(Table((), ()), json=True, data=dict(tally))
    else:
        state.show(Table(("outcome", "messages"), sorted(tally.items()), right=frozenset({"messages"})))


def messages(places: list[Path]) -> Iterator[bytes]:
    """Every message of every place. Raises UsageError for a place that is none."""
    from digest.pipeline.returns import of_file, of_maildir

    if not places:
        yield sys.stdin.buffer.read()
    for place in places:
        if (place / "new").is_dir():
            yield from of_maildir(place)
        elif place.is_file():
            yield from of_file(place)
        else:
            raise UsageError(f"{place} is neither a Maildir nor a file.", "A Maildir has a folder named new.")
