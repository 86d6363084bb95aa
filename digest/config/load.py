"""config.yaml -> Config, with every problem named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from digest.config.newsletter import Newsletter, SectionPlan
from digest.config.settings import Config, FeedSettings, NewsletterSettings
from digest.errors import ConfigError, Problem
from digest.model import Feed


@dataclass(frozen=True, slots=True)
class Loaded:
    """A config that holds, what to mind about it, and the folder its relative paths start from."""

    config: Config
    warnings: tuple[Problem, ...]
    folder: Path


def load(path: Path, env: Mapping[str, str]) -> Loaded:  # noqa: ARG001 - ${ENV} comes with the next commit
    """Read and check ``path``; raises ConfigError with every problem."""
    try:
        config = Config.model_validate(yaml.safe_load(path.read_bytes()) or {})
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(str(path), (Problem("", None, str(error)),)) from error
    except ValidationError as error:
        problems = tuple(Problem(".".join(map(str, e["loc"])), None, e["msg"]) for e in error.errors())
        raise ConfigError(str(path), problems) from error
    return Loaded(config, (), path.parent)


def newsletters(config: Config, folder: Path) -> dict[str, Newsletter]:  # noqa: ARG001 - for OPML files
    """The newsletters with the feeds they name."""
    return {name: _newsletter(name, settings, config.feeds) for name, settings in config.newsletters.items()}


def _newsletter(name: str, settings: NewsletterSettings, all_feeds: Mapping[str, FeedSettings]) -> Newsletter:
    named = dict.fromkeys([n for s in settings.sections for n in s.feeds] + list(settings.feeds)) or all_feeds
    feeds = {n: Feed(**all_feeds[n].model_dump()) for n in named}
    plans = tuple(
        SectionPlan(s.name, frozenset(feeds[n].url for n in s.feeds), s.max_stories, s.weight)
        for s in settings.sections
    )
    whole = (SectionPlan("", frozenset(), settings.max_stories),)
    return Newsletter(name, settings, tuple(feeds.values()), plans or whole)
