"""How results look, for people and for programs."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.cli.common import Cli, Table
from digest.cli.frame import _kept
from digest.cli.output import cell, json_text, pace, plain, sending_bar
from digest.deliver.report import Progress

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TABLE = Table(("name", "count"), [("one", 5), ("twenty", 1000)], right=frozenset({"count"}))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (0, "0"),
        (NOON, "2026-11-23 12:00 UTC"),
        (NOON.astimezone(dt.timezone(dt.timedelta(hours=1))), "2026-11-23 12:00 UTC"),
        (("a", "b"), "a, b"),
        ("two\nlines\t", "two lines"),
        ("\x1b[31mred\x1b[0m \u202ebidi", "[31mred [0m bidi"),
    ],
)
def test_a_cell_is_one_line_that_cannot_drive_the_terminal(value: object, text: str) -> None:
    assert cell(value) == text


def test_a_sending_run_tells_its_rate_and_the_time_left() -> None:
    assert pace(Progress("daily", {}, 0, 0.0)) == "0, 0 a second"
    assert (
        pace(Progress("daily", {"accepted": 1500}, 6000, 10.0))
        == "1,500 of 6,000, 150 a second, 0:00:30 left"
    )


def test_two_editions_under_way_have_a_bar_each() -> None:
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True)
    with sending_bar(console) as told:
        told(Progress("daily/2026-11-23/morning", {"accepted": 1}, 4, 1.0))
        told(Progress("weekly/2026-11-23/morning", {"accepted": 3}, 4, 1.0))
        told(Progress("daily/2026-11-23/morning", {"accepted": 2}, 4, 1.0))
    assert "2 of 4, 2 a second, 0:00:01 left" in out.getvalue()
    assert "3 of 4, 3 a second" in out.getvalue()


def test_plain_lines_are_aligned_and_have_no_trailing_spaces() -> None:
    assert plain(TABLE) == "name    count\none         5\ntwenty   1000"


def test_json_of_a_table_are_objects_by_column() -> None:
    out = shown(TABLE, json=True)
    assert json.loads(out) == [{"name": "one", "count": 5}, {"name": "twenty", "count": 1000}]


def test_an_empty_table_says_what_to_do() -> None:
    assert shown(Table(("name",), (), empty="No feeds yet.")) == "No feeds yet.\n"
    assert json.loads(shown(Table(("name",), ()), json=True)) == []


@dataclass(frozen=True, slots=True)
class Thing:
    when: dt.datetime
    took: dt.timedelta
    where: Path
    names: frozenset[str]


def test_json_knows_our_values() -> None:
    thing = Thing(NOON, dt.timedelta(minutes=1), Path("a/b"), frozenset({"b", "a"}))
    assert json.loads(json_text({"é": thing, "at": dt.time(6, 30)})) == {
        "é": {"when": "2026-11-23T12:00:00Z", "took": 60.0, "where": "a/b", "names": ["a", "b"]},
        "at": "06:30:00",
    }


def test_json_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="no JSON for object"):
        json_text(object())


def shown(table: Table, **options: bool) -> str:
    """What ``Cli.show`` prints when stdout is no terminal."""
    import contextlib

    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        Cli(env={}).show(table, **options)
    return stream.getvalue()


class Terminal(io.StringIO):
    """A terminal of 40 columns."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_table_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    Cli(env={}).show(Table(("name", "title"), [("one", "A headline " * 20)]))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 40


def test_progress_draws_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Cli(env={}).progress("pulling", 2) as advance:
        advance(1)
    assert capsys.readouterr() == ("", "")
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", stream)
    with Cli(env={}).progress("pulling", 2) as advance:
        advance(2)
    assert "pulling" in stream.getvalue()


DRIVING = "red \x1b[31m, C1 \x9b2J, bell \x07, turned \u202e, half \ud800"
DRIVES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]")


def test_nothing_that_is_printed_drives_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    state, table = Cli(env={}), Table(("title", "words"), [(DRIVING, DRIVING)])
    state.say(DRIVING)
    state.note(f"digest: {DRIVING}")
    state.show(table)
    state.show(table, json=True)
    said = capsys.readouterr()
    assert not DRIVES.search(said.out + said.err)
    assert (
        json.loads(said.out[said.out.index("[\n") :])[0]["title"] == DRIVING
    )  # for programs it is what it was


def test_a_crash_report_takes_any_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = _kept(ValueError(DRIVING), ["editions", "show", "\udcff"])
    assert file.is_relative_to(tmp_path)
    assert not DRIVES.search(file.read_text())
