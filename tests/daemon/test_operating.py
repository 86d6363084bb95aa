"""docs/operating.md and contrib/ say what is true: every digest command in them runs."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from digest.cli.frame import run

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "operating.md").read_text()


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [body for name, body in fenced if name == language]


def commands() -> list[str]:
    return [line for block in blocks("digest") for line in block.splitlines()]


@pytest.mark.slow
def test_every_digest_command_of_the_page_runs_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(REPOSITORY / "config.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert len(commands()) > 15
    assert run(["demo"]) == 0  # an installation that has sent something
    for command in commands():
        words = shlex.split(command)
        assert words[0] == "digest"
        code = run(words[1:])
        assert code == 0, f"{command}: {capsys.readouterr().err}"


def test_commands_named_in_the_text_exist(capsys: pytest.CaptureFixture[str]) -> None:
    named = re.findall(r"`digest ([a-z]+(?: [a-z]+)?)", PAGE)
    assert len(named) >= 10
    for name in sorted(set(named)):
        assert run([*name.split(), "--help"]) == 0, name
        capsys.readouterr()


def test_every_metric_is_described() -> None:
    source = (REPOSITORY / "digest" / "daemon" / "metrics.py").read_text()
    metrics = set(re.findall(r'"(digest_[a-z_]+)"', source))
    assert len(metrics) > 15
    missing = {name for name in metrics if not re.search(rf"`{name}(_total)?[{{`]", PAGE)}
    assert missing == set()


def test_the_config_in_the_page_names_settings_that_exist() -> None:
    from digest.config.settings import Config

    (block,) = blocks("yaml")
    for key, value in yaml.safe_load(block).items():
        field = Config.model_fields[key]
        if isinstance(value, dict):
            assert set(value) <= set(field.annotation.model_fields)  # type: ignore[union-attr]


def test_shell_commands_of_the_page_and_the_units_are_well_formed() -> None:
    for block in blocks(""):
        assert subprocess.run(["sh", "-n"], input=block, text=True, check=False).returncode == 0


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
