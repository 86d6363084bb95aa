"""Alembic's way in: it runs on the connection that digest.store.schema hands over."""

from typing import Any, Literal

from alembic import context

from digest.store.tables import Instant, metadata


def render(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Write our types into migrations as what they are in the database, so that these never change."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
