"""Edition -> Context: every word, link and picture as it will be printed, before any mark-up."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from math import ceil
from zoneinfo import ZoneInfo

from digest.config.newsletter import Newsletter
from digest.config.theme import ThemeSettings
from digest.model import Correction, Edition, Item, Link, Section
from digest.render.bidi import settled
from digest.render.context import (
    Context,
    CorrectionView,
    FontsView,
    Links,
    LinksView,
    LinkView,
    SectionView,
    StoryView,
)
from digest.render.pictures import picture_view
from digest.render.placeholders import Placeholders
from digest.render.subject import preheader, subject
from digest.render.trim import clip, folded, sentences
from digest.render.urls import ascii_url
from digest.render.words import Words, base, direction, words

PADDING = 24  # CSS pixels on each side of the text column
PAGE = 720  # least width of the column on the web
WORDS_A_MINUTE = 230
_NAMED_PAPERS = 4
_NAMED_WHEN_TIGHT = 2
_UNKNOWN = dt.datetime(1971, 1, 1, tzinfo=dt.UTC)  # entries without a date carry 1970
_SLOTS = {
    "morning": "morning edition",
    "midday": "midday edition",
    "noon": "midday edition",
    "lunch": "midday edition",
    "afternoon": "afternoon edition",
    "evening": "evening edition",
    "night": "night edition",
    "daily": "daily edition",
    "weekend": "weekend edition",
    "weekly": "weekly edition",
}


@dataclass(frozen=True, slots=True)
class Fit:
    """What gives way when an edition is too large for a mail."""

    tight: bool = False  # secondary stories say less
    left: frozenset[str] = frozenset()  # Item.story of those left to the browser


WHOLE = Fit()


@dataclass(frozen=True, slots=True)
class Look:
    """What every story of one edition shares."""

    speech: Words
    zone: ZoneInfo
    day: dt.date
    layout: str
    column: int
    fit: Fit


def edition_name(slot: str, speech: Words) -> str:
    """The slot in the newsletter's language, as "evening edition"; an unknown one keeps its own name."""
    known = _SLOTS.get(slot)
    return speech.one(known) if known else speech.one("%(name)s edition", name=slot.replace("-", " "))


def frequency(newsletter: Newsletter, speech: Words) -> str:
    """How often the newsletter comes: "Delivered to your inbox twice a day"."""
    a_week = sum(len(slot.weekdays) for slot in newsletter.settings.slots.values())
    number, rest = divmod(a_week, 7)
    if rest:
        return _times_a_week(a_week, speech)
    if number == 1:
        return speech.one("Delivered to your inbox every day")
    if number == 2:
        return speech.one("Delivered to your inbox twice a day")
    return speech.many(
        "Delivered to your inbox %(num)d time a day", "Delivered to your inbox %(num)d times a day", number
    )


def _times_a_week(number: int, speech: Words) -> str:
    if number == 1:
        return speech.one("Delivered to your inbox once a week")
    if number == 2:
        return speech.one("Delivered to your inbox twice a week")
    return speech.many(
        "Delivered to your inbox %(num)d time a week", "Delivered to your inbox %(num)d times a week", number
    )


def present(
    edition: Edition,
    newsletter: Newsletter,
    *,
    site_url: str,
    links: Links,
    marks: Placeholders | None,
    fit: Fit = WHOLE,
) -> Context:
    """The context of a mail, or of a page when there are no ``marks``."""
    settings = newsletter.settings
    speech = words(edition.language or settings.language)
    sections = _sections(edition, _look(edition, settings.theme, speech, fit, page=marks is None))
    name, date = edition_name(edition.slot.name, speech), speech.date(edition.slot.date)
    return Context(
        id=edition.id,
        title=settings.title,
        edition=name,
        edition_title=name[:1].upper() + name[1:],
        date=date,
        frequency=frequency(newsletter, speech),
        language=speech.language,
        direction=speech.direction,
        subject=subject(edition, settings, speech, {"title": settings.title, "edition": name, "date": date}),
        preheader=preheader(edition),
        story_count=len(edition.items),
        paper_count=edition.papers,
        minutes=reading_minutes(sections),
        sections=sections,
        links=_links(edition, newsletter, site_url.rstrip("/"), links, marks),
        theme=settings.theme,
        fonts=fonts(settings.theme),
        layout=settings.theme.layout,
        column=_column(settings.theme, page=marks is None),
        postal_address=" ".join(settings.postal_address.split()),
        intro=edition.intro,
        corrections=tuple(_correction(c, speech, site_url.rstrip("/"), links) for c in edition.corrections),
        left_to_browser=len(fit.left),
        page=marks is None,
    )


def _look(edition: Edition, theme: ThemeSettings, speech: Words, fit: Fit, *, page: bool) -> Look:
    zone = ZoneInfo(edition.timezone)
    return Look(speech, zone, edition.slot.date, theme.layout, _column(theme, page=page), fit)


def _column(theme: ThemeSettings, *, page: bool) -> int:
    return (max(theme.width, PAGE) if page else theme.width) - 2 * PADDING


def fonts(theme: ThemeSettings) -> FontsView:
    """The theme's font stacks without anything that could end a declaration or a style attribute."""

    def clean(stack: str) -> str:
        return re.sub(r"[^\w\s,.'-]", "", stack.replace('"', "'"))

    return FontsView(clean(theme.headline_font), clean(theme.body_font))


def reading_minutes(sections: Collection[SectionView]) -> int:
    """Minutes to read the edition itself, at 230 words a minute, at least one."""
    count = 0
    for section in sections:
        for story in section.stories:
            caption = story.picture.caption if story.picture else ""
            count += len(f"{story.headline} {story.updated} {story.standfirst} {caption}".split())
    return max(1, ceil(count / WORDS_A_MINUTE))


def _sections(edition: Edition, look: Look) -> tuple[SectionView, ...]:
    made = []
    first = True
    for section in edition.sections:
        kept = [item for item in section.items if item.story not in look.fit.left]
        stories = tuple(_story(item, section, kept, look, lead=first and item is kept[0]) for item in kept)
        first = first and not stories
        if stories:
            made.append(SectionView(section.name, stories))
    return tuple(made)


def _story(item: Item, section: Section, kept: list[Item], look: Look, *, lead: bool) -> StoryView:
    brief = look.layout == "brief"
    tight = look.fit.tight and not lead
    named = _NAMED_WHEN_TIGHT if tight else _NAMED_PAPERS
    if len(item.also_in) == named + 1:  # "and 1 more" takes as much room as the paper's name
        named += 1
    pictures = look.layout == "front-page"
    standfirst = _standfirst(item, 1 if brief or tight else 3 if lead else 2)
    return StoryView(
        url=ascii_url(item.url),
        headline=item.headline,
        level=3 if section.name else 2,
        lead=lead,
        opens=item is kept[0],
        closes=item is kept[-1],
        paper=settled(item.paper, look.speech.direction),
        time=look.speech.time(item.published, look.zone, look.day) if item.published > _UNKNOWN else "",
        minutes=item.minutes,
        language=_other(item.language, look),
        direction=_other_way(item.language, look),
        kicker=settled(item.kicker, look.speech.direction),
        sponsored=item.sponsored,
        updated=clip(item.updated, 300),
        standfirst="" if brief and item.updated else standfirst,
        picture=picture_view(item, column=look.column, lead=lead) if pictures else None,
        also_in=() if brief else tuple(_link(link, look) for link in item.also_in[:named]),
        also_more=len(item.also_in) if brief else max(0, len(item.also_in) - named),
        copies=item.copies + 1 if item.copies and not brief else 0,
        wire=settled(item.wire, look.speech.direction),
        more=() if brief else tuple(_link(link, look) for link in item.more[: 1 if tight else 3]),
    )


def _standfirst(item: Item, count: int) -> str:
    if not item.url:  # all there is to read
        return clip(item.standfirst, 1500)
    # What is new is printed before it, and once.
    given = item.standfirst.replace(item.updated, "", 1).strip() if item.updated else item.standfirst
    text = clip(sentences(given, count), 420)
    # Many feeds repeat the headline as the description, and an update may be the standfirst's own sentence.
    said = folded(f"{item.headline} {item.updated}")
    return "" if folded(text) in {folded(item.headline), said} or (text and folded(text) in said) else text


def _correction(correction: Correction, speech: Words, site: str, links: Links) -> CorrectionView:
    newsletter, date, slot, *_number = correction.edition.split("/")
    name = edition_name(slot, speech)
    page = links.edition.format(newsletter=newsletter, edition=correction.edition)
    return CorrectionView(
        headline=correction.headline or speech.one("A story was removed."),
        note=correction.note,
        edition=f"{name[:1].upper()}{name[1:]} · {speech.date(dt.date.fromisoformat(date))}",
        url=ascii_url(site + page) if site else "",
    )


def _link(link: Link, look: Look) -> LinkView:
    return LinkView(
        url=ascii_url(link.url),
        title=settled(link.title, look.speech.direction),
        paper=settled(link.paper, look.speech.direction),
        language=_other(link.language, look),
        direction=_other_way(link.language, look),
    )


def _other(language: str, look: Look) -> str:
    return language if language and base(language) != base(look.speech.language) else ""


def _other_way(language: str, look: Look) -> str:
    way = direction(language)
    return way if language and way != look.speech.direction else ""


def _links(
    edition: Edition, newsletter: Newsletter, site: str, links: Links, marks: Placeholders | None
) -> LinksView:
    def at(pattern: str) -> str:
        return (
            ascii_url(site + pattern.format(newsletter=newsletter.name, edition=edition.id)) if site else ""
        )

    preferences = marks.mark("preferences_url") if marks else ""
    return LinksView(
        browser=at(links.edition),
        change_edition=preferences or at(links.archive),
        preferences=preferences,
        unsubscribe=marks.mark("unsubscribe_url") if marks else "",
        subscribe=at(links.subscribe),
        forward=at(links.forward),
        archive=at(links.archive),
        feed=at(links.atom),
        imprint=ascii_url(newsletter.settings.imprint_url),
        privacy=ascii_url(newsletter.settings.privacy_url),
    )
