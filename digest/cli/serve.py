"""`digest serve`: the public site."""

from __future__ import annotations

import logging

import typer

from digest.cli.common import STYLE, cli
from digest.errors import UsageError

app = typer.Typer(**STYLE)


@app.command()
def serve(ctx: typer.Context) -> None:
    """Serve the public site: subscribe, preferences, unsubscribe, archive. Put a web server with https before it."""
    from digest import log
    from digest.pipeline.newsroom import open_newsroom
    from digest.site.app import serve as stay

    log.set_up(level=logging.INFO if cli(ctx).verbose else logging.WARNING)
    state = cli(ctx)
    if not state.config.site.url:
        raise UsageError("Links need the site's own address.", "Set site.url, as in https://news.example.org")
    with open_newsroom(state.loaded()) as newsroom:
        state.note(f"The site is at http://{newsroom.config.site.listen}/")
        stay(newsroom)
