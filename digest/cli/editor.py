"""`digest editor`: the line of the config that lets an editor sign in at the desk from elsewhere."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from digest.cli.common import STYLE, cli
from digest.errors import UsageError

app = typer.Typer(**STYLE)

SHORTEST = 12


@app.command()
def editor(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and hyphens.")],
) -> None:
    """Ask for an editor's password, and print the line for desk.sign_in. Nothing is stored."""
    from digest.desk.doors import hasher

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name):
        raise UsageError(f"{name!r} is not a name for the desk.", "Use small letters, digits and hyphens.")
    password = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
    if len(password) < SHORTEST:
        raise UsageError(f"The password is shorter than {SHORTEST} characters.", "Four plain words will do.")
    cli(ctx).say(f'desk:\n  sign_in:\n    {name}: "{hasher().hash(password)}"')
