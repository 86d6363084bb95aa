"""The whole of a sending run, with a ledger and a transport in memory: what is asked when, and how it ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from fakes import ACCEPTED, AWAY, LATER, NOW, Book, Gauge, Post, person

from digest.deliver.journal import Journal
from digest.deliver.ledger import Ledger
from digest.deliver.letter import Letter
from digest.deliver.outcome import Outcome, Reply
from digest.deliver.pace import DomainPace, Meter
from digest.deliver.report import Limits, Progress, Summary
from digest.deliver.sending import deliver
from digest.deliver.transport import Transport
from digest.model import Recipient

LIMITS = Limits(flush=0.002, first_wait=0.001)
PEOPLE = [person(number) for number in range(12)]
GIVEN_BACK = ("release", "me", "ready", NOW)
Watcher = Callable[[Progress], None]


def letter(recipient: Recipient) -> Letter:
    return Letter("e", recipient, "s@x.example", "p", "x.example", {}, cast("Any", None))


async def sent(
    book: Book,
    post: Post,
    folder: Path,
    *,
    stop: asyncio.Event | None = None,
    limits: Limits = LIMITS,
    progress: Watcher | None = None,
    meter: Meter | None = None,
) -> Summary:
    with Journal(folder, "me") as journal:
        run = deliver(
            "e",
            letter,
            ledger=cast("Ledger", book),
            transport=cast("Transport", post),
            journal=journal,
            now=lambda: NOW,
            stop=stop or asyncio.Event(),
            limits=limits,
            progress=progress,
            meter=meter,
        )
        return await asyncio.wait_for(run, 5)


async def moment() -> None:
    """Let everything that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_run_ends_when_all_is_sent_and_tells_what_became_of_it(tmp_path: Path) -> None:
    book, post = Book(*PEOPLE), Post(2)
    book.now = {"ready": 12}
    told: list[Progress] = []
    summary = asyncio.run(sent(book, post, tmp_path, progress=told.append))
    assert 0 < summary.seconds < 5
    assert summary == Summary("e", {"accepted": 12}, book.now, summary.seconds, "", LATER, {}, database=False)
    assert (told[-1].edition, told[-1].counts, told[-1].total) == ("e", {"accepted": 12}, 12)
    assert sorted(post.sent) == list(range(12))
    assert (post.opened, post.closed) == (2, 2)


def test_the_last_results_are_told_before_the_claims_are_given_back_and_the_sum_is_asked_for(
    tmp_path: Path,
) -> None:
    book = Book(*PEOPLE)
    asyncio.run(sent(book, Post(), tmp_path, limits=Limits(flush=9.0)))  # nothing is told on the way
    told, *rest = book.of("record", "release")
    assert ([one.delivery for one in told[1]], told[2], rest) == (list(range(12)), NOW, [GIVEN_BACK])
    assert book.asked[-3:] == [GIVEN_BACK, ("counts", "e"), ("next_try", "e")]
    assert not list(tmp_path.iterdir())  # nor is the journal needed any more


def test_nothing_is_told_where_nothing_was_sent(tmp_path: Path) -> None:
    summary = asyncio.run(sent(book := Book(), Post(), tmp_path))
    assert (summary.run, book.of("record", "release")) == ({}, [GIVEN_BACK])


def test_claims_are_not_given_back_while_the_journal_holds_what_is_in_doubt(tmp_path: Path) -> None:
    class Odd(Post):
        async def then(self, _letter: Letter, journal: Journal) -> Outcome:
            journal.dot(99, 1)
            return ACCEPTED

    asyncio.run(sent(book := Book(*PEOPLE), Odd(), tmp_path))
    assert book.of("release") == []
    assert len(list(tmp_path.iterdir())) == 1  # the journal stays for whoever recovers


def test_everything_is_asked_in_one_thread_which_ends_with_the_run(tmp_path: Path) -> None:
    book = Book(*PEOPLE)
    asyncio.run(sent(book, Post(), tmp_path, meter=Gauge(book)))
    assert book.threads == {"ledger_0"}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ledger")]


def test_a_run_that_shares_its_limits_asks_for_its_part_and_leaves_it_at_the_end(
    tmp_path: Path,
) -> None:
    book = Book(person(1), person(2, "slow.example"))
    gentle = {"slow.example": DomainPace(3, 500.0)}
    limits = Limits(flush=0.002, rate=1000.0, domain_connections=7, domains=gentle)
    summary = asyncio.run(sent(book, Post(), tmp_path, limits=limits, meter=Gauge(book)))
    assert summary.run == {"accepted": 2}
    assert book.of("shares") == [("shares", {7: 0, 3: 0})]
    turns = {("turns", "relay", 0.001, 250), ("turns", "domain slow.example", 0.002, 125)}
    assert set(book.of("turns")) == turns
    assert book.of("close", "release") == [("close",), GIVEN_BACK]


def test_letters_whose_limits_are_all_with_others_go_back_after_a_standstill(tmp_path: Path) -> None:
    book = Book(*PEOPLE)
    gauge = Gauge(book)
    gauge.nothing = True
    summary = asyncio.run(
        sent(book, post := Post(), tmp_path, limits=Limits(flush=0.002, standstill=0.01), meter=gauge)
    )
    assert (summary.run, summary.halted, post.sent) == ({}, "", [])
    assert book.of("release") == [GIVEN_BACK]


def test_no_more_is_claimed_ahead_than_about_a_chunk(tmp_path: Path) -> None:
    claims: list[int] = []

    async def scene() -> None:
        go_on = asyncio.Event()

        class Slow(Post):
            async def then(self, _letter: Letter, _journal: Journal) -> Outcome:
                await go_on.wait()
                return ACCEPTED

        def watch(_: Progress) -> None:
            claims.append(len(book.of("claim")))
            if len(claims) == 5:
                go_on.set()

        await sent(book, Slow(), tmp_path, progress=watch)

    book = Book(*map(person, range(40)))
    asyncio.run(scene())
    assert max(claims[:5]) <= 2
    assert sum(len(what[1]) for what in book.of("record")) == 40


def test_a_run_that_is_told_to_stop_finishes_the_letter_under_way_and_says_no_reason(tmp_path: Path) -> None:
    async def scene() -> Summary:
        stop = asyncio.Event()

        class Stopping(Post):
            async def then(self, _letter: Letter, _journal: Journal) -> Outcome:
                stop.set()
                await moment()
                return ACCEPTED

        return await sent(book, Stopping(), tmp_path, stop=stop)

    book = Book(*PEOPLE)
    summary = asyncio.run(scene())
    assert (summary.run, summary.halted) == ({"accepted": 1}, "")
    assert book.of("record", "release")[-1] == GIVEN_BACK


def test_a_defect_in_a_connection_lets_the_other_finish_its_letter_and_begin_no_more(tmp_path: Path) -> None:
    async def scene() -> None:
        both, broken = asyncio.Barrier(2), asyncio.Event()

        class Broken(Post):
            async def then(self, letter: Letter, _journal: Journal) -> Outcome:
                if not broken.is_set():
                    await both.wait()
                if letter.recipient.delivery == 0:
                    broken.set()
                    raise ZeroDivisionError
                await broken.wait()
                await moment()
                return ACCEPTED

        post = Broken(2)
        with pytest.raises(ZeroDivisionError):
            await sent(book, post, tmp_path)
        assert (post.sent, post.closed) == ([1], 2)

    book = Book(*PEOPLE)
    asyncio.run(scene())
    told, given_back = book.of("record", "release")
    assert ([one.delivery for one in told[1]], given_back) == ([1], GIVEN_BACK)


def test_a_defect_in_what_watches_the_progress_shows_when_all_is_told(tmp_path: Path) -> None:
    def watch(_: Progress) -> None:
        raise BrokenPipeError

    book = Book(*PEOPLE)
    with pytest.raises(BrokenPipeError):
        asyncio.run(sent(book, post := Post(), tmp_path, progress=watch))
    assert [one.delivery for what in book.of("record") for one in what[1]] == post.sent
    assert book.of("release") == [GIVEN_BACK]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ledger")]


def test_a_run_that_is_cancelled_hangs_up_before_it_gives_its_claims_back(tmp_path: Path) -> None:
    async def scene() -> None:
        under_way = asyncio.Event()

        class Endless(Post):
            async def then(self, _letter: Letter, _journal: Journal) -> Outcome:
                under_way.set()
                await asyncio.Event().wait()
                return ACCEPTED

        post = Endless(2, closing=0.02)
        run = asyncio.create_task(sent(book, post, tmp_path))
        await under_way.wait()
        book.then = lambda name: closed.append(post.closed) if name == "release" else None
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    closed: list[int] = []
    book = Book(*PEOPLE)
    asyncio.run(scene())
    assert (book.of("release"), closed) == ([GIVEN_BACK], [2])


def test_results_that_the_ledger_is_being_told_when_the_run_ends_are_told_again_if_it_fails(
    tmp_path: Path,
) -> None:
    async def scene() -> None:
        loop, nothing_left, telling = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        ended = threading.Event()
        failures = iter([AWAY])

        class Patient(Post):
            async def then(self, _letter: Letter, _journal: Journal) -> Outcome:
                await nothing_left.wait()
                return ACCEPTED

            async def close(self) -> None:
                await telling.wait()
                loop.call_later(0.01, ended.set)

        def then(name: str) -> None:
            if name == "claim" and len(book.of("claim")) == 1:
                loop.call_soon_threadsafe(nothing_left.set)
            if name == "record" and (error := next(failures, None)):
                loop.call_soon_threadsafe(telling.set)
                ended.wait(5)
                raise error

        book.then = then
        await sent(book, Patient(), tmp_path)

    book = Book(PEOPLE[0])
    asyncio.run(scene())
    told, given_back = book.of("record", "release")
    assert ([one.delivery for one in told[1]], given_back) == ([0], GIVEN_BACK)


def test_a_database_that_is_away_at_a_claim_ends_the_run_which_says_so(tmp_path: Path) -> None:
    def then(name: str) -> None:
        if name == "claim":
            raise AWAY

    book = Book(*PEOPLE)
    book.then = then
    summary = asyncio.run(sent(book, Post(), tmp_path))
    assert (summary.halted, summary.database, summary.run) == (str(AWAY), True, {})


def test_the_sum_names_the_domains_that_wanted_nothing(tmp_path: Path) -> None:
    class Refused(Post):
        async def then(self, _letter: Letter, _journal: Journal) -> Outcome:
            return Outcome("bounced", Reply(554, "5.7.1 no"), refused=True)

    limits = Limits(flush=0.002, domain_refusals=2)
    summary = asyncio.run(sent(Book(*PEOPLE), Refused(), tmp_path, limits=limits))
    assert (summary.refusing, summary.run["bounced"]) == ({"x.example": "554 5.7.1 no"}, 2)


SLOWLY = {"slow.example": DomainPace(1, 0.5)}
SLOW = [person(number, "slow.example") for number in range(8)]


def test_letters_to_a_slow_domain_make_room_for_those_behind_them(tmp_path: Path) -> None:
    book = Book(*SLOW, *(person(number) for number in range(8, 12)))
    limits = Limits(flush=0.002, chunk=4, domains=SLOWLY, linger=0.01)
    asyncio.run(sent(book, post := Post(), tmp_path, limits=limits))
    assert post.sent == [0, 8, 9, 10, 11]
    back = [one for what in book.of("record") for one in what[1] if one.state == "ready"]
    assert [one.delivery for one in back] == [1, 2, 3, 4, 5, 6, 7]


def test_a_run_that_must_not_stay_ends_when_only_slow_letters_are_left(tmp_path: Path) -> None:
    book = Book(*SLOW[:3])
    limits = Limits(flush=0.002, domains=SLOWLY, stay=0.02)
    summary = asyncio.run(sent(book, post := Post(), tmp_path, limits=limits))
    assert (post.sent, summary.halted, book.of("release")) == ([0], "", [GIVEN_BACK])
