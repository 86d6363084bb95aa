"""From settings to what the stages take: absolute paths, and newsletters together with their feeds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from digest import opml
from digest.config import holidays
from digest.config.newsletter import Newsletter, SectionPlan
from digest.config.settings import Config, FeedSettings, NewsletterSettings, SectionSettings
from digest.model import Feed


def rooted(config: Config, folder: Path) -> Config:
    """``config`` with its relative paths starting at ``folder``; an empty path stays empty."""

    def at(path: str) -> str:
        return str(folder / path) if path else ""

    deliver = config.deliver
    dkim = deliver.dkim and deliver.dkim.model_copy(update={"key_file": at(deliver.dkim.key_file)})
    smtp = tuple(server.model_copy(update={"ca_file": at(server.ca_file)}) for server in deliver.smtp)
    changed: dict[str, Any] = {
        "deliver": deliver.model_copy(
            update={"outbox": at(deliver.outbox), "journal": at(deliver.journal), "dkim": dkim, "smtp": smtp}
        ),
        "site": config.site.model_copy(update={"secret_file": at(config.site.secret_file)}),
        "pictures": config.pictures.model_copy(update={"folder": at(config.pictures.folder)}),
        "template_dir": at(config.template_dir),
        "database": _database(config.database, folder),
        "feeds": {name: _feed_file(feed, folder) for name, feed in config.feeds.items()},
        "newsletters": {
            name: newsletter.model_copy(
                update={"opml": at(newsletter.opml), "holidays_file": at(newsletter.holidays_file)}
            )
            for name, newsletter in config.newsletters.items()
        },
    }
    return config.model_copy(update=changed)


def _database(url: str, folder: Path) -> str:
    scheme, separator, path = url.partition(":///")
    if not separator or not scheme.startswith("sqlite") or not path or path[0] in "/:":
        return url
    return f"{scheme}:///{folder / path}"


def _feed_file(feed: FeedSettings, folder: Path) -> FeedSettings:
    if not feed.url.startswith("file:") or feed.url.startswith("file:/"):
        return feed
    return feed.model_copy(update={"url": (folder / feed.url.removeprefix("file:")).as_uri()})


def newsletters(config: Config, folder: Path) -> dict[str, Newsletter]:
    """Every newsletter with the feeds it reads and its sections, OPML files included.

    Raises DigestError when an OPML file cannot be read.
    """
    feeds = {name: feed_of(settings) for name, settings in config.feeds.items()}
    return {name: _newsletter(name, n, feeds, folder) for name, n in config.newsletters.items()}


def feed_of(settings: FeedSettings) -> Feed:
    """The model's Feed of a feed's settings."""
    fields = settings.model_dump()
    url, credentials = parted(settings.url)
    paper = settings.paper or settings.title or host(url)
    return Feed(**fields | {"url": url, "paper": paper}, credentials=credentials)


def parted(url: str) -> tuple[str, str]:
    """An address without its credentials, a feed's identity; and these, which stay out of the database."""
    scheme, mark, rest = url.partition("://")
    netloc, slash, path = rest.partition("/")
    given, at, server = netloc.rpartition("@")
    return (f"{scheme}{mark}{server}{slash}{path}", given) if mark and at else (url, "")


def host(url: str) -> str:
    """The server's name without www, or what stands in an address without a server: a paper's last resort."""
    parts = urlsplit(url)
    return (parts.hostname or parts.path).removeprefix("www.")


def _newsletter(
    name: str, settings: NewsletterSettings, feeds: Mapping[str, Feed], folder: Path
) -> Newsletter:
    listed = opml.read(folder / settings.opml) if settings.opml else ()
    theirs = {o.name: _listed(o) for o in listed}
    known = {**theirs, **feeds}
    wanted = [known[n] for n in feed_names(settings, tuple(feeds), tuple(theirs))]
    read = {feed.url: feed for feed in wanted}
    sections = _sections(settings.sections, known) or _outlined(listed)
    whole = (SectionPlan("", frozenset(), settings.max_stories),)
    return Newsletter(name, _with_holidays(settings, folder), tuple(read.values()), sections or whole)


def _listed(outline: opml.Outline) -> Feed:
    url, credentials = parted(outline.url)
    return Feed(
        url, outline.title or host(url), outline.title, language=outline.language, credentials=credentials
    )


def _with_holidays(settings: NewsletterSettings, folder: Path) -> NewsletterSettings:
    if not settings.holidays_file:
        return settings
    listed = holidays.load(folder / settings.holidays_file)
    return settings.model_copy(update={"holidays": settings.holidays | listed})


def feed_names(settings: NewsletterSettings, every: tuple[str, ...], listed: tuple[str, ...]) -> list[str]:
    """Short names of the feeds a newsletter reads, in the order of the config.

    ``every`` are the feeds of the file, ``listed`` those of its OPML file. With none named, or with a section
    that takes the rest while nothing says what the rest is, it reads every feed of the file.
    """
    named = [name for section in settings.sections for name in section.feeds]
    rest = not settings.sections or any(not section.feeds for section in settings.sections)
    more = [*settings.feeds, *listed] or (list(every) if rest else [])
    return list(dict.fromkeys([*named, *more]))


def _sections(sections: tuple[SectionSettings, ...], known: Mapping[str, Feed]) -> tuple[SectionPlan, ...]:
    return tuple(
        SectionPlan(s.name, frozenset(known[n].url for n in s.feeds), s.max_stories, s.weight)
        for s in sections
    )


def _outlined(listed: tuple[opml.Outline, ...]) -> tuple[SectionPlan, ...]:
    """A section for each folder of an OPML file; feeds outside folders go where nobody else takes them."""
    folders: dict[str, set[str]] = {}
    for outline in listed:
        folders.setdefault(outline.folder, set()).add(parted(outline.url)[0])
    if set(folders) <= {""}:
        return ()
    most: int = SectionSettings.model_fields["max_stories"].default
    named = [SectionPlan(name, frozenset(urls), most) for name, urls in folders.items() if name]
    rest = [SectionPlan("", frozenset(), most)] if "" in folders else []
    return (*named, *rest)
