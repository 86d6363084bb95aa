"""`digest init`: a first config from the addresses of news sites."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.common import STYLE, Cli, cli
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.config.first import Answers
    from digest.pull.discovery import Discovered

app = typer.Typer(**STYLE)

SENDER = "newsletter@example.org"  # until the person has one: the outbox sends nothing


@app.command()
def init(
    ctx: typer.Context,
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="URL", help="Addresses of news sites or feeds.")
    ] = None,
    name: Annotated[str, typer.Option(help="The newsletter's name.")] = "",
    language: Annotated[
        str, typer.Option(help="Its language: en, fr, de, lb, pt, es, it, nl, pl or ar.")
    ] = "",
    timezone: Annotated[str, typer.Option(help="Its time zone, such as Europe/Luxembourg.")] = "",
    sender: Annotated[str, typer.Option(help="The address it is sent from.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Write over a config that is there.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow sites on this machine and in private networks.")
    ] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Open the preview at the end.")] = False,
) -> None:
    """Make a first config from the addresses of news sites, read their feeds, and end in the preview."""
    from digest.config.first import Answers

    state = cli(ctx)
    file = state.config_file()
    if file.exists() and not force:
        advice = "Use --force to write over it, or --config to write another."
        raise UsageError(f"{file} is there already.", advice)
    sites = _sites(state, urls or _asked_sites(), allow_private=allow_private)
    answers = Answers(
        title=_answer(name, "--name", "Name of the newsletter", "The Daily", _title),
        language=_answer(language, "--language", "Language", _language_of(sites), _language),
        timezone=_answer(timezone, "--timezone", "Time zone", local_zone(), _zone),
        sender=_answer(sender or SENDER, "--sender", "Sender", SENDER, _address),
        allow_private=allow_private,
    )
    _write(state, answers, sites)
    _end(ctx, state, preview=preview)


# --- asking -------------------------------------------------------------------------------------------


def interactive() -> bool:
    """Whether a person sits in front of it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked_sites() -> list[str]:
    if not interactive():
        raise UsageError(
            "Which sites shall it read?", "digest init https://paper.example https://other.example"
        )
    typer.echo("Which news sites shall it read? One address a line, an empty line ends.")
    found: list[str] = []
    while url := typer.prompt("Site", default="", show_default=False).strip():
        found.append(url)
    if not found:
        raise UsageError("Without a site there is nothing to read.", "digest demo shows a sample newsroom.")
    return found


def _answer(given: str, option: str, question: str, default: str, check: Callable[[str], str]) -> str:
    """What was given by option, else the answer to a question, else the default; checked."""
    from pydantic_core import PydanticCustomError

    asking = interactive() and not given
    while True:
        value = given or (typer.prompt(question, default=default) if asking else default)
        try:
            return check(value.strip())
        except PydanticCustomError as error:
            context = error.context or {}
            said, advice = str(context.get("said", "")), str(context.get("advice", ""))
            if not asking:
                raise UsageError(f"{option}: {said}.", advice[:1].upper() + advice[1:]) from error
            typer.echo(f"{said} ({advice})")


def _title(text: str) -> str:
    return " ".join(text.split())


def _language(tag: str) -> str:
    from digest.config.values import check_language

    return check_language(tag)


def _zone(name: str) -> str:
    from digest.config.values import check_zone

    return check_zone(name)


def _address(address: str) -> str:
    from digest.config.values import check_address

    return check_address(address)


def _language_of(sites: Sequence[Discovered]) -> str:
    """The language that most of the feeds say they are in, when we have words in it; else the person's own."""
    from digest.config.values import LANGUAGES

    said = [site.language.partition("-")[0].lower() for site in sites]
    known = [tag for tag in said if tag in LANGUAGES]
    if known:
        return max(dict.fromkeys(known), key=known.count)
    own = os.environ.get("LANG", "").partition("_")[0].lower()
    return own if own in LANGUAGES else "en"


def local_zone(link: Path = Path("/etc/localtime")) -> str:
    """This machine's time zone by name; UTC when it has none."""
    from digest.config.values import check_zone

    named = os.environ.get("TZ", "").lstrip(":") or str(link.resolve()).partition("zoneinfo/")[2]
    try:
        return check_zone(named.removeprefix("posix/").removeprefix("Etc/")) if named else "UTC"
    except ValueError:
        return "UTC"


# --- doing --------------------------------------------------------------------------------------------


def _sites(state: Cli, urls: Sequence[str], *, allow_private: bool) -> list[Discovered]:
    """The first feed of each address, once; raises DigestError when no address has one."""
    from digest import __version__
    from digest.cli.discovery import look, with_scheme
    from digest.config.settings import PullSettings

    settings, now = PullSettings(allow_private=allow_private), dt.datetime.now(dt.UTC)
    addresses = [with_scheme(url) for url in urls]
    with state.progress("looking for feeds", len(addresses)) as advance:
        looking = look(addresses, settings, now=now, user_agent=f"digest/{__version__}", advance=advance)
        looked = asyncio.run(looking)
    sites: dict[str, Discovered] = {}
    for address, found, problem in looked:
        if problem:
            state.note(f"{address}: {problem}")
        for feed in found[:1]:
            sites.setdefault(feed.url, feed)
        if further := [feed.url for feed in found[1:]]:
            state.note(f"{address} has more feeds, for digest feeds add: {', '.join(further)}")
    if not sites:
        raise DigestError("No feed was found.", "Give the address of a feed itself, or of another site.")
    return list(sites.values())


def _write(state: Cli, answers: Answers, sites: Sequence[Discovered]) -> None:
    from digest.config.first import first_config
    from digest.config.resolve import host
    from digest.names import paper_name, short_name, unique

    feeds: dict[str, dict[str, str]] = {}
    for site in sites:
        paper = paper_name(site.title, host(site.url)) or host(site.url)
        feeds[unique(short_name(paper) or "feed", feeds)] = {"url": site.url, "paper": paper}
        state.say(f"Found {paper}: {site.url}")
    file = state.config_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(first_config(answers, feeds), encoding="utf-8")
    except OSError as error:
        raise DigestError(
            f"{file} cannot be written: {error.strerror}.", "Choose another with --config."
        ) from error
    state.forget()
    _make_key(Path(state.config.site.secret_file))
    state.say(f"Wrote {file}.")


def _make_key(file: Path) -> None:
    from digest.tokens import make_key_file

    if not file.exists():
        make_key_file(file)


def _end(ctx: typer.Context, state: Cli, *, preview: bool) -> None:
    """Read the feeds, and show or tell where the coming edition can be seen."""
    from digest.cli import pipeline

    pipeline.pull(ctx)
    if preview or (interactive() and typer.confirm("Open the preview?", default=True)):
        pipeline.preview(ctx, pull=False)
        return
    option = f" --config {state.config_option}" if state.config_option else ""
    state.say(f"To see the coming edition in a browser: digest{option} preview")
