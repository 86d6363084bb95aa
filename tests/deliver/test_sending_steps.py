"""The steps of a sending run between flow and ledger: what is asked of the ledger, and what happens while it is away."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from digest.deliver.flow import Flow
from digest.deliver.journal import Journal
from digest.deliver.ledger import Ledger
from digest.deliver.pace import clock
from digest.deliver.report import Limits
from digest.deliver.sending import _Run, note
from digest.errors import StoreError
from digest.model import Attempt, Recipient

NOW = dt.datetime(2026, 1, 2, 6, 30, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=10)
AWAY = StoreError("The database is away.", "Start it.")
PERSON = Recipient(7, 3, 1, "t", "p@x.example")


class Book:
    """A ledger that notes what is asked of it, and may be away."""

    def __init__(self, *, away: bool = False, going: bool = True) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.away, self.going = away, going

    def _ask(self, *what: Any) -> None:
        if self.away:
            raise AWAY
        self.asked.append(what)

    def claim(self, edition: str, owner: str, limit: int, **times: dt.datetime) -> Sequence[Recipient]:
        self._ask("claim", edition, owner, limit, times)
        return (PERSON,)

    def renew(self, owner: str, lease: dt.datetime) -> None:
        self._ask("renew", owner, lease)

    def record(self, attempts: Sequence[Attempt], now: dt.datetime) -> None:
        self._ask("record", list(attempts), now)

    def sending(self, edition: str) -> bool:
        self._ask("sending", edition)
        return self.going


def ran(book: Book, folder: Path, steps: Callable[[_Run], Awaitable[None]]) -> None:
    async def run() -> None:
        with Journal(folder, "me") as journal:
            flow = Flow(cast("Any", None), journal, lambda: NOW, Limits(lease=LEASE, chunk=9), 2)
            made = _Run("e", cast("Ledger", book), flow, lambda: NOW, asyncio.Event(), None)
            await steps(made)
            made.thread.shutdown()

    asyncio.run(run())


def test_a_claim_is_held_for_a_lease_from_now_and_its_letters_wait(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        await run.claim()
        assert list(run.flow.waiting) == [PERSON]
        assert 0 <= run.flow.lease_ends - clock() <= LEASE.total_seconds()
        assert run.flow.lease_ends - clock() > LEASE.total_seconds() - 60
        assert (run.empty, run.flow.changed.is_set()) == (False, True)

    ran(book := Book(), tmp_path, steps)
    assert book.asked == [("claim", "e", "me", 8, {"lease": NOW + LEASE, "now": NOW})]


def test_a_claim_that_finds_no_database_ends_the_run_and_says_whose_fault_it_is(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        await run.claim()
        assert (run.database, run.flow.halted) == (True, str(AWAY))

    ran(Book(away=True), tmp_path, steps)


def test_a_renewed_lease_ends_later_here_and_in_the_ledger(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        run.flow.lease_ends = clock()
        await run.renew()
        assert run.flow.lease_ends - clock() > LEASE.total_seconds() - 60

    ran(book := Book(), tmp_path, steps)
    assert book.asked == [("renew", "me", NOW + LEASE)]


@pytest.mark.parametrize(("left", "ended"), [(0.6, False), (0.4, True)])
def test_a_database_that_is_away_is_waited_for_until_half_the_lease_is_gone(
    tmp_path: Path, left: float, *, ended: bool
) -> None:
    async def steps(run: _Run) -> None:
        run.flow.lease_ends = clock() + left * LEASE.total_seconds()
        await run.guarded(run.renew)
        assert (run.database, run.flow.over) == (ended, ended)
        assert run.flow.halted == (str(AWAY) if ended else "")

    ran(Book(away=True), tmp_path, steps)


def test_results_that_could_not_be_told_are_told_the_next_time_before_later_ones(tmp_path: Path) -> None:
    first, second = Attempt(1, 1, "accepted"), Attempt(2, 1, "bounced")
    book = Book(away=True)

    async def steps(run: _Run) -> None:
        run.flow.results = [first]
        with pytest.raises(StoreError):
            await run.flush()
        assert run.flow.results == [first]
        run.flow.results.append(second)
        book.away = False
        await run.flush()
        assert (run.flow.results, run.flow.halted) == ([], "")

    ran(book, tmp_path, steps)
    assert book.asked == [("record", [first, second], NOW), ("sending", "e")]


def test_a_run_ends_when_its_edition_is_paused_or_cancelled(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        await run.flush()
        assert run.flow.halted == "paused or cancelled"

    ran(book := Book(going=False), tmp_path, steps)
    assert book.asked == [("sending", "e")]  # no results, nothing recorded


def test_what_became_of_a_letter_is_logged_with_its_ids_and_what_arrived_only_on_demand(
    caplog: pytest.LogCaptureFixture,
) -> None:
    batch = [
        Attempt(1, 1, "accepted", 250, "", "ok"),
        Attempt(2, 1, "bounced", 550, "", "no such user"),
        Attempt(3, 1, "uncertain"),
    ]
    with caplog.at_level(logging.INFO, "digest.deliver"):
        note("e", batch)
    told = [(r.getMessage(), vars(r)["edition"], vars(r)["delivery"]) for r in caplog.records]
    assert told == [("bounced: 550 no such user", "e", 2), ("uncertain", "e", 3)]
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "digest.deliver"):
        note("e", batch[:1])
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [(logging.DEBUG, "accepted: 250 ok")]
