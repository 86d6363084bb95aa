"""The frame: help, version, errors in a line, exit codes, completion."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Digest
from typer.core import TyperGroup

from digest.cli import frame
from digest.cli.frame import COMMANDS, LazyCommand, application, hoisted
from digest.errors import DigestError


def every_command() -> list[str]:
    """Each command and each command of a group, as typed."""
    found = []
    root = application()
    for name, lazy in root.commands.items():
        assert isinstance(lazy, LazyCommand)
        command = lazy.load()
        found += (
            [f"{name} {inner}" for inner in command.commands] if isinstance(command, TyperGroup) else [name]
        )
    return found


def test_the_commands_stand_in_the_order_of_the_table() -> None:
    here = application().commands
    assert list(here) == [place.name for place in COMMANDS if place.name in here]
    assert {"init", "config", "demo", "pull", "build", "preview", "send", "run", "status"} <= set(here)


@pytest.mark.parametrize("command", every_command())
def test_every_command_has_help_that_ends_in_a_full_stop(command: str, digest: Digest) -> None:
    result = digest(*command.split(), "--help")
    assert (result.code, result.err) == (0, "")
    usage, _, about, *_ = result.out.splitlines()
    assert usage.startswith(f"Usage: digest {command}")
    assert about.strip()
    assert " ".join(result.out.split("\n\n")[1].split()).endswith(".")


@pytest.mark.slow
def test_help_names_every_command_without_loading_one(process: Digest) -> None:
    script = "import sys; from digest.cli.frame import run; run(['--help']); print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert all(f"  {name} " in done.stdout for name in application().commands)
    loaded = set(done.stderr.split())
    assert not loaded & {
        "yaml",
        "pydantic",
        "rich",
        "sqlalchemy",
        "aiohttp",
        "jinja2",
        "feedparser",
        "digest.config.load",
    }


def test_alone_it_prints_its_help(digest: Digest) -> None:
    assert digest() == digest("--help")
    assert digest("feeds") == digest("feeds", "--help")


def test_version(digest: Digest) -> None:
    from digest import __version__

    assert digest("--version").out == f"digest {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("feedss",), "digest: No such command 'feedss'. Did you mean 'feeds'? Try 'digest --help'."),
        (
            ("feeds", "lst"),
            "digest feeds: No such command 'lst'. Did you mean 'list'? Try 'digest feeds --help'.",
        ),
        (("feeds", "add"), "digest feeds add: Missing argument 'URL'. Try 'digest feeds add --help'."),
        (
            ("status", "--jsn"),
            "digest status: No such option: --jsn (Possible options: --json) Try 'digest status --help'.",
        ),
        (("editions", "list", "--limit", "0"), "--limit"),
    ],
)
def test_bad_usage_is_one_line_with_advice_and_exit_code_2(
    words: tuple[str, ...], said: str, digest: Digest
) -> None:
    result = digest(*words)
    assert result.code == 2
    assert result.out == ""
    assert said in result.err
    assert result.err.count("\n") == 1


def test_a_missing_config_is_exit_code_2_with_advice(digest: Digest) -> None:
    result = digest("status")
    assert result.code == 2
    assert result.err == (
        "digest: config.yaml has one problem:\n"
        "  there is no such file (digest init makes one; --config names another)\n"
    )


def test_the_config_is_found_by_option_then_environment_then_here(
    digest: Digest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert digest("config", "check").out.startswith("config.yaml holds")
    (config.parent / "other").mkdir()
    config.rename(config.parent / "other/c.yaml")
    monkeypatch.setenv("DIGEST_CONFIG", "other/c.yaml")
    assert digest("config", "check").out.startswith("other/c.yaml holds")
    monkeypatch.setenv("DIGEST_CONFIG", "nowhere.yaml")
    assert digest("--config", "other/c.yaml", "config", "check").code == 0
    assert digest("config", "check", "--config", "other/c.yaml").code == 0
    assert digest("config", "check", "--config=other/c.yaml").code == 0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["status", "--verbose"], ["--verbose", "status"]),
        (["status", "--config", "a b", "--json"], ["--config", "a b", "status", "--json"]),
        (["status", "--", "--verbose"], ["status", "--", "--verbose"]),
        (["status", "--config"], ["--config", "status"]),
    ],
)
def test_global_options_may_stand_behind_the_command(typed: list[str], meant: list[str]) -> None:
    assert hoisted(typed) == meant


# --- errors -------------------------------------------------------------------------------------------


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``digest status`` raise."""
    from digest.cli import status

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(status, "_coming", broken)


def test_our_errors_are_a_line_with_their_advice(
    digest: Digest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(DigestError("The moon is full.", "Wait."), monkeypatch)
    result = digest("status")
    assert (result.code, result.err) == (1, "digest: The moon is full. Wait.\n")


def test_other_errors_are_a_line_too_and_their_traceback_is_kept(
    digest: Digest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(KeyError("x\ny"), monkeypatch)
    result = digest("status")
    log = config.parent / "state/digest/tracebacks.log"
    assert result.code == 1
    assert (
        result.err
        == f"digest: unexpected KeyError: 'x\\ny'. The traceback is in {log}; --verbose prints it.\n"
    )
    assert "digest status\nTraceback" in log.read_text()
    assert log.parent.stat().st_mode & 0o777 == 0o700


def test_verbose_prints_the_traceback(digest: Digest, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(KeyError("x"), monkeypatch)
    result = digest("status", "--verbose")
    assert result.err.startswith("Traceback")
    assert result.err.endswith("digest: unexpected KeyError: 'x'.\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), frame.typer.Abort()])
def test_an_interrupt_is_exit_code_130(
    error: BaseException, digest: Digest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(error, monkeypatch)
    assert digest("status").code == 130


@pytest.mark.slow
def test_ctrl_c_ends_a_real_process_with_130(folder: Path) -> None:
    script = (
        "import time, digest.cli.frame as f\n"
        "import digest.cli.config as c\n"
        "def check(): print('ready', flush=True); time.sleep(30)\n"
        "c.app.registered_commands[0].callback = check\n"
        "raise SystemExit(f.run(['config', 'check']))"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == 130


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_traceback(config: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "digest", "config", "schema"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


# --- completion ---------------------------------------------------------------------------------------


def completions(folder: Path, typed: str) -> str:
    env = os.environ | {
        "_DIGEST_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split(" ")) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "digest"], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    return done.stdout


@pytest.mark.slow
def test_the_shell_completes_commands_and_their_options(folder: Path) -> None:
    assert completions(folder, "digest edit").split() == ["editor", "editions"]
    assert completions(folder, "digest feeds ").split() == [
        "list",
        "check",
        "add",
        "remove",
        "import",
        "export",
    ]
    assert "--json" in completions(folder, "digest feeds list --j")


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_can_be_had(shell: str, folder: Path) -> None:
    env = os.environ | {"_DIGEST_COMPLETE": f"source_{shell}"}
    done = subprocess.run(
        [sys.executable, "-m", "digest"], env=env, capture_output=True, text=True, check=True
    )
    assert "_DIGEST_COMPLETE" in done.stdout
