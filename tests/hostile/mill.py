"""The real path in one call: a loopback server, pull, group, compose, render, and the mail of one subscriber."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from digest.config.load import load
from digest.deliver.splice import Splicer
from digest.model import Entry
from digest.pipeline.build import Built, build, coming, composed, read
from digest.pipeline.gather import Gathered, gather
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand
from digest.pull import Pulled
from digest.render import page
from digest.render.feed import atom, json_feed
from digest.store import entries
from tests.hostile import checker
from tests.pull.conftest import Newsstand
from tests.render.conftest import VALUES

NOW = dt.datetime(2026, 5, 4, 17, 0, tzinfo=dt.UTC)
SITE = "https://mill.example"
SPREAD = {"max_stories": 100, "max_per_paper": 100, "min_stories": 1, "max_sponsored": 10}


@dataclass(frozen=True)
class Printed:
    """One newsletter's edition in every form in which anybody gets it."""

    built: Built
    message_bytes: bytes
    wire: bytes
    page: str
    atom: str
    json: str

    @property
    def titles(self) -> list[str]:
        return [item.headline for item in self.built.edition.items]

    @cached_property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.message_bytes, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    def part(self, kind: str) -> str:
        found = self.message.get_body((kind,))
        assert found is not None
        return str(found.get_content()).replace("\r\n", "\n")

    @property
    def html(self) -> str:
        return self.part("html")

    @property
    def text(self) -> str:
        return self.part("plain")

    def wrong(self, styles: frozenset[str]) -> list[str]:
        """What the second checker finds in any of the forms."""
        return [
            *checker.wrong_on_the_wire(self.wire),
            *checker.wrong_in_html(self.html, styles=styles),
            *checker.wrong_in_html(self.page, styles=frozenset()),
            *checker.wrong_in_text(self.text),
            *checker.wrong_in_text(self.atom + self.json),
            *([] if "<script" not in self.atom + self.json else ["script in a feed of ours"]),
        ]


@dataclass(frozen=True)
class Ground:
    """What came out of a run."""

    gathered: Gathered
    pulled: Mapping[str, Pulled]  # by the feed's name
    entries: tuple[Entry, ...]
    printed: Mapping[str, Printed]  # by newsletter

    @property
    def only(self) -> Printed:
        (one,) = self.printed.values()
        return one

    def kind(self, name: str) -> str:
        """The error of a feed, else its outcome."""
        error = self.pulled[name].error
        return error.kind if error else self.pulled[name].outcome


class Mill:
    """Feeds in, finished editions out."""

    def __init__(self, stand: Newsstand, folder: Path) -> None:
        self.stand = stand
        self.folder = folder

    def grind(
        self,
        feeds: Mapping[str, Any],
        *,
        each: bool = False,
        newsletter: Mapping[str, Any] = {},
        now: dt.datetime = NOW,
        **settings: Any,
    ) -> Ground:
        """Run ``feeds`` (name -> body or handler) through to the bytes; with ``each`` every feed has a newsletter."""
        self.stand.set({f"/{name}": body for name, body in feeds.items()})
        with self.newsroom(list(feeds), each=each, newsletter=newsletter, **settings) as (room, hand):
            hand.now = now
            pulled: dict[str, Pulled] = {}
            names = {feed.url: feed.url.rpartition("/")[2] for feed in room.feeds}

            def tell(one: Pulled) -> None:
                pulled[names[one.feed.url]] = one

            gathered = asyncio.run(gather(room, now=now, told=tell))
            printed = {name: self.print(room, name, now) for name in room.newsletters}
            with room.store.read() as connection:
                found = entries.recent(connection, now - dt.timedelta(days=36500))
        return Ground(gathered, pulled, found, {n: p for n, p in printed.items() if p is not None})

    def newsroom(
        self,
        names: list[str],
        *,
        each: bool = False,
        newsletter: Mapping[str, Any] = {},
        **settings: Any,
    ) -> Any:
        """An open newsroom that reads those feeds of the stand, with its clock; a context manager."""
        from contextlib import contextmanager

        base = {
            "title": "The Mill",
            "timezone": "UTC",
            "slots": {"evening": "17:00"},
            "sender": {"address": "letter@mill.example"},
            "postal_address": "The Mill, 1 Main Street, 1000 Example",
            **SPREAD,
            **newsletter,
        }
        letters = {f"l-{n}": base | {"feeds": [n]} for n in names} if each else {"mill": base}
        config = {
            "feeds": {n: {"url": f"{self.stand.url}/{n}", "paper": f"Paper {n}"} for n in names},
            "newsletters": letters,
            "pull": {"allow_private": True, "keep": "3650d", "per_host": 20} | settings.pop("pull", {}),
            "site": {"url": SITE},
            **settings,
        }
        self.folder.mkdir(exist_ok=True, parents=True)
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

        @contextmanager
        def opened() -> Any:
            hand = Hand(NOW)
            with open_newsroom(load(self.folder / "config.yaml", {}), clock=hand) as room:
                yield room, hand

        return opened()

    def print(self, room: Newsroom, name: str, now: dt.datetime) -> Printed | None:
        """One newsletter's edition, rendered and spliced; None when nothing is left to print."""
        newsletter = room.newsletters[name]
        slot = coming(newsletter, now)
        work = read(room, newsletter, slot, now=now)
        if not composed(room, work).items:
            return None  # most files of the suites have no entry: nothing is rendered for them
        built = asyncio.run(build(room, newsletter, slot, now=now, work=work))
        splicer = Splicer(built.mail)
        shown = page(built.edition, newsletter, site_url=SITE, stylesheet="/style/mill.css")
        return Printed(
            built,
            splicer.message(VALUES),
            splicer.wire(VALUES),
            shown,
            atom([built.edition], newsletter, site_url=SITE).decode(),
            json_feed([built.edition], newsletter, site_url=SITE),
        )
