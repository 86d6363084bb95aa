"""Who asks, and how often: behind proxies, from one line, from a network of many."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from starlette.requests import Request

from digest.site.limits import Gate, Toll, client, line, network
from digest.store import retention
from digest.store.engine import Store
from digest.store.tables import paces
from digest.tokens import Keyring

NOW = dt.datetime(2026, 11, 23, 5, 30, tzinfo=dt.UTC)
KEYS = Keyring((("a", b"k" * 32),))


def asking(*forwarded: str, connection: str = "10.0.0.1") -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "client": (connection, 1), "headers": headers})


@pytest.mark.parametrize(
    ("forwarded", "trusted", "address"),
    [
        (["6.6.6.6, 198.51.100.7"], ["10.0.0.0/8"], "198.51.100.7"),
        (["6.6.6.6, 198.51.100.7"], ["127.0.0.1"], "10.0.0.1"),
        (["198.51.100.7, 10.0.0.9"], ["10.0.0.0/8"], "198.51.100.7"),
        (["6.6.6.6", "198.51.100.7"], ["10.0.0.1"], "198.51.100.7"),  # the proxy added a header of its own
        (["[2001:db8::7]:4711"], ["10.0.0.1"], "2001:db8::7"),
        (["198.51.100.7:4711"], ["10.0.0.1"], "198.51.100.7"),
        (["nonsense"], ["10.0.0.1"], "nonsense"),
        ([], ["10.0.0.1"], "10.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_is_believed_and_only_its_own_word(
    forwarded: list[str], trusted: list[str], address: str
) -> None:
    assert client(asking(*forwarded), trusted) == address


def test_a_proxy_seen_through_an_ipv6_socket_is_the_same_proxy() -> None:
    assert client(asking("198.51.100.7", connection="::ffff:10.0.0.1"), ["10.0.0.1"]) == "198.51.100.7"


@pytest.mark.parametrize(
    ("address", "one_line", "wide"),
    [
        ("198.51.100.7", "198.51.100.7/32", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.7/32", "198.51.100.0/24"),
        ("2001:db8:1:2:3::7", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("nonsense", "?", "?"),
    ],
)
def test_lines_and_networks(address: str, one_line: str, wide: str) -> None:
    assert (line(address), network(address)) == (one_line, wide)


def test_a_line_may_ask_twenty_times_at_once_and_then_every_half_minute() -> None:
    gate = Gate()
    assert [gate.admits("198.51.100.7", 0.0) for _ in range(21)] == [True] * 20 + [False]
    assert [gate.admits("198.51.100.7", now) for now in (29.0, 31.0, 32.0)] == [False, True, False]


def test_many_lines_of_one_network_do_not_add_up_to_a_flood() -> None:
    gate = Gate()
    asked = [gate.admits(f"2001:db8:1:{n:x}::1", 0.0) for n in range(300)]
    assert sum(asked) == 100
    assert gate.admits("2001:db8:2::1", 0.0)


def toll(store: Store, seconds: float = 0.0) -> Toll:
    return Toll(store, KEYS, Gate(), lambda: NOW + dt.timedelta(seconds=seconds))


def test_the_same_limits_hold_in_the_database_and_looking_takes_nothing(store: Store) -> None:
    asked = []
    for _ in range(21):
        assert toll(store).open("198.51.100.7") == toll(store).open("198.51.100.7")
        asked.append((toll(store).open("198.51.100.7"), toll(store).paid("198.51.100.7")))
    assert asked == [(True, True)] * 20 + [(False, False)]
    assert [toll(store, seconds).paid("198.51.100.7") for seconds in (29, 31, 32, 61)] == [
        False,
        True,
        False,
        True,
    ]


def test_many_lines_of_one_network_do_not_add_up_in_the_database_either(store: Store) -> None:
    assert sum(toll(store).paid(f"2001:db8:1:{n:x}::1") for n in range(110)) == 100
    assert toll(store).paid("2001:db8:2::1")


def test_a_clock_that_was_wrong_locks_nobody_out(store: Store) -> None:
    for _ in range(20):
        assert toll(store, 86400).paid("198.51.100.7")
    assert toll(store).open("198.51.100.7")
    assert toll(store).paid("198.51.100.7")


def test_who_asked_is_forgotten_and_never_written_down(store: Store) -> None:
    toll(store).paid("198.51.100.7")
    with store.read() as connection:
        found = list(connection.execute(sa.select(paces.c.name)).scalars())
    assert len(found) == 2
    assert not [name for name in found if "198" in name.split()[1] and "100.7" in name]
    keep = retention.Keep(dt.timedelta(1), dt.timedelta(1))
    assert retention.forget(store, NOW + dt.timedelta(hours=2), keep)["paces"] == 2
