"""The locks: every dependency is in them, in a version that pyproject.toml allows, from no named place; the audit of them."""

from __future__ import annotations

import json
import re
import tomllib
from email.message import Message
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY
from tools.audit import told

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


def test_what_runs_is_locked_by_content_in_the_same_versions() -> None:
    text = (REPOSITORY / "requirements.hashes").read_text()
    hashed = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;]+)", text, re.MULTILINE))
    assert {canonicalize_name(Requirement(w).name) for w in PROJECT["dependencies"]} <= hashed.keys()
    assert {canonicalize_name(Requirement(w).name) for w in PROJECT["optional-dependencies"]["postgres"]} <= hashed.keys()  # fmt: skip
    of_other_systems = hashed.keys() - LOCKED.keys()
    assert of_other_systems <= {"colorama"}
    assert {name: version for name, version in hashed.items() if LOCKED.get(name, version) != version} == {}
    blocks = re.split(r"^(?=[A-Za-z0-9])", text.partition("\n#")[2], flags=re.MULTILINE)[1:]
    assert len(blocks) == len(hashed)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", block) for block in blocks)
    assert "://" not in text


def test_an_audit_that_could_not_look_is_no_pass() -> None:
    hole = {"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": "…"}
    found = [
        {"name": "good", "version": "1", "vulns": []},
        {"name": "bad", "version": "2.0", "vulns": [hole]},
        {"name": "unknown", "skip_reason": "Dependency not found on PyPI"},
    ]
    report = json.dumps({"dependencies": found, "fixes": []})
    assert told(report) == (["bad 2.0: PYSEC-2026-1, mended in 2.1"], ["unknown"], 2)


def test_every_dependency_has_its_reason() -> None:
    parts = (REPOSITORY / "docs" / "design.md").read_text().casefold()
    named = {Requirement(w).name.casefold() for w in PROJECT["dependencies"]}
    assert sorted(name for name in named if name not in parts and name.replace("-", "_") not in parts) == []
