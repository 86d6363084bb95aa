"""Stories -> Edition: the editor's decisions, what may be printed, its rank, the choice, and the printed words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.compose import package
from digest.compose.choose import Candidate, Page, choose, in_order
from digest.compose.decisions import Desk, apply
from digest.compose.filters import refusal
from digest.compose.item import captioned, edited, item, picture
from digest.compose.kinds import kind_of
from digest.compose.rank import Rank, fills_the_column, rank
from digest.compose.recall import Archive, News, news
from digest.compose.survey import Survey, survey
from digest.compose.window import window
from digest.config.newsletter import Newsletter
from digest.model import (
    Decision,
    Edition,
    Entry,
    Feed,
    Item,
    LeftOut,
    Member,
    Reason,
    Section,
    SentItem,
    SlotKey,
    Story,
)

_CHANCES, _CHANCES_PER_PLACE = 200, 20


def compose(
    newsletter: Newsletter,
    slot: SlotKey,
    due: dt.datetime,
    stories: Sequence[Story],
    *,
    earlier: Sequence[SentItem] = (),
    decisions: Sequence[Decision] = (),
    now: dt.datetime,
    number: int = 0,
) -> Edition:
    """The edition of ``slot``, complete, with a reason for every story that is in it and every one that is not.

    ``stories`` share no entry; their order does not matter. ``earlier`` is what no story may repeat unchanged;
    ``decisions`` of other newsletters and slots are passed over. The window of time (digest/compose/window.py) ends
    at ``due``, or at ``now`` while that is still to come. The edition may have fewer than ``min_stories``: whether it is sent is not decided
    here. All instants are UTC.
    """
    edition = Edition(
        slot, due, newsletter.settings.language, newsletter.settings.timezone, now, (), number=number
    )
    work = _prepare(newsletter, edition, stories, decisions, earlier)
    considered = [_consider(story, work) for story in _sorted(work.desk)]
    candidates = _ranked([c for c in considered if isinstance(c, Candidate)], work)
    page = choose(candidates, newsletter, work.survey.index)
    printed = {c.story.id for c in page.chosen}
    left = [c for c in considered if isinstance(c, LeftOut)]
    left += [_left(c.story, page.left_out(c)) for c in candidates if c.story.id not in printed]
    return replace(
        edition,
        sections=_sections(page, work),
        left_out=tuple(sorted(left, key=lambda out: (-(out.reason.value or 0), out.story))),
        papers=len({entry.paper for entry in work.readable.values()}),
        intro=work.desk.intro,
        ignored=tuple(work.desk.ignored),
    )


@dataclass(frozen=True, slots=True)
class Work:
    """What every step needs to know."""

    newsletter: Newsletter
    edition: Edition
    window: dt.timedelta
    desk: Desk
    refused: dict[str, Reason]  # by Entry.id
    readable: dict[str, Entry]  # all others
    survey: Survey
    archive: Archive


def _prepare(
    newsletter: Newsletter,
    edition: Edition,
    stories: Sequence[Story],
    decisions: Sequence[Decision],
    earlier: Sequence[SentItem],
) -> Work:
    feeds = {feed.url: feed for feed in newsletter.feeds}
    desk = _desk(newsletter, stories, feeds)
    apply(desk, [d for d in decisions if d.newsletter == newsletter.name and _for(d, edition)])
    earlier = [sent for sent in earlier if sent.edition != edition.id]
    back = window(newsletter.name, newsletter.settings, edition.due, edition.composed, earlier)
    since = min(edition.due, edition.composed) - back
    entries = [entry for story in desk.stories.values() for entry in story.entries()]
    refused = {e.id: why for e in entries if (why := _refused(e, feeds, since, desk))}
    readable = {e.id: e for e in entries if e.id not in refused}
    return Work(
        newsletter,
        edition,
        back,
        desk,
        refused,
        readable,
        survey(readable.values(), newsletter.feeds),
        Archive(earlier),
    )


def _desk(newsletter: Newsletter, stories: Sequence[Story], feeds: dict[str, Feed]) -> Desk:
    silent = {url for url, feed in feeds.items() if feed.pictures == "none"}
    entries = (entry for story in stories for entry in story.entries())
    desk = Desk(
        stories={},
        by_entry={},
        weight=lambda entry: feeds[entry.feed].weight if entry.feed in feeds else 1.0,
        names=tuple(plan.name for plan in newsletter.sections),
        forbidden=frozenset(p.url for e in entries if e.feed in silent for p in e.pictures),
    )
    desk.put(*(_licensed(story, feeds) for story in sorted(stories, key=lambda s: s.id)))
    return desk


def _for(decision: Decision, edition: Edition) -> bool:
    return decision.slot in {"", edition.id} or (decision.slot == str(edition.slot) and not edition.number)


def _licensed(story: Story, feeds: dict[str, Feed]) -> Story:
    """``story`` without the pictures we have no right to show; those we may only link to are marked."""
    return Story(story.id, tuple(_licensed_member(m, feeds.get(m.entry.feed)) for m in story.members))


def _licensed_member(member: Member, feed: Feed | None) -> Member:
    if feed is None or feed.pictures == "show" or not member.entry.pictures:
        return member
    pictures = tuple(replace(p, link_only=True) for p in member.entry.pictures)
    return replace(member, entry=replace(member.entry, pictures=() if feed.pictures == "none" else pictures))


def _refused(entry: Entry, feeds: dict[str, Feed], since: dt.datetime, desk: Desk) -> Reason | None:
    if desk.by_entry[entry.id] in desk.added:
        return None
    if entry.feed not in feeds:
        return Reason("feed", "from no feed of this newsletter")
    return refusal(entry, feeds[entry.feed], since)


def _sorted(desk: Desk) -> list[Story]:
    return [desk.stories[key] for key in sorted(desk.stories)]


def _consider(story: Story, work: Work) -> Candidate | LeftOut:
    """The story as it could be printed, or why it cannot."""
    desk = work.desk
    if story.id in desk.hidden:
        return _left(story, desk.hidden[story.id])
    pinned = story.id in desk.pinned
    members = [m for m in story.members if pinned or m.entry.id not in work.refused]
    if not members:
        return _left(story, work.refused[story.lead.id])
    able = _under_report(package.settle(story.id, _unsponsored(members), work.desk.weight), work)
    update = None
    if sent := work.archive.of(story):
        update = news(story, {m.entry.id for m in able.members}, able.lead.id, sent, work.survey)
        if update:
            able = _under_news(able, update, work)
        elif not pinned:
            return _left(story, Reason("sent", f"printed in {sent[0].edition}, and nothing new since"))
    section = _section(able, work)
    if section is None:
        return _left(story, Reason("section", "no section takes its feeds; one without feeds would"))
    return _candidate(able, section, update, work)


def _unsponsored(members: Sequence[Member]) -> Sequence[Member]:
    """Advertising never speaks for a story that others tell too."""
    return [m for m in members if not m.entry.sponsored] or members


def _under_news(story: Story, update: News, work: Work) -> Story:
    """``story`` under the report with the news, whose sentence is printed, unless an editor chose its lead."""
    if story.id in work.desk.led or story.lead.id == update.entry.id:
        return story
    return package.leading(story, update.entry.id, Reason("lead", "leads now: it has the news"))


def _under_report(story: Story, work: Work) -> Story:
    """``story`` under a plain report where its lead is a film, a column or a question and it has one."""
    if story.id in work.desk.led or kind_of(story.lead).opens:
        return story
    reports = [m for m in story.members if m.role == "report" and kind_of(m.entry).opens]
    if not reports:
        return story
    best = package.settle(story.id, reports, work.desk.weight).lead
    return package.leading(story, best.id, Reason("lead", f"leads now: not {kind_of(story.lead).name}"))


def _section(story: Story, work: Work) -> int | None:
    """The place of the story's section: moved there, else where its lead's feed belongs, else a report's."""
    plans = work.newsletter.sections
    if moved := work.desk.sections.get(story.id):
        return next(i for i, plan in enumerate(plans) if plan.name == moved)
    rest = next((i for i, plan in enumerate(plans) if not plan.feeds), None)
    for entry in (story.lead, *(story.entries() if rest is None else ())):
        for i, plan in enumerate(plans):
            if entry.feed in plan.feeds:
                return i
    return rest


def _candidate(story: Story, section: int, update: News | None, work: Work) -> Candidate:
    return Candidate(
        story=story,
        rank=_rank(story, section, work, listen=False),
        section=section,
        picture=work.desk.pictures.get(story.id, picture(story.lead)),
        pinned=story.id in work.desk.pinned,
        opens=story.id == work.desk.opens,
        update=update,
    )


def _rank(story: Story, section: int, work: Work, *, listen: bool) -> Rank:
    settings, plan = work.newsletter.settings, work.newsletter.sections[section]
    return rank(
        story,
        work.survey,
        now=work.edition.composed,
        window=work.window,
        weight=plan.weight,
        region=bool(settings.region) and plan.name == settings.region,
        listen=listen,
    )


def _ranked(candidates: Sequence[Candidate], work: Work) -> list[Candidate]:
    """The candidates with their final ranks: those with a chance are ranked again, with the echo they have."""
    chances = max(_CHANCES, _CHANCES_PER_PLACE * work.newsletter.settings.max_stories)
    ordered = sorted(candidates, key=lambda c: (not c.pinned, -c.rank.score, c.story.id))
    best = [replace(c, rank=_rank(c.story, c.section, work, listen=True)) for c in ordered[:chances]]
    return [*best, *ordered[chances:]]


def _left(story: Story, reason: Reason) -> LeftOut:
    return LeftOut(story.id, story.lead.id, story.lead.title, story.lead.paper, reason)


def _sections(page: Page, work: Work) -> tuple[Section, ...]:
    if page.lead is None:
        return ()
    rows = in_order(page, work.desk.order)
    lead = Section("", (_item(page.lead, work, opens=True),))
    return (
        lead,
        *(Section(plan.name, tuple(_item(c, work, opens=False) for c in row)) for plan, row in rows),
    )


def _item(candidate: Candidate, work: Work, *, opens: bool) -> Item:
    story, desk = candidate.story, work.desk
    made = item(story, work.survey, opens=opens, sent=work.archive.of(desk.stories[story.id]))
    shown = desk.pictures.get(story.id, made.picture)
    made = replace(
        made,
        picture=captioned(shown, made.headline) if shown else None,
        updated=candidate.update.sentence if candidate.update else "",
        score=round(candidate.rank.score, 4),
        members=tuple(m.entry.id for m in desk.stories[story.id].members),
    )
    return edited(made, desk.words.get(story.id, {}), _reasons(candidate, work, made, opens=opens))


def _reasons(candidate: Candidate, work: Work, made: Item, *, opens: bool) -> tuple[Reason, ...]:
    desk, key = work.desk, candidate.story.id
    by_hand = [found for found in (desk.pinned.get(key), desk.led.get(key)) if found]
    wide = opens and made.picture is not None and fills_the_column(made.picture)
    return (
        *by_hand,
        *((candidate.update.reason,) if candidate.update else ()),
        *candidate.rank.reasons,
        *((Reason("picture", "a picture worth the full width"),) if wide else ()),
    )
