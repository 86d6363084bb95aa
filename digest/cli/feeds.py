"""`digest feeds`: list, add, remove, check, import and export feeds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.common import Cli, Json, Table, cli, sub_app
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.model import Feed, FeedState

app = sub_app("List, add, remove, check, import and export feeds.")

To = Annotated[
    str,
    typer.Option(
        "--to", metavar="NEWSLETTER[/SECTION]", help="Name it there too, when feeds are listed there."
    ),
]


# --- looking ------------------------------------------------------------------------------------------


@app.command("list")
def list_(ctx: typer.Context, json: Json = False) -> None:
    """The feeds, who reads them, and how they are."""
    from digest.config.resolve import parted
    from digest.config.show import mask

    state = cli(ctx)
    readers = _readers(state)
    states = _states(state)
    names = {parted(feed.url)[0]: name for name, feed in state.config.feeds.items()}
    rows = []
    for feed, newsletters in readers:
        known = states.get(feed.url)
        rows.append(
            (
                names.get(feed.url, ""),
                feed.paper or (known.title if known else ""),
                mask(feed.url),
                tuple(newsletters),
                known.last_success if known else None,
                _health(known),
            )
        )
    columns = ("name", "paper", "address", "newsletters", "last read", "state")
    state.show(Table(columns, rows, empty="No feeds yet: digest feeds add URL"), json=json)


def _readers(state: Cli) -> list[tuple[Feed, list[str]]]:
    """Every feed with the newsletters that read it: those of the file first, then those of OPML files."""
    from digest.config.resolve import feed_of

    found: dict[str, tuple[Feed, list[str]]] = {
        feed.url: (feed, []) for feed in map(feed_of, state.config.feeds.values())
    }
    for newsletter in state.newsletters().values():
        for feed in newsletter.feeds:
            found.setdefault(feed.url, (feed, []))[1].append(newsletter.name)
    return list(found.values())


def _states(state: Cli) -> dict[str, FeedState]:
    from digest.store.feeds import load_states

    store = state.store_if_any()
    if store is None:
        return {}
    with store.read() as connection:
        return load_states(connection)


def _health(known: FeedState | None) -> str:
    if known is None or known.last_pull is None:
        return "not read yet"
    if known.retired:
        return "gone for good"
    if known.problem:
        return f"{known.problem} ({known.failures} times)"
    return f"well, moved to {known.moved_to}" if known.moved_to else "well"


@app.command()
def check(
    ctx: typer.Context,
    feeds: Annotated[
        list[str] | None, typer.Argument(metavar="NAME|URL", help="Some of them. Else all.")
    ] = None,
    json: Json = False,
) -> None:
    """Read feeds now and say what came; stores nothing."""
    state = cli(ctx)
    wanted = [_found(state, word) for word in feeds] if feeds else [feed for feed, _ in _readers(state)]
    with state.progress("reading", len(wanted)) as advance:
        rows = asyncio.run(_tried(state, wanted, advance))
    columns = ("paper", "address", "outcome", "entries", "newest", "pictures", "captions", "credits")
    right = frozenset(("entries", "pictures", "captions", "credits"))
    state.show(Table(columns, rows, right=right, empty="No feeds yet: digest feeds add URL"), json=json)
    if any(row[2] not in ("new", "unchanged") for row in rows):
        raise typer.Exit(1)


def _found(state: Cli, word: str) -> Feed:
    """A feed by its short name or address; an address that is not in the config is tried all the same."""
    from digest.config.resolve import feed_of
    from digest.model import Feed

    if word in state.config.feeds:
        return feed_of(state.config.feeds[word])
    known = {feed.url: feed for feed, _ in _readers(state)}
    if word in known:
        return known[word]
    if "://" in word or word.startswith(("demo:", "file:")):
        return Feed(word, word)
    raise UsageError(f"There is no feed {word}.", f"There is {', '.join(state.config.feeds) or 'none'}.")


async def _tried(state: Cli, feeds: list[Feed], advance: Any) -> list[tuple[Any, ...]]:
    from digest.config.show import mask
    from digest.demo import open_demo
    from digest.pull import pull

    rows = []
    async for pulled in pull(
        feeds,
        {},
        state.config.pull,
        now=state.now(),
        user_agent=state.user_agent(),
        sources={"demo": open_demo},
        force=True,
    ):
        advance(1)
        pictures = [picture for entry in pulled.entries for picture in entry.pictures[:1]]
        rows.append(
            (
                pulled.feed.paper or pulled.state.title,
                mask(pulled.feed.url),
                str(pulled.error) if pulled.error else pulled.outcome,
                len(pulled.entries),
                max((entry.published for entry in pulled.entries), default=None),
                len(pictures),
                sum(1 for picture in pictures if picture.caption),
                sum(1 for picture in pictures if picture.credit),
            )
        )
    return rows


# --- changing -----------------------------------------------------------------------------------------


@app.command()
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The feed's address, or the site's.")],
    name: Annotated[str, typer.Option(help="Its short name. Else made of the paper's.")] = "",
    paper: Annotated[str, typer.Option(help="The publisher as readers know it. Else the feed's title.")] = "",
    to: To = "",
    check: Annotated[bool, typer.Option("--check/--no-check", help="Read it first.")] = True,
) -> None:
    """Add a feed to config.yaml, or name one that is there in a section too; comments and layout stay."""
    from digest.cli.discovery import look, with_scheme
    from digest.config.resolve import host, parted
    from digest.names import paper_name, short_name, unique

    state = cli(ctx)
    url = with_scheme(url)
    taken = state.config.feeds
    title = ""
    if check:
        settings = state.config.pull
        looking = look([url], settings, now=state.now(), user_agent=state.user_agent())
        ((_, found, problem),) = asyncio.run(looking)
        if not found:
            raise DigestError(f"{url}: {problem}", "--no-check adds it all the same.")
        url, title = found[0].url, found[0].title
        for other in found[1:]:
            state.note(f"The site has another: {other.url} ({other.title or 'without a title'})")
    there = next((known for known, feed in taken.items() if parted(feed.url)[0] == parted(url)[0]), None)
    if there:
        _name(state, there, to)
        return
    paper = paper or paper_name(title, host(url))
    name = name or unique(short_name(paper) or short_name(url.partition("://")[2]) or "feed", taken)
    _add(state, {name: {"url": url} | ({"paper": paper} if paper else {})}, to)
    state.say(f"Added {name}: {url}")


@app.command()
def remove(
    ctx: typer.Context,
    feeds: Annotated[list[str], typer.Argument(metavar="NAME|URL", help="Short names or addresses.")],
) -> None:
    """Remove feeds from config.yaml, and from the sections that name them."""
    from digest.config.edit import remove_feed
    from digest.config.resolve import parted

    state = cli(ctx)
    by_url = {parted(feed.url)[0]: name for name, feed in state.config.feeds.items()}
    text = _text(state)
    for word in feeds:
        text = remove_feed(text, by_url.get(parted(word)[0], word))
    _write(state, text)
    state.say(f"Removed {', '.join(by_url.get(parted(word)[0], word) for word in feeds)}.")


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML file.")],
    to: To = "",
) -> None:
    """Add the feeds of an OPML file to config.yaml."""
    from digest import opml
    from digest.config.resolve import parted
    from digest.names import unique

    state = cli(ctx)
    taken = set(state.config.feeds)
    known = {parted(feed.url)[0] for feed in state.config.feeds.values()}
    fresh: dict[str, dict[str, str]] = {}
    outlines = opml.read(file)
    for outline in outlines:
        if parted(outline.url)[0] in known:
            continue
        name = unique(outline.name, taken)
        taken.add(name)
        fields = {"url": outline.url, "paper": outline.title, "language": outline.language}
        fresh[name] = {key: value for key, value in fields.items() if value}
    if fresh:
        _add(state, fresh, to)
    there = len(outlines) - len(fresh)
    added = "1 feed" if len(fresh) == 1 else f"{len(fresh)} feeds"
    state.say(f"Added {added}; {there} {'was' if there == 1 else 'were'} there already.")


@app.command()
def export(
    ctx: typer.Context,
    newsletter: Annotated[
        str | None, typer.Argument(metavar="NEWSLETTER", help="Its feeds alone, in its sections.")
    ] = None,
) -> None:
    """Print the feeds as OPML, without passwords."""
    from digest import opml
    from digest.config.resolve import parted

    state = cli(ctx)
    names = {parted(feed.url)[0]: name for name, feed in state.config.feeds.items()}
    if any(parted(feed.url)[1] for feed in state.config.feeds.values()):
        state.note("Passwords in addresses are left out.")
    folders: dict[str, str] = {}
    if newsletter is None:
        feeds, title = [feed for feed, _ in _readers(state)], "Feeds"
    else:
        chosen = state.newsletter(newsletter)
        feeds, title = list(chosen.feeds), chosen.settings.title
        folders = {url: section.name for section in reversed(chosen.sections) for url in section.feeds}
    outlines = [
        opml.Outline(
            names.get(feed.url, ""),
            feed.url,
            feed.title or feed.paper,
            language=feed.language,
            folder=folders.get(feed.url, ""),
        )
        for feed in feeds
    ]
    state.say(opml.write(outlines, title, state.now()).removesuffix("\n"))


# --- the file -----------------------------------------------------------------------------------------


def _add(state: Cli, feeds: dict[str, dict[str, str]], to: str) -> None:
    from digest.config.edit import add_feeds
    from digest.config.resolve import parted

    _write(state, add_feeds(_text(state), feeds, _list_of(state, to) if to else None))
    read = {feed.url for newsletter in state.newsletters().values() for feed in newsletter.feeds}
    unread = [name for name, fields in feeds.items() if parted(fields["url"])[0] not in read]
    if unread:
        state.note(f"No newsletter reads {', '.join(unread)} yet: use --to, or name it in a section.")


def _name(state: Cli, feed: str, to: str) -> None:
    from digest.config.edit import name_feed

    if not to:
        raise UsageError(
            f"{feed} is in the config already.",
            "--to names it in a section; digest feeds list shows who reads it.",
        )
    _write(state, name_feed(_text(state), feed, _list_of(state, to)))
    state.say(f"Named {feed} in {to}; it was in the config already.")


def _list_of(state: Cli, to: str) -> tuple[str | int, ...]:
    """The key path of the list that ``NEWSLETTER[/SECTION]`` means."""
    name, _, section = to.partition("/")
    newsletter = state.newsletter(name)
    if not section:
        return ("newsletters", name, "feeds")
    names = [s.name for s in newsletter.settings.sections]
    if section not in names:
        raise UsageError(
            f"There is no section {section} in {name}.", f"There is {', '.join(names) or 'none'}."
        )
    return ("newsletters", name, "sections", names.index(section), "feeds")


def _text(state: Cli) -> str:
    return state.config_file().read_bytes().decode("utf-8-sig")


def _write(state: Cli, text: str) -> None:
    """Put the text in place of the file at once, with the file's mode, when it holds; it is read anew then."""
    import os
    import tempfile

    from digest.config.load import load_text

    file = state.config_file().resolve()
    load_text(text.encode(), state.config_file(), state.env)
    try:
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".config-")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        Path(temporary).chmod(file.stat().st_mode & 0o7777)
        Path(temporary).replace(file)
    except OSError as error:
        raise DigestError(f"{file} cannot be written: {error.strerror}.", "Nothing was changed.") from error
    state.forget()
