"""What templates see: frozen dataclasses, every field documented in docs/templates.md."""

from __future__ import annotations

from dataclasses import dataclass

from digest.config.theme import ThemeSettings
from digest.model import Layout


@dataclass(frozen=True, slots=True)
class LinkView:
    """A headline or a paper elsewhere."""

    url: str
    title: str
    paper: str
    language: str = ""  # BCP 47, only where it is not the edition's
    direction: str = ""  # "ltr" or "rtl", only where it is not the edition's


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture as it is printed, with its caption and its credit."""

    url: str
    width: int  # CSS pixels
    height: int | None  # None where the publisher does not say
    large: bool  # True = the whole column, False = a thumbnail beside the words
    alt: str = ""  # never the caption, the headline or a file name
    caption: str = ""
    credit: str = ""  # the bare name


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as it is printed. Text is plain; templates escape it."""

    url: str
    headline: str
    level: int  # of the heading: 2 without a section name above it, else 3
    lead: bool  # the edition's first story
    opens: bool  # the first of its section: no hairline above
    closes: bool  # the last of its section
    paper: str
    time: str  # local time of day, with the weekday when it is another day; "" when unknown
    minutes: int | None = None  # to read the whole report
    language: str = ""  # BCP 47, only where it is not the edition's
    direction: str = ""  # only where it is not the edition's
    kicker: str = ""
    sponsored: bool = False
    updated: str = ""  # the sentence that is new
    standfirst: str = ""
    picture: PictureView | None = None
    also_in: tuple[LinkView, ...] = ()  # the papers that are named
    also_more: int = 0  # further papers, counted only
    copies: int = 0  # papers with the same wire text, the lead's own among them
    wire: str = ""  # the agency
    more: tuple[LinkView, ...] = ()  # more on this topic


@dataclass(frozen=True, slots=True)
class SectionView:
    """A named part; the lead stands in a first section with an empty name."""

    name: str
    stories: tuple[StoryView, ...]


@dataclass(frozen=True, slots=True)
class LinksView:
    """Where the edition's own links lead; "" where there is no such page."""

    browser: str = ""
    change_edition: str = ""
    preferences: str = ""
    unsubscribe: str = ""
    subscribe: str = ""
    archive: str = ""
    feed: str = ""
    imprint: str = ""
    privacy: str = ""


@dataclass(frozen=True, slots=True)
class FontsView:
    """Font stacks, fit for a style sheet."""

    headline: str
    body: str


@dataclass(frozen=True, slots=True)
class Context:
    """All that a template can name."""

    id: str  # Edition.id
    title: str  # the newsletter's name
    edition: str  # "evening edition", in the newsletter's language
    edition_title: str  # the same with a capital
    date: str  # "Monday 23 November 2026"
    frequency: str  # "Delivered to your inbox twice a day"
    language: str
    direction: str
    subject: str
    preheader: str
    story_count: int
    paper_count: int
    minutes: int  # to read the edition itself
    sections: tuple[SectionView, ...]
    links: LinksView
    theme: ThemeSettings
    fonts: FontsView
    layout: Layout
    column: int  # width of the text column in pixels
    postal_address: str = ""
    intro: str = ""
    left_to_browser: int = 0  # stories not printed for size
    page: bool = False  # True on the web, False in a mail
    stylesheet: str = ""  # address of a style sheet for pages that may not carry their own

    @property
    def stories(self) -> tuple[StoryView, ...]:
        """Every story, in reading order."""
        return tuple(story for section in self.sections for story in section.stories)


@dataclass(frozen=True, slots=True)
class Links:
    """Where the public site keeps its pages, below ``site.url``; ``{newsletter}`` and ``{edition}`` are filled in."""

    edition: str = "/archive/{edition}"
    archive: str = "/archive/{newsletter}"
    subscribe: str = "/subscribe/{newsletter}"
    atom: str = "/archive/{newsletter}/feed.xml"
    json: str = "/archive/{newsletter}/feed.json"


SITE = Links()
