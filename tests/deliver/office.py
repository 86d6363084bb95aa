"""A store with an edition and its subscribers, and a desk that writes their letters."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from digest.deliver.journal import Journal
from digest.deliver.letter import Desk, Press
from digest.deliver.recover import new_owner
from digest.deliver.report import Limits, Progress, Summary
from digest.deliver.sending import deliver
from digest.deliver.splice import Splicer
from digest.deliver.transport import Transport
from digest.model import Mail
from digest.store.audience import fix_audience
from digest.store.deliveries import SqlLedger
from digest.store.engine import Store
from digest.store.tables import deliveries, editions, slots, subscribers, subscriptions
from digest.tokens import Keyring

NOW = dt.datetime(2026, 1, 2, 6, 30, tzinfo=dt.UTC)
EDITION = "evening/2026-01-02/morning"
HEAD = (
    b"From: The Evening <news@evening.example>\r\nSubject: Hello\r\nDate: Fri, 02 Jan 2026 06:30:00 +0000\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nTo: "
)
MAIL = Mail(
    edition=EDITION,
    variant="en/front-page",
    subject="Hello",
    preheader="",
    html="",
    text="",
    segments=(
        HEAD,
        b"\r\nMessage-ID: <",
        b">\r\nList-Unsubscribe: <",
        b">,\r\n <",
        b">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n.\r\nOut: ",
        b"\r\n..\r\n",
    ),
    tokens=("to", "message_id", "unsubscribe_url", "unsubscribe_mailto", "unsubscribe_url"),
    quoted=(False,) * 5,
)
BOUNCING = """\
newsletters:
  evening:
    title: The Evening
    slots: {morning: "06:30"}
    sender: {address: news@evening.example}
    feeds: [one]
feeds: {one: {url: "https://one.example/rss"}}
demo: {now: "2026-01-02T06:30:00Z"}
site: {secret_file: secret.key}
database: sqlite:///digest.sqlite3
"""
FAST = Limits(retry=(dt.timedelta(minutes=30),), first_wait=0.01, flush=0.02)


@dataclass
class Office:
    """All that one edition's sending needs."""

    store: Store
    folder: Path
    limits: Limits = FAST
    now: dt.datetime = NOW
    edition: str = EDITION
    policy: str = "hold"
    press: Press = field(default_factory=lambda: Splicer(MAIL))

    @property
    def ledger(self) -> SqlLedger:
        return SqlLedger(self.store, self.policy)  # type: ignore[arg-type]

    def desk(self) -> Desk:
        presses = {"en/front-page": self.press}
        keys = Keyring((("a", b"k" * 32),))
        return Desk(self.edition, "evening", presses, keys, "https://news.example", "evening.example")

    def subscribe(self, *addresses: str, language: str = "en") -> None:
        """Add people who take every slot of the newsletter."""
        with self.store.begin() as connection:
            for address in addresses:
                count = connection.execute(sa.select(sa.func.count()).select_from(subscribers)).scalar_one()
                person = {
                    "address": address,
                    "address_key": address.lower(),
                    "state": "active",
                    "token_id": f"{count:016d}",
                    "created": NOW,
                    "language": language,
                }
                number = connection.execute(subscribers.insert(), person).inserted_primary_key[0]
                row = {"subscriber": number, "newsletter": "evening", "slots": [], "state": "active"}
                connection.execute(subscriptions.insert(), row | {"since": NOW, "consent": {}})

    def queue(self) -> int:
        return fix_audience(self.store, self.edition, self.now)

    async def send(
        self,
        transport: Transport,
        *,
        stop: asyncio.Event | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Summary:
        """Queue what is not queued, and send."""
        self.queue()
        with Journal(self.folder / "journal", new_owner()) as journal:
            return await deliver(
                self.edition,
                self.desk().letter,
                ledger=self.ledger,
                transport=transport,
                journal=journal,
                now=lambda: self.now,
                stop=stop or asyncio.Event(),
                limits=self.limits,
                progress=progress,
            )

    def states(self) -> dict[str, str]:
        """The state of each delivery by address."""
        query = sa.select(subscribers.c.address, deliveries.c.state).select_from(
            deliveries.join(subscribers, subscribers.c.id == deliveries.c.subscriber)
        )
        with self.store.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def row(self, address: str) -> sa.Row:
        """One delivery."""
        joined = deliveries.join(subscribers, subscribers.c.id == deliveries.c.subscriber)
        query = sa.select(deliveries).select_from(joined).where(subscribers.c.address == address)
        with self.store.read() as connection:
            return connection.execute(query).one()

    def slot(self, state: str) -> None:
        """Set the state of the edition's slot."""
        with self.store.begin() as connection:
            connection.execute(slots.update().values(state=state))

    def later(self, **times: float) -> Office:
        """The same office some time later."""
        return replace(self, now=self.now + dt.timedelta(**times))


def fill(store: Store) -> None:
    """One frozen edition that is being sent."""
    with store.begin() as connection:
        slot = {"newsletter": "evening", "date": dt.date(2026, 1, 2), "name": "morning", "due": NOW}
        row = connection.execute(slots.insert(), slot | {"state": "sending", "changed": NOW})
        edition = {"id": EDITION, "slot": row.inserted_primary_key[0], "newsletter": "evening", "due": NOW}
        content = {"edition": "{}", "mails": b"", "content_hash": "0" * 64, "frozen": NOW}
        connection.execute(editions.insert(), edition | content)
