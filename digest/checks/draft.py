"""What is checked, and what a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from digest.config.newsletter import Newsletter
from digest.model import Edition, Mail

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Draft:
    """One reader's copy of an edition, and what it was made of."""

    edition: Edition
    newsletter: Newsletter
    mail: Mail
    html: str  # one reader's
    text: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should know before the edition goes out. An error should stop it."""

    level: Level
    check: str  # a short constant: "size", "caption", "unsubscribe", …
    message: str
    advice: str = ""
    entry: str = ""  # the Entry.id of the story it is about
