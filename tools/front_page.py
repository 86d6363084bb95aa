"""Print the front page of real days: the stories chosen, with their reasons, beside what the papers lead with.

    python tools/front_page.py FOLDER [FOLDER …] [--stories 12] [--papers bbc,nytimes] [--same foxnewstv=fox]
        [--forget] [--json]

Each folder holds one day's feeds, one file a paper, as served; folders are read in the order given. The clock of a
day is its newest entry's; an entry without a date gets the middle between the first reading that has it and the one
before, since a feed read once a day does not tell more. Entries are grouped and composed with the defaults of a
newsletter without sections; each edition remembers those before it unless told to forget.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digest.compose import compose, memory
from digest.compose.survey import survey
from digest.config.newsletter import Newsletter, SectionPlan
from digest.config.settings import NewsletterSettings, SenderSettings, SlotSettings
from digest.errors import ParseError
from digest.group import group
from digest.model import Edition, Entry, Feed, SentItem, SlotKey, Story
from digest.pull.parse import parse
from digest.pull.parsed import Origin

EDITED = 0.3  # of Survey.edited: feeds whose order is not that of time
UNDATED = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Day:
    """One day's entries, their stories and the moment they were read."""

    name: str
    now: dt.datetime
    feeds: tuple[Feed, ...]
    entries: tuple[Entry, ...]


def read(folder: Path, seen: dict[str, dt.datetime], same: Mapping[str, str]) -> Day:
    """One folder of feeds; ``seen`` remembers when each entry was first met, ``same`` which files are one paper."""
    feeds: list[Feed] = []
    entries: list[Entry] = []
    for file in sorted(folder.glob("*.xml")):
        feed = Feed(f"https://{file.stem}.example/feed", same.get(file.stem, file.stem))
        try:
            entries += parse(file.read_bytes(), Origin(feed.url, feed.paper, feed.url)).entries
        except ParseError as error:
            print(f"{file}: {error}", file=sys.stderr)
        feeds.append(feed)
    midnight = dt.datetime.fromisoformat(folder.name).replace(tzinfo=dt.UTC)
    now = max(e.published for e in entries if e.published < midnight + dt.timedelta(hours=30))
    before = max(seen.values(), default=now - dt.timedelta(hours=24))
    middle = now - min(now - before, dt.timedelta(hours=24)) / 2
    return Day(folder.name, now, tuple(feeds), tuple(_dated(e, now, middle, seen) for e in entries))


def _dated(entry: Entry, now: dt.datetime, middle: dt.datetime, seen: dict[str, dt.datetime]) -> Entry:
    if entry.published == UNDATED:
        return replace(entry, published=seen.setdefault(entry.id, middle), first_seen=seen[entry.id])
    first = seen.setdefault(entry.id, now)
    return replace(entry, published=min(entry.published, first), first_seen=first)


def newsletter(feeds: Iterable[Feed], stories: int) -> Newsletter:
    """A newsletter of all feeds with every default."""
    settings = NewsletterSettings(
        title="Front page",
        slots={"evening": SlotSettings(time=dt.time(18))},
        sender=SenderSettings(address="front@page.example"),
        max_stories=stories,
    )
    return Newsletter("front", settings, tuple(feeds), (SectionPlan("", frozenset(), stories),))


def edition(day: Day, stories: Sequence[Story], earlier: Sequence[SentItem], count: int) -> Edition:
    """The day's edition."""
    slot = SlotKey("front", day.now.date(), "evening")
    return compose(newsletter(day.feeds, count), slot, day.now, stories, earlier=earlier, now=day.now)


def stories_of(day: Day) -> tuple[Story, ...]:
    """The stories of the day's window and the half day before it."""
    since = day.now - dt.timedelta(hours=36)
    return group([e for e in day.entries if e.published >= since]).stories


def report(day: Day, made: Edition, papers: Sequence[str]) -> str:
    """The edition and the papers' own first entries, as text."""
    lines = [f"===== {day.name}, read {day.now:%H:%M} UTC: {len(day.entries)} entries"]
    for place, item in enumerate(made.items, 1):
        lines.append(
            f"{place:2} {item.score:5.2f} [{item.paper}] {'UPDATED ' if item.updated else ''}{item.headline}"
        )
        lines.append(f"         {' · '.join(reason.text for reason in item.reasons)}")
    near = [o for o in made.left_out if o.reason.value is not None and o.reason.kind != "sent"][:8]
    lines += ["   left out:", *(f"         [{o.paper}] {o.title} — {o.reason.text}" for o in near)]
    lines.append("   the papers lead with:")
    for paper in papers:
        top = sorted((e for e in day.entries if f"//{paper}." in e.feed), key=lambda e: e.position)[:3]
        for e in top:
            age = (day.now - e.published).total_seconds() / 3600
            lines.append(f"         {paper} {e.position + 1}: {e.title} ({age:.0f} h)")
    lines.append(f"   {standing(day, made)}")
    return "\n".join(lines)


def standing(day: Day, made: Edition) -> str:
    """How the edition stands to the first ten entries of the feeds that are in an editor's order."""
    window = [e for e in day.entries if e.published >= day.now - dt.timedelta(hours=24)]
    edited = {feed for feed, order in survey(window, day.feeds).edited.items() if order >= EDITED}
    high = {e.id: e for e in day.entries if e.feed in edited and e.position < 10}
    places: dict[str, int] = {}
    for entry in sorted((high[m] for m in made.items[0].members if m in high), key=lambda e: -e.position):
        places[entry.paper] = entry.position + 1
    among = sum(not high.keys().isdisjoint(item.members) for item in made.items)
    of = ", ".join(f"{place} at {paper}" for paper, place in sorted(places.items())) or "nowhere"
    return f"the lead stands {of}; {among} of {len(made.items)} stories are among the first ten of an edited feed"


def main() -> None:
    """Read the folders one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--stories", type=int, default=12)
    parser.add_argument("--papers", default="bbc,nytimes,cnn,smh,dailymail,fox,wsj")
    parser.add_argument("--same", default="foxnewstv=fox,cnntv=cnn", help="files of one paper: file=paper,…")
    parser.add_argument("--forget", action="store_true", help="each day as a first edition, without memory")
    parser.add_argument("--json", action="store_true", help="one line a story instead of text")
    options = parser.parse_args()
    same = dict(pair.split("=") for pair in options.same.split(",") if pair)
    seen: dict[str, dt.datetime] = {}
    earlier: list[SentItem] = []
    for folder in options.folders:
        day = read(folder, seen, same)
        stories = stories_of(day)
        made = edition(day, stories, earlier, options.stories)
        earlier += [] if options.forget else memory(made, stories)
        if options.json:
            for item in made.items:
                print(
                    json.dumps(
                        {"day": day.name, "entry": item.entry, "paper": item.paper, "headline": item.headline}
                    )
                )
        else:
            print(report(day, made, options.papers.split(",")))


if __name__ == "__main__":
    main()
