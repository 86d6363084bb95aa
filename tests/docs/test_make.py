"""The targets of make are documentation: each has a line in `make help` and begins by saying it."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.conftest import REPOSITORY

TEXT = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z][a-z-]*):", TEXT, re.MULTILINE)


def test_help_lists_every_target_with_what_it_does() -> None:
    # A make within `make test` would tell of the directories it enters.
    command = ["make", "--no-print-directory"]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in told.splitlines()] == TARGETS
    assert all(len(line.split()) > 2 for line in told.splitlines())


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"help", "test"}))
def test_a_target_begins_by_saying_what_it_does(target: str) -> None:
    recipe = re.search(rf"^{target}:.*\n\t(.*)$", TEXT, re.MULTILINE)
    assert recipe
    assert recipe[1] == "$(say)"
