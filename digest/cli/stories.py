"""`digest stories`: why two entries are one story, or are not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.common import Cli, Json, Table, cli, sub_app
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.model import Entry, Reason, Story

app = sub_app("Say why two entries are one story, or are not.")

AROUND = dt.timedelta(days=1)

Which = Annotated[str, typer.Argument(metavar="ENTRY", help="Its id, its address, or words of its headline.")]


@app.command()
def why(ctx: typer.Context, one: Which, other: Which, json: Json = False) -> None:
    """Say why two stored entries are one story, or are not."""
    state = cli(ctx)
    first, second = _entry(state, one), _entry(state, other)
    stories = _stories(state, (first.id, second.id))
    accounts = [_account(entry, stories.get(entry.id)) for entry in (first, second)]
    together = accounts[0]["story"] is not None and accounts[0]["story"] == accounts[1]["story"]
    reasons = _compared(state, first, second)
    if json:
        data = {"same_story": together, "reasons": reasons, "entries": accounts}
        state.show(Table((), ()), json=True, data=data)
        return
    state.say("They are one story." if together else "They are different stories.")
    for reason in reasons:
        state.say(f"  {sentence(reason)}")
    for account in accounts:
        _tell(state, account)


def sentence(reason: Reason) -> str:
    """A reason of a comparison in words."""
    words = {
        "term": "both say {}",
        "name": "both name {}",
        "number": "both have {}",
        "against": "against it: {}",
    }
    said = words.get(reason.kind, "{}").format(reason.text)
    if reason.kind != "score" or reason.threshold is None or reason.value is None:
        return said
    return f"{said}: {reason.value:.2f}, {reason.threshold:.2f} is needed"


def _compared(state: Cli, first: Entry, second: Entry) -> tuple[Reason, ...]:
    """Why the two go together or not, seen among the entries of the days they came in."""
    from digest.group import why as compared
    from digest.store import entries

    across = any(n.across_languages for n in state.config.newsletters.values())
    with state.store().read() as connection:
        others = entries.recent(connection, min(first.published, second.published) - AROUND)
    return compared(first, second, others=others, across_languages=across)


def _tell(state: Cli, account: dict[str, Any]) -> None:
    state.say(
        f"{account['id']}  {account['title']} ({account['paper']}, {account['published']:%Y-%m-%d %H:%M} UTC)"
    )
    if account["story"] is None:
        state.say("  not grouped yet: digest pull")
        return
    others = account["members"] - 1
    role = "alone in its story" if not others else f"{account['role']} among {others + 1}: {account['lead']}"
    state.say(f"  {role}")
    for reason in account["reasons"]:
        state.say(f"  {reason.text}")


def _entry(state: Cli, wanted: str) -> Entry:
    """The stored entry of that id or address, or the only recent one with those words in its headline."""
    from digest.store import entries

    store = state.store_if_any()
    if store is None:
        raise UsageError("Nothing has been read yet.", "digest pull reads the feeds.")
    with store.read() as connection:
        if found := entries.by_id(connection, [wanted]).get(wanted):
            return found
        recent = entries.recent(connection, state.now() - state.config.pull.keep)
    words = wanted.casefold().split()
    matches = [e for e in recent if e.url == wanted or all(word in e.title.casefold() for word in words)]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise UsageError(
            f"No entry is called {wanted!r}.", "Give its id, its address or words of its headline."
        )
    few = "; ".join(f"{e.id} {e.title}" for e in matches[:5])
    raise UsageError(f"{len(matches)} entries match {wanted!r}.", f"Give an id: {few}")


def _stories(state: Cli, ids: tuple[str, str]) -> dict[str, Story]:
    """The story of each of the entries, as it is stored."""
    from digest.store.stories import load_stories

    with state.store().read() as connection:
        found = load_stories(connection, state.now() - state.config.pull.keep)
    return {m.entry.id: story for story in found for m in story.members if m.entry.id in ids}


def _account(entry: Entry, story: Story | None) -> dict[str, Any]:
    """An entry, its place in its story, and the reasons that were kept for it."""
    member = next((m for m in story.members if m.entry.id == entry.id), None) if story else None
    return {
        "id": entry.id,
        "title": entry.title,
        "paper": entry.paper,
        "published": entry.published,
        "story": story.id if story else None,
        "role": member.role if member else None,
        "lead": story.lead.title if story else None,
        "members": len(story.members) if story else 0,
        "reasons": member.reasons if member else (),
    }
