"""The sample config is complete, valid, and reads the sample newsroom."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from digest.config.load import load, newsletters
from digest.config.settings import Config
from digest.demo import config_file
from digest.demo.press import demo_feeds


@pytest.fixture(scope="module")
def config() -> Config:
    return load(config_file(), {}).config


def uncommented() -> str:
    """The sample config with its commented keys in force."""
    written = config_file().read_text("utf-8").replace("# smtp:", "smtp:")
    return re.sub(r"(?m)^( *)# ( *(?:- )?[a-z_]+: )", r"\1\2", written)


def models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models in an annotation, however deep."""
    if typing.get_origin(annotation) is None and isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from models(argument)


def below(value: Any) -> Iterator[dict[str, Any]]:
    """The mappings that stand for a model under a key: itself, its values, or its elements."""
    if isinstance(value, list):
        yield from (v for v in value if isinstance(v, dict))
    elif isinstance(value, dict):
        yield value
        yield from (v for v in value.values() if isinstance(v, dict))


def unnamed(model: type[BaseModel], nodes: list[dict[str, Any]], path: str = "") -> Iterator[str]:
    """The key paths of ``model`` that no mapping of ``nodes`` names."""
    for name, field in model.model_fields.items():
        here = f"{path}{name}"
        if not any(name in node for node in nodes):
            yield here
        for inner in models(field.annotation):
            yield from unnamed(inner, [m for node in nodes for m in below(node.get(name))], f"{here}.")


def test_it_stands_at_the_top_level_of_a_checkout() -> None:
    assert config_file() == Path(__file__).parent.parent.parent / "config.yaml"


def test_it_holds_without_a_warning() -> None:
    assert load(config_file(), {}).warnings == ()


def test_it_names_every_key_there_is() -> None:
    assert list(unnamed(Config, [yaml.safe_load(uncommented())])) == []


def test_what_is_commented_out_holds_and_changes_nothing_but_the_examples(
    config: Config, tmp_path: Path
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(uncommented(), "utf-8")
    (tmp_path / "dkim.pem").touch()
    full = load(file, {"SMTP_PASSWORD": "x"}, folder=tmp_path).config
    assert full.deliver.smtp[0].host == "mail.example.org"
    assert full.deliver.dkim is not None
    paths = load(config_file(), {}, folder=tmp_path).config
    examples = {"deliver": {"smtp", "dkim", "domains"}, "newsletters": {"moselle": {"approval", "window"}}}
    assert full.model_dump(exclude=examples) == paths.model_dump(exclude=examples)


def test_it_reads_every_sample_feed_and_only_those(config: Config) -> None:
    assert {feed.url for feed in config.feeds.values()} == set(demo_feeds())


def test_every_feed_is_read_by_a_newsletter(config: Config) -> None:
    read = {feed.url for n in newsletters(config, config_file().parent).values() for feed in n.feeds}
    assert read == set(demo_feeds())


def test_it_shows_three_languages_and_three_layouts(config: Config) -> None:
    assert {n.language for n in config.newsletters.values()} == {"en", "fr", "de"}
    assert {n.theme.layout for n in config.newsletters.values()} == {"front-page", "brief", "text-first"}


def test_the_clock_is_pinned(config: Config) -> None:
    assert config.demo.now is not None
    assert config.demo.now.isoformat() == "2026-11-23T17:30:00+01:00"


def test_a_fresh_machine_sends_nothing(config: Config) -> None:
    assert config.deliver.transport == "outbox"
