"""The command line in the test's own folder, in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CONFIG, Digest, Result

from digest.cli.frame import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder commands run in; nothing of the machine's own settings reaches them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    return tmp_path


@pytest.fixture
def digest(folder: Path, capsys: pytest.CaptureFixture[str]) -> Digest:
    """``digest("feeds", "list")`` -> Result."""

    def digest(*words: str) -> Result:
        capsys.readouterr()
        code = run(words)
        return Result(code, *capsys.readouterr())

    return digest


@pytest.fixture
def config(folder: Path) -> Path:
    """A config.yaml in the folder."""
    file = folder / "config.yaml"
    file.write_text(CONFIG)
    file.chmod(0o600)
    return file


@pytest.fixture
def process(folder: Path) -> Digest:
    """The same in a process of its own."""

    def process(*words: str, stdin: str = "") -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "digest", *words],
            cwd=folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return process
