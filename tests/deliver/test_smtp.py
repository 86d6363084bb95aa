"""SMTP: every way a server can fail leaves the ledger it should, and nobody gets a message twice."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import re
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from digest.config.settings import SmtpSettings
from digest.deliver.relays import Relays
from digest.deliver.report import Summary
from digest.errors import DeliveryError
from digest.store.tables import soft_bounces, subscribers
from digest.testing import DROP, STALL, SWALLOW, SmtpSink, Step

ADA, BEN, EVE = "ada@a.example", "ben@b.example", "eve@c.example"


def relay(*sinks: SmtpSink, final: float = 0.3, **changes) -> Relays:
    settings = {"host": "127.0.0.1", "tls": "none", "connections": 1, "timeout": dt.timedelta(seconds=0.3)}
    return Relays([SmtpSettings(port=s.port, **(settings | changes)) for s in sinks], final)


def send(office, *sinks: SmtpSink, **changes) -> Summary:
    return asyncio.run(office.send(relay(*sinks, **changes)))


def at(verb: str, answer: str, *, only: str = "", times: int = 1_000_000):
    """A script that answers ``verb`` so many times, for one receiver or for all."""
    left = [times]

    def script(step: Step) -> str | None:
        if step.verb != verb or (only and only not in step.argument) or left[0] <= 0:
            return None
        left[0] -= 1
        return answer

    return script


def test_everybody_gets_one_message_over_one_connection_from_their_own_return_path(office) -> None:
    office.subscribe(ADA, BEN, EVE)
    with SmtpSink() as sink:
        summary = send(office, sink)
    assert summary.finished
    assert sorted(m.recipient for m in sink.messages) == [ADA, BEN, EVE]
    assert sink.connections == 1
    assert len({m.sender for m in sink.messages}) == 3
    assert all(re.fullmatch(r"b-a[0-9a-f]{30}@evening\.example", m.sender) for m in sink.messages)
    assert (office.row(ADA).code, office.row(ADA).enhanced, office.row(ADA).reply) == (
        250,
        "2.0.0",
        "2.0.0 taken",
    )


def test_nothing_on_the_wire_can_end_a_message_early(office) -> None:
    office.subscribe(ADA)
    with SmtpSink() as sink:
        send(office, sink)
    (message,) = sink.messages
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message.wire)
    assert b"\r\n..\r\nOut: " in message.wire
    assert b"\r\n.\r\nOut: " in message.data
    assert message.data.endswith(b"\r\n..\r\n")


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_commands_go_one_by_one_where_pipelining_is_not_offered(office, extensions: tuple[str, ...]) -> None:
    office.subscribe(ADA, BEN)
    with SmtpSink(extensions=extensions) as sink:
        assert send(office, sink).ledger == {"accepted": 2}


# --- lost connections: before the final dot nothing was sent, after it nobody knows


@pytest.mark.parametrize("verb", ["connect", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("answer", [DROP, STALL, "421 4.3.2 shutting down"])
def test_a_connection_lost_before_the_message_costs_nobody_anything(office, verb: str, answer: str) -> None:
    office.subscribe(ADA, BEN)
    with SmtpSink(at(verb, answer, times=1)) as sink:
        summary = send(office, sink)
    assert summary.ledger == {"accepted": 2}
    assert len(sink.to(ADA)) == len(sink.to(BEN)) == 1
    assert (office.row(ADA).attempts, office.row(BEN).attempts) == (1, 1)


@pytest.mark.parametrize("others", [0, 3])  # with others the next envelope stands behind the message
def test_a_message_of_which_not_all_bytes_were_taken_is_sent_again(office, others: int) -> None:
    office.subscribe(ADA, *(f"p{i}@a.example" for i in range(others)))
    with SmtpSink(at("body", DROP, times=1)) as sink:
        summary = asyncio.run(replace(office, press=_Fixed()).send(relay(sink, final=10)))
    assert summary.ledger == {"accepted": 1 + others}
    assert len(sink.to(ADA)) == 1


class _Fixed:
    """A press whose messages are larger than any socket buffer."""

    def wire(self, values) -> bytes:
        return b"Subject: big\r\n\r\n" + (b"x" * 78 + b"\r\n") * 200_000 + b".\r\n"

    message = wire


@pytest.mark.parametrize("answer", [DROP, STALL, SWALLOW, "nonsense"])
def test_no_usable_reply_to_the_final_dot_is_uncertain_and_not_sent_again(office, answer: str) -> None:
    office.subscribe(ADA, BEN)
    with SmtpSink(at("dot", answer, only=ADA)) as sink:
        summary = send(office, sink)
        again = send(office.later(hours=12), sink)
    assert summary.ledger == again.ledger == {"accepted": 1, "uncertain": 1}
    assert office.states()[ADA] == "uncertain"
    assert len(sink.to(ADA)) == (answer == SWALLOW)
    assert len(sink.to(BEN)) == 1


def test_by_policy_an_uncertain_message_is_sent_once_more_the_same(office) -> None:
    office.subscribe(ADA)
    office = replace(office, policy="resend_once")
    with SmtpSink(at("dot", SWALLOW)) as sink:
        assert send(office, sink).ledger == {"ready": 1}
        assert send(office, sink).ledger == {"uncertain": 1}
        assert send(office, sink).ledger == {"uncertain": 1}
    first, second = sink.to(ADA)
    assert first.data == second.data


# --- replies


@pytest.mark.parametrize("verb", ["rcpt", "data", "dot"])
def test_a_4xx_is_tried_again_later_and_then_taken(office, verb: str) -> None:
    office.subscribe(ADA, BEN)
    with SmtpSink(at(verb, "450 4.2.0 greylisted, come back", only=ADA, times=1)) as sink:
        first = send(office, sink)
        early = send(office.later(minutes=10), sink)
        late = send(office.later(minutes=30), sink)
    assert first.ledger == early.ledger == {"accepted": 1, "deferred": 1}
    assert first.next_try == office.now + dt.timedelta(minutes=30)
    assert late.ledger == {"accepted": 2}
    assert len(sink.to(ADA)) == 1


def test_a_greylisting_server_that_never_gives_in_makes_the_delivery_expire(office) -> None:
    office.subscribe(ADA)
    with SmtpSink(at("rcpt", "451 4.7.1 later")) as sink:
        assert send(office, sink).ledger == {"deferred": 1}
        assert send(office.later(minutes=31), sink).ledger == {"expired": 1}
    assert office.row(ADA).attempts == 2


def test_a_dead_address_bounces_is_suppressed_and_stops_nobody_else(office) -> None:
    office.subscribe(ADA, BEN, EVE)
    with SmtpSink(at("rcpt", "550 5.1.1 no such user", only=BEN)) as sink:
        summary = send(office, sink)
    assert summary.ledger == {"accepted": 2, "bounced": 1}
    with office.store.read() as connection:
        states = {r.address: r.state for r in connection.execute(subscribers.select())}
    assert states == {ADA: "active", BEN: "suppressed", EVE: "active"}
    assert [len(sink.to(a)) for a in (ADA, BEN, EVE)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("rcpt", "550 5.7.1 blocked by policy"),
        ("rcpt", "550 your host is on a blacklist"),
        ("data", "554 5.7.1 no"),
        ("dot", "554 looks like spam"),
        ("dot", "550 5.7.26 unauthenticated"),
    ],
)
def test_a_refusal_of_sender_or_content_is_not_the_addresss_fault(office, verb: str, reply: str) -> None:
    office.subscribe(ADA, BEN)
    with SmtpSink(at(verb, reply, only=ADA)) as sink:
        assert send(office, sink).ledger == {"accepted": 1, "bounced": 1}
    with office.store.read() as connection:
        assert {r.state for r in connection.execute(subscribers.select())} == {"active"}


def test_a_domain_that_refuses_everybody_is_left_alone_for_a_while_and_the_others_go(office) -> None:
    office.subscribe(*(f"p{i}@strict.example" for i in range(8)), ADA, BEN)
    with SmtpSink(at("dot", "550 5.7.26 unauthenticated", only="strict")) as sink:
        summary = send(office, sink)
    tried = sum(command.startswith("RCPT") and "strict" in command for command in sink.commands)
    assert tried in {5, 6}  # one more may have been announced
    assert summary.ledger == {"accepted": 2, "bounced": tried, "deferred": 8 - tried}
    assert summary.refusing == {"strict.example": "550 5.7.26 unauthenticated"}


def test_refusals_in_a_row_stop_the_edition_and_spare_the_rest(office) -> None:
    office = replace(office, limits=replace(office.limits, refusals=3))
    office.subscribe(*(f"p{i}@a.example" for i in range(10)))
    with SmtpSink(at("dot", "554 5.7.1 spam")) as sink:
        summary = send(office, sink)
    assert summary.ledger == {"bounced": 3, "ready": 7}
    assert "3 refusals in a row: 554 5.7.1 spam" in summary.halted


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("mail", "530 5.7.0 authentication required"),
        ("mail", "550 5.7.1 sender refused"),
        ("mail", "552 5.3.4 too big"),
        ("rcpt", "530 5.7.0 log in first"),
        ("dot", "552 5.3.4 too big"),
        ("rcpt", "503 5.5.1 bad sequence"),
    ],
)
def test_our_own_fault_stops_the_edition_with_nobody_burned(office, verb: str, reply: str) -> None:
    office.subscribe(ADA, BEN)
    with SmtpSink(at(verb, reply)) as sink:
        summary = send(office, sink)
    assert summary.ledger == {"ready": 2}
    assert reply in summary.halted
    assert (office.row(ADA).attempts, office.row(BEN).attempts) == (0, 0)


def test_a_full_mailbox_counts_and_suppresses_after_five_editions_worth(office) -> None:
    office.subscribe(ADA)
    with SmtpSink(at("rcpt", "552 5.2.2 mailbox full")) as sink:
        assert send(office, sink).ledger == {"bounced": 1}
    with office.store.read() as connection:
        (person,) = connection.execute(subscribers.select())
        assert len(connection.execute(soft_bounces.select()).all()) == 1
    assert person.state == "active"


@pytest.mark.parametrize(
    "reply", ["421 4.7.0 too many messages", "452 4.5.3 max messages per session reached"]
)
def test_a_server_that_closes_after_so_many_messages_loses_nobody(office, reply: str) -> None:
    office.subscribe(*(f"p{i}@a.example" for i in range(7)))
    with SmtpSink(lambda step: reply if step.verb == "mail" and step.message > 2 else None) as sink:
        summary = send(office, sink)
    assert summary.ledger == {"accepted": 7}
    assert sink.connections == 4
    assert len({m.recipient for m in sink.messages}) == 7


def test_our_own_cap_on_messages_per_connection_is_kept(office) -> None:
    office.subscribe(*(f"p{i}@a.example" for i in range(5)))
    with SmtpSink() as sink:
        send(office, sink, messages_per_connection=2)
    assert [sum(m.connection == n for m in sink.messages) for n in (1, 2, 3)] == [2, 2, 1]


def test_a_server_that_takes_data_for_nobody_is_left_without_a_dot(office) -> None:
    office.subscribe(ADA, BEN)

    def script(step: Step) -> str | None:
        if step.verb == "rcpt" and step.argument == ADA:
            return "550 5.1.1 no"
        return "354 go on" if step.verb == "data" else None

    with SmtpSink(script) as sink:
        assert send(office, sink).ledger == {"accepted": 1, "bounced": 1}
    assert [m.recipient for m in sink.messages] == [BEN]


def test_one_letter_that_breaks_every_connection_is_put_off_and_the_others_go(office) -> None:
    office.subscribe(ADA, BEN, EVE)
    with SmtpSink(at("rcpt", DROP, only=ADA)) as sink:
        summary = send(office, sink)
    assert summary.ledger == {"accepted": 2, "deferred": 1}


def test_a_server_that_drops_everybody_is_given_up(office) -> None:
    office = replace(office, limits=replace(office.limits, patience=2))
    office.subscribe(*(f"p{i}@a.example" for i in range(9)))
    with SmtpSink(at("mail", DROP)) as sink:
        summary = send(office, sink)
    assert "again and again" in summary.halted
    assert summary.ledger == {"ready": 9}


# --- lies


def test_a_limit_on_size_stops_the_edition_before_anything_is_sent(office) -> None:
    office.subscribe(ADA)
    with SmtpSink(extensions=("SIZE 100",)) as sink:
        summary = send(office, sink)
    assert "the server takes 100" in summary.halted
    assert summary.ledger == {"ready": 1}
    assert not any(command.startswith("MAIL") for command in sink.commands)


def test_a_size_offered_and_then_refused_stops_the_edition(office) -> None:
    office.subscribe(ADA)
    with SmtpSink(at("mail", "552 5.3.4 too big after all"), extensions=("SIZE 99999999",)) as sink:
        assert send(office, sink).ledger == {"ready": 1}


def test_an_address_outside_ascii_goes_only_where_smtputf8_is_offered(office) -> None:
    office.subscribe("örjan@bücher.example", ADA)
    with SmtpSink() as sink:
        assert send(office, sink).ledger == {"accepted": 2}
    (message,) = sink.to("örjan@xn--bcher-kva.example")
    assert "To: örjan@xn--bcher-kva.example".encode() in message.data
    assert [c for c in sink.commands if "SMTPUTF8" in c] == [
        f"MAIL FROM:<{message.sender}> SMTPUTF8 BODY=8BITMIME"
    ]


def test_where_smtputf8_is_not_offered_such_an_address_is_left_with_a_reason(office) -> None:
    office.subscribe("örjan@bücher.example", "ada@bücher.example")
    with SmtpSink(extensions=("PIPELINING",)) as sink:
        assert send(office, sink).ledger == {"accepted": 1, "bounced": 1}
    assert "SMTPUTF8" in office.row("örjan@bücher.example").reply
    assert [m.recipient for m in sink.messages] == ["ada@xn--bcher-kva.example"]


def test_smtputf8_offered_and_then_refused_bounces_without_blaming_the_address(office) -> None:
    office.subscribe("örjan@a.example")
    with SmtpSink(at("rcpt", "553 5.6.7 no UTF-8 after all")) as sink:
        assert send(office, sink).ledger == {"bounced": 1}
    with office.store.read() as connection:
        assert {r.state for r in connection.execute(subscribers.select())} == {"active"}


def test_a_reply_without_end_is_cut_off(office) -> None:
    office.subscribe(ADA)
    with SmtpSink(at("mail", "250-" + "x" * 70_000, times=1)) as sink:
        assert send(office, sink).ledger == {"accepted": 1}


# --- relays, TLS, passwords


def test_the_second_relay_takes_over_when_the_first_is_away(office) -> None:
    office.subscribe(ADA)
    with SmtpSink(at("connect", "554 5.3.2 closed")) as first, SmtpSink() as second:
        assert send(office, first, second).ledger == {"accepted": 1}
    assert len(second.messages) == 1


def test_no_relay_at_all_leaves_everybody_ready(office) -> None:
    office = replace(office, limits=replace(office.limits, patience=2))
    office.subscribe(ADA)
    with SmtpSink() as sink:
        gone = relay(sink)
    summary = asyncio.run(office.send(gone))
    assert "cannot be reached" in summary.halted
    assert summary.ledger == {"ready": 1}


def test_smtp_without_a_server_is_a_clear_error() -> None:
    with pytest.raises(DeliveryError, match="no SMTP server"):
        Relays([])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A self-signed certificate for localhost with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(cert.public_bytes(pem) + private)
    return file


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_protected_connection_with_a_password(office, certificate: Path, tls: str) -> None:
    office.subscribe(ADA, BEN)
    secret = {"username": "us", "password": SecretStr("pässword"), "ca_file": str(certificate)}
    sink = SmtpSink(extensions=("AUTH PLAIN LOGIN",), tls=server_tls(certificate), implicit=tls == "implicit")
    with sink:
        summary = send(office, sink, tls=tls, host="localhost", timeout=dt.timedelta(seconds=5), **secret)
    assert summary.ledger == {"accepted": 2}
    (login,) = [c for c in sink.commands if c.startswith("AUTH")]
    assert base64.b64decode(login.split()[2]).decode() == "\0us\0pässword"


@pytest.mark.parametrize("answer", [DROP, STALL, "454 4.7.0 TLS not available", "421 4.3.2 busy", "nonsense"])
def test_a_connection_that_cannot_be_protected_now_is_tried_again_and_nothing_goes_unprotected(
    office, certificate: Path, answer: str
) -> None:
    office.subscribe(ADA, BEN)
    tls = {"tls": "starttls", "host": "localhost", "ca_file": str(certificate)}
    with SmtpSink(at("starttls", answer, times=1), tls=server_tls(certificate)) as sink:
        summary = send(office, sink, timeout=dt.timedelta(seconds=1), **tls)
    assert summary.ledger == {"accepted": 2}
    assert [c for c in sink.commands if c.startswith(("MAIL", "STARTTLS"))][:2] == ["STARTTLS"] * 2


def test_auth_login_where_it_is_all_there_is(office) -> None:
    office.subscribe(ADA)
    with SmtpSink(extensions=("AUTH LOGIN",)) as sink:
        assert send(office, sink, username="us", password=SecretStr("pw")).ledger == {"accepted": 1}
    assert "AUTH LOGIN dXM= cHc=" in sink.commands


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_does_not_hold_is_refused_and_nothing_is_sent(
    office, certificate, tls: str
) -> None:
    office.subscribe(ADA)
    sink = SmtpSink(tls=server_tls(certificate), implicit=tls == "implicit")
    with sink:
        summary = send(office, sink, tls=tls, host="localhost", timeout=dt.timedelta(seconds=5))
    assert "not trusted" in summary.halted
    assert summary.ledger == {"ready": 1}
    assert not any(c.startswith("MAIL") for c in sink.commands)


def test_a_certificate_for_another_name_is_refused(office, certificate: Path) -> None:
    office.subscribe(ADA)
    with SmtpSink(tls=server_tls(certificate)) as sink:
        long = dt.timedelta(seconds=5)
        summary = send(office, sink, tls="starttls", ca_file=str(certificate), timeout=long)
    assert "not trusted" in summary.halted


def test_a_stripped_starttls_is_refused(office) -> None:
    office.subscribe(ADA)
    with SmtpSink() as sink:
        summary = send(office, sink, tls="starttls", username="us", password=SecretStr("pw"))
    assert "does not offer STARTTLS" in summary.halted
    assert not any(c.startswith(("AUTH", "MAIL")) for c in sink.commands)


def test_commands_slipped_in_before_tls_are_noticed(office, certificate: Path) -> None:
    office.subscribe(ADA)
    script = at("starttls", "220 2.0.0 go\r\n250 2.0.0 slipped in")
    with SmtpSink(script, tls=server_tls(certificate)) as sink:
        assert "before TLS began" in send(office, sink, tls="starttls").halted


def test_a_refused_password_stops_the_edition_with_nobody_burned(office) -> None:
    office.subscribe(ADA, BEN)
    with SmtpSink(at("auth", "535 5.7.8 wrong"), extensions=("AUTH PLAIN",)) as sink:
        summary = send(office, sink, username="us", password=SecretStr("pw"))
    assert "refuses the user or password" in summary.halted
    assert summary.ledger == {"ready": 2}
    assert sink.connections == 1


def test_a_password_is_never_sent_unprotected_to_another_machine(office, monkeypatch) -> None:
    office.subscribe(ADA)
    monkeypatch.setattr("digest.deliver.smtp.LOOPBACK", set())
    with SmtpSink(extensions=("AUTH PLAIN",)) as sink:
        summary = send(office, sink, username="us", password=SecretStr("pw"))
    assert "never sent unprotected" in summary.halted
    assert not any(c.startswith("AUTH") for c in sink.commands)
