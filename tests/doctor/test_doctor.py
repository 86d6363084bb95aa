"""`digest doctor`: what is wrong with a sender's records, and what to publish instead."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from name_server import BROKEN, SILENT, NameServer, Zone

from digest.cli.frame import run
from digest.doctor.examine import Finding, Sender, aligned, examine
from digest.doctor.keys import PublicKey, key_of_file
from digest.doctor.lookup import Dns, NoAnswerError, parted
from digest.errors import DigestError, UsageError

IP = "192.0.2.25"


def pem(file: Path, key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> PublicKey:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return key_of_file(file)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PublicKey]:
    folder = tmp_path_factory.mktemp("keys")
    return {
        "ours": pem(folder / "ours.pem", rsa.generate_private_key(65537, 2048)),
        "weak": pem(folder / "weak.pem", rsa.generate_private_key(65537, 1024)),
        "edward": pem(folder / "edward.pem", ed25519.Ed25519PrivateKey.generate()),
    }


def text(value: str) -> tuple[str, str]:
    """A TXT record, in strings of 255 as name servers want it."""
    return "TXT", " ".join(f'"{value[i : i + 255]}"' for i in range(0, len(value), 255))


def healthy(key: PublicKey) -> dict[str, list[tuple[str, str]]]:
    return {
        "news.example": [text("v=spf1 ip4:192.0.2.25 -all"), ("MX", "10 mx.news.example.")],
        "s1._domainkey.news.example": [text(key.record)],
        "_dmarc.news.example": [text("v=DMARC1; p=reject; rua=mailto:d@news.example")],
        "25.2.0.192.in-addr.arpa": [("PTR", "out.news.example.")],
        "out.news.example": [("A", IP)],
    }


def sender(key: PublicKey | None) -> Sender:
    return Sender("news.example", "news.example", (IP,), False, "news.example", "s1", key)


def found(zone: Zone, who: Sender) -> list[Finding]:
    with NameServer(zone) as server:
        return examine(who, Dns(server.address, seconds=1.0))


def complaints(zone: Zone, who: Sender) -> list[tuple[str, str, str]]:
    return [(f.level, f.check, f.message) for f in found(zone, who) if f.level in {"warning", "error"}]


@pytest.mark.parametrize("kind", ["ours", "edward"])
def test_a_sender_with_everything_in_place_is_well(keys: dict[str, PublicKey], kind: str) -> None:
    said = found(healthy(keys[kind]), sender(keys[kind]))
    assert {f.level for f in said} == {"fine"}
    assert [f.check for f in said] == ["SPF", "SPF", "DKIM", "DMARC", "PTR", "MX"]


def test_a_sender_with_nothing_is_told_what_to_publish(keys: dict[str, PublicKey]) -> None:
    advice = {f.check: f.advice for f in found({}, sender(keys["ours"])) if f.level == "error"}
    assert advice["SPF"] == 'news.example. TXT "v=spf1 ip4:192.0.2.25 -all"'
    assert advice["DKIM"] == f's1._domainkey.news.example. TXT "{keys["ours"].record}"'
    assert advice["DMARC"].startswith('_dmarc.news.example. TXT "v=DMARC1; p=none; rua=')
    assert advice["PTR"] == "Whoever gave you the address can set one."
    assert advice["MX"] == "news.example. MX 10 YOUR-MAIL-SERVER."


@pytest.mark.parametrize(
    ("name", "records", "complaint"),
    [
        ("news.example", [text("v=spf1 ip4:192.0.2.26 -all")], ("error", "SPF", "may not send")),
        ("news.example", [text("v=spf1 +all")], ("error", "SPF", "Everybody may send")),
        ("news.example", [text("v=spf1 ip4:192.0.2.25 ?all")], ("warning", "SPF", "refuses nobody")),
        ("news.example", [text("v=spf1 ipv4:192.0.2.25")], ("error", "SPF", "cannot be used")),
        ("news.example", [text("v=spf1 ip4:192.0.2.25 -all")], ("error", "MX", "cannot be delivered")),
        (
            "news.example",
            [text("v=spf1 ip4:192.0.2.25 -all"), ("MX", "0 .")],
            ("error", "MX", "cannot be delivered"),
        ),
        ("s1._domainkey.news.example", [text("v=DKIM1; p=")], ("error", "DKIM", "revoked")),
        ("s1._domainkey.news.example", [text("v=DKIM1; p=AAAA")], ("error", "DKIM", "cannot be read")),
        ("s1._domainkey.news.example", [text("hello")], ("error", "DKIM", "no key")),
        ("_dmarc.news.example", [text("v=DMARC1; p=perhaps")], ("error", "DMARC", "not understood")),
        ("_dmarc.news.example", [text("v=DMARC1; p=reject")], ("warning", "DMARC", "Nobody reports")),
        ("_dmarc.news.example", [text("v=DMARC1; p=none; rua=x")] * 2, None),
        (
            "_dmarc.news.example",
            [text("v=DMARC1; p=none"), text("v=DMARC1; p=reject")],
            ("error", "DMARC", "2 policies"),
        ),
        ("25.2.0.192.in-addr.arpa", [("PTR", "gone.news.example.")], ("error", "PTR", "does not lead back")),
        ("25.2.0.192.in-addr.arpa", [], ("error", "PTR", "has no name")),
    ],
)
def test_each_fault_is_found(
    keys: dict[str, PublicKey],
    name: str,
    records: list[tuple[str, str]],
    complaint: tuple[str, str, str] | None,
) -> None:
    zone = healthy(keys["ours"]) | {name: records}
    said = complaints(zone, sender(keys["ours"]))
    if complaint is None:
        assert said == []
    else:
        level, check, words = complaint
        assert any((a, b) == (level, check) and words in c for a, b, c in said), said


def test_a_key_that_is_not_ours_or_too_weak_is_found(keys: dict[str, PublicKey]) -> None:
    other = complaints(healthy(keys["weak"]), sender(keys["ours"]))
    assert [c for c in other if c[1] == "DKIM"] == [
        ("error", "DKIM", "The key at s1._domainkey.news.example is not the one we sign with.")
    ]
    assert complaints(healthy(keys["weak"]), sender(keys["weak"])) == [
        ("warning", "DKIM", "RSA with 1024 bits is weak.")
    ]
    testing = healthy(keys["ours"]) | {
        "s1._domainkey.news.example": [text(keys["ours"].record + "; t=y; h=sha1")]
    }
    assert [c[2] for c in complaints(testing, sender(keys["ours"]))] == [
        "t=y says that it is only a test.",
        "h= forbids SHA-256, which we sign with.",
    ]


def test_the_policy_of_the_domain_above_holds_where_there_is_no_own() -> None:
    zone = healthy(PublicKey("ed25519", b"k" * 32))
    who = Sender("letters.news.example", "bounces.news.example", dkim_domain="news.example")
    assert not [f for f in found(zone, who) if f.check == "DMARC" and f.level == "error"]
    loose = zone | {"_dmarc.news.example": [text("v=DMARC1; p=reject; sp=oops; rua=x")]}
    assert [f for f in found(loose, who) if f.check == "DMARC" and f.level == "error"]


def test_domains_are_aligned_under_one_policy_and_strangers_never() -> None:
    zone: Zone = {"_dmarc.news.example": [text("v=DMARC1; p=none")]}
    with NameServer(zone) as server:
        dns = Dns(server.address)
        assert aligned("a.news.example", "b.news.example", dns)
        assert aligned("a.news.example", "news.example", dns)
        assert not aligned("a.example", "b.example", dns)
        assert not aligned("news.example", "badnews.example", dns)


def test_a_signature_by_a_stranger_and_bounces_elsewhere_are_explained(keys: dict[str, PublicKey]) -> None:
    who = replace(sender(keys["ours"]), dkim_domain="relay.example", envelope="bounces.relay.example")
    said = {(f.level, f.check) for f in found(healthy(keys["ours"]), who)}
    assert {("error", "DKIM"), ("error", "SPF")} <= said
    messages = " ".join(f.message for f in found(healthy(keys["ours"]), who))
    assert "it does not count" in messages


def test_a_relays_address_as_we_know_it_is_never_more_than_a_warning(keys: dict[str, PublicKey]) -> None:
    who = replace(sender(keys["ours"]), addresses=("203.0.113.5",), guessed=True)
    said = [(f.level, f.check) for f in found(healthy(keys["ours"]), who) if f.level != "fine"]
    assert said == [("warning", "SPF"), ("warning", "PTR")]


@pytest.mark.parametrize("how", [SILENT, BROKEN])
def test_a_name_server_that_fails_is_no_verdict(keys: dict[str, PublicKey], how: str) -> None:
    with pytest.raises(NoAnswerError, match="did not answer about TXT of news"):
        found({"news.example": how}, sender(keys["ours"]))


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_name_server_is_given_by_its_address(given: str, address: tuple[str, int]) -> None:
    assert parted(given) == address


@pytest.mark.parametrize("given", ["", "dns.example", "192.0.2.1:x", "::::"])
def test_a_name_server_that_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(UsageError):
        parted(given)


# --- the command

CONFIG = """
newsletters:
  daily:
    title: The Daily
    slots: {{morning: "06:30"}}
    sender: {{address: daily@news.example}}
    postal_address: 1 Main Street
feeds:
  one: {{url: "https://one.example/rss", paper: One}}
site: {{url: "https://news.example"}}
deliver:
  transport: smtp
  smtp: {{host: {ip}, port: 25}}
  dkim: {{domain: news.example, selector: s1, key_file: dkim.pem}}
"""


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublicKey:
    from digest.tokens import make_key_file

    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG.format(ip=IP))
    make_key_file(tmp_path / "var" / "secret.key")
    return pem(tmp_path / "dkim.pem", rsa.generate_private_key(65537, 2048))


def test_the_command_finds_everything_well(configured: PublicKey, capsys: pytest.CaptureFixture[str]) -> None:
    with NameServer(healthy(configured)) as server:
        code = run(["doctor", "--dns", "--ip", IP, "--resolver", server.address, "--json"])
    data = json.loads(capsys.readouterr().out)
    assert (code, {row["level"] for row in data}) == (0, {"fine"})


def test_the_command_says_what_to_publish_and_fails(
    configured: PublicKey, capsys: pytest.CaptureFixture[str]
) -> None:
    with NameServer({}) as server:
        code = run(["doctor", "--dns", "--resolver", server.address])
    out = capsys.readouterr().out
    assert code == 1
    assert configured.record in out
    assert "Nobody" not in out


def test_without_dns_nobody_is_asked(configured: PublicKey, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    said = capsys.readouterr()
    assert "The key we sign with can be used (rsa)." in said.out
    assert "--dns" in said.err


def test_a_missing_key_is_an_error(
    configured: PublicKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dkim.pem").write_text("nonsense")
    (tmp_path / "var" / "secret.key").unlink()
    assert run(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("error")] == ["links", "DKIM"]


def test_a_key_that_is_none_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DigestError, match="cannot be used"):
        key_of_file(tmp_path / "none.pem")
