"""How PostgreSQL goes about our queries when the tables are large: by an index, never through the whole table."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from digest.addresses import parse_address
from digest.model import Attempt, Entry
from digest.store import bounces, entries, feeds, figures, lookup, partitions, retention, stories, subscribers
from digest.store.audience import fix_audience
from digest.store.deliveries import SqlLedger, adds_up, claim
from digest.store.engine import Store, open_store
from digest.store.suppress import BouncePolicy, count_soft
from digest.store.tables import editions, slots

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
NOW = dt.datetime(2026, 1, 9, 6, 30, tzinfo=dt.UTC)
DAYS = 3
PEOPLE = 20_000
LARGE = (
    "deliveries",
    "subscribers",
    "subscriptions",
    "entries",
    "stories",
    "suppressions",
    "soft_bounces",
    "paces",
)
DAY = dt.timedelta(days=1)
KEEP = 27 * DAY  # a few of the entries are older
LEASE = NOW + dt.timedelta(minutes=15)


def name(day: int) -> str:
    return f"evening/2026-01-{9 - day:02}/morning"


EDITION = name(0)


@pytest.fixture(scope="module")
def store(postgres_server: str) -> Iterator[Store]:
    """Three editions of twenty thousand, the newest half sent, and forty thousand entries."""
    import psycopg

    database = f"plans_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE template0")
    with open_store(postgres_server.replace("/postgres?", f"/{database}?")) as opened:
        fill(opened)
        yield opened
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {database} WITH (FORCE)")


def fill(store: Store) -> None:
    with store.begin() as connection:
        run = connection.exec_driver_sql
        run(
            "INSERT INTO subscribers (address, address_key, state, token_id, created)"
            f" SELECT 'p'||n||'@x.example', 'p'||n||'@x.example', 'active', n, 0 FROM generate_series(1, {PEOPLE}) n"
        )
        run(
            "INSERT INTO subscriptions (subscriber, newsletter, slots, state, since, consent)"
            " SELECT id, 'evening', '[]', 'active', 0, '{}' FROM subscribers"
        )
        run(
            "INSERT INTO suppressions (address_hash, reason, since)"
            f" SELECT md5(n::text), 'operator', 0 FROM generate_series(1, {PEOPLE}) n"
        )
        last = int(NOW.timestamp() * 1_000_000)
        run(
            "INSERT INTO entries (id, feed, paper, url, title, authors, published, first_seen, last_seen, categories,"
            " pictures) SELECT lpad(n::text, 16, '0'), 'https://f' || mod(n, 500), 'P', 'u', 't', '[]',"
            f" {last} - n * 60000000::bigint, 0, {last} - n * 60000000::bigint, '[]', '[]'"
            " FROM generate_series(1, 40000) n"
        )
        run(
            "INSERT INTO soft_bounces SELECT n, n,"
            f" {last} - n * 60000000::bigint FROM generate_series(1, {PEOPLE}) n"
        )
        run(
            "INSERT INTO paces (name, free_at)"
            f" SELECT 'visitor ' || n, {last} + n * 1000000::bigint FROM generate_series(-100, {PEOPLE}) n"
        )
        run(
            "INSERT INTO stories (entry, story, role, rank, reasons) SELECT id, id, 'lead', 0, '[]' FROM entries"
        )
        for day in range(DAYS):
            edition(connection, day)
    for day in range(DAYS):
        fix_audience(store, name(day), NOW - dt.timedelta(days=day))
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'accepted' WHERE mod(subscriber, 2) = 0")
        connection.exec_driver_sql("ANALYZE")


def edition(connection: sa.Connection, day: int) -> None:
    due = NOW - dt.timedelta(days=day)
    state = "done" if day else "sending"
    slot = {"id": day + 1, "newsletter": "evening", "date": due.date(), "name": "morning", "due": due}
    connection.execute(slots.insert(), slot | {"state": state, "changed": due})
    row = {"id": name(day), "slot": day + 1, "newsletter": "evening", "due": due, "edition": "{}"}
    connection.execute(editions.insert(), row | {"mails": b"", "content_hash": "0", "frozen": due})


@contextmanager
def plans(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The plan of each statement, made with its own parameters just before it runs."""
    found: list[tuple[str, Any]] = []

    def look(connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().split(None, 1)[0].upper() in {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"}:
            raw = connection.connection.driver_connection
            plan = raw.execute(
                f"EXPLAIN (FORMAT JSON) {statement}", values[0] if many else values
            ).fetchone()[0]
            found.append((statement, plan if isinstance(plan, list) else json.loads(plan)))

    sa.event.listen(store.engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", look)


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every node of a plan that really runs: PostgreSQL leaves out partitions that cannot match."""
    if isinstance(plan, list):
        for part in plan:
            yield from nodes(part)
    elif isinstance(plan, dict):
        if "Node Type" in plan:
            yield plan
        for key in ("Plan", "Plans"):
            yield from nodes(plan.get(key))


def whole_scans(found: list[tuple[str, Any]]) -> list[str]:
    """The large tables that were read from end to end, each with the query."""
    return [
        f"{node['Relation Name']}: {' '.join(statement.split())[:300]}"
        for statement, plan in found
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan"
        and node["Relation Name"].startswith(LARGE)
        and node["Relation Name"] != "deliveries_rest"  # empty, and known to be
    ]


def partitions_of(found: list[tuple[str, Any]]) -> set[str]:
    return {
        node["Relation Name"]
        for _, plan in found
        for node in nodes(plan)
        if node.get("Relation Name", "").startswith("deliveries_")
        and node["Relation Name"] != "deliveries_rest"
    }


FIRST = partitions.span(NOW)[0] + 1
ATTEMPT = Attempt(FIRST, 1, "accepted", 250)
BOUNCED = Attempt(FIRST + 2, 1, "bounced", 550, bounce="hard")
PERSON = parse_address("p77@x.example")
MISSING = Entry(
    id="f" * 16,
    feed="https://f1",
    paper="P",
    url="u",
    title="t",
    published=NOW,
    first_seen=NOW,
    language="en",
)


def on_connection(call: Callable[[sa.Connection], object]) -> Callable[[Store], object]:
    def run(store: Store) -> object:
        with store.begin() as connection:
            return call(connection)

    return run


OPERATIONS: dict[str, Callable[[Store], object]] = {
    "claim a job's range": on_connection(
        lambda c: claim(c, EDITION, "o-1-0", 100, lease=LEASE, now=NOW, among=(FIRST, FIRST + 499))
    ),
    "claim what is ready": on_connection(lambda c: claim(c, EDITION, "o-1-0", 100, lease=LEASE, now=NOW)),
    "record": lambda s: SqlLedger(s).record([ATTEMPT, BOUNCED], NOW),
    "renew": lambda s: SqlLedger(s).renew("o-1-0", LEASE),
    "release": lambda s: SqlLedger(s).release("o-1-0", "ready", NOW),
    "abandoned": lambda s: SqlLedger(s).abandoned(NOW),
    "next try": lambda s: SqlLedger(s).next_try(EDITION),
    "one person's delivery": on_connection(lambda c: lookup.listed(c, EDITION, key=PERSON.key)),
    "whose bounce": on_connection(lambda c: bounces.about(c, FIRST + 5)),
    "a complaint that only has a Message-ID": on_connection(
        lambda c: bounces.unproved_complaint(c, "77", NOW)
    ),
    "take in a bounce": on_connection(
        lambda c: bounces.take_in(c, "hard", bounces.About(3, FIRST + 5), now=NOW, policy=BouncePolicy())
    ),
    "count a full mailbox": on_connection(lambda c: count_soft(c, [(77, FIRST + 7)], NOW)),
    "forget what is old": lambda s: retention.forget(s, NOW, retention.Keep(KEEP, DAY, bounces=13 * DAY)),
    "all we hold on a person": on_connection(lambda c: subscribers.everything(c, PERSON)),
    "erase a person": on_connection(lambda c: subscribers.erase(c, PERSON)),
    "the entries of a feed": on_connection(lambda c: entries.of_feed(c, "https://f7")),
    "each feed's rhythm": on_connection(lambda c: feeds.activity(c, NOW)),
    "save an entry": on_connection(lambda c: entries.save_entries(c, [MISSING], NOW)),
    "the entries of an hour": on_connection(lambda c: entries.recent(c, NOW - dt.timedelta(hours=1))),
    "the stories of an hour": on_connection(lambda c: stories.load_stories(c, NOW - dt.timedelta(hours=1))),
    "what is not grouped": on_connection(lambda c: stories.ungrouped(c, NOW - dt.timedelta(hours=1))),
}


@pytest.mark.parametrize("what", OPERATIONS)
def test_no_large_table_is_read_from_end_to_end(store: Store, what: str) -> None:
    with plans(store) as found:
        OPERATIONS[what](store)
    for statement, plan in found:
        print(" ".join(statement.split())[:120], json.dumps(plan)[:2000])  # noqa: T201 - told when it fails
    assert found
    assert whole_scans(found) == []


@pytest.mark.parametrize(
    "what", ["claim a job's range", "claim what is ready", "record", "whose bounce", "next try"]
)
def test_what_happens_all_the_time_opens_one_partition(store: Store, what: str) -> None:
    with plans(store) as found:
        OPERATIONS[what](store)
    assert partitions_of(found) <= {"deliveries_20260109"}


def test_counts_read_their_edition_and_no_other(store: Store) -> None:
    with plans(store) as found:
        SqlLedger(store).counts(EDITION)
        with store.read() as connection:
            adds_up(connection, EDITION)
            assert figures.figures(connection, NOW).deliveries.keys() >= {"ready", "accepted"}
    assert partitions_of(found) == {"deliveries_20260109"}


def test_queueing_walks_through_the_people_once(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        fill(store)
        with store.begin() as connection:
            connection.exec_driver_sql("TRUNCATE deliveries")
            connection.execute(editions.update().where(editions.c.id == EDITION).values(audience=None))
        with plans(store) as found:
            assert fix_audience(store, EDITION, NOW, batch=1000) == PEOPLE
    walked = [f for f in found if f[0].startswith("INSERT INTO deliveries")]
    assert len(walked) == PEOPLE // 1000
    assert whole_scans(walked) == []
