"""A newsletter resolved: its settings together with the feeds they name."""

from __future__ import annotations

from dataclasses import dataclass

from digest.config.settings import NewsletterSettings
from digest.model import Feed


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """A section and the feeds it takes its stories from; no feeds means whatever no other section takes."""

    name: str
    feeds: frozenset[str]  # Feed.url
    max_stories: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Newsletter:
    """All that composing and rendering need to know of one publication."""

    name: str  # its key in config.yaml
    settings: NewsletterSettings
    feeds: tuple[Feed, ...]  # each once, in the order of the config
    sections: tuple[SectionPlan, ...]  # in the order of the config; never empty
