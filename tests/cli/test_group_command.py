"""``digest group``: entries in, one line each out, without a config or a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest.cli.group import run
from digest.errors import UsageError

ROWS = [
    {
        "id": 7,
        "title": "Rotterdam dockers vote to end nine-day strike",
        "source": "Ledger",
        "published": 1606147200,
    },
    {
        "id": "b",
        "title": "Comet named after retired postwoman of Consdorf",
        "published": "2020-11-23T16:00:00+00:00",
    },
    {
        "id": "a",
        "title": "Rotterdam dockers vote to end strike after nine days",
        "source": "Review",
        "lang": "en",
    },
]


def grouped(tmp_path: Path, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run(tmp_path / "in.jsonl", tmp_path / "out.jsonl") == 0
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


def test_every_line_has_its_id_story_role_and_reasons_in_input_order(tmp_path: Path) -> None:
    out = grouped(tmp_path, ROWS)
    assert [row["id"] for row in out] == [7, "b", "a"]
    assert all(set(row) == {"id", "story", "role", "why"} for row in out)
    assert all(row["role"] in ("lead", "report", "copy", "sidebar") for row in out)
    assert all(row["why"] for row in out)


def test_one_event_is_one_story_and_another_is_another(tmp_path: Path) -> None:
    strike, comet, again = grouped(tmp_path, ROWS)
    assert strike["story"] == again["story"] != comet["story"]


def test_an_id_given_twice_gets_the_same_answer_twice(tmp_path: Path) -> None:
    out = grouped(tmp_path, [ROWS[0], ROWS[0]])
    assert out[0] == out[1]


def test_a_line_that_is_no_entry_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": 1, "title": "x"}\n[]\n')
    with pytest.raises(UsageError, match="Line 2"):
        run(tmp_path / "in.jsonl")


def test_an_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": 1, "title": "x"}\n')
    with pytest.raises(UsageError, match="cannot be written"):
        run(tmp_path / "in.jsonl", tmp_path / "no" / "out.jsonl")
