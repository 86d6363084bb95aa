"""How results look: tables on a terminal, aligned lines in a pipe, JSON for programs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.cli.common import Table
from digest.text import spelt, tame

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from digest.deliver.report import Progress


def cell(value: object) -> str:
    """A value as one line of text: instants in UTC to the minute, yes/no, "" for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(map(cell, value))
    return " ".join(tame(str(value)).split())


def plain(table: Table) -> str:
    """The table as lines, columns padded with spaces and set apart by two."""
    lines = [table.columns, *[[cell(value) for value in row] for row in table.rows]]
    widths = [max(len(line[at]) for line in lines) for at in range(len(table.columns))]
    right = [name in table.right for name in table.columns]
    return "\n".join(
        "  ".join(
            text.rjust(width) if flush else text.ljust(width)
            for text, width, flush in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def draw(table: Table) -> None:
    """The table on a terminal, fitted to its width."""
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for name in table.columns:
        drawn.add_column(name, justify="right" if name in table.right else "left", overflow="ellipsis")
    for row in table.rows:
        drawn.add_row(*[Text(cell(value)) for value in row])
    Console().print(drawn)


def records(table: Table) -> list[dict[str, object]]:
    """The rows as objects, their keys the column names with underscores."""
    keys = [name.replace(" ", "_") for name in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]


def json_text(data: object) -> str:
    """``data`` as indented JSON; dataclasses, instants, paths and settings as one would expect."""
    return spelt(json.dumps(data, default=_plain, ensure_ascii=False, indent=2))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


@contextmanager
def bar(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr; yields ``advance(count)``."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def sending_bar(console: Console | None = None) -> Iterator[Callable[[Progress], None]]:
    """A bar for each edition under way, with its rate and the time left; yields what tells it how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[pace]}"))
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=console or Console(stderr=True), transient=True) as bars:

        def told(progress: Progress) -> None:
            if progress.edition not in tasks:
                tasks[progress.edition] = bars.add_task(progress.edition, pace="")
            total = max(progress.total, progress.done) or None
            task = tasks[progress.edition]
            bars.update(task, completed=progress.done, total=total, pace=pace(progress))

        yield told


def pace(progress: Progress) -> str:
    """How far a sending run is, in words."""
    of = f" of {max(progress.total, progress.done):,}" if progress.total else ""
    words = f"{progress.done:,}{of}, {progress.rate:,.0f} a second"
    if progress.left is None:
        return words
    return f"{words}, {dt.timedelta(seconds=round(progress.left))} left"
