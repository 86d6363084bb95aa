"""The parts of an edition that one job after the other takes."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from office import EDITION, NOW

from digest.model import Attempt
from digest.store.shard import SIZE, Shard
from digest.store.suppress import BouncePolicy
from digest.store.tables import deliveries

LEASE = NOW + dt.timedelta(minutes=15)


def ids(office) -> list[int]:
    with office.store.read() as connection:
        return list(connection.execute(sa.select(deliveries.c.id).order_by(deliveries.c.id)).scalars())


def test_a_part_has_its_own_deliveries_and_then_those_of_the_parts_that_follow(either) -> None:
    office = either
    office.subscribe(*(f"p{number}@x.example" for number in range(9)))
    office.queue()
    every = ids(office)
    parts = [(every[6], every[7]), (every[3], every[5])]
    shard = Shard(
        office.store, "hold", BouncePolicy(), (every[0], every[2]), lambda *_: parts.pop() if parts else None
    )

    def claim(limit: int) -> list[int]:
        return [r.delivery for r in shard.claim(EDITION, "me", limit, lease=LEASE, now=NOW)]

    assert claim(2) == every[:2]
    assert claim(9) == every[2:3]
    assert claim(9) == every[3:6]
    assert claim(9) == every[6:8]
    assert (claim(9), parts) == ([], [])
    assert set(office.states().values()) == {"claimed", "ready"}


def test_of_an_edition_that_rests_no_part_is_taken_along(either) -> None:
    office = either
    office.subscribe("a@x.example")
    office.queue()
    office.slot("paused")
    asked = []
    shard = Shard(office.store, "hold", BouncePolicy(), (1, 1), lambda *what: asked.append(what))
    assert shard.claim(EDITION, "me", 5, lease=LEASE, now=NOW) == []
    assert asked == []


def test_a_part_of_whatever_is_ready_takes_what_was_put_off_last(either) -> None:
    office = either
    office.subscribe(*(f"p{number}@x.example" for number in range(6)))
    office.queue()
    first = office.ledger.claim(EDITION, "me", 3, lease=LEASE, now=NOW)
    back = [Attempt(r.delivery, r.fence, "ready", not_before=NOW, counted=False) for r in first]
    office.ledger.record(back, NOW)
    shard = Shard(office.store, "hold", BouncePolicy())
    found = shard.claim(EDITION, "me", 3, lease=LEASE, now=NOW)
    assert not {r.delivery for r in found} & {r.delivery for r in first}
    assert len(shard.claim(EDITION, "me", SIZE, lease=LEASE, now=NOW)) == 3
    assert shard.claim(EDITION, "me", SIZE, lease=LEASE, now=NOW) == []


def test_what_is_put_off_after_the_edition_was_cancelled_is_not_left_waiting(either) -> None:
    office = either
    office.subscribe("a@x.example")
    office.queue()
    (one,) = office.ledger.claim(EDITION, "me", 3, lease=LEASE, now=NOW)
    office.slot("cancelled")
    office.ledger.record([Attempt(one.delivery, one.fence, "ready", not_before=NOW, counted=False)], NOW)
    assert set(office.states().values()) == {"cancelled"}
