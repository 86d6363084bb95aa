"""A real mail server: Postfix takes an edition, delivers it to Maildirs, and its own bounces come back to us.

Run by hand as root (Postfix insists): ``python tests/chaos/mta.py``. It starts an instance of its own, with its
own configuration, queue and port under a temporary folder; the system's is not touched.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import datetime as dt
import email
import os
import pwd
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

import dkim
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

sys.path.insert(0, str(Path(__file__).parents[2]))

from digest.config.load import load
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due, tick
from digest.store import consent
from digest.store.deliveries import counts
from digest.store.lookup import latest
from digest.store.tables import subscribers, suppressions
from digest.tokens import seal
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish

READERS, BOUNCES = "readers.example", "bounces.evening.example"
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
multi_instance_enable = no
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.readers.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
smtpd_reject_unlisted_recipient = no
virtual_mailbox_domains = {readers}, {bounces}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = none
"""
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postfix(folder: Path, living: list[str]) -> Iterator[int]:
    """Postfix with Maildirs for ``living`` and for all that bounces; yields its port."""
    port, owner = free_port(), pwd.getpwnam("nobody")
    for name in ("etc", "queue", "data", "mail", "log"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    boxes = [f"{address} {address.partition('@')[0]}/" for address in living] + [f"@{BOUNCES} returned/"]
    (folder / "etc" / "mailboxes").write_text("\n".join(boxes) + "\n")
    main = MAIN.format(folder=folder, readers=READERS, bounces=BOUNCES, uid=owner.pw_uid, gid=owner.pw_gid)
    (folder / "etc" / "main.cf").write_text(main)
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=port))
    command = ["postfix", "-c", str(folder / "etc")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        yield port
    finally:
        subprocess.run([*command, "stop"], check=True, capture_output=True)


def until(what: str, happened: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for Postfix; RuntimeError when it takes too long."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)


def settings(folder: Path, port: int) -> str:
    """The config of a newsroom that sends through it, signed."""
    smtp = f"{{host: 127.0.0.1, port: {port}, tls: none, connections: 5}}"
    signing = "{domain: evening.example, selector: s1, key_file: dkim.pem}"
    folder.joinpath("dkim.pem").touch(mode=0o600)
    return (
        f"{CONFIG}deliver: {{transport: smtp, bounce_domain: {BOUNCES}, dkim: {signing}, smtp: [{smtp}]}}\n"
    )


def signing_key(file: Path) -> bytes:
    """Write an RSA key; returns its DNS record."""
    key = rsa.generate_private_key(65537, 2048)
    coding = serialization.Encoding
    text = key.private_bytes(coding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(text)
    public = key.public_key().public_bytes(coding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def send_edition(newsroom: Newsroom, hand: Hand, people: list[str]) -> dict[str, int]:
    """Subscribe people, publish, and send the morning's edition; the ledger afterwards."""
    subscribe_readers(newsroom, hand.now, people)
    note_due(newsroom, hand.now)
    early = MORNING - dt.timedelta(hours=2)
    publish(newsroom, [entry(n, title, early) for n, title in enumerate(TITLES)], hand.now)
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    with newsroom.store.read() as connection:
        return dict(counts(connection, latest(connection)))


def digest(config: Path, *words: str) -> str:
    """Run the command line, as an operator would."""
    command = [sys.executable, "-m", "digest", "--config", str(config), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def suppressed(newsroom: Newsroom) -> set[str]:
    """The addresses that get no more mail."""
    with newsroom.store.read() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(suppressions)).scalar_one()
        query = sa.select(subscribers.c.address).where(subscribers.c.state == "suppressed")
        found = set(connection.execute(query).scalars())
    check(len(found) == count, "the suppression list and the subscribers differ")
    return found


def unsubscribe_by_mail(newsroom: Newsroom, address: str, port: int) -> None:
    """Send what a mail program sends for the mailto: of List-Unsubscribe."""
    with newsroom.store.read() as connection:
        who = consent.by_address(connection, address)
    assert who is not None
    message = EmailMessage()
    message["From"], message["To"] = address, f"unsubscribe@{BOUNCES}"
    message["Subject"] = seal(newsroom.keys, who.token_id, "evening", "unsubscribe")
    message.set_content("")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)


def check(holds: bool, what: str) -> None:
    """RuntimeError unless it holds."""
    if not holds:
        raise RuntimeError(what)


def delivered(folder: Path) -> list[Path]:
    """The letters in the readers' Maildirs."""
    return [file for file in folder.glob("mail/*/new/*") if file.parts[-3] != "returned"]


def check_letters(files: list[Path], living: list[str], record: bytes) -> None:
    """One letter each, its own, its signature whole after all that Postfix did to it."""
    owners = [str(email.message_from_bytes(f.read_bytes())["Delivered-To"]) for f in files]
    check(sorted(owners) == sorted(living), "not one letter each")
    for file in files[:20]:
        content = file.read_bytes().replace(b"\n", b"\r\n")
        check(
            dkim.verify(content, dnsfunc=lambda *_a, **_k: record), f"the signature of {file.name} is broken"
        )


def rehearse(folder: Path, count: int, dead_every: int) -> None:
    """Send to ``count`` people, some of them gone, and take in what comes back."""
    people = [f"reader{n}@{READERS}" for n in range(count)]
    dead = set(people[::dead_every])
    living = [address for address in people if address not in dead]
    with postfix(folder, living) as port:
        office = folder / "office"
        office.mkdir()
        (office / "config.yaml").write_text(settings(office, port))
        record, hand = signing_key(office / "dkim.pem"), Hand(MORNING - dt.timedelta(hours=1))
        with open_newsroom(load(office / "config.yaml", {}), clock=hand) as newsroom:
            walk(newsroom, hand, folder, people=people, living=living, port=port, record=record)


def say(words: str) -> None:
    """A line on the terminal."""
    print(words.rstrip(), flush=True)  # noqa: T201 - a tool for the terminal


def walk(
    newsroom: Newsroom,
    hand: Hand,
    folder: Path,
    *,
    people: list[str],
    living: list[str],
    port: int,
    record: bytes,
) -> None:
    """The steps, each with what must hold after it."""
    dead, returned = set(people) - set(living), folder / "mail" / "returned"
    states = send_edition(newsroom, hand, people)
    say(f"ledger after sending: {states}")
    check(states == {"accepted": len(people)}, "Postfix did not take every letter")
    until("letters delivered", lambda: len(delivered(folder)) >= len(living))
    until("bounces delivered", lambda: len(list(returned.glob("new/*"))) >= len(dead))
    check_letters(delivered(folder), living, record)
    say(f"{len(living)} letters in {len(living)} Maildirs, signatures whole")
    config = newsroom.path("config.yaml")
    say(digest(config, "bounces", "process", str(returned)))
    check(suppressed(newsroom) == dead, "not exactly the dead are suppressed")
    with newsroom.store.read() as connection:
        states = dict(counts(connection, latest(connection)))
    say(f"ledger after the bounces: {states}")
    check(states == {"accepted": len(living), "bounced": len(dead)}, "the ledger does not add up")
    unsubscribe_by_mail(newsroom, living[0], port)
    until("the mail to unsubscribe@", lambda: any(returned.glob("new/*")))
    say(digest(config, "bounces", "process", str(returned)))
    with newsroom.store.read() as connection:
        who = consent.by_address(connection, living[0])
    check(who is not None and not who.takes("evening"), "the mail to unsubscribe@ changed nothing")
    check(suppressed(newsroom) == dead, "somebody else was suppressed")
    say(f"{len(dead)} dead addresses suppressed, nobody else; one reader left by mail")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--dead-every", type=int, default=10)
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("Postfix starts for root only: run this as root, in a container for instance.")
    with tempfile.TemporaryDirectory(prefix="digest-mta-") as name:
        folder = Path(name)
        try:
            rehearse(folder, chosen.people, chosen.dead_every)
        except RuntimeError:
            with suppress(OSError):
                say((folder / "log" / "mail.log").read_text()[-4000:])
            raise


if __name__ == "__main__":
    main()
