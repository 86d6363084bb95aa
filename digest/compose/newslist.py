"""Every story as it stands before an editor decides: read, judged and ranked once, however many decisions follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from digest.compose.choose import Candidate
from digest.compose.decisions import Desk
from digest.compose.filters import refusal
from digest.compose.recall import Archive
from digest.compose.survey import Survey, survey
from digest.compose.window import window
from digest.config.newsletter import Newsletter
from digest.model import Edition, Entry, Feed, LeftOut, Member, Reason, SentItem, SlotKey, Story


@dataclass(frozen=True, slots=True)
class Newslist:
    """What one edition is chosen from at one moment. Composing from it anew costs what the decisions touch."""

    newsletter: Newsletter
    edition: Edition  # still empty
    window: dt.timedelta
    told: tuple[Story, ...]  # as they were given
    stories: dict[str, Story]  # by Story.id, without pictures that we have no right to show
    forbidden: frozenset[str]  # addresses of those pictures
    refused: dict[str, Reason]  # by Entry.id: too old, or kept out by its feed's filters
    papers: frozenset[str]  # of all other entries
    survey: Survey
    archive: Archive
    by_entry: dict[str, str]  # Entry.id -> Story.id
    weight: Callable[[Entry], float]  # of an entry's feed
    plain: dict[str, Candidate | LeftOut] = field(
        default_factory=dict
    )  # by Story.id; filled by consider.plain
    heard: dict[str, Candidate] = field(default_factory=dict)  # those of them whose echo was listened to
    below: dict[str, LeftOut] = field(default_factory=dict)  # those that stayed below the cut, as told last

    def desk(self) -> Desk:
        """A desk on which nothing is decided yet."""
        names = tuple(plan.name for plan in self.newsletter.sections)
        return Desk(dict(self.stories), dict(self.by_entry), self.weight, names, self.forbidden)


def newslist(
    newsletter: Newsletter,
    slot: SlotKey,
    due: dt.datetime,
    stories: Sequence[Story],
    *,
    earlier: Iterable[SentItem] = (),
    now: dt.datetime,
    number: int = 0,
) -> Newslist:
    """Read ``stories``, which share no entry, for the edition of ``slot``. All instants are UTC."""
    edition = Edition(
        slot, due, newsletter.settings.language, newsletter.settings.timezone, now, (), number=number
    )
    feeds = {feed.url: feed for feed in newsletter.feeds}
    licensed = {story.id: _licensed(story, feeds) for story in stories}
    earlier = [sent for sent in earlier if sent.edition != edition.id]
    back = window(newsletter.name, newsletter.settings, due, now, earlier)
    entries = [entry for story in licensed.values() for entry in story.entries()]
    since = min(due, now) - back
    refused = {e.id: why for e in entries if (why := _refused(e, feeds, since))}
    readable = [e for e in entries if e.id not in refused]
    return Newslist(
        newsletter=newsletter,
        edition=edition,
        window=back,
        told=tuple(stories),
        stories=licensed,
        forbidden=_forbidden(stories, feeds),
        refused=refused,
        papers=frozenset(e.paper for e in readable),
        survey=survey(readable, newsletter.feeds, licensed.values()),
        archive=Archive(earlier),
        by_entry={m.entry.id: story.id for story in licensed.values() for m in story.members},
        weight=lambda entry: feeds[entry.feed].weight if entry.feed in feeds else 1.0,
    )


def _forbidden(stories: Iterable[Story], feeds: dict[str, Feed]) -> frozenset[str]:
    silent = {url for url, feed in feeds.items() if feed.pictures == "none"}
    entries = (entry for story in stories for entry in story.entries()) if silent else ()
    return frozenset(p.url for e in entries if e.feed in silent for p in e.pictures)


def _licensed(story: Story, feeds: dict[str, Feed]) -> Story:
    """``story`` without the pictures we have no right to show; those we may only link to are marked."""
    members = tuple(_licensed_member(m, feeds.get(m.entry.feed)) for m in story.members)
    return story if members == story.members else Story(story.id, members)


def _licensed_member(member: Member, feed: Feed | None) -> Member:
    if feed is None or feed.pictures == "show" or not member.entry.pictures:
        return member
    pictures = tuple(replace(p, link_only=True) for p in member.entry.pictures)
    return replace(member, entry=replace(member.entry, pictures=() if feed.pictures == "none" else pictures))


def _refused(entry: Entry, feeds: dict[str, Feed], since: dt.datetime) -> Reason | None:
    if entry.feed not in feeds:
        return Reason("feed", "from no feed of this newsletter")
    return refusal(entry, feeds[entry.feed], since)
