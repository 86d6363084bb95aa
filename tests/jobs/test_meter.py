"""Rates and limits that two sending processes share."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from digest.deliver.pace import DomainPace, SharedPace
from digest.model import Recipient
from digest.shares import Shares, share
from digest.store.engine import Store, open_store
from digest.store.meter import LaneMeter, SqlMeter

pytestmark = pytest.mark.postgres


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    with open_store(postgres_url) as opened:
        yield opened


async def ask(call: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(call)


def letters(domain: str, number: int) -> deque[Recipient]:
    return deque(Recipient(n, 1, n, f"{n}", f"p{n}@{domain}") for n in range(number))


def test_turns_are_given_away_one_after_another_whoever_asks(store: Store) -> None:
    one, two = SqlMeter(store, "one"), SqlMeter(store, "two")
    assert one.turns("relay", 0.5, 4) == 0
    assert two.turns("relay", 0.5, 2) == pytest.approx(2, abs=0.3)
    assert one.turns("relay", 0.5, 2) == pytest.approx(3, abs=0.3)
    assert one.turns("another relay", 0.5, 2) == 0


@pytest.mark.slow
def test_a_rate_holds_for_two_processes_together(store: Store) -> None:
    async def lane(pace: SharedPace, end: float) -> int:
        sent = 0
        while time.monotonic() < end:
            await pace.turn()
            sent += 1
        return sent

    async def both() -> int:
        end = time.monotonic() + 2
        paces = [SharedPace(100, 20, None, meter=SqlMeter(store, name), ask=ask) for name in ("one", "two")]
        return sum(await asyncio.gather(*(lane(pace, end) for pace in paces for _ in range(3))))

    assert 140 <= asyncio.run(both()) <= 100 * 2 + 2 * 25 + 6


def test_shares_never_add_up_to_more_than_the_limit(store: Store) -> None:
    one, two, three = (SqlMeter(store, name) for name in ("one", "two", "three"))
    assert one.shares({6: 0}).given == {6: 6}
    assert two.shares({6: 0}).given == {6: 0}  # the first does not know of it yet
    assert one.shares({6: 5}).given == {6: 3}  # it does now, and has five under way
    assert two.shares({6: 0}).given == {6: 0}
    assert one.shares({6: 3}).given == {6: 3}
    assert two.shares({6: 0}).given == {6: 3}
    one.close()
    assert two.shares({6: 3}).given == {6: 6}
    assert three.shares({6: 0, 20: 0}).given == {6: 0, 20: 0}


def test_the_share_of_a_run_that_died_is_the_others_when_it_has_been_silent_for_a_while(store: Store) -> None:
    dead, alive = SqlMeter(store, "dead", held=0.4), SqlMeter(store, "alive", held=0.4)
    dead.shares({6: 0})
    alive.shares({6: 0})
    died = time.monotonic()  # before its last word, however long that takes on a busy machine
    assert (dead.shares({6: 3}).given, alive.shares({6: 0}).given) == ({6: 3}, {6: 3})
    assert alive.runs() == 2
    while alive.shares({6: 3}).given == {6: 3}:
        assert time.monotonic() < died + 5
        time.sleep(0.02)
    assert time.monotonic() - died >= 0.39
    assert (alive.shares({6: 6}), alive.runs()) == (Shares({6: 6}, 1, settled=True), 1)


def test_the_share_of_a_place_without_a_job_is_its_next_jobs_for_a_moment_and_then_the_others(
    store: Store,
) -> None:
    place, other = LaneMeter(store, "place"), LaneMeter(store, "other")
    place.shares({1: 0})
    place.close()
    assert other.shares({1: 0}).given == {1: 0}
    place.close(0)
    assert other.shares({1: 0}).given == {1: 1}


@pytest.mark.parametrize(("limit", "runs"), [(20, 3), (5, 8), (1, 4), (7, 7)])
def test_the_shares_of_all_runs_add_up_to_the_limit(limit: int, runs: int) -> None:
    assert sum(share(limit, runs, rank) for rank in range(runs)) == limit


def test_a_domain_without_a_share_waits_and_the_others_go(store: Store) -> None:
    async def scene() -> None:
        other = SqlMeter(store, "other")
        other.shares({1: 1, 20: 0})
        pace = SharedPace(None, 20, {"big.example": DomainPace(1)}, meter=SqlMeter(store, "us"), ask=ask)
        waiting = letters("big.example", 3) + letters("small.example", 1)
        await pace.prepare()
        other.shares({1: 1, 20: 0})
        await pace.prepare()
        taken = pace.pick(waiting)
        assert taken is not None
        assert taken.address == "p0@small.example"
        assert pace.pick(waiting) is None
        other.close()
        await pace.prepare()
        assert pace.pick(waiting) is not None

    asyncio.run(scene())
