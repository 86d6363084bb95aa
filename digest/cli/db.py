"""`digest db`: migrate, tidy and look after the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digest.cli.common import Cli, Json, Table, cli, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.store.engine import Store

app = sub_app("Migrate, check and tidy the database.")


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
    gone = retention.forget(store, state.now(), retention.configured(state.config))
    retention.tidy(store)
    state.show(
        Table(("what", "forgotten"), list(gone.items()), right=frozenset({"forgotten"})), json=json, data=gone
    )


@app.command()
def vacuum(ctx: typer.Context) -> None:
    """Rewrite the SQLite file without its gaps. Needs as much room again; nobody can write meanwhile."""
    from digest.store import retention

    state = cli(ctx)
    file = sqlite_file(state, "VACUUM, which autovacuum does by itself")
    before = file.stat().st_size
    retention.vacuum(state.store())
    state.say(f"{before / 1e6:.1f} MB before, {file.stat().st_size / 1e6:.1f} MB now.")


def sqlite_file(state: Cli, instead: str) -> Path:
    """The SQLite file of the config; raises UsageError for PostgreSQL, where one does ``instead``."""
    url = state.config.database
    if not url.startswith("sqlite"):
        raise UsageError("PostgreSQL has tools of its own for this.", f"Use {instead}.")
    return Path(url.partition(":///")[2])
