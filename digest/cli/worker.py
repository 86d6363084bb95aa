"""`digest worker`: do the daemon's work on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli.common import STYLE, Cli, Json, Table, cli
from digest.errors import UsageError

app = typer.Typer(**STYLE)


@app.command()
def worker(
    ctx: typer.Context,
    queues: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Only these, separated by commas: compose, deliver, group, pull, pictures, bounces.",
        ),
    ] = "",
    deliver: Annotated[
        int, typer.Option(min=1, max=32, help="Delivery jobs at once; they share the configured connections.")
    ] = 2,
    pull: Annotated[int, typer.Option(min=1, max=32, help="Pulls at once.")] = 2,
    living: Annotated[
        bool, typer.Option("--list", help="Only say which workers live, and what they do.")
    ] = False,
    json: Json = False,
) -> None:
    """Work for the installation on PostgreSQL: pull, group, compose, send. Start as many as wanted, anywhere.

    `digest run` leads them. SIGTERM finishes the messages in flight; a worker may be stopped or killed at any time.
    """
    state = cli(ctx)
    if living:
        told(state, json=json)
        return
    try:
        from digest.jobs.worker import Options, chosen, run
    except ModuleNotFoundError as error:
        raise UsageError(
            f"Workers need the library {error.name}, which is not installed.",
            "pip install 'newsdigest[postgres]'",
        ) from error
    names = chosen([name.strip() for name in queues.split(",") if name.strip()])
    run(state.config_file(), dict(state.env), Options(names, deliver, pull))


def told(state: Cli, *, json: bool) -> None:
    """The workers that live."""
    from digest.store import workers

    store = state.store()
    if store.dialect != "postgresql":
        raise UsageError("There are no workers on SQLite.", "One machine does everything: digest run")
    with store.read() as connection:
        found = workers.living(connection)
    rows = [(w.name, " ".join(w.queues), w.version) for w in found]
    state.show(Table(("worker", "queues", "version"), rows, empty="No worker lives."), json=json)
