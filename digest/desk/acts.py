"""What an editor can do: each act of the page becomes decisions in the store, taken back or brought back as one.

Decisions made by one act share their instant; undoing and redoing go by it.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from digest.compose.decisions import FIELDS
from digest.desk.replay import replayed
from digest.desk.room import Room, Sheet
from digest.desk.trouble import Trouble
from digest.errors import UsageError
from digest.model import Decision, Item
from digest.store import decisions

Data = dict[str, Any]
Wish = tuple[str, str, str]  # verb, entry, value
History = Sequence[tuple[Decision, dt.datetime | None]]
TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts on one room's editions, by one editor."""

    room: Room
    who: str
    edition: str = ""  # its id; "" = the one that editors work on

    def table(self) -> dict[str, Callable[[str, Data], Data]]:
        """Every act under the name that the page posts to."""
        plain = {"pin": "", "open": "lead"}
        return {
            **{name: self._one("pin", value) for name, value in plain.items()},
            "hide": self._one("hide", ""),
            "lead": self._one("lead", ""),
            "split": self._split,
            "unpin": self._reverse("pin"),
            "unhide": self._reverse("hide"),
            "merge": self._merge,
            "place": self._place,
            "picture": self._picture,
            "field": self._field,
            "add": self._add,
            "replay": self._replay,
            "undo": self._undo,
            "redo": self._redo,
            "take-back": self._take_back,
            "bring-back": self._bring_back,
        }

    # --- writing

    def decide(self, name: str, *wishes: Wish) -> None:
        """Record decisions for the coming edition, all of one instant."""
        slot = self.open_sheet(name).id
        with self.room.newsroom.store.begin() as connection:
            when = self._instant(connection, name)
            for verb, entry, value in wishes:
                decisions.add(connection, Decision(0, name, slot, self.who, when, verb, entry, value))
        self.room.forget(stories=False)

    def sheet(self, name: str) -> Sheet:
        """The edition on the desk. Raises UsageError while something stands in its way."""
        sheet = self.room.sheet(name, self.edition)
        if isinstance(sheet, Trouble):
            raise UsageError(f"{sheet.title}.", "Mend that first.")
        return sheet

    def open_sheet(self, name: str) -> Sheet:
        """The same, while it can be changed. Raises UsageError once it is frozen."""
        sheet = self.sheet(name)
        if sheet.frozen:
            raise UsageError("The edition is approved and fixed.", "Take the approval back to change it.")
        return sheet

    def _instant(self, connection: sa.Connection, name: str) -> dt.datetime:
        """Now, and later than every other instant of the history: a pinned clock does not move."""
        known = decisions.history(connection, name)
        latest = [d.when for d, _ in known] + [undone for _, undone in known if undone]
        return max([self.room.newsroom.clock(), *(moment + TICK for moment in latest)])

    # --- the acts

    def _one(self, verb: str, value: str) -> Callable[[str, Data], Data]:
        def act(name: str, data: Data) -> Data:
            self.decide(name, (verb, text(data, "entry"), value))
            return {}

        return act

    def _split(self, name: str, data: Data) -> Data:
        self.decide(name, ("split", text(data, "entry"), ""))
        return {"said": "Split off. u takes it back."}

    def _merge(self, name: str, data: Data) -> Data:
        entry, other = text(data, "entry"), text(data, "value")
        if not entry or not other or entry == other:
            raise UsageError("A merge needs two stories.")
        self.decide(name, ("merge", entry, other))
        return {"said": "Merged. u takes it back.", "entry": entry}

    def _reverse(self, verb: str) -> Callable[[str, Data], Data]:
        """Take back every decision of ``verb`` that speaks of the story."""

        def act(name: str, data: Data) -> Data:
            mine = self._story_of(name, text(data, "entry"))
            found = [
                d.id
                for d, undone in self.open_sheet(name).history
                if not undone and d.verb == verb and d.entry in mine
            ]
            self._undo_ids(name, found)
            return {"said": "U brings it back."}

        return act

    def _place(self, name: str, data: Data) -> Data:
        """After another story of a section; moved there when it stands elsewhere."""
        entry, section, after = text(data, "entry"), text(data, "section"), text(data, "after")
        sheet = self.sheet(name)
        first = sheet.built.edition.sections[0].items if sheet.built.edition.sections else ()
        if any(entry in (i.entry, *i.members) for i in first):
            raise UsageError("The lead moves down when another story is made the lead.")
        wishes: list[Wish] = []
        if self._section_of(sheet, entry) != section:
            wishes.append(("move", entry, section))
        self.decide(name, *wishes, ("order", entry, after))
        return {}

    def _section_of(self, sheet: Sheet, entry: str) -> str | None:
        for section in sheet.built.edition.sections:
            if any(entry in (i.entry, *i.members) for i in section.items):
                return section.name
        return None

    def _picture(self, name: str, data: Data) -> Data:
        """One of the story's own pictures, or one at any address of the web."""
        url, entry = text(data, "value").strip(), text(data, "entry")
        if url and not url.startswith(("https://", "http://")) and url not in self._offered(name, entry):
            raise UsageError("The picture's address does not begin with https://.")
        value = json.dumps({"url": url, **_size(data)}) if url else ""
        self.decide(name, ("picture", entry, value))
        return {}

    def _offered(self, name: str, entry: str) -> set[str]:
        sheet = self.sheet(name)
        members = [member for each in self._story_of(name, entry) if (member := sheet.member(each))]
        return {picture.url for member in members for picture in member.entry.pictures}

    def _field(self, name: str, data: Data) -> Data:
        """The new words of one field; a section and the introduction are fields of the page as well."""
        field, value, entry = text(data, "field"), text(data, "value"), text(data, "entry")
        if field == "intro":
            self.decide(name, ("intro", "", value))
        elif field == "section":
            self.decide(name, ("move", entry, value))
        elif field in FIELDS:
            self.decide(name, ("edit", entry, json.dumps({field: value}, ensure_ascii=False)))
        else:
            raise UsageError(f"There is no field {field!r}.")
        return {}

    def _add(self, name: str, data: Data) -> Data:
        """An entry by hand, for what no feed has."""
        given = {
            k: text(data, k).strip() for k in ("title", "url", "standfirst", "kicker", "section", "paper")
        }
        if not given["title"]:
            raise UsageError("A story needs a headline.")
        if given["url"] and not given["url"].startswith(("https://", "http://")):
            raise UsageError("Its link does not begin with https://.")
        words = {k: v for k, v in given.items() if v}
        words["published"] = self.room.newsroom.clock().isoformat()
        value: Data = dict(words)
        picture = {k: text(data, k).strip() for k in ("caption", "credit", "alt")} | {
            "url": text(data, "picture").strip()
        }
        if picture["url"]:
            value["pictures"] = [{k: v for k, v in picture.items() if v} | _size(data)]
        entry = secrets.token_hex(8)
        self.decide(name, ("add", entry, json.dumps(value, ensure_ascii=False)))
        return {"entry": entry, "said": "Added."}

    def _replay(self, name: str, data: Data) -> Data:
        """The decisions of an exported file, in one act."""
        wishes = replayed(text(data, "yaml"))
        self.decide(name, *wishes)
        return {"said": f"{len(wishes)} decisions replayed. u takes them back."}

    # --- taking back

    def _undo(self, name: str, _data: Data) -> Data:
        found = last_made(self.open_sheet(name).history, self.who)
        if not found:
            return {"said": "There is nothing to undo."}
        self._undo_ids(name, [d.id for d in found])
        return {"said": f"Undone: {found[-1].verb}. U redoes it.", "entry": found[-1].entry}

    def _redo(self, name: str, _data: Data) -> Data:
        found = last_undone(self.open_sheet(name).history, self.who)
        if not found:
            return {"said": "There is nothing to redo."}
        self._redo_ids([d.id for d in found])
        return {"said": f"Done again: {found[-1].verb}.", "entry": found[-1].entry}

    def _take_back(self, name: str, data: Data) -> Data:
        self._undo_ids(name, self._known(name, data))
        return {}

    def _bring_back(self, name: str, data: Data) -> Data:
        self._redo_ids(self._known(name, data))
        return {}

    def _known(self, name: str, data: Data) -> list[int]:
        """The id that the page names, when it is of this edition."""
        return [d.id for d, _ in self.open_sheet(name).history if str(d.id) == text(data, "value")]

    def _undo_ids(self, name: str, ids: Iterable[int]) -> None:
        with self.room.newsroom.store.begin() as connection:
            now = self._instant(connection, name)
            for decision in ids:
                decisions.undo(connection, decision, now)
        self.room.forget(stories=False)

    def _redo_ids(self, ids: Iterable[int]) -> None:
        with self.room.newsroom.store.begin() as connection:
            for decision in ids:
                decisions.redo(connection, decision)
        self.room.forget(stories=False)

    def _story_of(self, name: str, entry: str) -> set[str]:
        """Every entry of the story that ``entry`` is in, as printed or as grouped."""
        sheet = self.sheet(name)
        items: tuple[Item, ...] = sheet.built.edition.items
        found = {e for i in items if entry in (i.entry, *i.members) for e in (i.entry, *i.members)}
        grouped = sheet.story(entry)
        return found | {entry} | ({e.id for e in grouped.entries()} if grouped else set())


def last_made(history: History, who: str) -> list[Decision]:
    """The decisions of the latest act of ``who`` that holds."""
    mine = [d for d, undone in history if undone is None and d.who == who]
    latest = max((d.when for d in mine), default=None)
    return [d for d in mine if d.when == latest]


def last_undone(history: History, who: str) -> list[Decision]:
    """What ``who`` took back last, unless something was decided since."""
    mine = [(d, undone) for d, undone in history if undone is not None and d.who == who]
    latest = max((undone for _, undone in mine), default=None)
    since = max((d.when for d, undone in history if undone is None and d.who == who), default=None)
    if latest is None or (since is not None and since > latest):
        return []
    return [d for d, undone in mine if undone == latest]


def _size(data: Data) -> Data:
    """Width, height and type of a picture that was taken in here."""
    given = data.get("size")
    if not isinstance(given, dict):
        return {}
    pixels = {k: given[k] for k in ("width", "height") if isinstance(given.get(k), int)}
    return pixels | ({"type": given["type"]} if isinstance(given.get("type"), str) else {})


def text(data: Data, key: str) -> str:
    """A string of the posted object; "" for anything else."""
    value = data.get(key, "")
    return value if isinstance(value, str) else ""
