"""A story as the edition could print it, or why it cannot: its lead, its section, its news, its rank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.compose import package
from digest.compose.choose import Candidate
from digest.compose.decisions import Desk
from digest.compose.item import picture
from digest.compose.kinds import kind_of
from digest.compose.newslist import Newslist
from digest.compose.rank import Rank, rank
from digest.compose.recall import News, news
from digest.model import LeftOut, Member, Reason, Story

_CHANCES, _CHANCES_PER_PLACE = 200, 20


def considered(desk: Desk, work: Newslist) -> tuple[list[Candidate], list[LeftOut]]:
    """Every story on the ``desk``: those that may be printed, ranked, and the others. Asks only for what was touched."""
    if not work.plain:
        bare = work.desk()
        work.plain.update({key: _consider(story, work, bare) for key, story in work.stories.items()})
    touched = desk.touched
    found = [_consider(desk.stories[key], work, desk) for key in touched if key in desk.stories]
    found += [made for key, made in work.plain.items() if key not in touched]
    candidates = [made for made in found if isinstance(made, Candidate)]
    return _ranked(candidates, work), [made for made in found if isinstance(made, LeftOut)]


def left_out(story: Story, reason: Reason) -> LeftOut:
    """``story`` as one that is not printed."""
    return LeftOut(story.id, story.lead.id, story.lead.title, story.lead.paper, reason)


def _consider(story: Story, work: Newslist, desk: Desk) -> Candidate | LeftOut:
    """The story as it could be printed, or why it cannot."""
    if story.id in desk.hidden:
        return left_out(story, desk.hidden[story.id])
    pinned = story.id in desk.pinned
    members = [m for m in story.members if pinned or m.entry.id not in work.refused]
    if not members:
        return left_out(story, work.refused[story.lead.id])
    able = _under_report(package.settle(story.id, _unsponsored(members), work.weight), desk, work)
    update = None
    if sent := work.archive.of(story):
        update = news(story, {m.entry.id for m in able.members}, able.lead.id, sent, work.survey)
        if update:
            able = _under_news(able, update, desk)
        elif not pinned:
            return left_out(story, Reason("sent", f"printed in {sent[0].edition}, and nothing new since"))
    section = _section(able, desk, work)
    if section is None:
        return left_out(story, Reason("section", "no section takes its feeds; one without feeds would"))
    return Candidate(
        story=able,
        rank=_rank(able, section, work, listen=False),
        section=section,
        picture=desk.pictures.get(able.id, picture(able.lead)),
        pinned=pinned,
        opens=able.id == desk.opens,
        update=update,
    )


def _unsponsored(members: Sequence[Member]) -> Sequence[Member]:
    """Advertising never speaks for a story that others tell too."""
    return [m for m in members if not m.entry.sponsored] or members


def _under_news(story: Story, update: News, desk: Desk) -> Story:
    """``story`` under the report with the news, whose sentence is printed, unless an editor chose its lead."""
    if story.id in desk.led or story.lead.id == update.entry.id:
        return story
    return package.leading(story, update.entry.id, Reason("lead", "leads now: it has the news"))


def _under_report(story: Story, desk: Desk, work: Newslist) -> Story:
    """``story`` under a plain report where its lead is a film, a column or a question and it has one."""
    if story.id in desk.led or kind_of(story.lead).opens:
        return story
    reports = [m for m in story.members if m.role == "report" and kind_of(m.entry).opens]
    if not reports:
        return story
    best = package.settle(story.id, reports, work.weight).lead
    return package.leading(story, best.id, Reason("lead", f"leads now: not {kind_of(story.lead).name}"))


def _section(story: Story, desk: Desk, work: Newslist) -> int | None:
    """The place of the story's section: moved there, else where its lead's feed belongs, else a report's."""
    plans = work.newsletter.sections
    if moved := desk.sections.get(story.id):
        return next(i for i, plan in enumerate(plans) if plan.name == moved)
    rest = next((i for i, plan in enumerate(plans) if not plan.feeds), None)
    for entry in (story.lead, *(story.entries() if rest is None else ())):
        for i, plan in enumerate(plans):
            if entry.feed in plan.feeds:
                return i
    return rest


def _rank(story: Story, section: int, work: Newslist, *, listen: bool) -> Rank:
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


def _ranked(candidates: Iterable[Candidate], work: Newslist) -> list[Candidate]:
    """The candidates with their final ranks: those with a chance are ranked again, with the echo they have."""
    chances = max(_CHANCES, _CHANCES_PER_PLACE * work.newsletter.settings.max_stories)
    ordered = sorted(candidates, key=lambda c: (not c.pinned, -c.rank.score, c.story.id))
    return [*(_heard(c, work) for c in ordered[:chances]), *ordered[chances:]]


def _heard(candidate: Candidate, work: Newslist) -> Candidate:
    """The candidate ranked with its echo; remembered for a story that no decision touched."""
    key, plain = candidate.story.id, work.plain.get(candidate.story.id) is candidate
    if plain and key in work.heard:
        return work.heard[key]
    made = replace(candidate, rank=_rank(candidate.story, candidate.section, work, listen=True))
    if plain:
        work.heard[key] = made
    return made
