"""The newsroom behind the desk: opened again when the config changes, its editions kept until something does."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import hashlib
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from digest.checks import Finding
from digest.compose import Newslist, memory, newslist
from digest.config.load import load
from digest.config.newsletter import Newsletter
from digest.desk.stand import FIXED, Stand, on_desk
from digest.desk.trouble import Trouble, trouble
from digest.errors import DigestError
from digest.model import Decision, Edition, FeedState, Mail, Member, SentItem, Story
from digest.pipeline.build import Built, build, remembered, since, told_to
from digest.pipeline.export import Specimen, specimen
from digest.pipeline.gather import WINDOW
from digest.pipeline.newsroom import Clock, Newsroom, open_newsroom
from digest.slots import Planned, Slot
from digest.store import audit, decisions, editions, feeds, instance, pulse

if TYPE_CHECKING:
    from digest.group.index import Index

STALE = dt.timedelta(minutes=1)  # what goes out when follows the clock
KEPT = dt.timedelta(minutes=5)  # ranks do so too, but an hour changes little, and they take most of the time


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
class Kept:
    """A newslist as long as it holds: decisions come and go, the stories and what was printed stay."""

    made: dt.datetime
    moved: str  # the pulse of the ledger then
    before: tuple[SentItem, ...]  # what open editions before it print
    work: Newslist


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
    before: dict[str, tuple[dt.datetime, Edition]] = field(default_factory=dict)  # the last change of config
    _newsroom: Newsroom | None = None
    _open: ExitStack = field(default_factory=ExitStack)
    _sheets: dict[tuple[str, str], tuple[dt.datetime, Sheet]] = field(
        default_factory=dict
    )  # and when it was made
    _latest: dict[str, Edition] = field(default_factory=dict)  # by Edition.id
    _told: dict[str, tuple[dt.datetime, tuple[Story, ...]]] = field(default_factory=dict)  # since when
    _kept: dict[str, Kept] = field(default_factory=dict)  # by Edition.id
    _indexes: dict[str, tuple[tuple[Story, ...], Index]] = field(default_factory=dict)
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
            now = found.clock()
            self.before |= {name: (now, edition) for name, edition in self._latest.items()}
            self._newsroom, self._open, self.trouble = found, opened, None
            self._sheets.clear()
            self._told.clear()
            self._kept.clear()

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            self._open.close()

    def forget(self, *, stories: bool) -> None:
        """Make the editions anew when they are next asked for; read the ``stories`` again as well."""
        with self._lock:
            self._sheets.clear()
            if stories:
                self._told.clear()
                self._kept.clear()

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
                self._tidy(found)
                self._sheets[name, edition] = self._sheets[name, found.id] = now, found
                self._latest[found.id] = found.built.edition
            return found

    def _tidy(self, found: Sheet) -> None:
        """Let go of the editions of its newsletter that are on the desk no more: it stays open for weeks."""
        there = {stand.id for stand in found.stands}
        kept: tuple[dict[str, Any], ...] = (self._kept, self._latest, self.before)
        for known in kept:
            for name in [n for n in known if n.startswith(f"{found.newsletter.name}/") and n not in there]:
                del known[name]

    def _make(self, newsletter: Newsletter, edition: str) -> Sheet | Trouble:
        now = self.newsroom.clock()
        with self.newsroom.store.read() as connection:
            stands = on_desk(connection, newsletter, now)
            stand = next((stand for stand in stands if stand.id == edition), stands[0])
            held = instance.load(connection)
            frozen = _frozen(connection, stand)
            history = decisions.history(connection, newsletter.name)
            steps = audit.of_slot(connection, stand.id)
            states = feeds.load_states(connection, [feed.url for feed in newsletter.feeds])
            moved = pulse.moved(connection)
            beat = pulse.decided(connection) + moved
        before = self._to_be_printed(newsletter, stands[: stands.index(stand)])
        if isinstance(before, Trouble):
            return before
        work = self._work(newsletter, stand, moved, before)
        if frozen:
            built = Built(*frozen, work.told)
        else:
            dead = frozenset(self.dead)
            built = asyncio.run(build(self.newsroom, newsletter, stand.slot, now=now, work=work, dead=dead))
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
            held=(held.hold_reason or "held by an operator") if held.hold else "",
            steps=steps,
            feeds=tuple(states.values()),
        )

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

    def _work(
        self, newsletter: Newsletter, stand: Stand, moved: str, before: tuple[SentItem, ...]
    ) -> Newslist:
        """The newslist of an edition: kept for minutes, unless stories came, the ledger moved or others print more."""
        now, slot, kept = self.newsroom.clock(), stand.slot, self._kept.get(stand.id)
        if kept is None or (kept.moved, kept.before) != (moved, before) or now - kept.made >= KEPT:
            earlier = (*remembered(self.newsroom, newsletter, slot), *before)
            told = self._stories(newsletter, since(newsletter, slot, now, earlier))
            work = newslist(
                newsletter, slot.key, slot.due, told, earlier=earlier, now=now, number=stand.number
            )
            kept = self._kept[stand.id] = Kept(now, moved, before, work)
        return kept.work

    def _stories(self, newsletter: Newsletter, since: dt.datetime) -> tuple[Story, ...]:
        kept = self._told.get(newsletter.name)
        if kept is None or kept[0] > since:
            kept = self._told[newsletter.name] = since, told_to(self.newsroom, newsletter, since)
            gc.freeze()  # ten thousand entries stay for hours: looking through them would take each decision 0.1 s
        return kept[1]

    def asked(self, sheet: Sheet) -> tuple[Finding, ...]:
        """What the checks on request said of this very content."""
        mine = (found for key, found in self.extra.items() if key.startswith(f"{sheet.newsletter.name} "))
        return tuple(finding for seen, findings in mine if seen == sheet.seen for finding in findings)

    def index(self, sheet: Sheet) -> Index:
        """The comparison of the sheet's entries with each other, made once for the same stories."""
        from digest.desk.near import indexed

        name, stories = sheet.newsletter.name, sheet.built.stories
        kept = self._indexes.get(name)
        if kept is None or kept[0] is not stories:
            kept = (stories, indexed(stories, across_languages=sheet.newsletter.settings.across_languages))
            self._indexes[name] = kept
        return kept[1]

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
