"""Small literal entries, stories and newsletters for the tests of compose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from digest.config.newsletter import Newsletter, SectionPlan
from digest.config.settings import NewsletterSettings, SenderSettings, SlotSettings
from digest.model import Decision, Entry, Feed, Member, Picture, Role, SentItem, SlotKey, Story

NOW = dt.datetime(2026, 3, 2, 17, 30, tzinfo=dt.UTC)
SLOT = SlotKey("daily", NOW.date(), "evening")
WIDE = Picture("https://pictures.example/wide.jpg", "The bridge at dawn", "A. Ward", width=1200, height=675)


def feed(paper: str, **more: Any) -> Feed:
    return Feed(f"https://{paper.lower()}.example/feed", paper, **more)


def entry(key: str, paper: str = "Courier", hours: float = 1, **more: Any) -> Entry:
    """An entry ``hours`` old; its title is of its own words unless given."""
    published = NOW - dt.timedelta(hours=hours)
    given = {
        "id": key,
        "feed": f"https://{paper.lower()}.example/feed",
        "paper": paper,
        "url": f"https://{paper.lower()}.example/{key}",
        "title": f"Headline{key} about subject{key}",
        "published": published,
        "first_seen": published,
        **more,
    }
    return Entry(**given)


def story(lead: Entry, *others: tuple[Role, Entry], key: str = "") -> Story:
    members = (Member(lead, "lead"), *(Member(other, role) for role, other in others))
    return Story(key or f"s-{lead.id}", members)


def newsletter(
    *feeds: Feed, sections: Sequence[SectionPlan] = (), papers: Sequence[str] = ("Courier",), **settings: Any
) -> Newsletter:
    """A newsletter of ``feeds``, or of one plain feed for each of ``papers``."""
    made = NewsletterSettings(
        title="The Daily",
        slots={"evening": SlotSettings(time=dt.time(17, 30))},
        sender=SenderSettings(address="daily@paper.example"),
        **settings,
    )
    plans = tuple(sections) or (SectionPlan("", frozenset(), made.max_stories),)
    return Newsletter("daily", made, feeds or tuple(feed(paper) for paper in papers), plans)


def section(name: str, *papers: str, max_stories: int = 6, weight: float = 1.0) -> SectionPlan:
    return SectionPlan(name, frozenset(feed(paper).url for paper in papers), max_stories, weight)


def decided(number: int, verb: str, on: str = "", value: str = "", slot: str = "") -> Decision:
    return Decision(number, "daily", slot, "Ann", NOW, verb, on, value)


def sent(of: Story, words: str, hours: float = 12) -> SentItem:
    return SentItem(
        edition="daily/2026-03-02/morning",
        sent=NOW - dt.timedelta(hours=hours),
        story=of.id,
        entry=of.lead.id,
        members=tuple(member.entry.id for member in of.members),
        headline=of.lead.title,
        url=of.lead.url,
        paper=of.lead.paper,
        words=words,
    )
