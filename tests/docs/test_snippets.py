"""Everything a page tells a reader to type is done here: commands run, config fragments hold, programs parse."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from digest.cli.frame import application
from tests.conftest import REPOSITORY
from tests.docs.pages import (
    PAGES,
    Block,
    blocks,
    check_fragment,
    inline_commands,
    live,
    papers,
    start_from_the_sample,
)

BLOCKS = [block for page in PAGES for block in blocks(page)]
LANGUAGES = {
    "digest": "commands of digest: run",
    "yaml": "config: held against the settings",
    "jinja": "a template: put in its place",
    "sh": "a shell's own: systemd, package managers, make; parsed here, run by test_shell.py",
    "python": "compiled",
    "text": "a drawing or a file of another program",
    "{toctree}": "the site's navigation",
}
STARTS_EMPTY = {"tutorial.md", "README.md"}  # the others start from the sample newsroom
LIVED = [page for page in PAGES if any(block.language == "digest" for block in blocks(page))]
PROGRAMS = {  # what a reader's shell has, and why it is not run here
    *("python3", "pip", "pipx", "uv", ".", "/opt/digest/bin/pip"),  # tests/test_wheel.py installs
    *("mkdir", "cd", "git", "install", "useradd", "systemctl", "docker"),  # another machine's, or root's
    *("pg_dump", "pg_restore", "psql"),  # tests/daemon/test_operating_shell.py runs all of operating.md
    "make",  # its targets must exist
    ".venv/bin/digest",  # must be a command of ours
    ".venv/bin/pytest",  # its paths must exist
    ".venv/bin/python",
}


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def parses(words: list[str]) -> None:
    """See that a command of ours exists with these options; nothing is run. Raises a usage error."""
    command: Any = application()
    left = list(words)
    while left and hasattr(command, "commands"):
        if left[0].startswith("-"):  # an option of the group's own
            assert left[0] in options(command), words
            del left[: 2 if left[0] == "--config" else 1]
            continue
        assert left[0] in command.commands, f"there is no command {left[0]!r}: {words}"
        command = command.commands[left.pop(0)]
        command = command.load() if hasattr(command, "load") else command
    unknown = {word.partition("=")[0] for word in left if word.startswith("-")} - options(command)
    assert not unknown, f"{words}: no option {unknown}"


def options(command: Any) -> set[str]:
    """The options of a command, in every spelling."""
    own = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    return own | {"-h", "--help", "--install-completion", "--show-completion"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    unknown = [block.place for block in blocks(page) if block.language not in LANGUAGES]
    assert unknown == [], f"name one of {sorted(LANGUAGES)} behind the fence"


@pytest.mark.slow
@pytest.mark.parametrize("page", LIVED, ids=lambda page: page.name)
def test_a_page_can_be_lived_through(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    if page.name not in STARTS_EMPTY:
        start_from_the_sample(tmp_path)
    with papers() as sites:
        for block in blocks(page):
            try:
                live(block, tmp_path, sites)
            except AssertionError as error:
                pytest.fail(f"{block.place}: {error}\n{capsys.readouterr().err}")


@pytest.mark.parametrize(
    "block",
    [block for block in of("yaml") if not block.body.startswith("# config.yaml")],  # those are lived with
    ids=lambda block: block.place,
)
def test_a_config_fragment_holds(block: Block) -> None:
    check_fragment(block.body)


@pytest.mark.parametrize("block", of("sh"), ids=lambda block: block.place)
def test_a_shell_block_is_well_formed_and_names_what_exists(block: Block) -> None:
    assert subprocess.run(["sh", "-n"], input=block.body, text=True, check=False).returncode == 0
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    for line in re.sub(r"\\\n", " ", block.body).splitlines():
        for part in re.split(r"&&|\|", line.partition("#")[0]):
            words = [word for word in shlex.split(part) if not re.match(r"[A-Z_]+=", word)]
            if words and words[0] == "make":
                assert set(words[1:]) <= targets, line
            elif words and words[0].endswith("digest"):
                parses(words[1:])
            elif words:
                assert words[0] in PROGRAMS, line
            paths = [
                word.partition("::")[0] for word in words if word.startswith(("tests/", "tools/", "bench/"))
            ]
            assert all((REPOSITORY / path).exists() for path in paths), line


@pytest.mark.parametrize("block", of("python"), ids=lambda block: block.place)
def test_a_program_compiles(block: Block) -> None:
    compile(block.body, block.place, "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_running_text_exist_with_their_options(page: Path) -> None:
    for command in sorted(inline_commands(page)):
        parses(shlex.split(command)[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_targets_in_the_running_text_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    named = re.findall(r"`((?:digest|docs|tests|tools|bench|templates|contrib)/[\w./-]+)`", text)
    missing = {name for name in named if not (REPOSITORY / name).exists()}
    assert missing <= {f"docs/{name}.md" for name in ("editors", "grouping", "scale", "security")}
