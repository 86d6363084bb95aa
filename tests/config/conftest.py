"""A config that holds, and a way to write one and see its problems."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest
from good_config import TODAY, Load, Problems

from digest.config.load import Loaded, load
from digest.errors import ConfigError, Problem


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """``loaded(text, env)`` -> Loaded."""

    def loaded(text: str, env: Mapping[str, str] | None = None) -> Loaded:
        file = tmp_path / "config.yaml"
        file.write_text(textwrap.dedent(text))
        file.chmod(0o600)
        return load(file, env or {}, today=TODAY)

    return loaded


@pytest.fixture
def problems(loaded: Load) -> Problems:
    """``problems(text, env)`` -> the problems, none when the config holds."""

    def problems(text: str, env: Mapping[str, str] | None = None) -> list[Problem]:
        try:
            loaded(text, env)
        except ConfigError as error:
            return list(error.problems)
        return []

    return problems
