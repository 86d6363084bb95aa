"""The commands that run the pipeline: demo, pull, build, preview, send, run."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.common import Cli, Json, Table, cli, finished, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.config.load import Loaded
    from digest.daemon.service import Work
    from digest.pipeline.build import Built
    from digest.pipeline.newsroom import Newsroom
    from digest.pipeline.tick import Done
    from digest.slots import Planned

app = sub_app("The pipeline.")

Newsletter = Annotated[str | None, typer.Argument(help="The newsletter; may be left out when there is one.")]
Slot = Annotated[str | None, typer.Option("--slot", help="The slot's name. Else the one due now or next.")]


@contextmanager
def newsroom(state: Cli) -> Iterator[Newsroom]:
    """The newsroom of the command line's config."""
    from digest.pipeline.newsroom import open_newsroom

    with open_newsroom(state.loaded()) as opened:
        yield opened


# --- demo ---------------------------------------------------------------------------------------------


@app.command()
def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Option(help="Where the sample goes, unless config.yaml here is it.")
    ] = Path("digest-demo"),
    json: Json = False,
) -> None:
    """Two editions of a sample newsroom, from feeds to mail, in a minute. A second time it changes nothing."""
    from digest.pipeline.rehearse import outbox_folder, rehearse

    state = cli(ctx)
    loaded = sample(folder)
    began = time.perf_counter()
    day = finished(rehearse(loaded))
    figures = {
        "feeds": day.feeds,
        "entries": day.entries,
        "stories": day.stories,
        "of several papers": day.shared_stories,
        "editions": day.editions,
        "mails": day.mails,
        "seconds": round(time.perf_counter() - began, 1),
    }
    state.show(
        Table(tuple(figures), [tuple(figures.values())], right=frozenset(figures)), json=json, data=figures
    )
    if json:
        return
    if not day.editions:
        state.say("Nothing new: both editions had gone out before. Delete the folder var to see it again.")
    state.say(f"The mails are in {_near(outbox_folder(loaded))}.")
    where = "" if loaded.folder.resolve() == Path.cwd() else f" --config {_near(loaded.folder)}/config.yaml"
    state.say(f"To see the edition in a browser: {_program()} preview{where}")


def _program() -> str:
    """Our name as the reader can type it: with its path where that is in no folder of PATH, as after `make demo`."""
    typed, found = Path(sys.argv[0]), shutil.which("digest")
    reached = typed.name != "digest" or (found is not None and Path(found).samefile(typed))
    return "digest" if reached else str(typed)


def sample(folder: Path) -> Loaded:
    """The sample's config: the one here when it reads nothing but the sample, else a copy in ``folder``."""
    from digest.config.load import load
    from digest.demo import config_file

    here = Path("config.yaml")
    if here.exists():
        loaded = load(here, {})
        if loaded.config.demo.now and all(f.url.startswith("demo:") for f in loaded.config.feeds.values()):
            return loaded
    copy = folder / "config.yaml"
    if not copy.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(config_file(), copy)
    return load(copy, {})


def _near(path: Path) -> Path:
    """A path as people would type it from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


# --- pull ---------------------------------------------------------------------------------------------


@app.command()
def pull(
    ctx: typer.Context,
    force: Annotated[
        bool, typer.Option("--force", help="Also feeds that asked to be left alone for a while.")
    ] = False,
    json: Json = False,
) -> None:
    """Read the feeds once, and group what they tell."""
    from digest.pipeline.gather import gather
    from digest.pull import Pulled

    state = cli(ctx)
    with newsroom(state) as room, state.progress("pulling", len(room.feeds)) as advance:

        def told(pulled: Pulled) -> None:
            advance(1)
            if pulled.error is not None:
                state.note(f"{pulled.feed.paper}: {pulled.error}")

        found = asyncio.run(gather(room, now=room.clock(), force=force, told=told))
    figures = {
        "feeds": found.feeds,
        **dict(sorted(found.outcomes.items())),
        "new entries": found.new,
        "changed": found.changed,
        "held": found.held,
        "stories": found.stories,
    }
    state.show(
        Table(tuple(figures), [tuple(figures.values())], right=frozenset(figures)), json=json, data=figures
    )
    if found.feeds and found.outcomes.get("failed") == found.feeds:
        raise typer.Exit(1)


# --- build --------------------------------------------------------------------------------------------


@app.command()
def build(
    ctx: typer.Context,
    newsletter: Newsletter = None,
    slot: Slot = None,
    date: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The slot's local date. Else today.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The folder to write into.")] = Path("edition"),
    json: Json = False,
) -> None:
    """Write edition.html, .txt, .eml and .json into a folder; consumes nothing."""
    from digest.pipeline.build import build as make
    from digest.pipeline.export import write

    state = cli(ctx)
    chosen = state.newsletter(newsletter)
    with newsroom(state) as room:
        now = room.clock()
        built = finished(make(room, chosen, slot_of(room, chosen.name, slot, date), now=now))
        files = write(room, chosen, built, out)
    if json:
        state.show(Table((), ()), json=True, data=_as_data(built, files))
        return
    items, size = len(built.edition.items), built.mail.html_bytes / 1000
    state.say(f"{built.edition.id}: {items} stories, {size:.0f} kB of HTML, in {out}/")
    least = chosen.settings.min_stories
    if items < least:
        state.note(f"With fewer than min_stories ({least}) this edition would not be sent.")


def _as_data(built: Built, files: Iterable[Path]) -> dict[str, object]:
    return {
        "edition": built.edition.id,
        "subject": built.mail.subject,
        "stories": len(built.edition.items),
        "html_bytes": built.mail.html_bytes,
        "dropped": built.mail.dropped,
        "files": [str(file) for file in files],
    }


def slot_of(room: Newsroom, newsletter: str, name: str | None, date: dt.datetime | None) -> Planned:
    """The slot a command names, else the one due now or next."""
    from digest.pipeline.build import coming, planned
    from digest.slots import zone

    chosen = room.newsletters[newsletter]
    if name is None and date is None:
        return coming(chosen, room.clock())
    if name is None:
        raise UsageError("A date alone names no slot.", f"Add --slot: {', '.join(chosen.settings.slots)}.")
    today = room.clock().astimezone(zone(chosen.settings.timezone)).date()
    return planned(chosen, name, date.date() if date else today)


@app.command()
def preview(
    ctx: typer.Context,
    newsletter: Newsletter = None,
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = 8400,
    pull: Annotated[bool, typer.Option("--pull/--no-pull", help="Read the feeds first.")] = True,
) -> None:
    """Serve the coming edition at http://127.0.0.1:8400, reloaded when anything changes; consumes nothing."""
    from digest.desk.server import serve

    state = cli(ctx)
    first = state.newsletter(newsletter).name if newsletter else next(iter(state.newsletters()))
    serve(state.config_file(), dict(state.env), first=first, port=port, pull=pull, say=state.say)


# --- send and run -------------------------------------------------------------------------------------


@app.command()
def send(
    ctx: typer.Context,
    due: Annotated[bool, typer.Option("--due", help="What is due now (the default, for crontabs).")] = True,  # noqa: ARG001 - says in a crontab what happens
    json: Json = False,
) -> None:
    """Pull, build and send what is due, once: for cron. Overlapping runs are harmless."""
    from digest.pipeline.shift import shift

    state = cli(ctx)
    with newsroom(state) as room, state.sending() as told:
        done = finished(shift(room, told=told))
        empty = "" if done else idle(room)
    rows = [row(result) for result in done]
    state.show(Table(("slot", "state", "accepted", "reason"), rows, empty=empty), json=json)
    if any(result.slot.state in ("failed", "missed") for result in done):
        raise typer.Exit(1)


def idle(room: Newsroom) -> str:
    """Why nothing was done. What a process has in hand stays its own for a minute, also when that failed."""
    from digest.store import slots

    with room.store.read() as connection:
        waiting = slots.unfinished(connection)
    taken = {str(s): s.lease_until for s in waiting if s.lease_until and s.lease_until > room.clock()}
    if not taken:
        return "Nothing is due."
    until = f"{max(taken.values()):%H:%M:%S} UTC"
    return f"Nothing else is due. A run that is under way, or that ended early, holds {', '.join(taken)} until {until}."


def row(done: Done) -> tuple[str, str, int, str]:
    """One slot's outcome for the table."""
    accepted = done.summary.ledger.get("accepted", 0) if done.summary else 0
    reason = (done.summary.halted if done.summary else "") or done.slot.reason
    return str(done.slot), done.slot.state, accepted, reason


@app.command()
def run(ctx: typer.Context) -> None:
    """Stay and send every slot on time: the daemon. SIGTERM stops it, SIGHUP reads the config again."""
    from digest.daemon import run as stay

    state = cli(ctx)
    stay(state.config_file(), dict(state.env), work=work_of(state.config.database))


def work_of(database: str) -> Work | None:
    """On PostgreSQL, where workers can be, what hands work to them; None for doing it here."""
    if not database.startswith("postgres") or not importlib.util.find_spec("procrastinate"):
        return None
    from digest.jobs.handing import handed

    return handed()
