"""`digest backup` and `digest restore`: a SQLite database copied while it is in use, and put back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.common import STYLE, cli
from digest.cli.db import sqlite_file

app = typer.Typer(**STYLE)

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def backup(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")]
) -> None:
    """Copy the SQLite database into a file, also while the daemon runs."""
    from digest.store.backup import backup as copy

    state = cli(ctx)
    size = copy(sqlite_file(state, "pg_dump --format=custom --file FILE DATABASE"), file)
    state.say(
        f"{file}: {size / 1e6:.1f} MB. The secret key is not in it: keep {state.config.site.secret_file}."
    )


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `digest backup` wrote.")],
    yes: Yes = False,
) -> None:
    """Put a backup in the place of the database. Nothing is sent from it until `digest slots resume`."""
    from digest.store.backup import check
    from digest.store.backup import restore as put

    state = cli(ctx)
    database = sqlite_file(state, "pg_restore --no-owner --dbname NEW_DATABASE FILE")
    check(file)
    if database.exists() and not yes:
        typer.confirm(f"Replace {database}?", abort=True)
    former = put(file, database, state.now())
    state.say(f"{database} is as it was in {file}." + (f" The former one is {former}." if former else ""))
    state.say("Nothing is sent from it until you say so: digest slots resume")
