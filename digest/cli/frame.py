"""The command line's frame: which commands there are, loaded only when called, and how errors are told."""

from __future__ import annotations

import datetime as dt
import gc
import importlib
import importlib.util
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from digest.cli.common import STYLE, Cli, cli
from digest.errors import DigestError
from digest.log import redacted
from digest.text import tame

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command lives. ``module.app`` holds it under its own name, or is the whole group of that name."""

    name: str
    module: str
    help: str


COMMANDS = (
    Place("init", "setup", "Make a first config from the addresses of news sites."),
    Place("demo", "pipeline", "Two editions of a sample newsroom, from feeds to mail, in a minute."),
    Place("config", "config", "Show, check and document config.yaml."),
    Place("feeds", "feeds", "List, add, remove, check, import and export feeds."),
    Place("pull", "pipeline", "Read the feeds once."),
    Place("build", "pipeline", "Write an edition into a folder; consumes nothing."),
    Place("check", "checks", "Check the coming edition; exit code 1 when there are errors."),
    Place("preview", "pipeline", "Serve the coming edition in a browser; consumes nothing."),
    Place("editor", "editor", "Make the line that lets an editor sign in at the desk."),
    Place("send", "pipeline", "Send what is due, once: for cron."),
    Place("run", "pipeline", "Stay and send every slot on time: the daemon."),
    Place("worker", "worker", "Work for a daemon on PostgreSQL, on as many machines as wanted."),
    Place("serve", "serve", "Serve the public site: subscribe, preferences, unsubscribe, archive."),
    Place("doctor", "doctor", "Check what mail needs to arrive: links, keys, and the DNS of the sender."),
    Place("status", "status", "What comes next, what went out, what is in trouble."),
    Place("editions", "editions", "List and show editions, and the log of who did what to them."),
    Place("correct", "mending", "Mend an edition that is out: its page, the next edition, a mail."),
    Place("stories", "stories", "Say why two entries are one story, or are not."),
    Place("subscribers", "subscribers", "Add, import, export, list and remove subscribers."),
    Place("deliveries", "deliveries", "See what became of each message."),
    Place("bounces", "bounces", "Take in bounces and complaints."),
    Place("slots", "slots", "See the slot ledger; hold and resume sending."),
    Place("backup", "backups", "Copy the SQLite database into a file, also while the daemon runs."),
    Place("restore", "backups", "Put a backup in the place of the database."),
    Place("db", "db", "Migrate, check and tidy the database."),
    Place("group", "grouping", "Group the entries of a JSON Lines file into stories."),
)


class LazyCommand(TyperCommand):
    """Stands for a command in help and completion; its module is imported when it is called."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.name, short_help=place.help, help=place.help, rich_markup_mode=None)
        self.place = place

    def load(self) -> Any:
        """The real command."""
        app = importlib.import_module(f"digest.cli.{self.place.module}").app
        command = get_command(app)
        if self.place.name != self.place.module and isinstance(command, TyperGroup):
            return command.commands[self.place.name]
        return command

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The real command's context, so that it runs, completes and prints its own help."""
        return self.load().make_context(info_name, args, parent=parent, **extra)


def application() -> TyperGroup:
    """The whole command line. A command whose module is not installed is left out."""
    app = typer.Typer(**(STYLE | {"add_completion": True}))
    app.callback(invoke_without_command=True)(_globals)
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    for place in COMMANDS:
        if importlib.util.find_spec(f"digest.cli.{place.module}"):
            group.add_command(LazyCommand(place))
    return group


def _version(value: bool) -> None:
    if value:
        from digest import __version__

        typer.echo(f"digest {__version__}")
        raise typer.Exit


def _globals(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="The config file. Else $DIGEST_CONFIG, else config.yaml."
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log what happens, and show tracebacks.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn news feeds into an e-mail newsletter, twice a day, each story once."""
    state = cli(ctx)
    state.config_option = config
    state.verbose = verbose
    if verbose:
        from digest import log

        log.set_up(sys.stderr)
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def hoisted(argv: Sequence[str]) -> list[str]:
    """The arguments with --config and --verbose in front: people write them after the command as well."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == "--verbose" or word.startswith("--config="):
            front.append(word)
        elif word == "--config":
            front += [word, *([value] if (value := next(words, None)) is not None else [])]
        else:
            rest.append(word)
    return front + rest


def run(argv: Sequence[str]) -> int:
    """Run one command line; returns the exit code: 0 done, 1 failed, 2 bad config or usage, 130 interrupted."""
    state = Cli(env=os.environ)
    try:
        result = application().main(hoisted(argv), prog_name="digest", standalone_mode=False, obj=state)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        state.note("stopped")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has left: no more output, also not when Python closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the one place that turns exceptions into a line and an exit code
        return _told(error, state, argv)
    finally:
        state.close()
    return result if type(result) is int else 0


def _told(error: Exception, state: Cli, argv: Sequence[str]) -> int:
    if isinstance(error, DigestError):
        state.note(f"digest: {error}")
        return error.exit_code
    if isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "digest"
        state.note(f"{path}: {error.format_message()} Try '{path} --help'.")
        return error.exit_code
    if state.verbose:
        print(redacted(tame("".join(traceback.format_exception(error)))), file=sys.stderr, end="")
        where = ""
    else:
        where = f" The traceback is in {_kept(error, argv)}; --verbose prints it."
    words = redacted(" ".join(str(error).split()))
    state.note(f"digest: unexpected {type(error).__name__}: {words}.{where}")
    return 1


def _kept(error: Exception, argv: Sequence[str]) -> Path:
    """Append the traceback to a file of the person's own; returns the file."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "digest"
    when = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    text = f"\n{when} digest {' '.join(argv)}\n" + "".join(traceback.format_exception(error))
    for folder in (home, Path(tempfile.gettempdir()) / f"digest-{os.getuid()}"):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Nobody else may lay a link there and have us write to where it leads.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            with os.fdopen(os.open(folder / "tracebacks.log", flags, 0o600), "a", encoding="utf-8") as file:
                file.write(redacted(tame(text)))
        except OSError:
            continue
        return folder / "tracebacks.log"
    return Path(os.devnull)


def main() -> NoReturn:
    """Entry point of the ``digest`` command."""
    gc.set_threshold(50_000)  # ten thousand entries are no garbage: looking for it took an eighth of a build
    sys.exit(run(sys.argv[1:]))
