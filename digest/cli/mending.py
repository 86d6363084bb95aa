"""`digest correct`: mend an edition that is out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.common import Cli, Table, cli, login, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.pipeline.newsroom import Newsroom

app = sub_app("Mend an edition that is out.")

Words = Annotated[str | None, typer.Option(help="The new words.")]


@app.command()
def correct(
    ctx: typer.Context,
    edition: Annotated[str, typer.Argument(metavar="EDITION", help="NEWSLETTER/DATE/SLOT.")],
    story: Annotated[
        str, typer.Option("--story", metavar="ID|URL", help="Which story; without it they are listed.")
    ] = "",
    note: Annotated[str, typer.Option("--note", help="What readers are told was wrong, in a sentence.")] = "",
    headline: Words = None,
    standfirst: Words = None,
    kicker: Words = None,
    caption: Words = None,
    credit: Words = None,
    alt: Words = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take the story and its picture down; the page says so.")
    ] = False,
    mail: Annotated[
        bool, typer.Option("--mail", help="Send the correction to those whom the edition reached.")
    ] = False,
) -> None:
    """Amend the archived page of an edition, tell of it in the next one, and by mail when asked."""
    from digest.pipeline.newsroom import open_newsroom

    state = cli(ctx)
    words = _given(
        headline=headline, standfirst=standfirst, kicker=kicker, caption=caption, credit=credit, alt=alt
    )
    if not story and (words or remove or note):
        raise UsageError("Which story?", f"--story; list them: digest correct {edition}")
    with open_newsroom(state.loaded()) as room:
        if story:
            _mend(state, room, edition, story, words, note, remove=remove)
        if mail:
            _mail(state, room, edition)
        if not story and not mail:
            _list(state, room, edition)


def _given(**words: str | None) -> dict[str, str]:
    return {name: text for name, text in words.items() if text is not None}


def _mend(
    state: Cli,
    room: Newsroom,
    edition: str,
    story: str,
    words: dict[str, str],
    note: str,
    *,
    remove: bool,
) -> None:
    from digest.pipeline.correct import Wish, correct

    made = correct(room, edition, Wish(story, words, note, remove), login())
    what = "The story is taken down" if remove else f"“{made.headline}” is mended"
    state.say(f"{what} on the page of {edition}; the next edition tells of it.")


def _mail(state: Cli, room: Newsroom, edition: str) -> None:
    from digest.pipeline.correct import mail

    slot = mail(room, edition, login())
    state.say(f"{slot} carries the correction to those whom {edition} reached.")
    state.say("The daemon sends it; without one: digest send --due")


def _list(state: Cli, room: Newsroom, edition: str) -> None:
    from digest.pipeline.correct import archived

    with room.store.read() as connection:
        found = archived(connection, edition)
    rows = [(item.entry, item.paper, item.headline) for item in found.items]
    state.show(Table(("story", "paper", "headline"), rows, empty="No story is left in it."))
