"""Rates and limits that editions going out at once in one process share."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import pytest

from digest.deliver.book import Book
from digest.deliver.pace import GLANCE, LATER, DomainPace, Meter, SharedPace
from digest.errors import StoreError
from digest.model import Recipient

GENTLE = {"big.example": DomainPace(5, 20.0)}


def letters(domain: str, number: int) -> deque[Recipient]:
    return deque(Recipient(n, 1, n, f"{n}", f"p{n}@{domain}") for n in range(number))


async def ask(call: Callable[[], Any]) -> Any:
    return call()


async def drain(pace: SharedPace, waiting: deque[Recipient], taken: list[tuple[float, str]]) -> None:
    """Take what may go until nothing waits; each lands at once."""
    await pace.prepare()
    while waiting:
        await pace.turn()
        letter = pace.pick(waiting)
        if letter is None:
            await pace.prepare()
            await asyncio.sleep(0.005)
            continue
        pace.take_off(letter)
        pace.land(letter)
        taken.append((time.monotonic(), letter.address.partition("@")[2]))


def test_a_book_gives_turns_one_after_another_and_none_that_is_not_free() -> None:
    now = [100.0]
    book = Book(lambda: now[0])
    one, two = book.meter("one"), book.meter("two")
    assert (one.turns("relay", 0.5, 4), two.turns("relay", 0.5, 2), one.turns("other", 1, 1)) == (0, 2.0, 0)
    assert (one.turns_now("domain x", 0.5, 1), two.turns_now("domain x", 0.5, 1)) == (0, 0.5)
    now[0] += 0.5
    assert two.turns_now("domain x", 0.5, 1) == 0


def test_shares_of_a_book_never_add_up_to_more_than_the_limit() -> None:
    book = Book()
    one, two = book.meter("one"), book.meter("two")
    assert (one.shares({6: 0}).given, two.shares({6: 0}).given) == ({6: 6}, {6: 0})
    assert (one.shares({6: 5}).given, two.shares({6: 0}).given) == ({6: 3}, {6: 0})
    assert (one.shares({6: 3}).given, two.shares({6: 0}).given) == ({6: 3}, {6: 3})
    one.close()
    assert two.shares({6: 3}).given == {6: 6}


class Counting:
    """A meter that notes what it is asked."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self.meter, name)


def test_who_joins_has_its_share_after_a_tenth_of_a_second_and_a_look_of_the_others() -> None:
    async def scene() -> None:
        book = Book()
        one, two = (SharedPace(None, 6, None, meter=book.meter(name), ask=ask) for name in ("one", "two"))
        assert await one.prepare() == GLANCE
        waiting = letters("x.example", 12)
        under_way = [one.pick(waiting) for _ in range(5)]
        for letter in under_way:
            one.take_off(letter)
        assert await two.prepare() < 0.1
        assert two.pick(waiting) is None
        assert await one.prepare() < 0.1  # five under way and three its own: it tells when it has let go
        assert await two.prepare() < 0.2
        for letter in under_way[:2]:
            one.land(letter)
        assert await one.prepare() == GLANCE
        assert await two.prepare() == GLANCE
        for _ in range(3):
            two.take_off(two.pick(waiting))
        assert two.pick(waiting) is None

    asyncio.run(scene())


def test_who_has_its_share_only_looks_whether_somebody_came() -> None:
    async def scene() -> None:
        book = Book()
        meter = Counting(book.meter("one"))
        pace = SharedPace(None, 6, None, meter=meter, ask=ask)
        for _ in range(10):
            assert await pace.prepare() == GLANCE
        assert meter.asked == ["shares", *["runs"] * 9]
        book.meter("two").shares({6: 0})
        await pace.prepare()
        assert meter.asked[10:] == ["runs", "shares"]

    asyncio.run(scene())


def test_who_cannot_have_its_share_asks_less_and_less_often() -> None:
    async def scene() -> list[float]:
        book = Book()
        book.meter("silent").shares({6: 0})
        pace = SharedPace(None, 6, None, meter=book.meter("us"), ask=ask)
        return [await pace.prepare() for _ in range(12)]

    waits = asyncio.run(scene())
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (pytest.approx(0.075), LATER)


def test_two_editions_at_once_keep_a_domains_rate_together_and_others_need_not_wait() -> None:
    taken: list[tuple[float, str]] = []

    async def both() -> None:
        book = Book()
        for_each = [letters("big.example", 10) + letters("small.example", 100) for _ in range(2)]
        paces = [SharedPace(None, 20, GENTLE, meter=book.meter(name), ask=ask) for name in ("one", "two")]
        await paces[0].prepare()
        await asyncio.gather(*(drain(p, w, taken) for p, w in zip(paces, for_each, strict=True)))

    asyncio.run(both())
    big = [when for when, domain in taken if domain == "big.example"]
    small = [when for when, domain in taken if domain == "small.example"]
    assert (len(big), len(small)) == (20, 200)
    assert big[-1] - big[0] >= (20 - 5 - 1) / 20  # in quarters of a second of which one may be half used
    assert all(
        sum(start <= when < start + 1 for when in big) <= 20 + 5 for start in big
    )  # a second, wherever it begins
    assert small[-1] < big[-1]


def test_a_turn_that_no_letter_used_in_time_is_not_used_later() -> None:
    async def scene() -> Counter[str]:
        pace = SharedPace(None, 20, {"big.example": DomainPace(5, 2.0)}, meter=Book().meter("one"), ask=ask)
        await pace.prepare()
        waiting = letters("big.example", 2)
        assert pace.pick(waiting) is None  # no turn was asked for yet
        await pace.turn()
        await asyncio.sleep(0.3)
        found: Counter[str] = Counter(late=pace.pick(waiting) is not None)
        await pace.turn()
        found["again"] = pace.pick(waiting) is not None
        return found

    assert asyncio.run(scene()) == {"late": False, "again": False}


def test_a_database_that_is_away_for_a_moment_costs_a_moment() -> None:
    failures = iter([True, False, False, False])

    async def shaky(call: Callable[[], Any]) -> Any:
        if next(failures):
            raise StoreError("The database is away.", "Wait.")
        return call()

    async def scene() -> None:
        pace = SharedPace(100.0, 20, None, meter=Book().meter("one"), ask=shaky)
        await pace.turn()

    began = time.monotonic()
    asyncio.run(scene())
    assert time.monotonic() - began < 3
