"""The documentation of the mail: figures from a command that hides nothing, and small pictures."""

from __future__ import annotations

import re

import pytest

from tests.conftest import REPOSITORY
from tools.mail_report import BEGIN, END, MissingError, Report, place

DOCUMENT = (REPOSITORY / "docs" / "email.md").read_text(encoding="utf-8")


def test_a_missing_checker_is_said_loudly_and_in_the_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGEST_VNU", raising=False)
    report = Report()
    report.add("validator", lambda _layout: place("DIGEST_VNU"))
    assert report.rows["validator"] == ["not measured"] * 3
    assert report.missing == ["validator: set DIGEST_VNU"]
    assert "NOT MEASURED  validator: set DIGEST_VNU" in capsys.readouterr().err


def test_a_variable_must_name_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_VNU", "/nowhere/vnu.jar")
    with pytest.raises(MissingError, match="DIGEST_VNU"):
        place("DIGEST_VNU")


def test_the_published_figures_keep_the_promises() -> None:
    table = DOCUMENT.partition(BEGIN)[2].partition(END)[0]
    rows = {
        cells[1].strip(): [c.strip() for c in cells[2:-1]]
        for cells in (line.split("|") for line in table.splitlines())
        if len(cells) > 3
    }
    assert "not measured" not in table
    assert all(
        int(value.split(",")[0] + value.split(",")[1][:3]) < 100_000
        for value in rows["bytes of HTML, 100 stories, the most"]
    )
    assert all(
        value.startswith("0 / ") and int(value[4:]) <= 3
        for value in rows["mail linter: MUST / SHOULD failed, worst of 10 languages"]
    )
    assert all(value.startswith("0 ") for value in rows["axe: serious and critical"])
    assert rows["Nu validator: errors"] == ["0"] * 3
    assert all(float(value) <= 0 for value in rows["SpamAssassin, local tests"])
    assert all(float(value) <= 3.0 for value in rows["rspamd, 2.5 of it for the missing session"])


def test_every_picture_of_the_documentation_exists_and_is_small() -> None:
    named = set(re.findall(r"\((mail/[\w-]+\.webp)\)", DOCUMENT))
    there = {f"mail/{path.name}" for path in (REPOSITORY / "docs" / "mail").iterdir()}
    assert named == there
    assert all((REPOSITORY / "docs" / name).stat().st_size < 150_000 for name in named)
