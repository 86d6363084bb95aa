"""The outbox folder: one file a subscriber, as ``.eml`` files or as a Maildir. Nothing leaves the machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from digest.deliver.journal import Journal
from digest.deliver.letter import Letter
from digest.deliver.outcome import Outcome, Reply
from digest.errors import DeliveryError

Format = Literal["eml", "maildir"]


class Outbox:
    """A transport and its session in one. Writing the same letter twice leaves one file, so nothing is uncertain."""

    connections = 1
    announces = False

    def __init__(self, folder: Path, format: Format = "eml") -> None:  # noqa: A002 - the setting's name
        self.folder = folder
        self.format = format

    async def connect(self) -> Outbox:
        """Make the folder. Raises DeliveryError when it cannot be made."""
        names = ("tmp", "new", "cur") if self.format == "maildir" else ("",)
        try:
            for name in names:
                (self.folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._trouble(error) from error
        return self

    async def send(self, letter: Letter, journal: Journal, following: Letter | None = None) -> Outcome:  # noqa: ARG002 - Session's
        """Write the letter's file, complete or not at all."""
        journal.starts(letter.recipient.delivery, letter.recipient.fence)
        data = letter.message()
        content = data.replace(b"\r\n", b"\n") if self.format == "maildir" else data
        temporary, final = self.names(letter)
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            # Letters hold an address and the links of one person.
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
            temporary.replace(final)
        except OSError as error:
            raise self._trouble(error) from error
        return Outcome("accepted", Reply(250, f"2.0.0 written to {final.name}"))

    async def close(self) -> None:
        """Nothing to close."""

    def names(self, letter: Letter) -> tuple[Path, Path]:
        """Where the file is written and where it then stands."""
        if self.format == "maildir":
            name = letter.values["message_id"].replace("/", "_").replace(":", "_")
            return self.folder / "tmp" / name, self.folder / "new" / name
        name = f"{letter.recipient.delivery:06d}.eml"
        final = self.folder / letter.edition.replace("/", "_") / name
        return final.with_suffix(f".{os.getpid()}.tmp"), final

    def _trouble(self, error: OSError) -> DeliveryError:
        """The error of a folder that cannot be written."""
        return DeliveryError(
            f"The outbox {self.folder} cannot be written: {error.strerror}.",
            "Free space or set deliver.outbox to another folder, then resume the edition.",
        )
