"""Logs: readable on a terminal, JSON otherwise, never with an address in them."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from digest import log


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def written(*, people: bool) -> tuple[io.StringIO, logging.Logger]:
    stream = io.StringIO()
    log.set_up(stream, people=people)
    return stream, logging.getLogger("digest.test")


def test_people_read_a_line() -> None:
    stream, logger = written(people=True)
    logger.warning("late", extra={"slot": "news/2026-11-24/morning"})
    assert stream.getvalue()[8:] == " warning: late  [slot=news/2026-11-24/morning]\n"


DRIVING = "red \x1b[31m, up \x1b[2A, C1 \x9b2J, bell \x07, turned \u202e, half \ud800, isolated \u2067"


@pytest.mark.parametrize("people", [True, False])
def test_nothing_that_is_logged_drives_a_terminal_or_starts_a_line(people: bool) -> None:
    stream, logger = written(people=people)
    logger.warning("%s\n12:00:00 all is well", DRIVING, extra={"feed": DRIVING})
    said = stream.getvalue()
    assert len(said.splitlines()) == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2067\ud800]", said)
    assert said.encode()  # half a surrogate pair would stop the log


def test_programs_read_an_object_a_line_even_when_a_title_breaks_lines() -> None:
    stream, logger = written(people=False)
    logger.info("Brücke\n{fake}", extra={"edition": "news/2026-11-24/morning", "delivery": 7})
    (line,) = stream.getvalue().splitlines()
    row = json.loads(line)
    assert (row["level"], row["message"], row["delivery"]) == ("info", "Brücke\n{fake}", 7)


@pytest.mark.parametrize("people", [True, False])
def test_no_address_gets_into_a_log(people: bool) -> None:
    stream, logger = written(people=people)
    try:
        int("550 <jörg.o'neil+x@mail.example.org> unknown")
    except ValueError:
        logger.exception("refused: reader@example.org", extra={"feed": "https://u:p@a.example.org/feed"})
    assert "reader@" not in stream.getvalue()
    assert "neil" not in stream.getvalue()
    assert re.search(r"refused: <address \w{8}>", stream.getvalue())
    assert "https://a.example.org/feed" in stream.getvalue()


def test_one_address_has_one_hash() -> None:
    first, second, other = (
        log.redacted(a) for a in ("Ada@a.example.org", "ada@a.example.org", "b@a.example.org")
    )
    assert first == second != other


def test_tokens_and_secret_parameters_are_left_out() -> None:
    text = "GET /u/auAbCdEfGhIjKlMnOp0123456789012345678901.evening https://a.example/feed?x=1&api_key=s3&b=2"
    assert log.redacted(text) == "GET /u/<token>.evening https://a.example/feed?x=1&api_key=***&b=2"
