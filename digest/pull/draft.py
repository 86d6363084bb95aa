"""What a reader of one format hands on: a document's entries as written, before anything is cleaned."""

from __future__ import annotations

from dataclasses import dataclass, field

from digest.pull.candidates import Candidate


@dataclass(slots=True)
class Draft:
    """One entry as its feed wrote it."""

    guid: str = ""
    guid_is_link: bool = False
    links: list[str] = field(default_factory=list)  # best first
    title: str = ""  # may be markup
    summary: str = ""  # may be markup
    content: str = ""  # may be markup
    authors: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)  # published first, then updated
    categories: list[str] = field(default_factory=list)
    language: str = ""
    pictures: list[Candidate] = field(default_factory=list)


@dataclass(slots=True)
class DraftFeed:
    """A document as written."""

    title: str = ""
    site: str = ""
    language: str = ""
    drafts: list[Draft] = field(default_factory=list)
    note: str = ""  # what is wrong with it, "" when nothing is
