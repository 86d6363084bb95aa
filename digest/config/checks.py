"""What no single value can show: names that must exist, addresses that must differ, hours that clocks skip."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from digest import opml
from digest.config import holidays
from digest.config.document import Node, find, key_path
from digest.config.resolve import feed_names, parted
from digest.config.settings import Config, NewsletterSettings
from digest.config.values import nearest
from digest.errors import DigestError, Problem

Loc = tuple[str | int, ...]
_DATABASES = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg", "postgres")


class Checks:
    """Every check of a whole config, gathered in ``problems``; warnings are marked as such."""

    def __init__(self, config: Config, root: Node | None, folder: Path, today: dt.date) -> None:
        self.config = config
        self.root = root
        self.folder = folder
        self.today = today
        self.problems: list[Problem] = []
        feeds = root.mapping.get("feeds") if root else None
        # Also feeds with a problem of their own: who names one of them is not to blame.
        self.feeds = list(dict.fromkeys([*(feeds.mapping if feeds else ()), *config.feeds]))

    def run(self) -> list[Problem]:
        """All of them."""
        self._feeds()
        used: set[str] = set()
        for name, newsletter in self.config.newsletters.items():
            used |= self._newsletter(("newsletters", name), newsletter)
        for name in self.config.feeds:
            if name not in used:
                self._warn(
                    ("feeds", name), "is read by no newsletter", "name it in a section, or under feeds"
                )
        self._database()
        self._delivery()
        self._file(("template_dir",), self.config.template_dir)
        return self.problems

    def _complain(self, loc: Loc, message: str, advice: str, *, warning: bool = False) -> None:
        found = find(self.root, loc)
        path = key_path(found.path if found.node else loc)
        self.problems.append(Problem(path, found.line, message, advice, warning=warning))

    def _warn(self, loc: Loc, message: str, advice: str) -> None:
        self._complain(loc, message, advice, warning=True)

    def _file(self, loc: Loc, path: str) -> None:
        if path and not (self.folder / path).exists():
            self._complain(loc, f"{path} does not exist", f"paths start from {self.folder.resolve()}")

    # --- feeds ---

    def _feeds(self) -> None:
        seen: dict[str, str] = {}
        for name, feed in self.config.feeds.items():
            first = seen.setdefault(parted(feed.url)[0], name)
            if first != name:
                self._complain(
                    ("feeds", name, "url"), f"is the address of {first} as well", "keep one of them"
                )
            if feed.url.startswith("file:") and not self.config.pull.allow_files:
                self._complain(("feeds", name, "url"), "is a file", "set pull.allow_files: true to allow it")

    # --- newsletters ---

    def _newsletter(self, at: Loc, settings: NewsletterSettings) -> set[str]:
        """Check one; returns the short names of the feeds it reads."""
        listed = self._opml((*at, "opml"), settings.opml)
        known = [*self.feeds, *listed]
        self._feed_names((*at, "feeds"), settings.feeds, known)
        for index, section in enumerate(settings.sections):
            self._feed_names((*at, "sections", index, "feeds"), section.feeds, known)
        self._sections(at, settings)
        self._slots((*at, "slots"), settings)
        self._holidays((*at, "holidays_file"), settings.holidays_file)
        if settings.min_stories > settings.max_stories:
            message = f"is {settings.min_stories}, more than max_stories ({settings.max_stories})"
            self._complain((*at, "min_stories"), message, "nothing would ever be sent: lower it")
        if settings.approval.asked and not self.config.desk.editors:
            message = "is asked for, and nobody gets a mail about it"
            self._warn((*at, "approval"), message, "name the editors' addresses under desk.editors")
        reads = feed_names(settings, tuple(self.config.feeds), tuple(listed))
        if not reads and not self.feeds:
            self._complain(at, "reads no feed", "add feeds to the file: digest feeds add URL")
        return set(reads)

    def _opml(self, loc: Loc, path: str) -> list[str]:
        if not path:
            return []
        try:
            return [outline.name for outline in opml.read(self.folder / path)]
        except DigestError as error:
            self._complain(loc, error.message.rstrip("."), error.advice.rstrip("."))
            return []

    def _holidays(self, loc: Loc, path: str) -> None:
        try:
            holidays.load(self.folder / path) if path else None
        except DigestError as error:
            self._complain(loc, error.message.rstrip("."), error.advice.rstrip("."))

    def _feed_names(self, loc: Loc, names: Iterable[str], known: list[str]) -> None:
        for index, name in enumerate(names):
            if name not in known:
                few = ", ".join(known) if 0 < len(known) <= 12 else "add it to feeds"
                advice = nearest(name, known) or (f"there is {few}" if known else "add it to feeds")
                self._complain((*loc, index), f"there is no feed {name}", advice)

    def _sections(self, at: Loc, settings: NewsletterSettings) -> None:
        names = [section.name for section in settings.sections]
        for index, name in enumerate(names):
            if name in names[:index]:
                self._complain((*at, "sections", index, "name"), f"{name} is there twice", "rename one")
        takers = [index for index, section in enumerate(settings.sections) if not section.feeds]
        for index in takers[1:]:
            message = "takes what no other section takes, as an earlier one does"
            self._complain((*at, "sections", index), message, "give it feeds")
        if settings.region and settings.region not in names and not settings.opml:
            advice = nearest(settings.region, names) or f"there is {', '.join(names) or 'none'}"
            self._complain((*at, "region"), f"there is no section {settings.region}", advice)

    def _slots(self, loc: Loc, settings: NewsletterSettings) -> None:
        zone = ZoneInfo(settings.timezone)
        for name, slot in settings.slots.items():
            if skipped := skipped_date(zone, slot.time, self.today):
                message = f"{slot.time:%H:%M} does not exist on {skipped} in {settings.timezone}"
                self._warn((*loc, name), message, "the edition goes out when the clocks have changed")

    # --- database and delivery ---

    def _database(self) -> None:
        scheme, separator, rest = self.config.database.partition("://")
        if not separator or scheme not in _DATABASES:
            near = nearest(scheme, _DATABASES, "did you mean {}://?")
            advice = near or "write sqlite:///path or postgresql://user@host/name"
            self._complain(("database",), "is no database we know", advice)
        elif scheme.startswith("sqlite") and rest.lstrip("/") in ("", ":memory:"):
            message = "is in memory, which would forget what was sent"
            self._complain(("database",), message, "name a file: sqlite:///var/digest.sqlite3")

    def _delivery(self) -> None:
        deliver = self.config.deliver
        at: Loc = ("deliver",)
        if deliver.dkim:
            self._file((*at, "dkim", "key_file"), deliver.dkim.key_file)
        for index, server in enumerate(deliver.smtp):
            self._file((*at, "smtp", index, "ca_file"), server.ca_file)
            if server.tls == "none" and server.username:
                message = "sends the password in clear"
                self._warn((*at, "smtp", index, "tls"), message, "use starttls or implicit")
        if deliver.transport == "smtp" and not deliver.smtp:
            message = "is smtp, but there is no server"
            self._complain((*at, "transport"), message, "add deliver.smtp with host, port, username")
        if deliver.transport != "outbox":
            self._to_readers()

    def _to_readers(self) -> None:
        if not self.config.site.url:
            advice = "set site.url: every mail needs a working way out"
            message = f"is missing, and transport is {self.config.deliver.transport}"
            self._complain(("site", "url"), message, advice)
        for name, newsletter in self.config.newsletters.items():
            if not newsletter.postal_address:
                advice = "law in many places asks for one in the footer"
                self._warn(("newsletters", name), "has no postal_address", advice)


def skipped_date(zone: ZoneInfo, time: dt.time, start: dt.date) -> dt.date | None:
    """The first date within a year of ``start`` on which clocks in ``zone`` jump over ``time``."""
    for days in range(366):
        local = dt.datetime.combine(start + dt.timedelta(days=days), time)
        # PEP 495: only a time that does not exist comes back from UTC as another.
        if local.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != local:
            return local.date()
    return None


def exposed(root: Node | None, mode: int) -> Iterator[Problem]:
    """Warnings about secrets in plain text, for a file whose ``mode`` lets everybody read it."""
    if root is None or not mode & 0o004:
        return
    for loc, node in _texts(root, ()):
        password = loc[-1:] == ("password",) or bool(_userinfo(node.text or ""))
        if password and node.text and not node.from_env:
            advice = "write ${NAME} and set NAME in the environment, or chmod 600 the file"
            message = "is a secret in a file that everybody here can read"
            yield Problem(key_path(loc), node.start.line, message, advice, warning=True)


def _texts(node: Node, loc: Loc) -> Iterator[tuple[Loc, Node]]:
    if node.kind == "text":
        yield loc, node
    for key, child in node.mapping.items():
        yield from _texts(child, (*loc, key))
    for index, child in enumerate(node.items):
        yield from _texts(child, (*loc, index))


def _userinfo(text: str) -> str:
    """The password in an address, "" without one."""
    if "://" not in text or not set(text) <= set(string.printable):
        return ""
    try:
        return urlsplit(text).password or ""
    except ValueError:
        return ""
