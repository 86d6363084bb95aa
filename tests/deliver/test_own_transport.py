"""The transport of docs/extending.md, taken from the page, sends an edition."""

from __future__ import annotations

import asyncio
import email
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.docs.pages import blocks

PROGRAM = """#!/bin/sh
for last; do :; done
case "$last" in
  later@*) cat >/dev/null; exit 75;;
  gone@*) cat >/dev/null; exit 67;;
esac
cat >"{folder}/$last"
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    script = tmp_path / "sendmail"
    (tmp_path / "taken").mkdir()
    script.write_text(PROGRAM.format(folder=tmp_path / "taken"))
    script.chmod(0o700)
    return script


def transport(program: Path) -> Any:
    (block,) = (b for b in blocks(REPOSITORY / "docs" / "extending.md") if b.language == "python")
    names: dict[str, Any] = {}
    exec(compile(block.body, block.place, "exec", dont_inherit=True), names)
    return names["Program"](str(program))


def test_each_subscriber_gets_one_copy_and_every_outcome_is_recorded(office, program: Path) -> None:
    office.subscribe("ada@a.example", "later@b.example", "gone@c.example")
    asyncio.run(office.send(transport(program)))
    assert office.states() == {
        "ada@a.example": "accepted",
        "later@b.example": "deferred",
        "gone@c.example": "bounced",
    }
    (taken,) = (program.parent / "taken").iterdir()
    assert email.message_from_bytes(taken.read_bytes())["To"] == "ada@a.example"
