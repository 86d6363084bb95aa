"""requirements.lock: every dependency is in it, in a version that pyproject.toml allows, from no named place."""

from __future__ import annotations

import re
import tomllib
from email.message import Message
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
LOCKED = {
    canonicalize_name(name): version
    for line in (REPOSITORY / "requirements.lock").read_text().splitlines()
    if not line.startswith("#")
    for name, _, version in [line.partition("==")]
}
WANTED = [
    *PROJECT["dependencies"],
    *(r for extra in PROJECT["optional-dependencies"].values() for r in extra),
]


@pytest.mark.parametrize("written", [w for w in WANTED if not w.startswith("newsdigest")])
def test_every_dependency_is_locked_in_a_version_that_fits(written: str) -> None:
    wanted = Requirement(written)
    if wanted.marker is None or wanted.marker.evaluate():
        assert LOCKED[canonicalize_name(wanted.name)] in wanted.specifier


def test_what_dependencies_need_is_locked_too() -> None:
    missing = set()
    for name in LOCKED:
        try:
            metadata: Message = distribution(name).metadata  # type: ignore[assignment]
        except ModuleNotFoundError:
            continue
        needs = [Requirement(written) for written in metadata.get_all("Requires-Dist") or ()]
        missing |= {
            canonicalize_name(n.name) for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})
        } - set(LOCKED)
    assert missing <= {"newsdigest"}


def test_a_locked_version_names_no_place_to_get_it_from() -> None:
    text = (REPOSITORY / "requirements.lock").read_text()
    odd = [
        line for line in text.splitlines()[1:] if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)
    ]
    assert odd == []


def test_every_dependency_has_its_reason() -> None:
    parts = (REPOSITORY / "docs" / "design.md").read_text().casefold()
    named = {Requirement(w).name.casefold() for w in PROJECT["dependencies"]}
    assert sorted(name for name in named if name not in parts and name.replace("-", "_") not in parts) == []
