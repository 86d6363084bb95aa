"""A config that changes while the daemon runs: noticed without a signal, and refused when it does not hold."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from daemon_bench import CONFIG, Bench, Make
from test_service import DAWN, troubles

from digest.config.load import load
from digest.daemon.process import ConfigFiles

HOLIDAYS = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:{day}\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.fixture
def bench(make: Make) -> Bench:
    return make(DAWN)


def files(bench: Bench) -> ConfigFiles:
    path = bench.folder / "config.yaml"
    return ConfigFiles(path, {}, load(path, {}))


def write(file: Path, text: str) -> None:
    """Write it as another file: two changes within one tick of the file system's clock differ by their inode."""
    part = file.with_suffix(".new")
    part.write_text(text)
    part.chmod(0o600)
    part.rename(file)


def test_a_file_that_did_not_change_is_not_read_again(bench: Bench) -> None:
    watched = files(bench)
    assert watched.changed(bench.daemon.newsroom) is None
    watched.asked = True  # by SIGHUP
    assert watched.changed(bench.daemon.newsroom) is not None
    assert watched.changed(bench.daemon.newsroom) is None


def test_a_changed_file_is_read_at_the_next_turn_and_the_newsroom_keeps_the_rest(bench: Bench) -> None:
    watched = files(bench)
    write(watched.path, CONFIG.replace("The City", "The Town"))
    fresh = watched.changed(bench.daemon.newsroom)
    assert fresh is not None
    assert fresh.newsletters["city"].settings.title == "The Town"
    assert (fresh.store, fresh.stage) == (bench.daemon.newsroom.store, bench.daemon.newsroom.stage)


def test_a_changed_holidays_file_is_noticed_too(bench: Bench) -> None:
    calendar = bench.folder / "days.ics"
    write(calendar, HOLIDAYS.format(day="20261225"))
    write(
        bench.folder / "config.yaml",
        CONFIG.replace("title: The City", "title: X\n    holidays_file: days.ics"),
    )
    watched = files(bench)
    write(calendar, HOLIDAYS.format(day="20261226"))
    fresh = watched.changed(bench.daemon.newsroom)
    assert fresh is not None
    assert {day.day for day in fresh.newsletters["city"].settings.holidays} == {26}


def test_a_change_that_does_not_hold_keeps_the_old_config_and_is_told_once(bench: Bench) -> None:
    watched, room = files(bench), bench.daemon.newsroom
    write(watched.path, CONFIG.replace('"06:30"', '"26:30"'))
    assert watched.changed(room) is None
    assert "has problems (1)" in troubles(bench)[str(watched.path)]
    assert watched.changed(room) is None
    write(watched.path, CONFIG)
    assert watched.changed(room) is not None
    assert troubles(bench) == {}


def test_another_database_needs_a_restart(bench: Bench) -> None:
    watched = files(bench)
    write(watched.path, CONFIG + "database: sqlite:///var/other.sqlite3\n")
    assert watched.changed(dataclasses.replace(bench.daemon.newsroom)) is None
    assert "needs a restart" in troubles(bench)[str(watched.path)]
