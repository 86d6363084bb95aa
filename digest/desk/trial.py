"""Trying an edition: a test to an address of the config, and the checks that need the network or another program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from digest.checks.spam import spam
from digest.desk.links import check_links
from digest.desk.room import Room, Sheet
from digest.desk.trouble import Trouble
from digest.desk.view import draft_of
from digest.errors import UsageError
from digest.model import Recipient
from digest.pipeline.export import SPECIMEN, specimen
from digest.pipeline.note import send_message
from digest.store import audit

MARK = b"[Test] "


class Trial:
    """The acts of one room that try an edition and change nothing, by one editor."""

    def __init__(self, room: Room, who: str, edition: str = "") -> None:
        self.room, self.who, self.edition = room, who, edition

    def table(self) -> dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]]:
        """Every act under the name that the page posts to."""
        return {"test": self.send, "links": self.links, "spam": self.spam}

    def send(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Send the edition as it is, marked [Test], to an address that the config names."""
        allowed = self.room.newsroom.config.desk.test_to
        address = data.get("address") or (allowed[0] if allowed else "")
        if address not in allowed:
            raise UsageError("Tests go only where the config says.", "Add the address to desk.test_to.")
        sheet = self._sheet(name)
        sender = sheet.newsletter.settings.sender.address
        asyncio.run(send_message(self.room.newsroom, address, sender, marked_copy(self.room, sheet, address)))
        newsroom = self.room.newsroom
        with newsroom.store.begin() as connection:
            now, log = newsroom.clock(), {"newsletter": name, "slot": sheet.id, "detail": f"to {address}"}
            audit.note(connection, now, self.who, "tested", **log)
        return {"said": f"A test is on its way to {address}."}

    def links(self, name: str, _data: dict[str, Any]) -> dict[str, Any]:
        """Ask for every link."""
        sheet, newsroom = self._sheet(name), self.room.newsroom
        private = newsroom.config.pull.allow_private
        found = asyncio.run(
            check_links(draft_of(sheet), user_agent=newsroom.user_agent, allow_private=private)
        )
        self.room.extra[f"{name} links"] = (sheet.seen, found)
        return {"said": f"Links: {len(found) - 1 or 'no'} to look at."}

    def spam(self, name: str, _data: dict[str, Any]) -> dict[str, Any]:
        """Ask SpamAssassin."""
        sheet = self._sheet(name)
        found = spam(sheet.copy.message)
        self.room.extra[f"{name} spam"] = (sheet.seen, found)
        return {"said": found[0].message if found else "SpamAssassin is not installed here."}

    def _sheet(self, name: str) -> Sheet:
        sheet = self.room.sheet(name, self.edition)
        if isinstance(sheet, Trouble):
            raise UsageError(f"{sheet.title}.", "Mend that first.")
        return sheet


def marked_copy(room: Room, sheet: Sheet, address: str) -> bytes:
    """The message as it would be sent, to ``address`` and marked; its links belong to nobody."""
    recipient = Recipient(0, 0, 0, SPECIMEN.token_id, address)
    message = specimen(room.newsroom, sheet.newsletter, sheet.built, recipient).message
    return message.replace(b"\r\nSubject: ", b"\r\nSubject: " + MARK, 1)
