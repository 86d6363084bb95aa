"""What a body says once it is read and cleaned, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass

from digest.model import Entry


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document comes from: its feed, its paper, the address it was read at, the language it is said to have."""

    feed: str
    paper: str = ""
    base: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Alternate:
    """A feed that a page names."""

    url: str
    title: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document read and cleaned. Entries have no ``first_seen`` yet; an unknown date is the model's default."""

    kind: str  # "feed" or "page"
    title: str = ""
    site: str = ""
    language: str = ""
    entries: tuple[Entry, ...] = ()
    alternates: tuple[Alternate, ...] = ()
    note: str = ""
