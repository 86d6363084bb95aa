"""The settings: every key of config.yaml once, with its type, default and meaning.

The JSON Schema, the reference in the documentation and ``digest config show`` follow from these models.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, SecretStr
from pydantic import model_validator as check
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from digest.config.editors import ApprovalSettings, DeskSettings
from digest.config.theme import Settings, ThemeSettings
from digest.config.values import (
    Address,
    Dates,
    Duration,
    FeedUrl,
    Language,
    Line,
    LongDuration,
    Moment,
    OptionalAddress,
    SiteUrl,
    Subject,
    Tag,
    TimeOfDay,
    WebUrl,
    Zone,
)
from digest.model import PictureRights, TextRights

__all__ = [
    "AlertSettings",
    "ApprovalSettings",
    "Config",
    "DaemonSettings",
    "DeliverSettings",
    "DemoSettings",
    "DeskSettings",
    "DkimSettings",
    "DomainSettings",
    "FeedSettings",
    "Name",
    "NewsletterSettings",
    "PictureSettings",
    "PullSettings",
    "SectionSettings",
    "SenderSettings",
    "Settings",
    "SiteSettings",
    "SlotSettings",
    "SmtpSettings",
    "ThemeSettings",
    "Weekday",
]

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class FeedSettings(Settings):
    """A feed, under the short name that sections use."""

    url: FeedUrl
    """Where the feed is: https:, http:, demo:, or file: when pull.allow_files is on. A site's address works too."""
    paper: Line = ""
    """The publisher as readers know it. Coverage counts papers, not feeds. Default: title, else the server's name."""
    title: Line = ""
    """The feed's title. Default: what the feed says."""
    weight: Annotated[float, Field(ge=0, le=10)] = 1.0
    """How much this feed counts when stories are ranked; 1 is usual, 2 is twice as much."""
    language: Tag = ""
    """BCP 47 language of its entries, for feeds that do not say."""
    text: TextRights = "standfirst"
    """How much of its text may be shown: headline, sentence (the first) or standfirst."""
    pictures: PictureRights = "show"
    """Its picture rights: show, link_only (never copied to our site) or none."""
    include_words: tuple[str, ...] = ()
    """Keep only entries with one of these words in title or standfirst."""
    exclude_words: tuple[str, ...] = ()
    """Leave out entries with one of these words in title or standfirst."""
    include_categories: tuple[str, ...] = ()
    """Keep only entries in one of these categories."""
    exclude_categories: tuple[str, ...] = ()
    """Leave out entries in one of these categories."""


class SlotSettings(Settings):
    """A slot: a time of day alone ("06:30"), or with its weekdays."""

    time: TimeOfDay
    """Local time of day, HH:MM."""
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    """The days it goes out."""

    @check(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"time": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Either form, for editors."""
        full = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [full["properties"]["time"], full]}


class SectionSettings(Settings):
    """A named part of the edition, in the order of the file."""

    name: Line
    """The section's heading, as printed."""
    feeds: tuple[str, ...] = ()
    """Short names of the feeds whose stories belong here. Empty: everything no other section takes."""
    max_stories: Annotated[int, Field(ge=1, le=50)] = 6
    """At most so many stories."""
    weight: Annotated[float, Field(ge=0, le=10)] = 1.0
    """How much its stories count for the lead of the whole edition."""


class SenderSettings(Settings):
    """Who the mail is from."""

    address: Address
    """The From address."""
    name: Line = ""
    """The From name. Default: the newsletter's title."""
    reply_to: OptionalAddress = ""
    """Where answers go, when elsewhere."""


class NewsletterSettings(Settings):
    """A configured publication."""

    title: Line
    """Its name, as in the masthead."""
    language: Language = "en"
    """BCP 47 language of its own words: en, fr, de, lb, pt, es, it, nl, pl or ar."""
    timezone: Zone = "UTC"
    """IANA time zone of its slots and of the times it prints."""
    slots: Annotated[dict[Name, SlotSettings], Field(min_length=1)]
    """Named times of day. The name is the identity, also when the time changes."""
    sections: tuple[SectionSettings, ...] = ()
    """Its sections in order. None: one stream of stories."""
    feeds: tuple[str, ...] = ()
    """Feeds read besides those of its sections. Without these and opml, a section without feeds (or no section at all)
    takes every feed of the file."""
    opml: str = ""
    """An OPML file whose feeds are read too; its outlines become sections when there are none."""
    sender: SenderSettings
    """Who the mail is from."""
    postal_address: str = ""
    """The publisher's postal address, for the footer. Law in many places asks for one."""
    imprint_url: WebUrl = ""
    """Page with the imprint."""
    privacy_url: WebUrl = ""
    """Page with the privacy notice."""
    subject: Subject = "{lead} · and {more} more"
    """Subject line. {lead} headline, {title}, {edition}, {date}, {more} and {count} of stories."""
    max_stories: Annotated[int, Field(ge=1, le=100)] = 12
    """At most so many stories in an edition."""
    min_stories: Annotated[int, Field(ge=1, le=100)] = 3
    """With fewer than so many, nothing is sent."""
    max_per_paper: Annotated[int, Field(ge=1, le=100)] = 4
    """At most so many stories led by one paper."""
    max_sponsored: Annotated[int, Field(ge=0, le=10)] = 1
    """At most so many sponsored stories; they are labelled and never lead the edition."""
    window: LongDuration | None = None
    """How far back entries are considered ("24h", "2d"). Default: to the last edition, at least 24h, at most 14d."""
    catch_up: Duration = dt.timedelta(minutes=90)
    """A slot missed while the machine was down is still sent within this time."""
    lead_time: Duration = dt.timedelta(minutes=15)
    """Feeds are pulled this long before the slot."""
    approval: ApprovalSettings = ApprovalSettings()
    """none; required; or {auto_after: 20m}, counted from the mail to the editors at slot minus lead_time."""
    holidays: Dates = frozenset()
    """Local dates on which nothing is sent."""
    holidays_file: str = ""
    """An iCalendar file whose events are further such dates."""
    region: str = ""
    """Section whose stories come first among equals."""
    across_languages: bool = False
    """Group entries of different languages, by names, numbers and places."""
    theme: ThemeSettings = ThemeSettings()
    """How it looks."""


class PullSettings(Settings):
    """How feeds are pulled."""

    user_agent: str = ""
    """Default: "digest/VERSION (+site.url)"."""
    timeout: LongDuration = dt.timedelta(seconds=20)
    """For the whole of one request, redirects included."""
    concurrency: Annotated[int, Field(ge=1, le=500)] = 50
    """Requests under way at once."""
    per_host: Annotated[int, Field(ge=1, le=20)] = 2
    """Requests under way at once to one host."""
    max_bytes: Annotated[int, Field(ge=10_000)] = 15_000_000
    """Largest body, after decompression."""
    max_entries: Annotated[int, Field(ge=1)] = 500
    """Entries read of one feed, from the top."""
    max_redirects: Annotated[int, Field(ge=0, le=20)] = 5
    """Redirects followed."""
    parse_seconds: Annotated[float, Field(gt=0)] = 10.0
    """CPU time one feed may take to parse."""
    parse_megabytes: Annotated[int, Field(ge=64)] = 512
    """Memory a parsing process may take."""
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Parsing processes."""
    allow_files: bool = False
    """Allow file: addresses and folders."""
    allow_private: bool = False
    """Allow loopback and private addresses."""
    keep: LongDuration = dt.timedelta(days=30)
    """How long entries are kept."""
    every: LongDuration = dt.timedelta(minutes=15)
    """The daemon pulls a busy feed this often."""
    at_least: LongDuration = dt.timedelta(hours=2)
    """The daemon pulls a quiet feed at least this often."""


class PictureSettings(Settings):
    """What is done with pictures."""

    mode: Literal["link", "host", "none"] = "link"
    """link to the publisher's own, host a resized copy on our site, or none."""
    folder: str = "var/pictures"
    """Where hosted copies are kept."""
    max_bytes: Annotated[int, Field(ge=10_000)] = 10_000_000
    """Largest picture fetched."""
    check: bool = True
    """Look at each linked picture before an edition goes out, and drop the dead ones."""


class SmtpSettings(Settings):
    """One SMTP server."""

    host: str
    """Its host name."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """587 for submission, 465 with tls: implicit, 25 for a relay of your own."""
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    """How the connection is protected. starttls is required, never optional."""
    verify: bool = True
    """Check the server's certificate."""
    ca_file: str = ""
    """A CA file of your own."""
    username: str = ""
    """Leave empty for no authentication."""
    password: SecretStr = SecretStr("")
    """Use ${ENV_NAME}."""
    connections: Annotated[int, Field(ge=1, le=200)] = 5
    """Connections at once."""
    messages_per_connection: Annotated[int, Field(ge=1)] = 100
    """After so many messages a connection is closed and another opened."""
    rate: Annotated[float, Field(gt=0)] | None = None
    """At most so many messages a second."""
    timeout: LongDuration = dt.timedelta(seconds=60)
    """For each command; the reply to the final dot gets ten minutes (RFC 5321 section 4.5.3.2.6)."""
    domain_connections: Annotated[int, Field(ge=1)] = 20
    """Messages under way at once to one receiving domain."""


class DomainSettings(Settings):
    """Limits for one receiving domain that asks for gentler treatment than others."""

    connections: Annotated[int, Field(ge=1)] = 5
    """Messages under way at once to it."""
    rate: Annotated[float, Field(gt=0)] | None = None
    """At most so many messages a second to it."""


class DkimSettings(Settings):
    """DKIM signing by us. Leave it out when the relay signs."""

    domain: str
    """The signing domain (d=), usually the sender's."""
    selector: str
    """The selector (s=): its key stands in DNS at SELECTOR._domainkey.DOMAIN."""
    key_file: str
    """PEM private key: RSA or Ed25519."""


def _several(value: Any) -> Any:
    """One server may stand without the list around it."""
    return (value,) if isinstance(value, dict) else value


class DeliverSettings(Settings):
    """How mail leaves."""

    transport: Literal["outbox", "smtp"] = "outbox"
    """outbox writes one .eml a subscriber into a folder; smtp sends."""
    outbox: str = "var/outbox"
    """The folder of transport outbox."""
    outbox_format: Literal["eml", "maildir"] = "eml"
    """What the outbox is: a folder of .eml files, or a Maildir that mail programs open."""
    smtp: Annotated[tuple[SmtpSettings, ...], BeforeValidator(_several)] = ()
    """One server, or several tried in order."""
    domains: dict[str, DomainSettings] = Field(default_factory=dict)
    """Limits of their own for receiving domains, by domain: {gmail.com: {connections: 5, rate: 20}}."""
    uncertain: Literal["hold", "resend_once"] = "hold"
    """What becomes of a message whose final reply never came: hold it, or send it once more with the same Message-ID."""
    bounce_domain: str = ""
    """Domain of the envelope senders (VERP). Default: the sender's."""
    journal: str = "var/journal"
    """Folder of the write-ahead journals of sending workers."""
    dkim: DkimSettings | None = None
    """Sign with DKIM."""
    bounces: tuple[str, ...] = ()
    """Maildirs and mboxes that bounces and complaints are delivered to: the daemon takes them in every few minutes."""
    soft_bounces: Annotated[int, Field(ge=1)] = 5
    """A mailbox that so many messages found full within soft_bounce_window counts as dead."""
    soft_bounce_window: dt.timedelta = dt.timedelta(days=14)
    """See soft_bounces."""
    retry: tuple[LongDuration, ...] = tuple(dt.timedelta(minutes=m) for m in (30, 60, 120, 240))
    """Waits before a deferred message is tried again; after the last one it expires."""


class SiteSettings(Settings):
    """The public site: subscribe, preferences, unsubscribe, archive."""

    url: SiteUrl = ""
    """Its https address, without a slash at the end. Needed before anything is sent over SMTP to subscribers."""
    secret_file: str = "var/secret.key"
    """The file with the secret key that signs tokens; made by `digest init`, readable by its owner alone."""
    listen: str = "127.0.0.1:8420"
    """Where `digest serve` listens; a web server in front of it speaks https."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses or networks of that web server: what they say in X-Forwarded-For is believed."""


class AlertSettings(Settings):
    """Who is told when something needs a person: one alert when trouble begins, one when it is over."""

    to: tuple[Address, ...] = ()
    """Mail addresses."""
    webhook: WebUrl = ""
    """An address that gets each alert as JSON by POST."""


class DaemonSettings(Settings):
    """`digest run`."""

    listen: str = "127.0.0.1:8410"
    """Where /healthz, /readyz and /metrics are served; empty for nowhere."""
    drain: Duration = dt.timedelta(seconds=10)
    """After SIGTERM messages in flight get this long to finish."""
    keep_unconfirmed: LongDuration = dt.timedelta(days=30)
    """How long people are kept who asked to subscribe and never confirmed."""
    keep_deliveries: LongDuration = dt.timedelta(days=180)
    """How long the record of each message is kept."""


class DemoSettings(Settings):
    """The sample newsroom."""

    now: Moment | None = None
    """Pins the clock for demo: feeds, so that the sample never goes stale."""


class Config(Settings):
    """All of config.yaml."""

    newsletters: Annotated[dict[Name, NewsletterSettings], Field(min_length=1)]
    """The publications."""
    feeds: dict[Name, FeedSettings] = Field(default_factory=dict)
    """Every feed once, by a short name."""
    database: str = "sqlite:///var/digest.sqlite3"
    """SQLAlchemy URL: sqlite:///path or postgresql://user:password@host/name."""
    site: SiteSettings = SiteSettings()
    """The public site."""
    pull: PullSettings = PullSettings()
    """How feeds are pulled."""
    pictures: PictureSettings = PictureSettings()
    """What is done with pictures."""
    deliver: DeliverSettings = DeliverSettings()
    """How mail leaves."""
    desk: DeskSettings = DeskSettings()
    """The editors' desk."""
    alerts: AlertSettings = AlertSettings()
    """Who is told when something needs a person."""
    daemon: DaemonSettings = DaemonSettings()
    """The daemon."""
    demo: DemoSettings = DemoSettings()
    """The sample newsroom."""
    template_dir: str = ""
    """A folder whose files replace the built-in templates one by one."""
