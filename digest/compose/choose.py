"""Which stories an edition prints, in which section and order: caps, variety, and a fair share for each section.

The lead is chosen first, then what an editor pinned, then the best of each section, then the best of all that is
left, one at a time. A further story of an affair that is in counts the less the more alike the two are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from digest.compose.rank import LEAD_PICTURE, Rank, lead_score
from digest.compose.recall import News
from digest.compose.survey import Index
from digest.compose.words import bare
from digest.config.newsletter import Newsletter, SectionPlan
from digest.model import Picture, Reason, Story

_LEAST = 0.4  # what a story counts at least that is very like one that is in
_LIKE = 1.6  # texts of one story in other words have a cosine of a third
_AGAIN = 0.75  # what it counts for each further one of its affair


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that may be printed, with all that choosing needs to know."""

    story: Story
    rank: Rank
    section: int  # place in Newsletter.sections
    picture: Picture | None = None
    pinned: bool = False
    opens: bool = False  # pinned as the lead
    update: News | None = None  # what is new in a story that was printed before


@dataclass(slots=True)
class Page:
    """The edition while it is being filled."""

    newsletter: Newsletter
    index: Index
    chosen: list[Candidate] = field(default_factory=list)
    lead: Candidate | None = None
    cut: float = 0.0  # the lowest score that got in by itself
    _papers: Counter[str] = field(default_factory=Counter)
    _sections: Counter[int] = field(default_factory=Counter)
    _sponsored: int = 0
    _addresses: set[str] = field(default_factory=set)
    _headlines: set[str] = field(default_factory=set)

    def refusal(self, candidate: Candidate) -> Reason | None:
        """Why ``candidate`` cannot be printed as well, None when it can. Pinned stories pass every cap but the last."""
        if self._same(candidate):
            return Reason("same", "the same text is in the edition already")
        if not candidate.pinned and (cap := self._cap(candidate)):
            return cap
        most = self.newsletter.settings.max_stories
        if len(self.chosen) >= most:
            return Reason("cut", f"the edition has its {_stories(most)}")
        return None

    def _same(self, candidate: Candidate) -> bool:
        entry = candidate.story.lead
        return bool(entry.url and entry.url in self._addresses) or bare(entry.title) in self._headlines

    def _cap(self, candidate: Candidate) -> Reason | None:
        settings, entry = self.newsletter.settings, candidate.story.lead
        plan = self.newsletter.sections[candidate.section]
        if entry.sponsored and self._sponsored >= settings.max_sponsored:
            return Reason("sponsored", f"not more than {settings.max_sponsored} sponsored")
        if self._papers[entry.paper] >= settings.max_per_paper:
            return Reason("paper", f"{entry.paper} has its {_stories(settings.max_per_paper)} already")
        if self._sections[candidate.section] >= plan.max_stories:
            name = f"“{plan.name}”" if plan.name else "the edition"
            return Reason("section full", f"{name} has its {_stories(plan.max_stories)} already")
        return None

    def take(self, candidate: Candidate) -> None:
        """Print ``candidate``."""
        entry = candidate.story.lead
        self.chosen.append(candidate)
        self._papers[entry.paper] += 1
        self._sections[candidate.section] += 1
        self._sponsored += entry.sponsored
        self._addresses.add(entry.url)
        self._headlines.add(bare(entry.title))

    def worth(self, candidate: Candidate) -> float:
        """The score of a story among those chosen so far."""
        leads = [other.story.lead for other in self.chosen if self.same_affair(candidate, other)]
        nearest = max((self.index.likeness(candidate.story.lead, lead) for lead in leads), default=0.0)
        return candidate.rank.score * max(_LEAST, 1 - _LIKE * nearest) * _AGAIN ** max(0, len(leads) - 1)

    def same_affair(self, one: Candidate, other: Candidate) -> bool:
        """Whether two stories are of one affair."""
        return self.index.same_affair(one.story.lead, other.story.lead)

    def is_below(self, candidate: Candidate) -> bool:
        """Whether ``candidate`` is left out for its rank alone, as nearly all are."""
        if self.lead is None or candidate.pinned or candidate.story.lead.sponsored:
            return False
        return candidate.rank.score <= self.cut and not self._same(candidate)

    def below(self, candidate: Candidate) -> Reason:
        """The reason of one whose rank did not do."""
        score, cut = candidate.rank.score, self.cut
        return Reason("cut", f"below the cut: {score:.2f} against {cut:.2f}", score, cut)

    def left_out(self, candidate: Candidate) -> Reason:
        """Why ``candidate`` is not on the page, which is full: it refuses all that is left."""
        if self.lead is None:
            return Reason("sponsored", "a sponsored story never opens an edition, and nothing else is there")
        score, cut = candidate.rank.score, self.cut
        refusal = self.refusal(candidate)
        assert refusal
        if candidate.pinned or refusal.kind in {"same", "sponsored"}:
            return refusal
        if score <= cut:
            return self.below(candidate)
        if refusal.kind in {"cut", "section full"} and any(
            self.same_affair(candidate, other) for other in self.chosen
        ):
            return Reason("variety", "the edition has its affair already", score, cut)
        return replace(refusal, value=score, threshold=cut)


def _stories(count: int) -> str:
    return f"{count} {'story' if count == 1 else 'stories'}"


def choose(candidates: Sequence[Candidate], newsletter: Newsletter, index: Index) -> Page:
    """Fill a page with the best of ``candidates``; their order does not matter."""
    page = Page(newsletter, index)
    ordered = sorted(candidates, key=lambda c: (-c.rank.score, c.story.id))
    _take_lead(page, ordered)
    if page.lead is None:
        return page
    _take_all(page, (c for c in ordered if c.pinned))
    for section in range(len(newsletter.sections)):
        if not any(c.section == section for c in page.chosen if c is not page.lead):
            _take_best(page, [c for c in ordered if c.section == section])
    while _take_best(page, ordered):
        pass
    page.cut = min((c.rank.score for c in page.chosen if not c.pinned), default=0.0)
    return page


def _take_lead(page: Page, ordered: Sequence[Candidate]) -> None:
    """The story that opens: pinned so, else the best news, else the best of any kind; never a sponsored one."""
    wishes: tuple[Callable[[Candidate], bool], ...] = (
        lambda c: c.opens,
        lambda c: c.rank.kind.opens,
        lambda _: True,
    )
    for wish in wishes:
        able = (c for c in ordered if wish(c) and not c.story.lead.sponsored and page.refusal(c) is None)
        if best := _best_lead(able):
            page.lead = best
            page.take(best)
            return


def _best_lead(able: Iterable[Candidate]) -> Candidate | None:
    """The one that opens an edition best; ``able`` has falling scores, so the search ends early."""
    best: tuple[float, Candidate] | None = None
    for candidate in able:
        if best and candidate.rank.score * LEAD_PICTURE <= best[0]:
            break
        worth = lead_score(candidate.rank.score, candidate.picture)
        best = (worth, candidate) if best is None or worth > best[0] else best
    return best[1] if best else None


def _take_all(page: Page, candidates: Iterable[Candidate]) -> None:
    for candidate in candidates:
        if candidate is not page.lead and page.refusal(candidate) is None:
            page.take(candidate)


def _take_best(page: Page, ordered: Sequence[Candidate]) -> bool:
    """Take the story worth most; ``ordered`` has falling scores, so the search ends early. False when none fits."""
    taken = {c.story.id for c in page.chosen}
    best: tuple[float, Candidate] | None = None
    for candidate in ordered:
        if best and candidate.rank.score <= best[0]:
            break
        if candidate.story.id not in taken and page.refusal(candidate) is None:
            worth = page.worth(candidate)
            best = (worth, candidate) if best is None or worth > best[0] else best
    if best:
        page.take(best[1])
    return best is not None


def in_order(
    page: Page, order: Sequence[tuple[str, str]]
) -> tuple[tuple[SectionPlan, tuple[Candidate, ...]], ...]:
    """The chosen stories but the lead, by section in the order of the config; sections without any are left out.

    No three stories of one affair stand in a row where it can be helped. Then the editor's ``order``, step by step:
    a Story.id and the one it is put after; "" or the lead's puts it first in its section.
    """
    if page.lead is None:
        return ()
    rows = []
    before = [page.lead]
    for number, plan in enumerate(page.newsletter.sections):
        row = [c for c in page.chosen if c.section == number and c is not page.lead]
        row.sort(key=lambda c: (-c.rank.score, c.story.id))
        row = _by_hand(_spread(row, before, page), order, page.lead)
        rows += [(plan, tuple(row))] if row else []
        before += row
    return tuple(rows)


def _spread(row: Sequence[Candidate], before: Sequence[Candidate], page: Page) -> list[Candidate]:
    """``row`` with a third story of an affair put off until another story stands between."""
    waiting, placed = list(row), list(before)
    while waiting:
        last = placed[-2:]
        tired = len(last) == 2 and page.same_affair(*last)
        able = (c for c in waiting if not (tired and all(page.same_affair(c, other) for other in last)))
        following = next(able, waiting[0])
        waiting.remove(following)
        placed.append(following)
    return placed[len(before) :]


def _by_hand(row: list[Candidate], order: Sequence[tuple[str, str]], lead: Candidate) -> list[Candidate]:
    by_story = {candidate.story.id: candidate for candidate in row}
    first = {"", lead.story.id}
    for story, before in order:
        if story in by_story and (before in by_story or before in first):
            row = [c for c in row if c.story.id != story]
            place = 0 if before in first else row.index(by_story[before]) + 1
            row.insert(place, by_story[story])
    return row
