"""SPF against a real name server: who may send, and records that nobody can use."""

from __future__ import annotations

import pytest
from name_server import NameServer, Zone

from digest.doctor.lookup import Dns
from digest.doctor.spf import Spf

ZONE: Zone = {
    "a.example": [
        ("TXT", '"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:b.example -all"'),
        ("A", "203.0.113.9"),
    ],
    "b.example": [
        ("TXT", '"v=spf1 a mx:mx.example/30 ~all"'),
        ("A", "198.51.100.1"),
        ("AAAA", "2001:db9::1"),
    ],
    "mx.example": [("MX", "10 in.mx.example.")],
    "in.mx.example": [("A", "198.51.100.16")],
    "moved.example": [("TXT", '"v=spf1 redirect=a.example"')],
    "open.example": [("TXT", '"v=spf1 +all"')],
    "soft.example": [("TXT", '"v=spf1 a ?all"')],
    "endless.example": [("TXT", '"v=spf1 mx"')],
    "long.example": [("TXT", '"v=spf1 ip4:192.0.2.1" " ip4:192.0.2.2 -all"')],
    "twice.example": [("TXT", '"v=spf1 -all"'), ("TXT", '"v=spf1 +all"')],
    "typo.example": [("TXT", '"v=spf1 ipv4:192.0.2.1 -all"')],
    "wrong.example": [("TXT", '"v=spf1 ip4:192.0.2.300 -all"')],
    "loop.example": [("TXT", '"v=spf1 include:loop.example -all"')],
    "dangling.example": [("TXT", '"v=spf1 include:none.example -all"')],
    "void.example": [("TXT", '"v=spf1 a:x1.example a:x2.example a:x3.example -all"')],
    "macro.example": [("TXT", '"v=spf1 exists:%{i}.spf.example -all"')],
    "other.example": [("TXT", '"v=spf10 nonsense"'), ("TXT", '"site-verification=1"')],
}


@pytest.mark.parametrize(
    ("domain", "address", "result"),
    [
        ("a.example", "192.0.2.77", "pass"),
        ("a.example", "2001:db8::7", "pass"),
        ("a.example", "198.51.100.1", "pass"),  # by include and a
        ("a.example", "2001:db9::1", "pass"),
        ("a.example", "198.51.100.18", "pass"),  # by include and mx with a length
        ("a.example", "198.51.100.20", "fail"),
        ("a.example", "203.0.113.9", "fail"),  # a of the included domain, not of this one
        ("b.example", "192.0.2.77", "softfail"),
        ("moved.example", "192.0.2.77", "pass"),
        ("moved.example", "203.0.113.1", "fail"),
        ("open.example", "203.0.113.1", "pass"),
        ("soft.example", "203.0.113.1", "neutral"),
        ("endless.example", "203.0.113.1", "neutral"),
        ("long.example", "192.0.2.2", "pass"),
        ("other.example", "192.0.2.2", "none"),
        ("nowhere.example", "192.0.2.2", "none"),
        ("macro.example", "192.0.2.2", "fail"),
        ("twice.example", "192.0.2.2", "permerror"),
        ("typo.example", "192.0.2.2", "permerror"),
        ("wrong.example", "192.0.2.2", "permerror"),
        ("loop.example", "192.0.2.2", "permerror"),
        ("dangling.example", "192.0.2.2", "permerror"),
        ("void.example", "192.0.2.2", "permerror"),
    ],
)
def test_who_may_send_for_a_domain(domain: str, address: str, result: str) -> None:
    with NameServer(ZONE) as server:
        assert Spf(Dns(server.address), address).check(domain)[0] == result


def test_a_record_is_walked_to_its_end_when_no_address_is_asked_about() -> None:
    with NameServer(ZONE) as server:
        walk = Spf(Dns(server.address))
        assert walk.check("a.example") == ("fail", "")
        assert walk.lookups == 3  # include, a, mx
        assert Spf(Dns(server.address)).check("open.example") == ("pass", "")


@pytest.mark.parametrize(
    ("domain", "reason"),
    [
        ("twice.example", "has 2 SPF records"),
        ("typo.example", "'ipv4:192.0.2.1' is not understood"),
        ("wrong.example", "is no network"),
        ("loop.example", "more than 10 lookups"),
        ("dangling.example", "include:none.example leads to no SPF record"),
        ("void.example", "more than 2 of its names do not exist"),
    ],
)
def test_a_record_that_nobody_can_use_says_why(domain: str, reason: str) -> None:
    with NameServer(ZONE) as server:
        result, said = Spf(Dns(server.address)).check(domain)
    assert (result, reason in said) == ("permerror", True)
