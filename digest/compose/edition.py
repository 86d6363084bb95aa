"""Stories -> Edition: the editor's decisions, what may be printed, its rank, the choice, and the printed words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from digest.compose.choose import Candidate, Page, choose, in_order
from digest.compose.consider import considered, left_out
from digest.compose.decisions import Desk, apply
from digest.compose.item import captioned, edited, item
from digest.compose.newslist import Newslist, newslist
from digest.compose.rank import fills_the_column
from digest.config.newsletter import Newsletter
from digest.model import Decision, Edition, Item, LeftOut, Reason, Section, SentItem, SlotKey, Story


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
    work = newslist(newsletter, slot, due, stories, earlier=earlier, now=now, number=number)
    return decided(work, decisions)


def decided(work: Newslist, decisions: Sequence[Decision]) -> Edition:
    """The edition that a newslist and an editor's ``decisions`` make; the same as composing from the start."""
    desk = apply(work.desk(), [d for d in decisions if _for(d, work)])
    candidates, left = considered(desk, work)
    page = choose(candidates, work.newsletter, work.survey.index)
    printed = {c.story.id for c in page.chosen}
    left += [_not_printed(c, page, work) for c in candidates if c.story.id not in printed]
    return replace(
        work.edition,
        sections=_sections(page, desk, work),
        left_out=tuple(sorted(left, key=lambda out: (-(out.reason.value or 0), out.story))),
        papers=len(work.papers | _read_by_hand(desk, work)),
        intro=desk.intro,
        ignored=tuple(desk.ignored),
    )


def _not_printed(candidate: Candidate, page: Page, work: Newslist) -> LeftOut:
    """Why ``candidate`` is not on the page; for nearly all the same as the last time."""
    if not page.is_below(candidate):
        return left_out(candidate.story, page.left_out(candidate))
    score, known = candidate.rank.score, work.below.get(candidate.story.id)
    same = known and known.entry == candidate.story.lead.id
    if known is None or not same or (known.reason.value, known.reason.threshold) != (score, page.cut):
        known = work.below[candidate.story.id] = left_out(candidate.story, page.below(candidate))
    return known


def _for(decision: Decision, work: Newslist) -> bool:
    return decision.newsletter == work.newsletter.name and decision.slot in {"", work.edition.id}


def _read_by_hand(desk: Desk, work: Newslist) -> set[str]:
    """The papers of entries that an editor added."""
    added = (m.entry for key in desk.touched & desk.stories.keys() for m in desk.stories[key].members)
    return {entry.paper for entry in added if entry.id not in work.by_entry}


def _sections(page: Page, desk: Desk, work: Newslist) -> tuple[Section, ...]:
    if page.lead is None:
        return ()
    rows = in_order(page, desk.order)
    lead = Section("", (_item(page.lead, desk, work, opens=True),))
    return (
        lead,
        *(Section(plan.name, tuple(_item(c, desk, work, opens=False) for c in row)) for plan, row in rows),
    )


def _item(candidate: Candidate, desk: Desk, work: Newslist, *, opens: bool) -> Item:
    story = candidate.story
    made = item(story, work.survey, opens=opens, sent=work.archive.of(desk.stories[story.id]))
    shown = desk.pictures.get(story.id, made.picture)
    made = replace(
        made,
        picture=captioned(shown, made.headline) if shown else None,
        updated=candidate.update.sentence if candidate.update else "",
        score=round(candidate.rank.score, 4),
        members=tuple(m.entry.id for m in desk.stories[story.id].members),
    )
    return edited(made, desk.words.get(story.id, {}), _reasons(candidate, desk, made, opens=opens))


def _reasons(candidate: Candidate, desk: Desk, made: Item, *, opens: bool) -> tuple[Reason, ...]:
    key = candidate.story.id
    by_hand = [found for found in (desk.pinned.get(key), desk.led.get(key)) if found]
    led = [reason for reason in candidate.story.members[0].reasons if reason.kind == "lead"]
    wide = opens and made.picture is not None and fills_the_column(made.picture)
    return (
        *by_hand,
        *led,
        *((candidate.update.reason,) if candidate.update else ()),
        *candidate.rank.reasons,
        *((Reason("picture", "a picture worth the full width"),) if wide else ()),
    )
