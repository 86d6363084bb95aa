"""docs/operating.md names every metric, and contrib/ says what is true; tests/docs runs the page's commands."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from digest.cli.frame import run
from tests.conftest import unavailable

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "operating.md").read_text()


def test_every_metric_is_described() -> None:
    source = (REPOSITORY / "digest" / "daemon" / "metrics.py").read_text()
    metrics = set(re.findall(r'"(digest_[a-z_]+)"', source))
    assert len(metrics) > 15
    missing = {name for name in metrics if not re.search(rf"`{name}(_total)?[{{`]", PAGE)}
    assert missing == set()


@pytest.mark.parametrize("name", ["digest.service", "digest-send.service", "digest-send.timer"])
def test_a_unit_is_well_formed_and_starts_a_command_that_exists(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(REPOSITORY / "contrib" / name)
    assert unit.has_section("Unit")
    if unit.has_section("Service"):
        words = shlex.split(unit["Service"]["ExecStart"])
        command = [word for word in words[3:] if not word.startswith("-")]
        assert run([*command, "--help"]) == 0
    capsys.readouterr()


@pytest.mark.slow
def test_systemd_finds_nothing_wrong_with_the_units_and_little_exposed() -> None:
    tool = shutil.which("systemd-analyze") or unavailable("systemd-analyze", "install systemd")
    units = sorted(map(str, (REPOSITORY / "contrib").glob("digest*.*")))
    words = subprocess.run([tool, "verify", *units], capture_output=True, text=True, check=False).stderr
    wrong = [line for line in words.splitlines() if "/opt/digest/bin/digest is not executable" not in line]
    assert wrong == []
    for unit in units:
        if unit.endswith(".service"):
            ask = [tool, "security", "--offline=true", "--threshold=20", unit]  # 2.0 of 10
            done = subprocess.run(ask, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout[-200:]


INSTRUCTIONS = {
    "FROM",
    "WORKDIR",
    "COPY",
    "RUN",
    "USER",
    "VOLUME",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "STOPSIGNAL",
    "ENTRYPOINT",
    "CMD",
}


def test_the_dockerfile_is_well_formed() -> None:
    text = (REPOSITORY / "contrib" / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    assert {line[0] for line in lines} == INSTRUCTIONS
    stages = [line[1].split()[-1] for line in lines if line[0] == "FROM" and " AS " in line[1]]
    assert re.findall(r"--from=(\S+)", text) == stages
    for name, rest in lines:
        if name in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
            assert json.loads(rest.removeprefix("CMD "))
        if name == "RUN":
            assert subprocess.run(["sh", "-n"], input=rest, text=True, check=False).returncode == 0


def test_the_container_files_agree_with_each_other() -> None:
    compose = yaml.safe_load((REPOSITORY / "contrib" / "compose.yaml").read_text())
    service = compose["services"]["digest"]
    assert (REPOSITORY / service["build"]["dockerfile"]).is_file()
    docker = (REPOSITORY / "contrib" / "Dockerfile").read_text()
    assert docker.count("FROM ") == 2
    for volume in service["volumes"]:
        target = volume.split(":")[1]
        assert target in docker
    assert set(compose["volumes"]) == {
        v.split(":")[0] for s in compose["services"].values() for v in s["volumes"]
    } - {"./config.yaml"}
