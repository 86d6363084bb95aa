"""The steps of a sending run between flow and ledger: what is asked of the ledger, and what happens while it is away."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from fakes import AWAY, NOW, Book, Gauge, person

from digest.deliver.flow import Flow
from digest.deliver.journal import Journal
from digest.deliver.ledger import Ledger
from digest.deliver.pace import DomainPace, Pace, SharedPace, clock
from digest.deliver.report import Limits, Progress
from digest.deliver.sending import _Run, note
from digest.errors import StoreError
from digest.model import Attempt, Recipient

LEASE = dt.timedelta(minutes=10)
LIMITS = Limits(lease=LEASE, chunk=9)
SOON = Limits(lease=LEASE, flush=0.001)
PERSON = person(7)


def ran(
    book: Book,
    folder: Path,
    steps: Callable[[_Run], Awaitable[None]],
    progress: Callable[[Progress], None] | None = None,
) -> None:
    async def run() -> None:
        with Journal(folder, "me") as journal:
            flow = Flow(cast("Any", None), journal, lambda: NOW, LIMITS, 2)
            made = _Run("e", cast("Ledger", book), flow, lambda: NOW, asyncio.Event(), progress)
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

    ran(book := Book(PERSON), tmp_path, steps)
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
        Attempt(2, 1, "bounced", 550, "", "no user X"),
        Attempt(3, 1, "uncertain"),
    ]
    with caplog.at_level(logging.INFO, "digest.deliver"):
        note("e", batch)
    told = [(r.getMessage(), vars(r)["edition"], vars(r)["delivery"]) for r in caplog.records]
    assert told == [("bounced: 550 no user X", "e", 2), ("uncertain", "e", 3)]
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "digest.deliver"):
        note("e", batch[:1])
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [(logging.DEBUG, "accepted: 250 ok")]


def test_questions_to_the_ledger_are_asked_one_after_another_in_a_thread_of_their_own(tmp_path: Path) -> None:
    second_is_asked = threading.Event()

    def first() -> str:
        second_is_asked.wait(5)
        return threading.current_thread().name

    async def steps(run: _Run) -> None:
        both = [
            asyncio.create_task(run.ask(what)) for what in (first, lambda: threading.current_thread().name)
        ]
        await asyncio.sleep(0)
        second_is_asked.set()
        assert await asyncio.gather(*both) == ["ledger_0", "ledger_0"]

    ran(Book(), tmp_path, steps)


@pytest.mark.parametrize(
    ("sent", "seconds", "limits", "chunk"),
    [
        (0, 9.0, Limits(), 8),  # four for each of two connections
        (0, 9.0, Limits(least=50), 50),
        (0, 9.0, Limits(chunk=9, least=50), 50),
        (1000, 10.0, Limits(), 508),  # five seconds at a hundred a second, and what is the least
        (1000, 10.0, Limits(chunk=300), 300),
        (100, 0.0, Limits(chunk=9999), 5008),  # in no time, which is a tenth of a second
    ],
)
def test_about_five_seconds_work_is_claimed_at_once(
    tmp_path: Path, sent: int, seconds: float, limits: Limits, chunk: int
) -> None:
    async def steps(run: _Run) -> None:
        run.flow.limits = limits
        run.flow.counts["accepted"] = sent
        run.started = clock() - seconds
        assert chunk - 3 <= run.chunk() <= chunk  # what the clock moves on meanwhile

    ran(Book(), tmp_path, steps)


def test_the_lease_of_all_is_that_of_the_first_claim_until_it_is_renewed(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        run.flow.lease_ends = ends = clock() + 5
        await run.claim()
        assert (run.flow.lease_ends, run.empty) == (ends, True)

    ran(Book(), tmp_path, steps)


@pytest.mark.parametrize(("idle", "stuck"), [(0.0, False), (19.0, False), (21.0, True)])
def test_a_run_is_stuck_when_no_letter_could_leave_for_a_standstill(
    tmp_path: Path, idle: float, *, stuck: bool
) -> None:
    async def steps(run: _Run) -> None:
        run.flow.took_off = clock() - idle
        assert run.stuck() is stuck

    ran(Book(), tmp_path, steps)


def test_the_letters_of_a_run_are_those_to_send_now_and_those_it_has_sent(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        run.tell()
        await run.count()
        run.tell()
        run.flow.counts.update(accepted=4)
        book.now = {"ready": 5, "claimed": 30, "in_flight": 200, "accepted": 1000, "deferred": 1000}
        await run.count()
        run.tell()

    told: list[Progress] = []
    ran(book := Book(), tmp_path, steps, told.append)
    assert book.asked == [("counts", "e")] * 2
    assert [(one.edition, one.counts, one.total) for one in told] == [("e", {}, 0), ("e", {}, 0), ("e", {"accepted": 4}, 239)]  # fmt: skip
    assert all(0 <= one.seconds < 5 for one in told)


def kept(book: Book, folder: Path, before: Callable[[_Run], object]) -> list[Any]:
    """What is asked of a ledger in one turn of keeping, after what is asked at the beginning."""

    async def steps(run: _Run) -> None:
        run.flow.limits = SOON
        run.progress = lambda _: run.closing.set()
        before(run)
        async with asyncio.timeout(5):
            await run.keep()

    ran(book, folder, steps)
    assert book.asked[0] == ("counts", "e")
    return book.asked[1:]


def test_results_are_told_and_whether_to_go_on_is_asked_every_turn(tmp_path: Path) -> None:
    result = Attempt(1, 1, "accepted")
    asked = kept(Book(), tmp_path, lambda run: run.flow.results.append(result))
    assert asked == [("record", [result], NOW), ("sending", "e")]


def test_shares_are_asked_for_as_often_as_the_pace_wants_and_whoever_waits_for_one_is_woken(
    tmp_path: Path,
) -> None:
    woken: list[bool] = []

    async def steps(run: _Run) -> None:
        class Wanting(Pace):
            async def prepare(self) -> float:
                woken.append(run.flow.changed.is_set())
                run.flow.changed.clear()
                if len(woken) == 3:
                    run.closing.set()
                return 0.001

        run.flow.pace = Wanting(None, 20)
        run.again = 60.0  # it is asked once before any wait
        async with asyncio.timeout(5):
            await run.share()
        assert run.flow.changed.is_set()

    ran(Book(), tmp_path, steps)
    assert woken == [False, True, True]


def test_a_pace_that_finds_no_database_tries_again_after_a_second(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        run.flow.pace = SharedPace(None, 20, None, meter=Gauge(book), ask=run.ask)
        run.flow.lease_ends = clock() + LEASE.total_seconds()
        run.again = 0.0
        await run.guarded(run.prepare)
        assert (run.again, run.flow.over) == (1.0, False)

    ran(book := Book(away=True), tmp_path, steps)


def test_the_claims_are_renewed_each_tenth_of_a_lease(tmp_path: Path) -> None:
    assert ("renew", "me", NOW + LEASE) not in kept(Book(), tmp_path, lambda _: None)
    lease = dt.timedelta(seconds=0.2)

    async def steps(run: _Run) -> None:
        turns = iter(range(4))
        run.flow.limits, run.lease = Limits(lease=lease, flush=0.015), lease
        run.progress = lambda _: run.closing.set() if next(turns) == 3 else None
        async with asyncio.timeout(5):
            await run.keep()

    ran(book := Book(), tmp_path / "short", steps)
    assert set(book.of("renew")) == {("renew", "me", NOW + lease)}


def test_whoever_waits_is_woken_when_results_are_told(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        await run.flush()
        assert run.flow.changed.is_set()

    ran(Book(), tmp_path, steps)


def test_what_the_ledger_holds_is_no_longer_in_doubt_and_is_logged_with_its_edition(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def steps(run: _Run) -> None:
        result = Attempt(1, 1, "bounced", 550, "", "no such user")
        run.flow.journal.replied(result)
        assert run.flow.journal.doubtful
        with caplog.at_level(logging.INFO, "digest.deliver"):
            await run.record([result], NOW)
        assert not run.flow.journal.doubtful

    ran(Book(), tmp_path, steps)
    assert [(r.getMessage(), vars(r)["edition"]) for r in caplog.records] == [
        ("bounced: 550 no such user", "e")
    ]


SLOW = [person(number, "slow.example") for number in range(3)]
GENTLE = {"slow.example": DomainPace(1, 1.0)}


@pytest.mark.parametrize(
    ("waiting", "idle", "only"),
    [(SLOW, 6.0, True), (SLOW, 4.0, False), ([*SLOW, PERSON], 6.0, False), ([], 6.0, False)],
)
def test_only_slow_is_a_run_that_has_nothing_else_and_sent_nothing_else_for_a_while(
    tmp_path: Path, waiting: list[Recipient], idle: float, *, only: bool
) -> None:
    async def steps(run: _Run) -> None:
        run.flow.pace = Pace(None, 20, GENTLE)
        run.flow.waiting.extend(waiting)
        run.flow.quick = clock() - idle
        assert run.only_slow(5.0) is only

    ran(Book(), tmp_path, steps)


def test_letters_to_slow_domains_go_back_as_they_came_and_others_stay(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        run.flow.pace = Pace(None, 20, GENTLE)
        run.flow.waiting.extend([SLOW[0], PERSON, SLOW[1]])
        await run.put_off()
        assert list(run.flow.waiting) == [PERSON]
        assert (run.database, run.flow.over) == (False, False)

    ran(book := Book(), tmp_path, steps)
    back = [Attempt(number, 3, "ready", not_before=NOW, counted=False) for number in (0, 1)]
    assert book.asked == [("record", back, NOW)]


def test_a_run_lingers_twice_as_long_each_time_up_to_a_minute_until_something_quick_goes(
    tmp_path: Path,
) -> None:
    lingers: list[float] = []

    async def steps(run: _Run) -> None:
        usual = run.linger
        run.linger = 9.0
        for quick in (clock(), run.flow.took_off - 1, 0.0, 0.0, 0.0):
            run.flow.quick = quick
            await run.put_off()
            lingers.append(run.linger / usual)
        run.linger = 50.0
        await run.put_off()
        assert run.linger == 60
        run.flow.quick = clock() + 1
        await run.put_off()
        assert run.linger == usual

    ran(Book(), tmp_path, steps)
    assert lingers == [1, 2, 4, 8, 16]


def test_letters_that_could_not_be_given_back_end_the_run(tmp_path: Path) -> None:
    async def steps(run: _Run) -> None:
        await run.put_off()
        assert (run.database, run.flow.halted) == (True, str(AWAY))

    ran(Book(away=True), tmp_path, steps)


def test_a_pause_ends_early_when_there_is_much_to_report_and_is_the_last_when_all_is_over(
    tmp_path: Path,
) -> None:
    async def steps(run: _Run) -> None:
        run.flow.limits = Limits(flush=60.0)
        run.flow.full.set()
        async with asyncio.timeout(5):
            assert await run.pause()
            assert not run.flow.full.is_set()
            run.flow.full.set()
            run.closing.set()
            assert not await run.pause()

    ran(Book(), tmp_path, steps)
