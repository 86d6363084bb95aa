"""The reference of the command line as Markdown, made from the commands: docs/commands.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup

from digest.cli.frame import COMMANDS, LazyCommand, application

_HEAD = """\
# Commands

Made from the commands themselves by `make reference`; do not edit it here.

- `--json` prints the result for programs, on every command that reports.
- Results go to stdout, everything else to stderr; progress bars appear on a terminal only.
- Exit codes: 0 done, 1 failed, 2 bad config or usage, 130 interrupted.
- `digest --install-completion` teaches your shell the commands.
- `--config FILE` and `--verbose` may stand before or behind the command.
"""


def commands() -> str:
    """Every command with its arguments and options."""
    root = application()
    parts = [_HEAD, _section("digest", root)]
    for place in COMMANDS:
        lazy = root.commands.get(place.name)
        if isinstance(lazy, LazyCommand):
            parts += [_section(f"digest {name}", command) for name, command in _flat(place.name, lazy.load())]
    return "\n".join(parts)


def _flat(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """A command, or those of its group."""
    if not isinstance(command, TyperGroup):
        yield name, command
        return
    for inner, sub in command.commands.items():
        yield from _flat(f"{name} {inner}", sub)


def _section(path: str, command: Any) -> str:
    context = command.context_class(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    about = " ".join((command.help or "").split())
    rows = [record for param in command.get_params(context) if (record := _record(param, context))]
    table = ["| | |", "|---|---|", *rows, ""] if rows else []
    return "\n".join([f"## `{path}`", "", about, "", f"`{path} {usage}`", "", *table])


def _record(param: Any, context: Any) -> str:
    names, meaning = param.get_help_record(context) or ("", "")
    if not names or "--help" in names:
        return ""
    cells = [cell.replace("|", "\\|") for cell in (names, meaning)]
    return f"| `{cells[0]}` | {cells[1]} |"
