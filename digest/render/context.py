"""What templates see: frozen dataclasses.

The remark beside a field is its line in docs/context.md (``make reference``).
"""

from __future__ import annotations

from dataclasses import dataclass

from digest.config.theme import ThemeSettings
from digest.model import Layout


@dataclass(frozen=True, slots=True)
class LinkView:
    """A headline or a paper elsewhere."""

    url: str  # where it leads
    title: str  # the headline there
    paper: str  # whose it is
    language: str = ""  # BCP 47 tag, only where it is not the edition's
    direction: str = ""  # "ltr" or "rtl", only where it is not the edition's


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture as it is printed, with its caption and its credit."""

    url: str  # https address
    width: int  # CSS pixels, as printed
    height: int | None  # CSS pixels; none where the publisher does not say
    large: bool  # true across the whole column, false for a thumbnail beside the words
    alt: str = ""  # never the caption, the headline or a file name; "" when there is nothing to add
    caption: str = ""  # "" when it adds nothing to the words beside it
    credit: str = ""  # the bare name


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as it is printed. Text is plain; templates escape it."""

    url: str  # of the report it links to; "" when that was no web address
    headline: str  # of that report, or the editor's
    level: int  # of the heading: 2 without a section name above it, else 3
    lead: bool  # the edition's first story
    opens: bool  # the first of its section: no hairline above
    closes: bool  # the last of its section
    paper: str  # whose report it is
    time: str  # local time of day, with the weekday when it is another day; "" when unknown
    minutes: int | None = None  # to read the whole report; none when unknown
    language: str = ""  # BCP 47 tag, only where it is not the edition's
    direction: str = ""  # "ltr" or "rtl", only where it is not the edition's
    kicker: str = ""  # above the headline
    sponsored: bool = False  # an advertisement: label it first
    updated: str = ""  # the sentence that is new since an earlier edition
    standfirst: str = ""  # below the headline
    picture: PictureView | None = None  # none where there is no fit one
    also_in: tuple[LinkView, ...] = ()  # the other papers that are named
    also_more: int = 0  # further papers, counted only
    copies: int = 0  # papers that printed the same wire text, the lead's own among them
    wire: str = ""  # the agency whose text that is
    more: tuple[LinkView, ...] = ()  # more on this topic


@dataclass(frozen=True, slots=True)
class SectionView:
    """A named part; the lead stands in a first section with an empty name."""

    name: str  # as printed; "" for the lead's own section
    stories: tuple[StoryView, ...]  # in reading order


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """What an edition had wrong, and what is right."""

    headline: str  # of the story as it was printed; that a story was removed, for one that is not named
    note: str  # what was wrong and what is right, or ""
    edition: str  # "Evening edition · Monday 23 November 2026"
    url: str = ""  # its page, "" where there is no site


@dataclass(frozen=True, slots=True)
class LinksView:
    """Where the edition's own links lead; "" where there is no such page."""

    browser: str = ""  # the edition in the archive
    change_edition: str = ""  # the subscriber's own page; on the web, the archive
    preferences: str = ""  # the subscriber's own page; on the web, nothing
    unsubscribe: str = ""  # out, in one click
    subscribe: str = ""  # the newsletter's page for new subscribers
    forward: str = ""  # the page that helps to tell a friend of this edition
    archive: str = ""  # its earlier editions
    feed: str = ""  # its editions as a feed
    imprint: str = ""  # as configured
    privacy: str = ""  # as configured


@dataclass(frozen=True, slots=True)
class FontsView:
    """Font stacks, fit for a style sheet: nothing in them ends a declaration."""

    headline: str  # of headlines
    body: str  # of everything else


@dataclass(frozen=True, slots=True)
class Context:
    """The names a template finds at the top."""

    id: str  # newsletter/date/slot
    title: str  # the newsletter's name
    edition: str  # "evening edition", in the newsletter's language
    edition_title: str  # the same with a capital
    date: str  # "Monday 23 November 2026"
    frequency: str  # "Delivered to your inbox twice a day"
    language: str  # BCP 47 tag
    direction: str  # "ltr" or "rtl"
    subject: str  # as in the inbox
    preheader: str  # as in the inbox, after the subject
    story_count: int  # stories in the edition
    paper_count: int  # papers read for it; 0 when unknown
    minutes: int  # to read the edition itself, at 230 words a minute
    sections: tuple[SectionView, ...]  # in reading order
    links: LinksView  # the edition's own links
    theme: ThemeSettings  # `theme` of config.yaml: `layout`, `width`, `logo`, `light.ink`, `dark.paper` …
    fonts: FontsView  # clean font stacks
    layout: Layout  # "front-page", "brief" or "text-first"
    column: int  # width of the text column in CSS pixels
    postal_address: str = ""  # the publisher's
    intro: str = ""  # the editor's words above the first story
    corrections: tuple[CorrectionView, ...] = ()  # of this edition on its page, of earlier ones in a mail
    left_to_browser: int = 0  # stories that did not fit into the mail
    page: bool = False  # true on the web, false in a mail
    stylesheet: str = ""  # address of a style sheet, for pages under a strict content security policy

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
    forward: str = "/forward/{edition}"
    atom: str = "/archive/{newsletter}/feed.xml"
    json: str = "/archive/{newsletter}/feed.json"


SITE = Links()
