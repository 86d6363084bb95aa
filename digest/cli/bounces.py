"""digest bounces: take in what comes back, from a pipe, an mbox or a Maildir."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.common import Cli, Json, Table, cli, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.deliver.bounces import Returned
    from digest.tokens import Keyring

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
    from digest.tokens import load_key

    state = cli(ctx)
    keys = load_key(Path(state.config.site.secret_file))
    tally: Counter[str] = Counter()
    for content in messages(places or []):
        done = take(state, keys, read_returned(content))
        tally[done] += 1
        if verbose:
            state.note(done)
    if json:
        state.show(Table((), ()), json=True, data=dict(tally))
    else:
        state.show(Table(("outcome", "messages"), sorted(tally.items()), right=frozenset({"messages"})))


def take(state: Cli, keys: Keyring, returned: Returned) -> str:
    """Act on one message; what was done in one word."""
    from digest.deliver.bounces import identify
    from digest.store import bounces
    from digest.store.suppress import BouncePolicy

    verdict = returned.verdict
    ours = identify(returned, keys)
    settings, now = state.config.deliver, state.now()
    with state.store().begin() as connection:
        if verdict == "unsubscribe":
            scope = ours.scope
            return (
                bounces.unsubscribe(connection, scope.person, scope.newsletter, now) if scope else "unknown"
            )
        if verdict == "none":
            return "nothing"
        whose = bounces.whose(connection, delivery=ours.delivery, token_id=ours.token_id)
        if whose is None:
            return "unknown"
        return bounces.take_in(
            connection,
            verdict,
            whose,
            now=now,
            delivery=ours.delivery,
            status=returned.status,
            words=returned.words,
            policy=BouncePolicy(settings.soft_bounces, settings.soft_bounce_window),
        )


def messages(places: list[Path]) -> Iterator[bytes]:
    """Every message of every place. Raises UsageError for a place that is none."""
    if not places:
        yield sys.stdin.buffer.read()
    for place in places:
        if (place / "new").is_dir():
            yield from of_maildir(place)
        elif place.is_file():
            yield from of_file(place)
        else:
            raise UsageError(f"{place} is neither a Maildir nor a file.", "A Maildir has a folder named new.")


def of_maildir(folder: Path) -> Iterator[bytes]:
    """The new messages; each moves to cur when the next one is asked for."""
    (folder / "cur").mkdir(exist_ok=True)
    for file in sorted((folder / "new").iterdir()):
        yield file.read_bytes()
        file.rename(folder / "cur" / f"{file.name}:2,S")


def of_file(file: Path) -> Iterator[bytes]:
    """The messages of an mbox, or the one message."""
    with file.open("rb") as start:
        is_mbox = start.read(5) == b"From "
    if not is_mbox:
        yield file.read_bytes()
        return
    import mailbox

    box = mailbox.mbox(file, create=False)
    for key in box.keys():  # noqa: SIM118 - an mbox iterates over messages
        yield box.get_bytes(key)
    box.close()
