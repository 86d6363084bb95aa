"""The command line in the test's own folder, in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.cli.frame import run


@dataclass(frozen=True)
class Result:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Digest = Callable[..., Result]

CONFIG = """\
# The paper's own words
newsletters:
  daily:
    title: The Daily
    timezone: Europe/Luxembourg
    slots: {morning: "06:30", evening: "17:30"}
    sender: {address: daily@paper.example}
    sections:
      - name: World
        feeds: [one]   # in order
      - name: And else
feeds:
  one: {url: "https://one.example/rss", paper: One}
  two:
    url: https://user:hunter2@two.example/rss
    paper: Two   # keep me
demo: {now: "2026-11-23T12:00:00Z"}
"""


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
