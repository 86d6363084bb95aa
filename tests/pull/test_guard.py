"""Where requests may go."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from digest.config.settings import PullSettings
from digest.errors import FetchError
from digest.pull import guard
from digest.pull.fetch import Client


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"],
)  # fmt: skip
def test_public_addresses_are_allowed(address: str) -> None:
    assert guard.is_allowed(address, allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "::1", "fc00::1",
        "fd00:ec2::254",
    ],
)  # fmt: skip
def test_private_addresses_only_when_allowed(address: str) -> None:
    assert not guard.is_allowed(address, allow_private=False)
    assert guard.is_allowed(address, allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "169.254.169.254", "168.63.129.16", "192.0.0.192", "192.88.99.1", "198.18.0.1", "192.0.2.1",
        "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::7f00:1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2002:7f00:1::",
        "2001:0:7f00:1::", "100::1", "2001:db8::1", "3fff::1", "::ffff:0:7f00:1", "::ffff:0:a9fe:a9fe", "4000::1", "5f00::1", "not an address", "", "127.1", "0x7f000001",
    ],
)  # fmt: skip
def test_addresses_of_no_feed_are_never_allowed(address: str) -> None:
    private_behind_nat64 = address == "64:ff9b::7f00:1"
    assert not guard.is_allowed(address, allow_private=False)
    assert guard.is_allowed(address, allow_private=True) == private_behind_nat64


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://paper.example/feed", False),
        ("http://paper.example:8080/feed", False),
        ("https://paper.example:6379/", True),
        ("http://paper.example:22/", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]/", True),
        ("http://127.0.0.1./", True),
        ("http://2130706433/", True),
        ("http://0x7f.1/", True),
        ("http://0177.0.0.1/", True),
        ("ftp://paper.example/", True),
        ("", True),
    ],
)
def test_addresses_are_checked_before_anything_is_sent(url: str, refused: bool) -> None:
    if refused:
        with pytest.raises(FetchError) as error:
            guard.check_url(url, allow_private=False)
        assert error.value.kind == "refused"
    else:
        assert guard.check_url(url, allow_private=False) == url


def fetch(url: str, **settings: Any) -> str:
    """The kind of error a request ends in."""

    async def run() -> str:
        async with Client(PullSettings(**settings), "t") as client:
            try:
                await client.get(url)
            except FetchError as e:
                return e.kind
        return ""

    return asyncio.run(run())


def answers(*addresses: str) -> Any:
    def look_up(host: str, port: int, *_: object) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port))
            for a in addresses
        ]

    return look_up


def test_names_that_mean_only_private_addresses_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("10.0.0.1", "127.0.0.1", "::1"))
    assert fetch("http://paper.example/feed") == "refused"


def test_of_mixed_answers_only_the_public_ones_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("127.0.0.1", "8.8.8.8", "169.254.169.254"))

    async def run() -> list[str]:
        resolver = guard.GuardedResolver(allow_private=False, threads=1)
        found = await resolver.resolve("paper.example", 80)
        await resolver.close()
        return [answer["host"] for answer in found]

    assert asyncio.run(run()) == ["8.8.8.8"]


def test_a_name_that_changes_its_answer_is_stopped_at_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver is fooled here altogether; the socket's own check is what is left."""
    monkeypatch.setattr(guard.GuardedResolver, "_look_up", answers("127.0.0.1").__get__(object()))
    allowed = iter([True])
    real = guard.is_allowed
    monkeypatch.setattr(guard, "is_allowed", lambda a, **k: next(allowed, False) or real(a, **k))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        assert fetch(f"http://paper.example:{server.getsockname()[1]}/feed") == "refused"
        with pytest.raises(TimeoutError):
            server.accept()


def test_unknown_names_are_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert fetch("http://paper.example/feed") == "dns"


def test_a_host_without_tls_is_an_error_of_tls_or_protocol() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert (
            fetch(
                f"https://127.0.0.1:{server.getsockname()[1]}/",
                allow_private=True,
                timeout=dt.timedelta(seconds=0.2),
            )
            == "timeout"
        )


def test_no_collected_attack_passes_the_check(corpora: Path | None) -> None:
    """Every address of the collection that names a forbidden place outright is refused before anything is sent."""
    if corpora is None:
        return
    lines = (corpora / "corpora/ssrf/ssrf_urls.jsonl").read_bytes().decode().split("\n")
    urls = [json.loads(line).get("url", "") for line in lines if line.strip()]
    assert len(urls) > 100
    assert [
        url for url in urls if _numeric(url) and not guard.is_allowed(_numeric(url), allow_private=False)
    ] == []


def _numeric(url: str) -> str:
    """The IPv4 address that a careless resolver makes of the host of an address that passes; "" for none."""
    try:
        made = guard.check_url(url, allow_private=False)
        return socket.inet_ntoa(socket.inet_aton(made.split("/")[2].rpartition("@")[2].partition(":")[0]))
    except (FetchError, OSError):
        return ""
