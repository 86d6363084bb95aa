"""The newsroom behind the desk: opened again when the config changes, its editions kept until something does."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.checks import Finding
from digest.compose import Newslist, memory
from digest.config.load import load
from digest.config.newsletter import Newsletter
from digest.desk.shelf import Shelf
from digest.desk.stand import FIXED, Stand, on_desk
from digest.desk.trouble import Trouble, trouble
from digest.errors import DigestError
from digest.model import Decision, Edition, FeedState, Mail, Member, SentItem, Story
from digest.pipeline.build import Built, build, composed
from digest.pipeline.export import Specimen, specimen
from digest.pipeline.newsroom import Clock, Newsroom, open_newsroom
from digest.pipeline.pictures import host_of, with_pictures
from digest.pipeline.regroup import WINDOW
from digest.slots import Planned, Slot
from digest.store import audit, decisions, editions, feeds, instance, pulse

if TYPE_CHECKING:
    from digest.desk.near import Comparison
    from digest.group.index import Index

STALE = dt.timedelta(minutes=1)  # what goes out when follows the clock
PAST = 6  # changes of the config that one can look back beyond


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """An edition on the desk: as it would be sent if nothing changed any more."""

    newsletter: Newsletter
    stand: Stand
    stands: tuple[Stand, ...]  # everything on the desk, in the order it goes out
    work: Newslist
    built: Built
    copy: Specimen
    history: tuple[tuple[Decision, dt.datetime | None], ...]  # of the slot; with the time each was undone
    seen: str  # a hash of the content: what an approval speaks of
    pulse: str  # of the decisions and the ledger it was made with
    held: str = ""  # why nothing is sent at all, "" usually
    steps: tuple[audit.Step, ...] = ()  # what the audit log knows of it
    feeds: tuple[FeedState, ...] = ()  # of the newsletter, as they were last read
    awaited: frozenset[str] = frozenset()  # addresses of pictures whose copies are on their way

    @property
    def slot(self) -> Planned:
        """When it goes out."""
        return self.stand.slot

    @property
    def ledger(self) -> Slot | None:
        """The slot as the ledger knows it."""
        return self.stand.ledger

    @property
    def id(self) -> str:
        """The edition's id, which decisions attach to."""
        return self.stand.id

    @property
    def state(self) -> str:
        """How far the ledger is with it; "due" when it does not know it yet."""
        return self.stand.state

    @property
    def frozen(self) -> bool:
        """Whether its content is fixed: what is decided now comes too late."""
        return self.stand.frozen

    @property
    def waits_for(self) -> Stand | None:
        """An edition that goes out before this one and is still open: what it prints can yet change."""
        before = self.stands[: self.stands.index(self.stand)]
        return next((stand for stand in before if stand.open), None)

    def story(self, entry: str) -> Story | None:
        """The story that an entry was grouped into; None for one that is not of the window."""
        return self.work.stories.get(self.work.by_entry.get(entry, ""))

    def member(self, entry: str) -> Member | None:
        """The entry as a member of that story."""
        story = self.story(entry)
        return next((m for m in story.members if m.entry.id == entry), None) if story else None

    def title(self, entry: str) -> str:
        """Its headline as printed, else as its paper has it; "" when it is gone."""
        printed = next((item.headline for item in self.built.edition.items if item.entry == entry), "")
        member = None if printed else self.member(entry)
        return member.entry.title if member else printed


@dataclass(frozen=True, slots=True)
class Past:
    """What the config said until it was changed."""

    until: dt.datetime
    newsletters: Mapping[str, Newsletter]


@dataclass(slots=True)
class Room:
    """An open newsroom and what stands in its way. Methods may be called from any thread."""

    config_file: Path
    env: Mapping[str, str]
    clock: Clock | None = None
    trouble: Trouble | None = None
    extra: dict[str, tuple[str, tuple[Finding, ...]]] = field(
        default_factory=dict
    )  # asked for; of which content
    dead: set[str] = field(default_factory=set)  # addresses of pictures found gone when they were asked for
    wanted: deque[str] = field(default_factory=deque)  # addresses of pictures that somebody has to copy
    past: list[Past] = field(default_factory=list)  # since the desk was opened, oldest first
    _newsroom: Newsroom | None = None
    _open: ExitStack = field(default_factory=ExitStack)
    _sheets: dict[tuple[str, str], tuple[dt.datetime, Sheet]] = field(
        default_factory=dict
    )  # and when it was made
    _shelf: Shelf = field(default_factory=Shelf)
    _compared: dict[str, Comparison] = field(default_factory=dict)  # by newsletter
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def newsroom(self) -> Newsroom:
        """The newsroom of the last config that held."""
        assert self._newsroom is not None
        return self._newsroom

    def open(self) -> None:
        """Read the config and open the store. Raises the DigestError the first time; later it is ``trouble``."""
        with self._lock:
            opened = ExitStack()
            try:
                found = opened.enter_context(
                    open_newsroom(load(self.config_file, self.env), clock=self.clock)
                )
            except DigestError as error:
                opened.close()
                if self._newsroom is None:
                    raise
                self.trouble = trouble(error)
                return
            self._open.close()
            if self._newsroom is not None and self._newsroom.newsletters != found.newsletters:
                self.past.append(Past(found.clock(), self._newsroom.newsletters))
                del self.past[1 : max(1, len(self.past) - PAST)]  # the first stays
            self._newsroom, self._open, self.trouble = found, opened, None
            self._sheets.clear()
            self._shelf.clear()

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            self._open.close()

    def forget(self, *, stories: bool) -> None:
        """Make the editions anew when they are next asked for; read the ``stories`` again as well."""
        with self._lock:
            self._sheets.clear()
            if stories:
                self._shelf.clear()

    def outdated(self, pulse: str) -> bool:
        """Forget the editions that were made before somebody decided what ``pulse`` tells of; whether any was not.

        What this desk itself decided is in its editions already.
        """
        with self._lock:
            fresh = {name: kept for name, kept in self._sheets.items() if kept[1].pulse == pulse}
            known = bool(fresh) and len(fresh) == len(self._sheets)
            self._sheets = fresh
            return not known

    def sheet(self, name: str, edition: str = "") -> Sheet | Trouble:
        """An ``edition`` on the desk, by its id, else the one that editors work on; or what stands in its way."""
        with self._lock:
            if self.trouble:
                return self.trouble
            now = self.newsroom.clock()
            made, sheet = self._sheets.get((name, edition), (now, None))
            if sheet and now - made < STALE:
                return sheet
            try:
                found = self._make(self.newsroom.newsletters[name], edition)
            except Exception as error:  # noqa: BLE001 - a template of the publisher's can raise anything; the desk lives on
                return trouble(error)
            if isinstance(found, Sheet):
                self._shelf.let_go(name, {stand.id for stand in found.stands})
                self._sheets[name, edition] = self._sheets[name, found.id] = now, found
            return found

    def _make(self, newsletter: Newsletter, edition: str) -> Sheet | Trouble:
        now = self.newsroom.clock()
        with self.newsroom.store.read() as connection:
            stands = on_desk(connection, newsletter, now)
            stand = next((stand for stand in stands if stand.id == edition), stands[0])
            held = instance.held(connection, now)
            frozen = _frozen(connection, stand)
            history = decisions.history(connection, newsletter.name)
            steps = audit.of_slot(connection, stand.id)
            states = feeds.load_states(connection, [feed.url for feed in newsletter.feeds])
            moved = pulse.moved(connection)
            beat = pulse.decided(connection) + moved
        before = self._to_be_printed(newsletter, stands[: stands.index(stand)])
        if isinstance(before, Trouble):
            return before
        work = self._shelf.work(self.newsroom, newsletter, stand, moved=moved, before=before)
        built, awaited = (
            (Built(*frozen, work.told), set()) if frozen else self._build(newsletter, stand, work, now)
        )
        return Sheet(
            newsletter,
            stand,
            stands,
            work,
            built,
            copy=specimen(self.newsroom, newsletter, built),
            history=tuple((d, undone) for d, undone in history if d.slot in ("", stand.id)),
            seen=content_hash(built),
            pulse=beat,
            held=held,
            steps=steps,
            feeds=tuple(states.values()),
            awaited=frozenset(awaited),
        )

    def _build(
        self, newsletter: Newsletter, stand: Stand, work: Newslist, now: dt.datetime
    ) -> tuple[Built, set[str]]:
        """The edition as it would be made now, and the pictures of it that are still to be fetched."""
        awaited: set[str] = set()
        made = build(
            self.newsroom,
            newsletter,
            stand.slot,
            now=now,
            work=work,
            dead=frozenset(self.dead),
            awaited=awaited,
        )
        built = asyncio.run(made)
        self.wanted.extend(awaited)
        return built, awaited

    def _to_be_printed(
        self, newsletter: Newsletter, before: Iterable[Stand]
    ) -> tuple[SentItem, ...] | Trouble:
        """What the editions ``before`` one print that are still open, as if they went out as they stand."""
        found: list[SentItem] = []
        for stand in before:
            if not stand.open:
                continue
            sheet = self.sheet(newsletter.name, stand.id)
            if isinstance(sheet, Trouble):
                return sheet
            found += memory(sheet.built.edition, sheet.work.told)
        return tuple(found)

    def formerly(self, sheet: Sheet, newsletter: Newsletter) -> Edition:
        """The edition of ``sheet`` as another config would make it now: with the same stories and decisions."""
        with self._lock:
            with self.newsroom.store.read() as connection:
                moved = pulse.moved(connection)
            before = self._to_be_printed(sheet.newsletter, sheet.stands[: sheet.stands.index(sheet.stand)])
            earlier = () if isinstance(before, Trouble) else before
            work = self._shelf.work(self.newsroom, newsletter, sheet.stand, moved=moved, before=earlier)
            edition, now = composed(self.newsroom, work), self.newsroom.clock()
            dead, awaited = frozenset(self.dead), set[str]()
            found = asyncio.run(with_pictures(self.newsroom, edition, now=now, dead=dead, awaited=awaited))
            self.wanted.extend(awaited)
            return found

    async def fetch(self, pictures: Iterable[str]) -> None:
        """Copy ``pictures`` to our own site; the editions that wait for them are made anew."""
        newsroom = self.newsroom
        await host_of(newsroom).copies(sorted(pictures), newsroom.clock())
        await asyncio.to_thread(self.forget, stories=False)

    def asked(self, sheet: Sheet) -> tuple[Finding, ...]:
        """What the checks on request said of this very content."""
        mine = (found for key, found in self.extra.items() if key.startswith(f"{sheet.newsletter.name} "))
        return tuple(finding for seen, findings in mine if seen == sheet.seen for finding in findings)

    def compare(self, sheet: Sheet) -> None:
        """Go on comparing the sheet's entries with each other, by one piece. One caller at a time."""
        from digest.desk.near import comparison

        name, stories = sheet.newsletter.name, sheet.built.stories
        kept = self._compared.get(name)
        if kept is None or kept.stories is not stories:
            across = sheet.newsletter.settings.across_languages
            kept = self._compared[name] = comparison(stories, across_languages=across)
        kept.go_on()

    def index(self, sheet: Sheet) -> Index | None:
        """The comparison of the sheet's entries with each other, once it is made for these very stories."""
        kept = self._compared.get(sheet.newsletter.name)
        if kept is None or kept.left or kept.stories is not sheet.built.stories:
            return None
        return kept.index

    def pulse(self) -> str:
        """A fingerprint of everything that was decided, by editors and by the ledger."""
        with self.newsroom.store.read() as connection:
            return pulse.decided(connection) + pulse.moved(connection)

    def grouping(self) -> str:
        """A fingerprint of the stories; takes a moment, in which nothing is being made."""
        newsroom = self.newsroom
        with self._lock, newsroom.store.read() as connection:
            return pulse.told(connection, newsroom.clock() - WINDOW)


def _frozen(connection: sa.Connection, stand: Stand) -> tuple[Edition, Mail] | None:
    """The edition as it was frozen, byte for byte, while it is going out."""
    if stand.ledger is None or stand.state not in {*FIXED, "held"}:
        return None
    name = editions.of_slot(connection, stand.ledger)
    return (editions.load(connection, name), editions.load_mails(connection, name)[0]) if name else None


def content_hash(built: Built) -> str:
    """The content that readers will see, in 16 hex digits."""
    parts = (built.mail.subject, built.mail.html, built.mail.text)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
