"""The command that checks the coming edition as the desk does, for people and for CI."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.common import Json, Table, cli, finished, sub_app

if TYPE_CHECKING:
    from digest.checks import Finding
    from digest.config.newsletter import Newsletter
    from digest.pipeline.newsroom import Newsroom

app = sub_app("Checks.")


@app.command()
def check(
    ctx: typer.Context,
    edition: Annotated[
        str | None,
        typer.Option(
            "--edition",
            metavar="NEWSLETTER|EDITION",
            help="The coming one of a newsletter, which may be left out when there is one; or one that was made.",
        ),
    ] = None,
    links: Annotated[
        bool, typer.Option("--links", help="Ask for every link as well; needs the network.")
    ] = False,
    spam: Annotated[
        bool, typer.Option("--spam/--no-spam", help="Ask SpamAssassin, when it is installed.")
    ] = True,
    json: Json = False,
) -> None:
    """Check an edition: size, words, pictures, headers, clients. Exit code 1 when there are errors."""
    from digest.pipeline.newsroom import open_newsroom

    state = cli(ctx)
    name, _, made = (edition or "").partition("/")
    chosen = state.newsletter(name or None)
    with open_newsroom(state.loaded()) as room:
        wanted = edition or "" if made else ""
        found, titles = finished(findings(room, chosen, wanted, links=links, spam=spam))
    rows = [(f.level, f.check, _said(f, titles)) for f in found]
    data = [dataclasses.asdict(f) for f in found]
    state.show(Table(("level", "check", "finding"), rows, empty="Nothing to mend."), json=json, data=data)
    if any(f.level == "error" for f in found):
        raise typer.Exit(1)


async def findings(
    room: Newsroom, newsletter: Newsletter, edition: str, *, links: bool, spam: bool
) -> tuple[list[Finding], dict[str, str]]:
    """What every check says of an edition that was made, else of the coming one; and the headlines by Entry.id."""
    from digest.checks import Draft, preflight
    from digest.checks.spam import spam as ask_spamassassin
    from digest.desk.links import check_links
    from digest.pipeline.build import Built, build, coming
    from digest.pipeline.export import specimen
    from digest.store import editions

    if edition:
        with room.store.read() as connection:
            frozen = editions.load(connection, edition), editions.load_mails(connection, edition)[0]
        built = Built(*frozen, ())
    else:
        now = room.clock()
        built = await build(room, newsletter, coming(newsletter, now), now=now)
    copy = specimen(room, newsletter, built)
    draft = Draft(built.edition, newsletter, built.mail, copy.html, copy.text, copy.headers)
    found = list(preflight(draft))
    if spam:
        found += await asyncio.to_thread(ask_spamassassin, copy.message)
    if links:
        private = room.config.pull.allow_private
        found += await check_links(draft, user_agent=room.user_agent, allow_private=private)
    order = ("error", "warning", "note")
    return sorted(found, key=lambda f: order.index(f.level)), {
        i.entry: i.headline for i in built.edition.items
    }


def _said(finding: Finding, titles: dict[str, str]) -> str:
    story = titles.get(finding.entry, "")
    return f"{story}: {finding.message}" if story else finding.message
