"""From the store to an edition and its mail; consumes nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from digest.compose import Newslist, decided, newslist
from digest.compose.window import reach, window
from digest.config.newsletter import Newsletter
from digest.errors import UsageError
from digest.model import Edition, Mail, SentItem, SlotKey, Story
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.pictures import with_pictures
from digest.pipeline.regroup import WINDOW
from digest.render import render
from digest.slots import Planned, due, upcoming
from digest.store import corrections, decisions, editions, stories

MEMORY = dt.timedelta(days=7)  # beyond the window; a story sent longer ago may be told again


@dataclass(frozen=True, slots=True)
class Built:
    """An edition with its mail, and the stories it was chosen from."""

    edition: Edition
    mail: Mail
    stories: tuple[Story, ...]


def coming(newsletter: Newsletter, now: dt.datetime) -> Planned:
    """The slot that is due now or next; raises UsageError when the calendar has none."""
    found = upcoming(newsletter.name, newsletter.settings, now - dt.timedelta(seconds=1), count=1)
    if not found:
        raise UsageError(
            f"{newsletter.name} has no slot to come.",
            f"Give it one under newsletters.{newsletter.name}.slots.",
        )
    return found[0]


def planned(newsletter: Newsletter, name: str, date: dt.date) -> Planned:
    """The slot ``name`` of a local date; raises UsageError for a name the config lacks."""
    if name not in newsletter.settings.slots:
        known = ", ".join(newsletter.settings.slots)
        raise UsageError(f"{newsletter.name} has no slot {name!r}.", f"It has {known}.")
    return Planned(SlotKey(newsletter.name, date, name), due(newsletter.settings, date, name))


async def build(
    newsroom: Newsroom,
    newsletter: Newsletter,
    slot: Planned,
    *,
    now: dt.datetime,
    number: int = 0,
    final: bool = False,
    work: Newslist | None = None,
    dead: frozenset[str] = frozenset(),
    awaited: set[str] | None = None,
) -> Built:
    """Compose and render the edition of ``slot`` from what the store holds, or from a newslist read before (``work``).

    ``dead`` are addresses of pictures that are known to be gone; for ``awaited`` see ``with_pictures``.
    """
    with newsroom.stage("compose"):
        if work is None:
            work = read(newsroom, newsletter, slot, now=now, number=number)
        edition = composed(newsroom, work)
    with newsroom.stage("render"):
        edition = await with_pictures(newsroom, edition, now=now, final=final, dead=dead, awaited=awaited)
        mail = render(
            edition,
            newsletter,
            site_url=newsroom.config.site.url,
            key=newsroom.keys.secret,
            template_dir=newsroom.template_dir,
        )
    return Built(edition, mail, work.told)


def read(
    newsroom: Newsroom, newsletter: Newsletter, slot: Planned, *, now: dt.datetime, number: int = 0
) -> Newslist:
    """What the edition of ``slot`` is chosen from: the stories, and what earlier editions printed."""
    before = remembered(newsroom, newsletter, slot)
    told = told_to(newsroom, newsletter, since(newsletter, slot, now, before))
    return newslist(newsletter, slot.key, slot.due, told, earlier=before, now=now, number=number)


def composed(newsroom: Newsroom, work: Newslist) -> Edition:
    """The edition that a newslist makes, with what editors decided and what earlier editions have to correct."""
    name = work.newsletter.name
    with newsroom.store.read() as connection:
        made = decisions.in_force(connection, name, work.edition.id)
        mended = corrections.untold(connection, name)
    edition = decided(work, made)
    if edition.number:  # an extra edition is made for a reason of its own
        return edition
    return dataclasses.replace(edition, corrections=mended)


def remembered(newsroom: Newsroom, newsletter: Newsletter, slot: Planned) -> tuple[SentItem, ...]:
    """What earlier editions printed, as far back as one may reach and a week more.

    What this very slot has printed is no reason to leave it out: a preview after sending shows what was sent.
    """
    since = slot.due - reach(newsletter.settings) - MEMORY
    with newsroom.store.read() as connection:
        earlier = editions.earlier(connection, newsletter.name, since)
    return tuple(item for item in earlier if not item.edition.startswith(str(slot.key)))


def since(newsletter: Newsletter, slot: Planned, now: dt.datetime, before: Iterable[SentItem]) -> dt.datetime:
    """When the oldest entry was published that is read for ``slot``: the window's, with its story's earlier reports."""
    back = window(newsletter.name, newsletter.settings, slot.due, now, before)
    return min(slot.due - WINDOW, min(slot.due, now) - back)


def told_to(newsroom: Newsroom, newsletter: Newsletter, since: dt.datetime) -> tuple[Story, ...]:
    """The stories ``since`` then, as the newsletter's own feeds tell them, each led by one of theirs."""
    from digest.group import restrict

    weights = {feed.url: feed.weight for feed in newsletter.feeds}
    with newsroom.store.read() as connection:
        found = stories.load_stories(connection, since, weights)
    seen = (restrict(story, lambda entry: entry.feed in weights, weights=weights) for story in found)
    return tuple(story for story in seen if story is not None)
