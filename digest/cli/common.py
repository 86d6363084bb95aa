"""What every command needs: the config, the store, and one way to print for people and for programs."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from digest.errors import UsageError
from digest.text import tame

if TYPE_CHECKING:
    from digest.config.load import Loaded
    from digest.config.newsletter import Newsletter
    from digest.config.settings import Config
    from digest.deliver.report import Progress
    from digest.store.engine import Store

T = TypeVar("T")

STYLE: dict[str, Any] = {
    "rich_markup_mode": None,  # importing rich for --help would triple its time
    "pretty_exceptions_enable": False,
    "add_completion": False,
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 100},
}

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def sub_app(help: str) -> typer.Typer:  # noqa: A002 - typer's word
    """A group of commands; alone it prints its help."""
    return typer.Typer(help=help, callback=_help_alone, invoke_without_command=True, **STYLE)


def _help_alone(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people. ``right`` names the columns set flush right."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    right: frozenset[str] = frozenset()
    empty: str = "Nothing."  # what to say when there are no rows


@dataclass(slots=True)
class Cli:
    """The state of one command line: where its config is, and what was opened for it."""

    env: Mapping[str, str]
    config_option: Path | None = None
    verbose: bool = False
    _loaded: Loaded | None = None
    _store: Store | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def config_file(self) -> Path:
        """--config, else $DIGEST_CONFIG, else ./config.yaml."""
        if self.config_option is not None:
            return self.config_option
        return Path(self.env.get("DIGEST_CONFIG") or "config.yaml")

    def loaded(self) -> Loaded:
        """The config with its warnings, read once; the warnings go to stderr."""
        if self._loaded is None:
            from digest.config.load import load

            self._loaded = load(self.config_file(), self.env)
            for warning in self._loaded.warnings:
                self.note(f"{self.config_file()}: warning: {warning}")
        return self._loaded

    def forget(self) -> None:
        """Read the config anew when it is next asked for."""
        self._loaded = None

    @property
    def config(self) -> Config:
        """The settings, their paths absolute."""
        return self.loaded().config

    def newsletters(self) -> dict[str, Newsletter]:
        """The newsletters with their feeds."""
        from digest.config.load import newsletters

        return newsletters(self.config, self.loaded().folder)

    def newsletter(self, name: str | None) -> Newsletter:
        """The newsletter of that name; without a name the only one."""
        found = self.newsletters()
        if name is None and len(found) == 1:
            return next(iter(found.values()))
        if name is None:
            raise UsageError("Which newsletter?", f"Name one of {', '.join(found)}.")
        if name not in found:
            raise UsageError(f"There is no newsletter {name!r}.", f"There is {', '.join(found)}.")
        return found[name]

    def now(self) -> dt.datetime:
        """The time in UTC, or the pinned one of the sample newsroom."""
        pinned = self.config.demo.now
        return pinned.astimezone(dt.UTC) if pinned else dt.datetime.now(dt.UTC)

    def user_agent(self) -> str:
        """How we introduce ourselves to the servers of feeds."""
        from digest import __version__

        site = self.config.site.url
        return self.config.pull.user_agent or f"digest/{__version__}" + (f" (+{site})" if site else "")

    def store(self) -> Store:
        """The config's database, opened once and closed when the command ends; made when there is none."""
        if self._store is None:
            from digest.store.engine import open_store

            self._store = self._open.enter_context(open_store(self.config.database))
        return self._store

    def store_if_any(self) -> Store | None:
        """The same for commands that only look: None when nothing has been stored yet."""
        prefix = "sqlite:///"
        url = self.config.database
        if url.startswith(prefix) and not Path(url.removeprefix(prefix)).exists():
            return None
        return self.store()

    def close(self) -> None:
        """Close what was opened."""
        self._open.close()

    def say(self, line: str = "") -> None:
        """A line of the result, on stdout."""
        typer.echo(tame(line))

    def note(self, line: str) -> None:
        """A line about the work, on stderr."""
        typer.echo(tame(line), err=True)

    def show(self, table: Table, *, json: bool = False, data: object = None) -> None:
        """Print ``data`` (else the table's rows as objects) as JSON, or the table for people."""
        from digest.cli import output

        if json:
            self.say(output.json_text(output.records(table) if data is None else data))
        elif not table.rows:
            self.say(table.empty)
        elif sys.stdout.isatty():
            output.draw(table)
        else:
            self.say(output.plain(table))

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A progress bar on a terminal, nothing otherwise; yields ``advance(count)``."""
        if not sys.stderr.isatty():
            yield lambda _count: None
            return
        from digest.cli import output

        with output.bar(label, total) as advance:
            yield advance

    @contextmanager
    def sending(self) -> Iterator[Callable[[Progress], None]]:
        """The same for editions on their way, with their rate and the time left; yields ``told(progress)``."""
        if not sys.stderr.isatty():
            yield lambda _progress: None
            return
        from digest.cli import output

        with output.sending_bar() as told:
            yield told


def login() -> str:
    """Who is logged in at this machine, for the audit log."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "operator"


def cli(ctx: typer.Context) -> Cli:
    """The state that ``main`` made for this command line."""
    state = ctx.find_object(Cli)
    assert state is not None
    return state


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` comes to.

    ``asyncio.run`` in the main thread writes a task's whole result out in words, for nobody: half a second for an
    edition with the stories it was chosen from. (It asks ``signal.getsignal`` for its handler, which holds the task,
    and that looks it up among numbers, with an error that quotes it.)
    """
    import asyncio

    found: list[T] = []

    async def kept() -> None:
        found.append(await work)

    asyncio.run(kept())
    return found[0]
