"""The frozen values that cross the stages: Feed, Entry, Picture, Story, Edition, Mail, Recipient, Attempt.

Every instant is an aware ``datetime`` in UTC unless a name says ``local``. Text is clean Unicode without
markup. Tuples, never lists: a value made by one stage is not changed by the next.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["lead", "report", "copy", "sidebar"]
TextRights = Literal["headline", "sentence", "standfirst"]
PictureRights = Literal["show", "link_only", "none"]
Layout = Literal["front-page", "brief", "text-first"]


# --- pull ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A source document at a URL: RSS, Atom, RDF or JSON Feed. ``url`` is its identity."""

    url: str
    paper: str  # the publisher as readers know it; coverage counts papers, not feeds
    title: str = ""
    weight: float = 1.0
    language: str = ""  # BCP 47, for entries that do not say; "" = as the feed says
    text: TextRights = "standfirst"
    pictures: PictureRights = "show"
    include_words: tuple[str, ...] = ()
    exclude_words: tuple[str, ...] = ()
    include_categories: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    credentials: str = field(
        default="", repr=False
    )  # "user:password" as in an address; kept out of url, which is stored


@dataclass(frozen=True, slots=True)
class FeedState:
    """What we remember of a feed between two pulls."""

    url: str
    etag: str = ""
    last_modified: str = ""
    validators_url: str = ""  # the address that sent etag and last_modified; sent back to it alone
    body_hash: str = ""  # SHA-256 hex of the last parsed body
    moved_to: str = ""  # target of a permanent redirect, used from then on
    retired: bool = False  # 410 Gone
    failures: int = 0  # in a row
    problem: str = ""  # the failure in words while failing, "" when well
    problem_since: dt.datetime | None = None
    last_pull: dt.datetime | None = None
    last_success: dt.datetime | None = None
    last_new: dt.datetime | None = None
    next_pull: dt.datetime | None = None  # not before: Cache-Control, Retry-After, backoff
    title: str = ""  # the feed's own title
    site: str = ""  # the page the feed belongs to


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture with what belongs to it: its own caption, credit, alternative text and size in pixels."""

    url: str
    caption: str = ""
    credit: str = ""  # the bare name: "AFP", never "Photo: AFP"
    alt: str = ""
    width: int | None = None
    height: int | None = None
    type: str = ""  # media type, "" when unknown
    link_only: bool = False  # its feed's rights: never copied to our site
    origin: str = ""  # the address that ours was copied from, "" for any other


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, clean."""

    id: str  # 16 hex digits, stable from pull to pull
    feed: str  # Feed.url
    paper: str
    url: str  # canonical: no tracking parameters, no fragment
    title: str
    standfirst: str = ""
    text: str = ""  # the full text where the feed gives it
    authors: tuple[str, ...] = ()
    published: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # never after first_seen
    first_seen: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    updated: dt.datetime | None = None  # when its words last changed
    categories: tuple[str, ...] = ()
    kicker: str = ""
    language: str = ""  # BCP 47, "" when unknown
    minutes: int | None = None  # reading time, only where the full text is known
    sponsored: bool = False
    pictures: tuple[Picture, ...] = ()  # best first
    position: int = 0  # 0 = top of its feed
    guid: str = ""


# --- group --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided, as data: a kind for programs, words for people, figures where there are any."""

    kind: str  # "term", "name", "number", "score", "copy", "papers", "position", …
    text: str
    value: float | None = None
    threshold: float | None = None


FIT = "fit"  # the kind of the reason that says how well a member would lead its story


@dataclass(frozen=True, slots=True)
class Member:
    """An entry in a story, with its role and why it is there."""

    entry: Entry
    role: Role
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """An editor's package on one event. ``members[0]`` is the lead."""

    id: str
    members: tuple[Member, ...]

    @property
    def lead(self) -> Entry:
        """The entry whose headline the story runs under."""
        return self.members[0].entry

    def entries(self, *roles: Role) -> tuple[Entry, ...]:
        """The entries with one of ``roles``, in order; all of them without arguments."""
        if len(self.members) == 1 and (not roles or self.members[0].role in roles):
            return (self.members[0].entry,)  # nine stories of ten, asked for many times
        return tuple(m.entry for m in self.members if not roles or m.role in roles)

    @property
    def papers(self) -> tuple[str, ...]:
        """The independent papers: those with a report of their own, the lead's first, each once."""
        return tuple(dict.fromkeys(e.paper for e in self.entries("lead", "report")))


# --- compose ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class SlotKey:
    """A slot's identity: a calendar fact, not an instant."""

    newsletter: str
    date: dt.date  # local
    name: str

    def __str__(self) -> str:
        return f"{self.newsletter}/{self.date.isoformat()}/{self.name}"

    def edition(self, number: int = 0) -> str:
        """The id of its edition: ``newsletter/date/slot``, with ``/number`` for an extra one."""
        return f"{self}/{number}" if number else str(self)


@dataclass(frozen=True, slots=True)
class Link:
    """A headline elsewhere: "also in" and "more on this topic"."""

    url: str
    title: str
    paper: str
    language: str = ""
    when: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A story as an edition prints it: the words and the picture are final, whoever chose them."""

    story: str  # Story.id
    entry: str  # the lead's Entry.id
    url: str
    headline: str
    paper: str
    published: dt.datetime
    kicker: str = ""
    standfirst: str = ""
    picture: Picture | None = None
    language: str = ""
    minutes: int | None = None
    also_in: tuple[Link, ...] = ()  # independent papers, one link each, never the lead's own
    more: tuple[Link, ...] = ()  # sidebars and earlier editions of the story
    copies: int = 0  # further papers that printed the same wire text
    wire: str = ""  # the agency of those copies, "" when unknown
    updated: str = ""  # the sentence that is new, "" for a story not sent before
    sponsored: bool = False
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()
    members: tuple[str, ...] = ()  # every Entry.id of the story, for the memory of later editions


@dataclass(frozen=True, slots=True)
class Section:
    """A named part of an edition. The lead stands in a section of its own with an empty ``name``."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A story that is not in the edition, and why."""

    story: str
    entry: str
    title: str
    paper: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Edition:
    """One newsletter at one slot, complete: all that rendering needs besides the newsletter's own look."""

    slot: SlotKey
    due: dt.datetime
    language: str
    timezone: str
    composed: dt.datetime
    sections: tuple[Section, ...]
    left_out: tuple[LeftOut, ...] = ()
    papers: int = 0  # read for this edition, whether printed or not
    intro: str = ""
    number: int = 0  # 0 = the slot's own; 1, 2, … = extra editions made deliberately
    corrections: tuple[Correction, ...] = ()  # of this edition on its page, of earlier ones in a mail
    ignored: tuple[Reason, ...] = ()  # decisions that found nothing to act on; value = Decision.id

    @property
    def id(self) -> str:
        """As SlotKey.edition has it."""
        return self.slot.edition(self.number)

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, in reading order."""
        return tuple(item for section in self.sections for item in section.items)


@dataclass(frozen=True, slots=True)
class SentItem:
    """What an earlier edition printed of a story: the memory that keeps it from coming back unchanged."""

    edition: str
    sent: dt.datetime
    story: str
    entry: str
    members: tuple[str, ...]
    headline: str
    url: str
    paper: str
    words: str  # headline, standfirst and lead text as known then; what is new is measured against it


@dataclass(frozen=True, slots=True)
class Decision:
    """An editor's decision. It attaches to entries, never to positions, so that it survives re-grouping."""

    id: int
    newsletter: str
    slot: str  # str(SlotKey), "" = until undone
    who: str
    when: dt.datetime
    verb: str  # "pin", "hide", "move", "merge", "split", "lead", "picture", "edit", "order", "intro", "add"
    entry: str = ""  # the Entry.id it speaks of
    value: str = ""  # the other entry, the section, the field's new words as JSON


@dataclass(frozen=True, slots=True)
class Correction:
    """What was mended in an edition after it went out. Readers are told ``note``; a removed story is not named."""

    id: int
    edition: str  # Edition.id
    when: dt.datetime
    who: str
    verb: Literal["amend", "remove"]
    entry: str  # Item.entry
    headline: str = ""  # as it was printed, "" for a removed story
    value: str = ""  # the new words as JSON, as in an "edit" decision
    note: str = ""


# --- render -------------------------------------------------------------------------------------------

Token = Literal["to", "message_id", "unsubscribe_url", "unsubscribe_mailto", "preferences_url"]


@dataclass(frozen=True, slots=True)
class Mail:
    """An edition variant, rendered, inlined and encoded once for all its subscribers.

    ``segments`` are the message's bytes cut at the places where a subscriber's own values go;
    ``tokens[i]`` goes between ``segments[i]`` and ``segments[i + 1]``. A value is ASCII and stands
    verbatim; inside the quoted-printable parts ``=`` must come as ``=3D`` (``quoted[i]`` tells).
    ``to`` is the whole value of the header, ``message_id`` comes without its angle brackets,
    ``unsubscribe_mailto`` with ``mailto:``; the others are absolute https addresses.
    """

    edition: str
    variant: str  # "en/front-page"
    subject: str
    preheader: str
    html: str  # with placeholders
    text: str  # with placeholders
    segments: tuple[bytes, ...]
    tokens: tuple[Token, ...]
    quoted: tuple[bool, ...]
    html_bytes: int = 0  # after inlining
    dropped: tuple[str, ...] = ()  # headlines left to the browser for size


# --- deliver ------------------------------------------------------------------------------------------

DeliveryState = Literal[
    "ready",  # to be sent
    "claimed",  # a sender holds it, with a lease; what it does with it is in its journal
    "in_flight",  # between the journal's lines S and R; the built-in transports never write it to the database
    "deferred",  # the server said "later" (4xx); tried again after `deliver.retry`
    "accepted",  # the server took it (2xx after the final dot)
    "bounced",  # refused for good (5xx), or a bounce came back later
    "uncertain",  # the final dot was sent, no usable reply came; final until you decide
    "expired",  # deferred until the last wait of `deliver.retry` was over
    "suppressed",  # unsubscribed, paused, suppressed or erased after the audience was fixed
    "cancelled",  # the edition was cancelled before it left
]  # the remarks are the lines of docs/states.md
FINAL: frozenset[str] = frozenset({"accepted", "bounced", "uncertain", "expired", "suppressed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Recipient:
    """A claimed delivery, with what sending needs to know of the person. ``fence`` proves the claim."""

    delivery: int
    fence: int
    subscriber: int
    token_id: str  # opaque, in links
    address: str
    name: str = ""
    language: str = ""
    attempts: int = 0  # tries that counted, before this one
    resent: bool = False  # an operator or the policy sends it once more after an uncertain try


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one try to deliver."""

    delivery: int
    fence: int
    state: DeliveryState
    code: int = 0  # SMTP reply code, 0 = none
    enhanced: str = ""  # RFC 3463
    reply: str = ""
    bounce: Literal["", "hard", "soft"] = ""  # what it says about the address; "" = nothing
    not_before: dt.datetime | None = None  # for deferred
    counted: bool = True  # False: the server's or our own trouble, it costs the person no try
