"""`digest group`: stories of the entries in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.common import sub_app

app = sub_app("Stories of the entries in a file.")


@app.command()
def group(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="JSON Lines: id, title, summary, url, source, published, lang; - for stdin."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", help="Where the result goes. Else stdout.")
    ] = None,
    background: Annotated[
        Path | None, typer.Option("--background", help="Earlier entries, for term weights only.")
    ] = None,
    across_languages: Annotated[
        bool, typer.Option("--across-languages", help="Group entries of different languages too.")
    ] = False,
) -> None:
    """Group the entries of a JSON Lines file into stories; one line an entry, with its story, role and reasons."""
    from digest.cli.group import run

    code = run(file, output, background, across_languages=across_languages)
    if code:
        raise typer.Exit(code)
