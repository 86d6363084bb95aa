"""docs/operating.md names every metric, and contrib/ says what is true; tests/docs runs the page's commands."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

import pytest
import yaml

from digest.cli.frame import run

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
