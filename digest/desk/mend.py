"""Mending editions that are out, from the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from digest.compose.decisions import FIELDS
from digest.desk.room import Room
from digest.errors import StoreError, UsageError
from digest.model import Correction, Edition
from digest.pipeline.correct import OUT, Wish, archived, correct, mail
from digest.store import corrections, editions

Data = dict[str, Any]
LISTED = 14  # earlier editions to choose from


@dataclass(frozen=True, slots=True)
class Earlier:
    """An edition that is out, as it now stands, for the pane."""

    listed: tuple[tuple[str, str], ...]  # id and subject of each that can be mended, newest first
    edition: Edition | None = None
    mended: tuple[Correction, ...] = ()
    unmailed: int = 0


@dataclass(frozen=True, slots=True)
class Mend:
    """The acts on editions that are out, by one editor."""

    room: Room
    who: str

    def table(self) -> dict[str, Callable[[str, Data], Data]]:
        """Every act under the name that the page posts to."""
        return {"correct": self.correct, "mail-correction": self.mail}

    def correct(self, name: str, data: Data) -> Data:
        """Mend or take down one story of an edition."""
        edition, entry = _text(data, "edition"), _text(data, "entry")
        remove = bool(_text(data, "remove"))
        with self.room.newsroom.store.read() as connection:
            found = archived(connection, self._own(name, edition))
        words = {} if remove else _changed(found, entry, data)
        made = correct(
            self.room.newsroom, edition, Wish(entry, words, _text(data, "note").strip(), remove), self.who
        )
        self.room.forget(stories=False)
        done = "Taken down." if remove else f"“{made.headline}” is mended."
        return {"said": f"{done} The next edition tells of it.", "against": edition}

    def mail(self, name: str, data: Data) -> Data:
        """Mail what was mended to those whom the edition reached."""
        edition = self._own(name, _text(data, "value"))
        slot = mail(self.room.newsroom, edition, self.who)
        self.room.forget(stories=False)
        return {"said": f"The correction goes out as {slot}."}

    def _own(self, name: str, edition: str) -> str:
        if edition.partition("/")[0] != name:
            raise UsageError(f"{edition or 'That'} is no edition of {name}.")
        return edition


def earlier(room: Room, name: str, chosen: str) -> Earlier:
    """The editions of a newsletter that are out, and one of them: the chosen, else the newest."""
    with room.newsroom.store.read() as connection:
        found = [s for s in editions.summaries(connection, name, LISTED) if s.state in OUT]
        listed = tuple((s.id, s.subject) for s in found)
        wanted = chosen if chosen in {key for key, _ in listed} else (listed[0][0] if listed else "")
        try:
            edition = archived(connection, wanted) if wanted else None
        except StoreError:  # it went between two looks
            edition = None
        mended = corrections.of_edition(connection, wanted)
        waiting = corrections.unmailed(connection, wanted)
    return Earlier(listed, edition, mended, len(waiting))


def _changed(edition: Edition, entry: str, data: Data) -> dict[str, str]:
    """The fields whose words are not those of the page."""
    item = next((i for i in edition.items if i.entry == entry), None)
    if item is None:
        return {}
    picture = {k: getattr(item.picture, k) if item.picture else "" for k in ("caption", "credit", "alt")}
    now = {k: getattr(item, k) for k in ("kicker", "headline", "standfirst")} | picture
    return {k: _text(data, k).strip() for k in FIELDS if k in data and _text(data, k).strip() != now[k]}


def _text(data: Data, key: str) -> str:
    value = data.get(key, "")
    return value if isinstance(value, str) else ""
