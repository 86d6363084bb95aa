"""What the tests of the mail share."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from lxml import html as lxml_html

from digest.config.newsletter import Newsletter
from digest.deliver.splice import splice
from digest.model import Edition, Mail, Token
from digest.render import render
from tests.render.newsroom import KEY, SITE, everything, newsletter

VALUES: dict[Token, str] = {
    "to": "Anna Muller <anna@reader.example>",
    "message_id": "moselle.2026-11-23.evening.x7Kq2@moselle.example",
    "unsubscribe_url": "https://moselle.example/u/Zt3kQ9wX2bL7mPq=",
    "unsubscribe_mailto": "mailto:leave+Zt3kQ9wX2bL7mPq@moselle.example",
    "preferences_url": "https://moselle.example/p/Zt3kQ9wX2bL7mPq=",
}


@dataclass(frozen=True)
class Received:
    """A mail as a subscriber's client sees it."""

    mail: Mail
    raw: bytes
    message: EmailMessage

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    @property
    def tree(self) -> lxml_html.HtmlElement:
        return lxml_html.document_fromstring(
            self.html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8")
        )


def receive(edition: Edition, news: Newsletter | None = None, **options: object) -> Received:
    """Render, splice for one subscriber, parse."""
    mail = render(edition, news or newsletter(edition.language), site_url=SITE, key=KEY, **options)  # type: ignore[arg-type]
    raw = splice(mail, VALUES)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return Received(mail, raw, message)


@pytest.fixture(scope="session")
def full() -> Received:
    """The edition with everything in it."""
    return receive(everything())
