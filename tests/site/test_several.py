"""Several `digest serve` beside each other: together they allow what one does, and write to nobody twice."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from digest.config.load import load
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.store.tables import paces, subscribers
from tests.pipeline.conftest import CONFIG
from tests.site.conftest import notes

pytestmark = pytest.mark.slow
LINE = "198.51.100.7"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def newsroom(tmp_path: Path, database_url: str) -> Iterator[Newsroom]:
    (tmp_path / "config.yaml").write_text(f'{CONFIG}database: "{database_url}"\n')
    (tmp_path / "config.yaml").chmod(0o600)
    with open_newsroom(load(tmp_path / "config.yaml", {})) as opened:
        yield opened


@pytest.fixture
def ports(newsroom: Newsroom, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Two real processes on one database."""
    found, running = (free_port(), free_port()), []
    for port in found:
        text = (tmp_path / "config.yaml").read_text()
        listen = f'site: {{url: "https://evening.example", listen: "127.0.0.1:{port}"}}'
        (tmp_path / f"{port}.yaml").write_text(text.replace('site: {url: "https://evening.example"}', listen))
        (tmp_path / f"{port}.yaml").chmod(0o600)
        command = [sys.executable, "-m", "digest", "--config", str(tmp_path / f"{port}.yaml"), "serve"]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
    for port in found:
        wait_for(port)
    yield found
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}")


def ask(port: int, address: str = "", line: str = LINE) -> int:
    """Subscribe, or look at the form; the answer's status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": line}
    try:
        body = urlencode({"address": address}) if address else None
        connection.request("POST" if address else "GET", "/subscribe/evening", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def settled(newsroom: Newsroom, number: int) -> None:
    """Wait until so many confirmation mails have left, and a moment for one too many."""
    end = time.monotonic() + 20
    while len(notes(newsroom)) < number and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    assert len(notes(newsroom)) == number


def names(newsroom: Newsroom) -> list[str]:
    with newsroom.store.read() as connection:
        return list(connection.execute(sa.select(paces.c.name)).scalars())


def test_a_line_may_ask_two_processes_as_often_as_one(newsroom: Newsroom, ports: tuple[int, int]) -> None:
    assert [ask(port) for _ in range(30) for port in ports] == [200] * 60
    assert names(newsroom) == []  # looking at a form is free, and changes nothing
    statuses = []
    for number in range(16):
        statuses += [ask(port, f"p{number}at{place}@example.org") for place, port in enumerate(ports)]
    settled(newsroom, 20)
    assert statuses[:10] == [200] * 10
    assert [ask(port, "late@example.org") for port in ports] == [429, 429]
    assert ask(ports[0], "other@example.org", "203.0.113.9") == 200
    settled(newsroom, 21)
    found = names(newsroom)
    assert len(found) == 4
    assert not [name for name in found if LINE in name or "198.51" in name or "203.0" in name]


def test_two_processes_asked_for_one_address_at_once_write_to_it_once(
    newsroom: Newsroom, ports: tuple[int, int]
) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: ask(ports[n % 2], "victim@example.org"), range(16)))
    assert statuses == [200] * 16
    settled(newsroom, 1)
    with newsroom.store.read() as connection:
        assert len(connection.execute(sa.select(subscribers.c.id)).all()) == 1


def break_database(newsroom: Newsroom) -> None:
    """A table that is lost, or a server that lets nobody in any more."""
    url = newsroom.store.engine.url
    if newsroom.store.dialect == "sqlite":
        with newsroom.store.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE paces RENAME TO gone")
        return
    newsroom.store.close()
    elsewhere = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with elsewhere.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(sa.text(ours), {"name": url.database})
    elsewhere.dispose()


def test_a_database_that_is_gone_is_said_and_floods_are_still_stopped(
    newsroom: Newsroom, ports: tuple[int, int]
) -> None:
    break_database(newsroom)
    statuses = [ask(ports[0], f"p{number}@example.org") for number in range(25)]
    assert statuses[20:] == [429] * 5
    assert statuses[:20] == [503] * 20
    assert ask(ports[0]) == 200  # the form needs none
    assert notes(newsroom) == []
