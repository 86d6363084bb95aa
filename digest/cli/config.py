"""`digest config`: check, show and document config.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.common import Json, Table, cli, sub_app
from digest.errors import ConfigError

app = sub_app("Show, check and document config.yaml.")


@app.command()
def check(ctx: typer.Context, json: Json = False) -> None:
    """Say whether the config holds, and name every problem with its line."""
    state = cli(ctx)
    try:
        loaded = state.loaded()
    except ConfigError as error:
        if not json:
            raise
        state.show(
            Table((), ()), json=True, data={"file": error.file, "holds": False, "problems": error.problems}
        )
        raise typer.Exit(error.exit_code) from error
    newsletters = state.newsletters()
    feeds = {feed.url for newsletter in newsletters.values() for feed in newsletter.feeds}
    if json:
        data = {
            "file": str(state.config_file()),
            "holds": True,
            "problems": [],
            "warnings": loaded.warnings,
            "newsletters": len(newsletters),
            "feeds": len(feeds),
        }
        state.show(Table((), ()), json=True, data=data)
        return
    counted = f"{_counted(len(newsletters), 'newsletter')}, {_counted(len(feeds), 'feed')}"
    state.say(f"{state.config_file()} holds: {counted}.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


@app.command()
def show(
    ctx: typer.Context,
    path: Annotated[
        str, typer.Argument(metavar="KEY", help="Only this part: deliver, newsletters.daily.slots, …")
    ] = "",
    json: Json = False,
) -> None:
    """Print the effective values, defaults included, secrets masked."""
    from digest.config.show import part, shown

    state = cli(ctx)
    values = part(shown(state.config), path)
    if json:
        state.show(Table((), ()), json=True, data=values)
        return
    import yaml

    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)
    state.say(text.removesuffix("\n").removesuffix("\n..."))


@app.command()
def schema(ctx: typer.Context) -> None:
    """Print the JSON Schema, for editors that complete and check YAML."""
    from digest.config.show import schema as made

    cli(ctx).show(Table((), ()), json=True, data=made())


@app.command("rotate-key")
def rotate_key(ctx: typer.Context) -> None:
    """Sign links with a new key from now on; links in mails that are out keep working.

    Restart `digest run` and `digest serve` afterwards. A key that leaked: delete its line from the file as
    well, and links signed with it stop working.
    """
    from digest.tokens import rotate_key_file

    state = cli(ctx)
    file = Path(state.config.site.secret_file)
    keys = rotate_key_file(file)
    state.say(
        f"{file}: links are signed with key {keys.keys[0][0]!r} from now on; {len(keys.keys)} keys are there."
    )
    state.say("Restart digest run and digest serve.")


@app.command()
def reference(ctx: typer.Context) -> None:
    """Print what every setting means, as Markdown."""
    from digest.config.reference import reference as made

    cli(ctx).say(made().removesuffix("\n"))
