"""How much a story matters to this newsletter now, as a figure and in words.

``score = weight of section x weight of feed x kind of text x importance x freshness``, where importance is 1 plus
what other editors think of it: how many papers report it, how high it stands in their feeds, how often they come
back to it, how many papers write of the same affair; and, where papers of many countries are read, which other
countries it is about. Only one story in twelve has more than one paper on a real day, so place, follow-ups and
affair decide most places.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from digest.compose.kinds import LOCAL, NEWS, Kind, kind_of
from digest.compose.places import called, named
from digest.compose.survey import Survey
from digest.model import Entry, Picture, Reason, Story

# Tuned on ten days of twenty papers, as docs/front-page.md tells.
_PAPERS = 0.65  # for the second independent paper; twice that for three, three times for four or five
_MANY = 1.75  # two papers are often neighbours, many never are
_NEIGHBOUR = 0.8  # what the voice of a paper loses that always tells what another of the story's tells
_PLACE = 1.5  # for the top of an edited feed
_RETURNS = 0.25  # for each doubling of the entries beyond one a paper
_ECHO = 0.8  # for each doubling of the papers that write of the same affair
_ALONE = 0.6  # what a place counts for when no other paper writes of it
_ABROAD = 0.3  # for each country that a story is about, where papers of many countries are read
_COUNTRIES = 2  # more say nothing more
_HALF_LIFE = 0.75  # of the window: a story half a window old counts half
_REGION = 1.1  # the newsletter's own region: first among equals
_MOSTLY_LOCAL = (
    0.1  # of the entries: a newsletter for one place; of twenty papers of the world one in fifty is
)
LEAD_PICTURE = 1.15  # a picture worth opening with


@dataclass(frozen=True, slots=True)
class Rank:
    """A story's place in the order, and why."""

    score: float
    kind: Kind
    reasons: tuple[Reason, ...]


def rank(
    story: Story,
    survey: Survey,
    *,
    now: dt.datetime,
    window: dt.timedelta,
    weight: float = 1.0,
    region: bool = False,
    listen: bool = True,
) -> Rank:
    """Score ``story``; ``weight`` is its section's, ``region`` whether that section is the newsletter's own.

    Without ``listen`` nobody asks who else writes of it, which takes most of the time: enough to tell the stories
    that have a chance from the many that have none.
    """
    papers, papers_why = _papers(story, survey)
    place, place_why = _place(story, survey)
    returns, returns_why = _returns(story)
    echo, echo_why = _echo(story, survey) if listen else (0.0, None)
    fresh, fresh_why = _freshness(story, now, window)
    reach, reach_why = _reach(story.lead, survey)
    kind = _kind(story, papers, survey, region=region)
    feed = survey.feed(story.lead).weight
    place *= 1 if papers or echo or not listen else _ALONE
    importance = 1 + _PAPERS * papers + _PLACE * place + _RETURNS * returns + _ECHO * echo + _ABROAD * reach
    score = importance * fresh * kind.factor * feed * weight * (_REGION if region else 1)
    reasons = [papers_why, echo_why, place_why, returns_why, reach_why, fresh_why]
    reasons += [Reason("kind", kind.name, kind.factor)] if kind is not NEWS else []
    reasons += [Reason("feed", f"its feed counts {feed:g}", feed)] if feed != 1 else []
    reasons += [Reason("section", f"its section counts {weight:g}", weight)] if weight != 1 else []
    reasons += [Reason("region", "from your region", _REGION)] if region else []
    return Rank(score, kind, tuple(reason for reason in reasons if reason))


def _kind(story: Story, papers: float, survey: Survey, *, region: bool) -> Kind:
    """The kind of the lead; what happens in one place is news where readers live, and where strangers print it."""
    kind = kind_of(story.lead)
    near = region or survey.local >= _MOSTLY_LOCAL
    return NEWS if kind is LOCAL and (near or papers >= 1) else kind


def lead_score(score: float, picture: Picture | None) -> float:
    """The score of a story as the one that opens the edition: a little more with a picture worth its width."""
    return score * (LEAD_PICTURE if picture and fills_the_column(picture) else 1)


def fills_the_column(picture: Picture) -> bool:
    """Whether a picture can stand 600 px wide: at least 480 px, and not upright; unknown sizes are trusted."""
    wide = picture.width is None or picture.width >= 480
    upright = (
        picture.width is not None and picture.height is not None and picture.height > picture.width * 1.1
    )
    return wide and not upright


def _papers(story: Story, survey: Survey) -> tuple[float, Reason | None]:
    weights: dict[str, float] = {}
    for entry in story.entries("lead", "report"):
        weights[entry.paper] = max(weights.get(entry.paper, 0.0), min(survey.feed(entry).weight, 2.0))
    if len(weights) < 2:
        return 0.0, None
    ordered = sorted(weights, key=lambda paper: (paper != story.lead.paper, -weights[paper], paper))
    heard = [1 - _NEIGHBOUR * survey.company.closest(paper, ordered[:i]) for i, paper in enumerate(ordered)]
    voices = 1 + sum(weights[paper] * heard[i] for i, paper in enumerate(ordered) if i)
    return math.log2(voices) ** _MANY, Reason(
        "papers", f"{len(weights)} independent papers", float(len(weights))
    )


def _place(story: Story, survey: Survey) -> tuple[float, Reason | None]:
    best: dict[str, tuple[float, Entry]] = {}
    for entry in story.entries("lead", "report"):
        value = (
            survey.edited.get(entry.feed, 0.0)
            * survey.outlook.get(entry.paper, 1.0)
            * min(survey.feed(entry).weight, 2.0)
            / (1 + entry.position / 4)
        )
        if value > best.get(entry.paper, (0.0, entry))[0]:
            best[entry.paper] = (value, entry)
    ordered = sorted(best.values(), key=lambda pair: -pair[0])
    total = sum(value / (i + 1) for i, (value, _) in enumerate(ordered))
    return total, _place_why([entry for value, entry in ordered if value >= 0.4])


def _place_why(high: list[Entry]) -> Reason | None:
    top = [entry for entry in high if entry.position < 3]
    if len(top) > 1:
        return Reason("position", f"top of {len(top)} feeds", float(len(top)))
    if high:
        return Reason("position", f"place {high[0].position + 1} at {high[0].paper}", float(high[0].position))
    return None


def _returns(story: Story) -> tuple[float, Reason | None]:
    entries = story.entries("lead", "report", "sidebar")
    further = len(entries) - len({entry.paper for entry in entries})
    if not further:
        return 0.0, None
    span = max(e.published for e in entries) - min(e.published for e in entries)
    hours = max(1, round(span.total_seconds() / 3600))
    plural = "follow-up" if further == 1 else "follow-ups"
    return math.log2(1 + further), Reason("follow-ups", f"{further} {plural} in {hours} h", float(further))


def _echo(story: Story, survey: Survey) -> tuple[float, Reason | None]:
    """Papers beyond the story's own that write of its affair; two in all are a chance likeness, three are not."""
    echo = survey.index.echo(story.lead)
    papers = len(echo.papers | set(story.papers))
    more = math.log2(max(2, papers)) - math.log2(max(2, len(story.papers)))
    if not more:
        return 0.0, None
    text = f"{papers} papers write of {' and '.join(f'“{word}”' for word in echo.words)}"
    return more, Reason("echo", text, float(papers))


def _reach(lead: Entry, survey: Survey) -> tuple[float, Reason | None]:
    """More for what is about countries beyond the paper's own; nothing where the papers are of one country."""
    papers = survey.company
    if not papers.world:
        return 0.0, None
    countries = named(f"{lead.title}. {lead.standfirst}", lead.language) - {papers.homes.get(lead.paper)}
    if not countries:
        return 0.0, None
    counted = min(_COUNTRIES, len(countries))
    text = f"about {' and '.join(sorted(map(called, countries))[:_COUNTRIES])}"
    return papers.world * counted, Reason("abroad", text, float(counted))


def _freshness(story: Story, now: dt.datetime, window: dt.timedelta) -> tuple[float, Reason]:
    newest = max(entry.published for entry in story.entries("lead", "report"))
    age = max(now - newest, dt.timedelta())
    hours = age.total_seconds() / 3600
    text = f"{hours:.0f} h old" if hours >= 1 else f"{hours * 60:.0f} min old"
    return math.pow(0.5, age / (window * _HALF_LIFE)), Reason("age", text, round(hours, 2))
