"""The schema: made, compared, upgraded, refused."""

from __future__ import annotations

import runpy
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from digest.errors import StoreError
from digest.store import instance, schema
from digest.store.engine import connect, open_store
from digest.store.tables import metadata


def differences(connection: sa.Connection) -> list[object]:
    """What Alembic would still change to reach the tables, partitions and what these keep themselves aside."""
    options = {"compare_type": True, "include_name": lambda name, _kind, _of: not ours_alone(name)}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return [d for d in found if not (d[0] == "add_constraint" and d[1].name == ONCE and divided(connection))]


ONCE = "uq_deliveries_edition_subscriber"


def ours_alone(name: str | None) -> bool:
    """A partition of deliveries."""
    return (name or "").startswith("deliveries_")


def divided(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"


def described(connection: sa.Connection) -> dict[str, object]:
    """Everything the engine says of every table: columns with types and defaults, keys and indexes."""
    inspector = sa.inspect(connection)
    facts = (inspector.get_columns, inspector.get_indexes, inspector.get_pk_constraint)
    more = (inspector.get_foreign_keys, inspector.get_unique_constraints)
    return {
        f"{table} {fact.__name__}": sorted(map(shown, found))
        if isinstance(found := fact(table), list)
        else repr(found)
        for table in inspector.get_table_names()
        for fact in (*facts, *more)
    }


def shown(thing: object) -> str:
    """Its repr; what an index is limited to as its words."""
    if isinstance(thing, dict):
        return repr({key: shown(value) for key, value in thing.items()})
    return str(thing) if isinstance(thing, sa.TextClause) else repr(thing)


def test_the_migrations_lead_to_the_tables(database_url: str) -> None:
    engine = connect(database_url)
    with engine.begin() as connection:
        schema.run_migrations(connection)
        assert schema.current(connection) == schema.revisions()[-1]
        assert differences(connection) == []
        migrated = described(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        metadata.drop_all(connection)
        schema.create(connection)
        assert described(connection) == migrated
    engine.dispose()


def test_a_new_database_has_the_tables_and_the_newest_revision(database_url: str) -> None:
    with open_store(database_url) as store, store.read() as connection:
        assert schema.current(connection) == schema.revisions()[-1]
        assert differences(connection) == []
        assert instance.load(connection).hold is False


def test_the_newest_migration_is_called_after_the_tables() -> None:
    """Forgotten otherwise: tools/migration.py writes it."""
    tool = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "migration.py"))
    assert schema.revisions()[-1] == tool["name"](len(schema.revisions()))


def test_opening_an_existing_database_does_not_import_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/digest.sqlite3"
    open_store(url).close()
    code = f"import sys; from digest.store.engine import open_store; open_store({url!r}); print('alembic' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


def test_a_database_of_another_version_is_refused(database_url: str) -> None:
    with open_store(database_url) as store, store.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999_future'"))
    with pytest.raises(StoreError, match=r"another version of digest.*9999_future"):
        open_store(database_url)


def test_an_empty_database_is_refused_when_nothing_may_be_made(postgres_url: str) -> None:
    with pytest.raises(StoreError, match="empty"):
        open_store(postgres_url, create=False)


def test_two_processes_may_make_the_same_database_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/digest.sqlite3"
    code = f"from digest.store.engine import open_store; open_store({url!r}).close()"
    running = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    errors = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, errors


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> str:
    """A made-up revision before the first: the program must upgrade from it."""
    newest = schema.revisions()
    monkeypatch.setattr(schema, "revisions", lambda: ("0000_older", *newest))

    def upgrade(connection: sa.Connection, target: str = "head") -> None:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :new"), {"new": newest[-1]})

    monkeypatch.setattr(schema, "run_migrations", upgrade)
    return "0000_older"


def age(url: str, revision: str) -> None:
    with open_store(url) as store, store.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :old"), {"old": revision})


def test_an_older_sqlite_database_is_upgraded_after_a_backup(tmp_path: Path, older: str) -> None:
    url = f"sqlite:///{tmp_path}/digest.sqlite3"
    age(url, older)
    open_store(url).close()
    (backup,) = tmp_path.glob("digest.sqlite3.before-*")
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (older,)


def test_an_older_postgresql_is_upgraded_only_on_request(postgres_url: str, older: str) -> None:
    age(postgres_url, older)
    with pytest.raises(StoreError, match="digest db upgrade"):
        open_store(postgres_url)
    assert schema.upgrade(postgres_url) == (older, schema.revisions()[-1])
    open_store(postgres_url).close()
