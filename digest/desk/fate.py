"""What an editor decides of the whole edition: approve it, take that back, pause, resume and cancel its sending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from digest.desk.room import Room, Sheet
from digest.desk.trouble import Trouble
from digest.errors import UsageError
from digest.pipeline import approval
from digest.pipeline.pictures import dead_pictures
from digest.slots import Slot

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """A button at the top of the page."""

    act: str
    label: str
    title: str = ""
    main: bool = False


def buttons(sheet: Sheet) -> tuple[Button, ...]:
    """What can be done with the edition as it stands."""
    state = sheet.state
    if state == "paused":
        return (Button("resume", "Go on sending", main=True),)
    if state == "sending":
        return (Button("pause", "Pause", "Messages in flight finish"),)
    if state == "frozen":
        return (Button("take-back-approval", "Take back", "Open the edition again, to change it"),)
    asked = sheet.newsletter.settings.approval.asked and not sheet.waits_for
    if asked and state in ("due", "claimed", "built", "awaiting_approval"):
        return (Button("approve", "Approve", "Fix the edition as you see it (A)", main=True),)
    return ()


@dataclass(frozen=True, slots=True)
class Fate:
    """The acts on whole editions, by one editor."""

    room: Room
    who: str
    edition: str = ""  # its id; "" = the one that editors work on

    def table(self) -> dict[str, Callable[[str, Data], Data]]:
        """Every act under the name that the page posts to."""
        return {
            "approve": self.approve,
            "take-back-approval": self.take_back,
            "pause": self.pause,
            "resume": self.resume,
            "cancel": self.cancel,
        }

    def approve(self, name: str, data: Data) -> Data:
        """Freeze exactly what the editor's page shows. Raises UsageError when that is no longer what there is."""
        sheet = self._sheet(name)
        if sheet.waits_for:
            raise UsageError(
                f"{sheet.waits_for.id} goes out before it and is still open.", "Approve that first."
            )
        if data.get("seen") != sheet.seen:
            raise UsageError("The edition has changed since you looked.", "Look at it again, then approve.")
        if sheet.awaited:
            raise UsageError("A picture is still on its way.", "Wait until you see it, then approve.")
        newsroom = self.room.newsroom
        gone = asyncio.run(dead_pictures(newsroom, sheet.built.edition, newsroom.clock()))
        if gone:
            self.room.dead |= gone
            self.room.forget(stories=False)
            titles = [i.headline for i in sheet.built.edition.items if i.picture and i.picture.url in gone]
            raise UsageError(
                f"The picture of “{titles[0]}” is gone from its server and was taken out.",
                "Look at the edition again, then approve.",
            )
        approval.approve(newsroom, sheet.slot, sheet.stand.number, sheet.built, self.who)
        self.room.forget(stories=False)
        return {"said": "Approved. It goes out as you saw it."}

    def take_back(self, name: str, _data: Data) -> Data:
        """Open an approved edition again."""
        approval.take_back(self.room.newsroom, self._slot(name), self.who)
        self.room.forget(stories=False)
        return {"said": "The approval is taken back."}

    def pause(self, name: str, _data: Data) -> Data:
        """Stop sending."""
        approval.pause(self.room.newsroom, self._slot(name), self.who)
        self.room.forget(stories=False)
        return {"said": "Paused. Messages in flight finish."}

    def resume(self, name: str, _data: Data) -> Data:
        """Go on sending."""
        approval.resume(self.room.newsroom, self._slot(name), self.who)
        self.room.forget(stories=False)
        return {"said": "Sending goes on."}

    def cancel(self, name: str, _data: Data) -> Data:
        """Never send the edition, or what is left of it."""
        unsent = approval.cancel(self.room.newsroom, self._slot(name), self.who)
        self.room.forget(stories=False)
        return {"said": f"Cancelled. {unsent} messages were not sent." if unsent else "Cancelled."}

    def _sheet(self, name: str) -> Sheet:
        sheet = self.room.sheet(name, self.edition)
        if isinstance(sheet, Trouble):
            raise UsageError(f"{sheet.title}.", "Mend that first.")
        return sheet

    def _slot(self, name: str) -> Slot:
        slot = self._sheet(name).ledger
        if slot is None:
            raise UsageError("The edition is still to come.", "It can be cancelled once it is in the ledger.")
        return slot
