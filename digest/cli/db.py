"""`digest db`: migrate, back up and look after the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.common import Cli, Json, Table, cli, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.store.engine import Store

app = sub_app("Migrate, back up and look after the database.")

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def upgrade(ctx: typer.Context) -> None:
    """Bring the database's schema to this version. Stop every other digest process first."""
    from digest.store.schema import upgrade as migrate

    state = cli(ctx)
    before, after = migrate(state.config.database)
    if before == after:
        state.say(f"The database is up to date: schema {after}.")
    else:
        state.say(f"The database has schema {after} now" + (f"; it had {before}." if before else "."))


@app.command()
def backup(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")]
) -> None:
    """Copy the SQLite database, also while the daemon runs."""
    from digest.store.backup import backup as copy

    state = cli(ctx)
    size = copy(_file(state, "pg_dump --format=custom --file FILE DATABASE"), file)
    state.say(f"{file}: {size / 1e6:.1f} MB.")


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `digest db backup` wrote.")],
    yes: Yes = False,
) -> None:
    """Put a backup in the place of the database. Nothing is sent from it until `digest slots resume`."""
    from digest.store.backup import check
    from digest.store.backup import restore as put

    state = cli(ctx)
    database = _file(state, "pg_restore --clean --dbname DATABASE FILE")
    check(file)
    if database.exists() and not yes:
        typer.confirm(f"Replace {database}?", abort=True)
    former = put(file, database, state.now())
    state.say(f"{database} is as it was in {file}." + (f" The former one is {former}." if former else ""))
    state.say("Nothing is sent from it until you say so: digest slots resume")


@app.command()
def check(ctx: typer.Context, json: Json = False) -> None:
    """See whether the database is sound, and how large."""
    from digest.store.schema import current

    state = cli(ctx)
    with state.store() as store:
        with store.read() as connection:
            rows = [("schema", current(connection)), *_sizes(store)]
        if store.file is not None:
            from digest.store.backup import check as sound

            sound(store.file)
        rows.append(("sound", "yes"))
    state.show(Table(("what", "value"), rows), json=json, data=dict(rows))


def _sizes(store: Store) -> list[tuple[str, object]]:
    import sqlalchemy as sa

    from digest.store.tables import metadata

    with store.read() as connection:
        counts: list[tuple[str, object]] = [
            (table.name, connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
            for table in metadata.sorted_tables
        ]
    size = [("bytes", store.file.stat().st_size)] if store.file else []
    return [*counts, *size]


@app.command()
def tidy(ctx: typer.Context, json: Json = False) -> None:
    """Forget what is older than the config keeps, and give the space back; the daemon does it once a day."""
    from digest.store import retention

    state = cli(ctx)
    store = state.store()
    gone = retention.forget(store, state.now(), state.config.pull.keep, state.config.daemon.keep_deliveries)
    retention.tidy(store)
    state.show(
        Table(("what", "forgotten"), list(gone.items()), right=frozenset({"forgotten"})), json=json, data=gone
    )


@app.command()
def vacuum(ctx: typer.Context) -> None:
    """Rewrite the SQLite file without its gaps. Needs as much room again; nobody can write meanwhile."""
    from digest.store import retention

    state = cli(ctx)
    file = _file(state, "VACUUM, which autovacuum does by itself")
    before = file.stat().st_size
    retention.vacuum(state.store())
    state.say(f"{before / 1e6:.1f} MB before, {file.stat().st_size / 1e6:.1f} MB now.")


def _file(state: Cli, instead: str) -> Path:
    """The SQLite file of the config."""
    url = state.config.database
    if not url.startswith("sqlite"):
        raise UsageError("PostgreSQL has tools of its own for this.", f"Use {instead}.")
    return Path(url.partition(":///")[2])
