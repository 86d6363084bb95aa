"""How fast an edition leaves, beside Postfix's own smtp-source and a loop over EmailMessage and send_message.

``python -m bench.deliver`` prints medians as JSON. The sink is Postfix's smtp-sink; a ratio compares two rates of
one run, so that a slow or busy machine slows both. ``--million`` adds a million deliveries, without network.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import resource
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from digest.config.settings import DkimSettings, SmtpSettings
from digest.deliver.journal import Journal
from digest.deliver.letter import Desk, Letter
from digest.deliver.outcome import Outcome, Reply
from digest.deliver.press import presses
from digest.deliver.recover import new_owner
from digest.deliver.relays import Relays
from digest.deliver.report import Limits
from digest.deliver.sending import deliver
from digest.deliver.transport import Transport
from digest.model import Mail, Token
from digest.store.audience import fix_audience
from digest.store.deliveries import SqlLedger, adds_up
from digest.store.engine import Store, open_store
from digest.store.tables import editions, slots, subscribers, subscriptions
from digest.tokens import Keyring

NOW = dt.datetime(2026, 1, 2, 6, 30, tzinfo=dt.UTC)
EDITION = "evening/2026-01-02/morning"
KEYS = Keyring((("a", b"k" * 32),))
LINE = b"x" * 76 + b"=\r\n"
SIZE = 40_960


def mail() -> Mail:
    """A message of 40 KB with the values a real one has: four in the headers, six in the two parts."""
    block = LINE * (SIZE // len(LINE) // 7)
    head = (
        b"From: The Evening <news@evening.example>\r\nSubject: Hello\r\nDate: Fri, 02 Jan 2026 06:30:00 +0000\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\nTo: "
    )
    post = b">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n" + block
    segments = (
        head,
        b"\r\nMessage-ID: <",
        b">\r\nList-Unsubscribe: <",
        b">,\r\n <",
        post,
        *[b"=\r\n" + block] * 6,
    )
    tokens: tuple[Token, ...] = ("to", "message_id", "unsubscribe_url", "unsubscribe_mailto")
    body: tuple[Token, ...] = ("unsubscribe_url", "preferences_url") * 3
    return Mail(EDITION, "en/x", "", "", "", "", segments, tokens + body, (False,) * 4 + (True,) * 6)


class Nowhere:
    """A transport that writes the journal and throws the bytes away: what is left is our own work."""

    connections = 5
    announces = False

    async def connect(self) -> Nowhere:
        """Always there."""
        return self

    async def send(self, letter: Letter, journal: Journal, following: Letter | None = None) -> Outcome:  # noqa: ARG002
        """Make the bytes and throw them away."""
        recipient = letter.recipient
        journal.starts(recipient.delivery, recipient.fence)
        letter.wire()
        journal.dot(recipient.delivery, recipient.fence)
        await asyncio.sleep(0)
        return Outcome("accepted", Reply(250, "2.0.0 gone"))

    async def close(self) -> None:
        """Nothing to close."""


@contextmanager
def filled(folder: Path, count: int) -> Iterator[Store]:
    """A store with one edition being sent and so many subscribers."""
    with open_store(f"sqlite:///{folder}/bench.sqlite3") as store:
        with store.begin() as connection:
            slot = {"id": 1, "newsletter": "evening", "date": NOW.date(), "name": "morning", "due": NOW}
            connection.execute(slots.insert(), slot | {"state": "sending", "changed": NOW})
            edition = {"id": EDITION, "slot": 1, "newsletter": "evening", "due": NOW, "edition": "{}"}
            connection.execute(
                editions.insert(), edition | {"mails": b"", "content_hash": "0", "frozen": NOW}
            )
        for first in range(1, count + 1, 10_000):
            people(store, range(first, min(first + 10_000, count + 1)))
        yield store


def people(store: Store, numbers: range) -> None:
    """Add a subscriber for each number, spread over 997 domains."""
    wish = {"newsletter": "evening", "slots": [], "state": "active", "since": NOW, "consent": {}}
    rows = [
        {
            "id": n,
            "address": f"reader{n}@d{n % 997}.example",
            "address_key": f"reader{n}@d{n % 997}.example",
            "state": "active",
            "token_id": f"{n:016d}",
            "created": NOW,
        }
        for n in numbers
    ]
    with store.begin() as connection:
        connection.execute(subscribers.insert(), rows)
        connection.execute(subscriptions.insert(), [wish | {"subscriber": n} for n in numbers])


def send(store: Store, folder: Path, transport: Transport, dkim: DkimSettings | None = None) -> float:
    """Send the edition; the seconds it took, ledger and journal included."""
    desk = Desk(EDITION, "evening", presses([mail()], dkim), KEYS, "https://news.example", "evening.example")

    async def run() -> float:
        with Journal(folder / "journal", new_owner()) as journal:
            began = time.perf_counter()
            await deliver(
                EDITION,
                desk.letter,
                ledger=SqlLedger(store),
                transport=transport,
                journal=journal,
                now=lambda: NOW,
                stop=asyncio.Event(),
                limits=Limits(retry=()),
            )
            return time.perf_counter() - began

    seconds = asyncio.run(run())
    with store.read() as connection:
        assert adds_up(connection, EDITION), "the ledger does not add up"
    return seconds


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if Path("/proc/self").owner() == "root" else []
    server = subprocess.Popen([tool("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"])
    time.sleep(0.5)
    try:
        yield port
    finally:
        server.terminate()
        server.wait()


def tool(name: str) -> str:
    """The path of a Postfix tool."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        sys.exit(f"{name} is missing: install Debian's postfix package (its server need not run)")
    return found


def by_source(port: int, count: int, connections: int, *, keep: bool) -> float:
    """Seconds that smtp-source takes for ``count`` letters; with ``keep`` it sends them all over the same connections."""
    command = [tool("smtp-source"), "-s", str(connections), "-m", str(count), "-l", str(SIZE)]
    began = time.perf_counter()
    subprocess.run([*command, *(["-d"] if keep else []), f"127.0.0.1:{port}"], check=True)
    return time.perf_counter() - began


def by_loop(port: int, count: int) -> float:
    """What one writes first: a message object for each subscriber, one connection, send_message."""
    text = "x" * 76 + "\n"
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for number in range(count):
            message = EmailMessage(policy=SMTP)
            message["From"] = "The Evening <news@evening.example>"
            message["To"] = f"reader{number}@d.example"
            message["Subject"] = "Hello"
            message["List-Unsubscribe"] = f"<https://news.example/u/{number}>"
            message.set_content(f"https://news.example/u/{number}\n" + text * (SIZE // 3 // len(text)))
            message.add_alternative(
                f"<p>https://news.example/u/{number}</p>\n" + text * (SIZE * 2 // 3 // len(text)),
                subtype="html",
            )
            client.send_message(message)
    return time.perf_counter() - began


def by_us(port: int, count: int, connections: int, dkim: DkimSettings | None = None) -> float:
    """Seconds that our sending takes for an edition of ``count`` deliveries, ledger and journal included."""
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder), count) as store:
        fix_audience(store, EDITION, NOW)
        server = SmtpSettings(
            host="127.0.0.1",
            port=port,
            tls="none",
            connections=connections,
            messages_per_connection=count,
        )
        return send(store, Path(folder), Relays([server]), dkim)


def rates(rounds: int, count: int, connections: int) -> dict[str, object]:
    """Letters a second of every way, and the medians of the ratios, each within one round."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        key = dkim_key(Path(folder))
        ways: dict[str, Callable[[], float]] = {
            "ours": lambda: count / by_us(port, count, connections),
            "smtp-source": lambda: count / by_source(port, count, connections, keep=False),
            "smtp-source -d": lambda: count / by_source(port, count, connections, keep=True),
            "send_message loop": lambda: (count // 20) / by_loop(port, count // 20),
            "ours, DKIM RSA-2048": lambda: (count // 4) / by_us(port, count // 4, connections, key),
        }
        measured = [{name: way() for name, way in ways.items()} for _ in range(rounds)]
    ratio = {
        "ours / smtp-source": ("ours", "smtp-source"),
        "ours / smtp-source -d": ("ours", "smtp-source -d"),
        "ours / send_message loop": ("ours", "send_message loop"),
        "ours with DKIM / smtp-source": ("ours, DKIM RSA-2048", "smtp-source"),
    }
    return {
        "letters a second": {name: round(statistics.median(m[name] for m in measured)) for name in ways},
        "ratios": {
            name: round(statistics.median(m[a] / m[b] for m in measured), 2) for name, (a, b) in ratio.items()
        },
    }


def dkim_key(folder: Path) -> DkimSettings:
    """A new RSA key of 2,048 bits in ``folder``, and settings that sign with it."""
    key = rsa.generate_private_key(65537, 2048)
    none = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none)
    (folder / "dkim.pem").write_bytes(pem)
    return DkimSettings(domain="evening.example", selector="s", key_file=str(folder / "dkim.pem"))


def million(count: int) -> dict[str, object]:
    """Queue and work through ``count`` deliveries; peak memory in megabytes."""
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder), count) as store:
        before = memory()
        began = time.perf_counter()
        fix_audience(store, EDITION, NOW)
        queued = time.perf_counter() - began
        after = memory()
        seconds = send(store, Path(folder), Nowhere())
        with store.read() as connection:
            size = connection.execute(
                sa.text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            )
            bytes_ = int(size.scalar_one())
    return {
        "deliveries": count,
        "seconds to queue": round(queued, 1),
        "letters a second, nowhere": round(count / seconds),
        "peak MB before, queued, sent": [before, after, memory()],
        "database MB": bytes_ // 1_000_000,
    }


def memory() -> int:
    """The peak of this process, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Print letters a second of all ways of sending as JSON, or with ``--million`` what a million deliveries cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--million", type=int, nargs="?", const=1_000_000, default=0)
    options = parser.parse_args()
    if options.million:
        print(json.dumps(million(options.million), indent=2))
    else:
        print(json.dumps(rates(options.rounds, options.count, options.connections), indent=2))


if __name__ == "__main__":
    main()
