"""The recipes of docs/scale.md for three machines: their files are sound, and their commands send an edition."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import yaml
from stage import subscribe, until

from digest.cli.frame import run
from digest.config.load import load
from digest.pipeline.newsroom import open_newsroom
from digest.pipeline.tick import note_due
from digest.store import workers
from digest.store.tables import deliveries, slots
from digest.testing import SmtpSink
from tests.conftest import REPOSITORY
from tests.pipeline.conftest import CONFIG, TITLES, entry, publish

PAGE = (REPOSITORY / "docs" / "scale.md").read_text()
PEOPLE = 40


def blocks(language: str, beginning: str) -> list[str]:
    """The page's code blocks of a language that begin so."""
    found = re.findall(rf"(?ms)^```{language}\n(.*?)^```", PAGE)
    return [block for block in found if block.startswith(beginning)]


def composed() -> list[dict[str, Any]]:
    return [yaml.safe_load(text) for start in ("services:", "x-digest:") for text in blocks("text", start)]


def test_the_compose_files_name_what_exists(capsys: pytest.CaptureFixture[str]) -> None:
    files = composed()
    assert [sorted(file["services"]) for file in files] == [["db"], ["leader", "worker"]]
    for file in files:
        for service in file["services"].values():
            assert service.keys() <= SERVICE
            assert ("image" in service) != ("build" in service)
            named = [volume.split(":")[0] for volume in service["volumes"] if not volume.startswith(".")]
            assert set(named) <= file["volumes"].keys()
            if "build" in service:
                assert (REPOSITORY / service["build"]["dockerfile"]).exists()
                assert run([*service.get("command", ["run"]), "--help"]) == 0
    capsys.readouterr()


# Of the Compose specification, what these files use.
SERVICE = {
    "image",
    "build",
    "restart",
    "command",
    "environment",
    "ports",
    "volumes",
    "hostname",
    "healthcheck",
    "stop_grace_period",
}


def test_the_units_it_installs_exist() -> None:
    (commands,) = blocks("sh", "install ")
    named = [word for word in shlex.split(commands) if word.startswith("contrib/")]
    assert named
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


@pytest.fixture
def database(postgres_server: str) -> Iterator[str]:
    """What the page says to do on db: its address, as the others reach it."""
    (commands,) = blocks("sh", "psql ")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        for line in commands.splitlines():
            connection.execute(shlex.split(line)[2].encode())
        socket = postgres_server.partition("host=")[2]
        yield f"postgresql://digest@/digest?host={socket}"
        connection.execute("DROP DATABASE digest WITH (FORCE)")
        connection.execute("DROP ROLE digest")


class Machines:
    """``one`` and ``two`` on loopback, each with a daemon and a worker started as their units do."""

    def __init__(self, folder: Path, database: str, port: int) -> None:
        now = dt.datetime.now(dt.UTC)
        times = f'{{now: "{now:%H:%M}"}}'
        text = CONFIG.replace('{morning: "06:30", evening: "17:30"}', times)
        text = text.replace("Europe/Luxembourg", "UTC")
        smtp = f"{{host: 127.0.0.1, port: {port}, tls: none}}"
        text += (
            f"database: '{database}'\ndeliver: {{transport: smtp, smtp: [{smtp}]}}\ndaemon: {{listen: ''}}\n"
        )
        self.folder, self.running = folder, list[subprocess.Popen[bytes]]()
        for name in ("one", "two"):
            (folder / name).mkdir()
            (folder / name / "config.yaml").write_text(text)
            (folder / name / "config.yaml").chmod(0o600)
        self._fill(now)
        (folder / "two" / "var").mkdir()
        shutil.copy2(folder / "one" / "var" / "secret.key", folder / "two" / "var" / "secret.key")

    def _fill(self, now: dt.datetime) -> None:
        """Stories, subscribers, and slots that are owed since an hour ago."""
        early = now - dt.timedelta(hours=1)
        with open_newsroom(self.config("one"), clock=lambda: early) as newsroom:
            note_due(newsroom, early)
            publish(newsroom, [entry(n, title, early) for n, title in enumerate(TITLES)], early)
            subscribe(newsroom.store, PEOPLE)

    def config(self, name: str) -> Any:
        return load(self.folder / name / "config.yaml", {})

    def start(self, name: str, unit: str) -> None:
        """The command of a unit of contrib/, with this machine's config."""
        text = (REPOSITORY / "contrib" / unit).read_text()
        (line,) = re.findall(r"(?m)^ExecStart=/opt/digest/bin/digest (.*)$", text)
        line = line.replace("/etc/digest/config.yaml", "config.yaml").replace("$WORKER_OPTIONS", "")
        with (self.folder / name / f"{unit}.log").open("wb") as log:
            self.running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "digest", *shlex.split(line)],
                    cwd=self.folder / name,
                    env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
                    stdout=log,
                    stderr=log,
                )
            )

    def end(self) -> list[int]:
        for process in self.running:
            process.terminate()
        return [process.wait(30) for process in self.running]


@pytest.mark.slow
@pytest.mark.postgres
def test_three_machines_as_the_page_sets_them_up_send_to_everybody_once(
    tmp_path: Path, database: str
) -> None:
    with SmtpSink() as sink:
        machines = Machines(tmp_path, database, sink.port)
        try:
            for name in ("one", "two"):
                for unit in ("digest-worker.service", "digest.service"):
                    machines.start(name, unit)
            with open_newsroom(machines.config("one")) as newsroom:

                def read(query: sa.Select[Any]) -> list[Any]:
                    with newsroom.store.read() as connection:
                        return list(connection.execute(query).scalars())

                until("the edition is done", lambda: read(sa.select(slots.c.state)) == ["done"], 120)
                with newsroom.store.read() as connection:
                    assert len(workers.living(connection)) == 2
                assert Counter(read(sa.select(deliveries.c.state))) == {"accepted": PEOPLE}
        finally:
            codes = machines.end()
    assert codes == [0] * 4
    assert sorted(Counter(message.recipient for message in sink.messages).values()) == [1] * PEOPLE
