"""The queue's tables: jobs live and die with the transaction of their rows, and nothing rests on them."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from digest.deliver.recover import Recovered
from digest.errors import StoreError
from digest.jobs import queue, spread, station, worker
from digest.jobs.queue import Job
from digest.jobs.station import Station
from digest.store import meter
from digest.store.engine import Store, open_store

pytestmark = pytest.mark.postgres
NOW = dt.datetime(2026, 11, 23, 5, 30, tzinfo=dt.UTC)
EDITION = Job("edition", "compose", {"slot": 1, "deadline": 9e9}, once="slot 1")


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    with open_store(postgres_url) as opened:
        queue.ensure(opened)
        yield opened


def jobs(store: Store) -> list[tuple[str, int]]:
    """Queue and priority of each job, as workers fetch them."""
    query = "SELECT queue_name, priority FROM digest_jobs.procrastinate_jobs ORDER BY priority DESC, id"
    with store.read() as connection:
        return [(row[0], row[1]) for row in connection.execute(sa.text(query))]


def test_a_job_is_gone_with_the_transaction_of_its_rows(store: Store) -> None:
    class PowerCutError(Exception):
        pass

    def cut_short() -> None:
        with store.begin() as connection:
            queue.defer(connection, EDITION)
            raise PowerCutError

    with pytest.raises(PowerCutError):
        cut_short()
    assert jobs(store) == []


def test_of_jobs_that_are_wanted_once_one_waits(store: Store) -> None:
    with store.begin() as connection:
        queue.defer(connection, EDITION)
        queue.defer(connection, EDITION)
        assert queue.pending(connection, "edition", "slot", "1") == 1


def test_a_shard_has_five_hundred_deliveries_at_most_and_none_is_left_out(store: Store) -> None:
    with store.begin() as connection:
        queue.defer_shards(connection, "e", 11, 1211, 9e9)
        rows = connection.execute(
            sa.text("SELECT args->'first', args->'last' FROM digest_jobs.procrastinate_jobs ORDER BY id")
        )
        assert [tuple(row) for row in rows] == [(11, 510), (511, 1010), (1011, 1211)]


def test_the_next_delivery_job_is_taken_along_only_by_its_own_edition_and_in_its_turn(store: Store) -> None:
    with store.begin() as connection:
        queue.defer_shards(connection, "one", 1, 700, 9e9)
        queue.defer_shards(connection, "two", 701, 800, 9e9)
        queue.defer_shards(connection, "one", 801, 900, 9e9)
        assert queue.ahead(connection, "two") is None
        assert queue.ahead(connection, "one") == (1, 500)
        assert queue.ahead(connection, "one") == (501, 700)
        assert queue.ahead(connection, "one") is None  # it is the other's turn
        assert queue.ahead(connection, "two") == (701, 800)
        assert queue.ahead(connection, "one") == (801, 900)
        assert queue.ahead(connection, "one") is None


def test_a_job_taken_along_is_there_again_when_its_deliveries_could_not_be_claimed(store: Store) -> None:
    with store.begin() as connection:
        queue.defer_shards(connection, "one", 1, 500, 9e9)
    with store.begin() as connection:
        assert queue.ahead(connection, "one") == (1, 500)
        connection.rollback()
    assert jobs(store) == [("deliver", 40)]


def test_a_job_goes_on_with_the_next_until_its_edition_is_braked_a_while_is_over_or_all_is_to_stop(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom: Any = SimpleNamespace(clock=lambda: NOW)
    member = Station(newsroom, asyncio.Event())
    ahead = member._ahead()
    with store.begin() as connection:
        queue.defer_shards(connection, "one", 1, 2000, 9e9)
        assert ahead(connection, "one") == (1, 500)
        meter.brake(connection, "one", NOW + dt.timedelta(minutes=5), "refused")
        assert ahead(connection, "one") is None
        meter.release(connection, "one")
        assert ahead(connection, "one") == (501, 1000)
        monkeypatch.setattr(station, "TOGETHER", 0.0)
        assert member._ahead()(connection, "one") is None
        member.alone = True
        assert ahead(connection, "one") is None
        member.alone = False
        member.stop.set()
        assert ahead(connection, "one") is None
    assert jobs(store) == [("deliver", 40)] * 2


def test_what_is_left_of_an_edition_goes_behind_one_that_begins(store: Store) -> None:
    newsroom: Any = SimpleNamespace(store=store)
    spread.again(newsroom, "old", 501, 9e9)
    with store.begin() as connection:
        queue.defer_shards(connection, "new", 1, 500, 9e9)
        assert queue.ahead(connection, "old") is None
        assert queue.ahead(connection, "new") == (1, 500)
        assert [queue.ahead(connection, "old") for _ in range(3)] == [(0, 0), (0, 0), None]


def test_what_a_slot_waits_for_goes_before_bulk_pulls(store: Store) -> None:
    with store.begin() as connection:
        queue.defer(connection, Job("pull", "pull", {}))
        queue.defer(connection, Job("pull", "pull", {}, priority=queue.URGENT))
        queue.defer_shards(connection, "e", 1, 2, 9e9)
        queue.defer(connection, EDITION)
    assert jobs(store) == [("compose", 50), ("deliver", 40), ("pull", 20), ("pull", 0)]


def test_the_jobs_of_a_dead_worker_are_done_by_others(store: Store) -> None:
    with store.begin() as connection:
        queue.defer(connection, EDITION)
        queue.defer(connection, Job("group", "group", {"deadline": 9e9}))
        dead = connection.execute(
            sa.text(
                "INSERT INTO digest_jobs.procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
                " RETURNING id"
            )
        ).scalar_one()
        connection.execute(
            sa.text("UPDATE digest_jobs.procrastinate_jobs SET status = 'doing', worker_id = :id"),
            {"id": dead},
        )
        assert queue.pending(connection, "edition", "slot", "1") == 0  # nobody counts on it
        queue.defer(connection, EDITION)  # and the one who leads queued it again
        assert queue.revive(connection) == 1
    assert jobs(store) == [("compose", 50), ("group", 30)]


def test_a_job_that_a_living_worker_dropped_is_done_again(store: Store) -> None:
    with store.begin() as connection:
        queue.defer(connection, EDITION)
        living = connection.execute(
            sa.text("INSERT INTO digest_jobs.procrastinate_workers DEFAULT VALUES RETURNING id")
        ).scalar_one()
        connection.execute(
            sa.text("UPDATE digest_jobs.procrastinate_jobs SET status = 'doing', worker_id = :id"),
            {"id": living},
        )
        assert queue.revive(connection) == 0
        assert queue.held(connection, ()) == set()
        held = queue.held(connection, [living])
        assert queue.revive(connection, held) == 1
        assert queue.held(connection, [living]) == set()
    assert jobs(store) == [("compose", 50)]


def test_a_name_that_the_queue_no_longer_has_for_this_process_is_forgotten(store: Store) -> None:
    with store.begin() as connection:
        register = sa.text("INSERT INTO digest_jobs.procrastinate_workers DEFAULT VALUES RETURNING id")
        mine = connection.execute(register).scalar_one()
        assert queue.known(connection, [mine, mine + 1]) == {mine}
        assert queue.known(connection, []) == set()


def test_a_job_is_dropped_when_two_looks_do_not_find_it_in_hand() -> None:
    member = Station(newsroom=None, stop=asyncio.Event())  # type: ignore[arg-type]
    with member.at(1, 7):
        assert member.workers == {7}
        assert member.dropped({1, 2}) == set()  # the second may just be beginning, or telling of its end
        assert member.dropped({1, 2}) == {2}
    assert member.dropped({1}) == set()
    assert member.dropped(set()) == set()
    assert member.dropped({1}) == set()
    assert member.dropped({1}) == {1}


def test_a_database_that_was_away_is_looked_at_twice_before_others_claims_are_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    newsroom: Any = SimpleNamespace(store=store)
    member = Station(newsroom, asyncio.Event())

    def recover(_self: Station) -> Recovered:
        seen.append(member.looks > 0)
        if len(seen) == 3:
            raise StoreError("The database is away.", "Wait.")
        return Recovered()

    monkeypatch.setattr(Station, "recover", recover)
    for number in range(5):
        with pytest.raises(StoreError) if number == 2 else contextlib.nullcontext():
            worker._clear_up(member)
    assert seen == [False, True, True, False, True]


def test_another_version_of_the_queue_makes_its_tables_anew(store: Store) -> None:
    with store.begin() as connection:
        queue.defer(connection, EDITION)
    queue.ensure(store)
    assert len(jobs(store)) == 1
    with store.begin() as connection:
        connection.execute(sa.text("COMMENT ON SCHEMA digest_jobs IS '1.0'"))
    queue.ensure(store)
    assert jobs(store) == []
