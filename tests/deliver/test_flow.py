"""The letters between ledger and connections, one step at a time: what is taken, what comes back, when it ends."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from digest.deliver.flow import Flow, said
from digest.deliver.journal import Journal
from digest.deliver.lane import Lane
from digest.deliver.letter import Letter
from digest.deliver.outcome import LOST, Outcome, Reply
from digest.deliver.pace import DomainPace, clock
from digest.deliver.report import Limits
from digest.deliver.transport import Transport, UnreachableError
from digest.errors import DeliveryError
from digest.model import Recipient

NOW = dt.datetime(2026, 1, 2, 6, 30, tzinfo=dt.UTC)
RETRY = dt.timedelta(minutes=30)
LIMITS = Limits(retry=(RETRY,), first_wait=0.01)
ACCEPTED = Outcome("accepted", Reply(250, "2.0.0 ok"))
REFUSED = Outcome("bounced", Reply(554, "5.7.1 no"), refused=True)
REFUSED_WORDS = "554 5.7.1 no"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, "me") as opened:
        yield opened


def person(number: int, domain: str = "x.example", attempts: int = 0) -> Recipient:
    return Recipient(number, 1, number, f"t{number}", f"p{number}@{domain}", attempts=attempts)


def plain(recipient: Recipient) -> Letter:
    return Letter("e", recipient, "s@x.example", "p", "x.example", {}, cast("Any", None))


def tried(
    journal: Journal,
    steps: Callable[[Flow], object],
    *waiting: Recipient,
    write: Callable[[Recipient], Letter] = plain,
    limits: Limits = LIMITS,
) -> Flow:
    """A flow of one connection after ``steps``, inside a loop."""

    async def run() -> Flow:
        flow = Flow(write, journal, lambda: NOW, limits, 1)
        flow.waiting.extend(waiting)
        if asyncio.iscoroutine(made := steps(flow)):
            await made
        return flow

    return asyncio.run(run())


def fails(error: Exception) -> Callable[[Recipient], Letter]:
    def write(_: Recipient) -> Letter:
        raise error

    return write


def test_nothing_is_taken_once_the_lease_is_over(journal: Journal) -> None:
    def steps(flow: Flow) -> None:
        flow.lease_ends = clock() - 1
        assert flow._take() is None

    flow = tried(journal, steps, person(1))
    assert (flow.halted, flow.over, len(flow.waiting)) == ("the lease ended while we were stopped", True, 1)


def test_an_address_that_cannot_be_written_bounces_and_the_next_is_taken(journal: Journal) -> None:
    def write(recipient: Recipient) -> Letter:
        if recipient.delivery == 1:
            raise UnicodeError("no such letter")
        return plain(recipient)

    def steps(flow: Flow) -> None:
        letter = flow._take()
        assert letter is not None
        assert letter.recipient.delivery == 2

    flow = tried(journal, steps, person(1), person(2), write=write)
    (attempt,) = flow.results
    assert (attempt.delivery, attempt.state, attempt.code) == (1, "bounced", 0)
    assert attempt.reply == "this address cannot be written: no such letter"
    assert (dict(flow.counts), flow.flying) == ({"bounced": 1}, 1)


def test_what_only_a_person_can_mend_ends_the_run_and_the_letter_waits(journal: Journal) -> None:
    def steps(flow: Flow) -> None:
        assert flow._take() is None

    error = DeliveryError("The key is gone.", "Put it back.")
    flow = tried(journal, steps, person(1), person(2), write=fails(error))
    assert (flow.halted, flow.flying, flow.results) == (str(error), 0, [])
    assert [recipient.delivery for recipient in flow.waiting] == [1, 2]


def test_the_first_reason_to_end_stands_and_wakes_whoever_waits(journal: Journal) -> None:
    def steps(flow: Flow) -> None:
        flow.end("first")
        flow.end("second")

    flow = tried(journal, steps)
    assert (flow.halted, flow.over) == ("first", True)
    assert flow.changed.is_set()
    assert flow.ended.is_set()


@pytest.mark.parametrize(("waiting", "rate", "over", "taken"), [(2, None, False, True), (1, None, False, False), (2, 5.0, False, False), (2, None, True, False)])  # fmt: skip
def test_another_letter_is_announced_only_where_plenty_wait_and_no_rate_is_set(
    journal: Journal, waiting: int, rate: float | None, *, over: bool, taken: bool
) -> None:
    def steps(flow: Flow) -> None:
        flow.over = over
        assert (flow.another() is not None) is taken

    tried(journal, steps, *map(person, range(waiting)), limits=Limits(rate=rate))


def noted(*outcomes: Outcome, people: tuple[Recipient, ...] = ()) -> Callable[[Flow], None]:
    """Each outcome in turn for a person of its own, or for those given."""

    def steps(flow: Flow) -> None:
        for number, outcome in enumerate(outcomes):
            recipient = people[number] if people else person(number, f"{number}.example")
            flow.flying += 1
            flow.pace.take_off(recipient)
            flow.note(recipient, outcome)

    return steps


def test_a_letter_that_lost_its_connection_waits_again_and_is_put_off_the_third_time(
    journal: Journal,
) -> None:
    twice = tried(journal, noted(LOST, LOST, people=(person(1), person(1))))
    assert ([r.delivery for r in twice.waiting], twice.results) == ([1, 1], [])
    assert not journal.doubtful  # known not to be taken
    thrice = tried(journal, noted(LOST, LOST, LOST, people=(person(1),) * 3))
    (attempt,) = thrice.results
    assert (attempt.state, attempt.not_before, attempt.reply) == ("deferred", NOW + RETRY, LOST.reply.text)
    assert (len(thrice.waiting), thrice.flying) == (2, 0)


def test_a_server_that_refuses_us_ends_the_run_with_its_words_and_no_letter_is_lost(journal: Journal) -> None:
    flow = tried(journal, noted(*[Outcome("halt", Reply(535, "5.7.8 who?"))] * 3, people=(person(1),) * 3))
    assert flow.halted == "the server refuses us: 535 5.7.8 who?"
    assert ([r.delivery for r in flow.waiting], flow.results) == ([1, 1, 1], [])


def test_a_domain_that_refuses_everybody_is_spared_with_its_last_words(journal: Journal) -> None:
    limits = Limits(retry=(RETRY,), domain_refusals=2)
    people = (person(1), person(2), person(3))

    def steps(flow: Flow) -> None:
        noted(REFUSED, people=people)(flow)
        assert flow.refusing == {}
        noted(REFUSED, people=people[1:])(flow)
        assert flow._take() is None

    flow = tried(journal, steps, people[2], limits=limits)
    assert flow.refusing == {"x.example": REFUSED_WORDS}
    last = flow.results[-1]
    assert (last.delivery, last.state, last.code) == (3, "deferred", 0)
    assert last.reply == f"the domain refuses us: {REFUSED_WORDS}"
    assert flow.halted == ""


def test_refusals_by_all_end_the_run_unless_a_letter_gets_through_between(journal: Journal) -> None:
    limits = Limits(retry=(RETRY,), refusals=3)
    assert tried(journal, noted(REFUSED, REFUSED, ACCEPTED, REFUSED, REFUSED), limits=limits).halted == ""
    ended = tried(journal, noted(REFUSED, REFUSED, REFUSED), limits=limits)
    assert ended.halted == f"3 refusals in a row: {REFUSED_WORDS}"


def test_a_letter_that_gets_through_clears_its_own_domain_alone(journal: Journal) -> None:
    limits = Limits(retry=(RETRY,), domain_refusals=2)
    one, other = person(1), person(2, "y.example")
    own = tried(journal, noted(REFUSED, ACCEPTED, REFUSED, people=(one, one, one)), limits=limits)
    assert own.refusing == {}
    others = tried(journal, noted(REFUSED, ACCEPTED, REFUSED, people=(one, other, one)), limits=limits)
    assert list(others.refusing) == ["x.example"]


def test_connections_lost_again_and_again_end_the_run(journal: Journal) -> None:
    async def steps(flow: Flow) -> None:
        for _ in range(2):
            await flow.after_loss(LOST)
        assert flow.halted == ""
        await flow.after_loss(ACCEPTED)  # no loss
        assert flow.halted == ""
        await flow.after_loss(LOST)

    flow = tried(journal, steps, limits=Limits(patience=3, first_wait=0.001))
    assert flow.halted == f"the connection is lost again and again: {LOST.reply.text}"


def test_a_reply_is_said_with_its_code_where_it_has_one() -> None:
    assert said(REFUSED) == REFUSED_WORDS
    assert said(LOST) == LOST.reply.text
    assert said(Outcome("again", Reply(421))) == "421"


class Scripted:
    """A transport and its one session at a time, that does as it was told and counts what is asked of it."""

    announces = True

    def __init__(self, *script: Outcome | Exception, refuses: Exception | None = None) -> None:
        self.script = list(script)
        self.refuses = refuses
        self.connected = self.closed = 0
        self.sent: list[tuple[int, int | None]] = []

    async def connect(self) -> Scripted:
        if self.refuses:
            raise self.refuses
        self.connected += 1
        return self

    async def send(self, letter: Letter, _journal: Journal, following: Letter | None) -> Outcome:
        self.sent.append((letter.recipient.delivery, following.recipient.delivery if following else None))
        if isinstance(result := self.script.pop(0), Exception):
            raise result
        return result

    async def close(self) -> None:
        self.closed += 1


def driven(journal: Journal, transport: Scripted, *waiting: Recipient) -> Flow:
    async def steps(flow: Flow) -> None:
        lane = Lane(flow, cast("Transport", transport))
        while flow.waiting and not flow.over:
            letter = flow._take()
            while letter is not None:
                letter = await lane._send(letter)
        await lane._hang_up()

    return tried(journal, steps, *waiting, limits=Limits(retry=(RETRY,), patience=1, first_wait=0.001))


def test_a_lane_sends_all_over_one_connection_and_announces_the_next(journal: Journal) -> None:
    transport = Scripted(ACCEPTED, ACCEPTED, ACCEPTED)
    flow = driven(journal, transport, person(1), person(2), person(3))
    assert transport.sent == [(1, 2), (2, None), (3, None)]
    assert (transport.connected, transport.closed, dict(flow.counts)) == (1, 1, {"accepted": 3})


def test_a_lane_hangs_up_a_connection_that_is_done_and_what_was_announced_waits_again(
    journal: Journal,
) -> None:
    done = Outcome("accepted", Reply(250, "ok"), usable=False)
    transport = Scripted(done, ACCEPTED, ACCEPTED)
    flow = driven(journal, transport, person(1), person(2), person(3))
    assert [first for first, _ in transport.sent] == [1, 2, 3]
    assert (transport.connected, transport.closed, dict(flow.counts)) == (2, 2, {"accepted": 3})
    assert (flow.flying, flow.halted) == (0, "")


def test_without_a_server_the_letters_wait_and_the_run_ends(journal: Journal) -> None:
    error = UnreachableError("No mail server answers.", "Start it.")
    flow = driven(journal, Scripted(refuses=error), person(1), person(2))
    assert [r.delivery for r in flow.waiting] == [1, 2]
    assert flow.halted == f"the connection is lost again and again: {error}"


def test_what_only_a_person_can_mend_ends_the_run_of_a_lane_and_both_its_letters_wait(
    journal: Journal,
) -> None:
    error = DeliveryError("The journal cannot be written.", "Make room.")
    transport = Scripted(error)
    flow = driven(journal, transport, person(1), person(2), person(3))
    assert sorted(r.delivery for r in flow.waiting) == [1, 2, 3]
    assert (flow.halted, flow.flying, transport.closed) == (str(error), 0, 1)


def test_what_is_under_way_counts_for_its_domain_until_it_lands(journal: Journal) -> None:
    def steps(flow: Flow) -> None:
        before = flow.took_off = clock() - 9
        letter = flow._take()
        assert letter is not None
        assert flow.took_off > before + 8
        assert flow.pace._under_way == {"x.example": 1}
        flow.note(letter.recipient, ACCEPTED)
        assert flow.pace._under_way == {}

    tried(journal, steps, person(1))


def test_letters_to_a_domain_that_refuses_us_are_passed_over_for_others(journal: Journal) -> None:
    def steps(flow: Flow) -> None:
        flow.refusing["x.example"] = "no"
        letter = flow._take()
        assert letter is not None
        assert letter.recipient.delivery == 2

    tried(journal, steps, person(1), person(2, "y.example"))


def test_the_journal_knows_what_was_answered_and_what_is_known_not_to_be_taken(journal: Journal) -> None:
    tried(journal, noted(ACCEPTED, LOST))
    kinds = [line.split("\t")[:2] for line in journal.file.read_text().splitlines()[1:]]
    assert kinds == [["R", "0"], ["S", "1"]]


@pytest.mark.parametrize(
    ("waiting", "flying", "chunk", "told"),
    [(1, 2, 7, True), (2, 2, 7, False), (2, 1, 7, True), (2, 2, 8, True), (3, 2, 8, False)],
)
def test_a_landing_is_told_where_few_wait_or_none_is_under_way(
    journal: Journal, waiting: int, flying: int, chunk: int, *, told: bool
) -> None:
    def steps(flow: Flow) -> None:
        letters = [flow._take() for _ in range(flying)]
        flow.changed.clear()
        assert letters[0] is not None
        flow.note(letters[0].recipient, ACCEPTED)
        assert flow.changed.is_set() is told

    tried(journal, steps, *map(person, range(waiting + flying)), limits=Limits(chunk=chunk))


def test_the_wait_after_a_loss_doubles_with_each_round_of_all_connections_up_to_a_minute(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def happened(_event: asyncio.Event, seconds: float) -> bool:
        waits.append(seconds)
        return False

    async def steps(flow: Flow) -> None:
        flow.connections = 2
        for _ in range(15):
            await flow.after_loss(LOST)

    monkeypatch.setattr("digest.deliver.flow.happened", happened)
    tried(journal, steps, limits=Limits(first_wait=1.0, patience=8))
    assert waits == [2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 60, 60, 60, 60]  # the first of two: no round yet


def test_a_lane_drives_until_the_run_is_over_and_hangs_up(journal: Journal) -> None:
    transport = Scripted(ACCEPTED, ACCEPTED, ACCEPTED)

    async def steps(flow: Flow) -> None:
        async with asyncio.timeout(5):
            drive = asyncio.create_task(Lane(flow, cast("Transport", transport)).drive())
            while len(flow.results) < 3:
                await flow.turn(0.01)
            flow.end("done")
            flow.changed.clear()
            await drive
        assert flow.changed.is_set()

    tried(journal, steps, person(1), person(2), person(3))
    assert sorted(first for first, _ in transport.sent) == [1, 2, 3]
    assert transport.closed == 1


def test_a_connection_that_is_lost_is_counted_and_hung_up_at_once(journal: Journal) -> None:
    transport = Scripted(LOST)
    assert driven(journal, transport, person(1)).halted.startswith("the connection is lost again and again")

    async def steps(flow: Flow) -> None:
        letter = flow._take()
        assert letter is not None
        await Lane(flow, cast("Transport", broken))._send(letter)
        assert broken.closed == 1

    broken = Scripted(UnreachableError("Gone.", "Wait."))
    tried(journal, steps, person(1))


def test_the_limits_of_a_run_are_those_of_its_pace(journal: Journal) -> None:
    people = [*(person(number, "slow.example") for number in range(2)), *map(person, range(2, 5))]

    async def steps(flow: Flow) -> None:
        began = clock()
        assert await flow.next() is not None
        assert await flow.next() is not None
        assert clock() - began >= 0.04  # a tenth of a second between two, less what timers may be late
        flow.waiting.extend(people)
        taken = [letter.recipient.delivery for letter in iter(flow._take, None)]
        assert taken == [0, 2, 3]  # one to the slow domain, two to any other

    slow = {"slow.example": DomainPace(1)}
    limits = Limits(rate=10.0, domain_connections=2, domains=slow)
    tried(journal, steps, person(8, "y.example"), person(9, "z.example"), limits=limits)


@pytest.mark.parametrize(("rate", "least", "most"), [(None, 0.5, 0.5), (10.0, 0.03, 0.05), (1.0, 0.5, 0.5)])
def test_a_lane_without_a_letter_looks_again_when_a_domain_opens_or_after_half_a_second(
    journal: Journal, rate: float | None, least: float, most: float
) -> None:
    waits: list[float] = []

    async def steps(flow: Flow) -> None:
        async def turn(seconds: float) -> None:
            waits.append(seconds)
            flow.end("")

        flow.turn = turn  # type: ignore[method-assign]
        assert await flow.next() is not None
        assert await flow.next() is None

    limits = Limits(domains={"x.example": DomainPace(2 if rate else 1, rate)})
    tried(journal, steps, person(1), person(2), limits=limits)
    assert len(waits) == 1
    assert least <= waits[0] <= most


def test_a_turn_in_which_nothing_changes_ends_by_itself(journal: Journal) -> None:
    async def steps(flow: Flow) -> None:
        flow.changed.set()  # of before
        async with asyncio.timeout(5):
            await flow.turn(0.001)

    tried(journal, steps)


@pytest.mark.parametrize(("domain", "quick"), [("slow.example", False), ("x.example", True)])
def test_only_a_letter_to_a_domain_without_a_rate_counts_as_quick(
    journal: Journal, domain: str, *, quick: bool
) -> None:
    def steps(flow: Flow) -> None:
        flow.quick = -1.0
        assert flow._take() is not None
        assert (flow.quick == flow.took_off) is quick

    slow = {"slow.example": DomainPace(1, 1.0)}
    tried(journal, steps, person(1, domain), limits=Limits(domains=slow))


def test_so_many_results_as_make_a_batch_are_to_be_reported_at_once(journal: Journal) -> None:
    limits = Limits(retry=(RETRY,), batch=3)
    assert not tried(journal, noted(ACCEPTED, ACCEPTED), limits=limits).full.is_set()
    assert tried(journal, noted(ACCEPTED, ACCEPTED, ACCEPTED), limits=limits).full.is_set()
