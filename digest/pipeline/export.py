"""An edition as files: what ``digest build`` writes and the preview shows."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from pathlib import Path

from digest.config.newsletter import Newsletter
from digest.model import Recipient
from digest.pipeline.build import Built
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.post import desk_of
from digest.store import editions

# Nobody's: its links open the pages of a token that is not in the database.
SPECIMEN = Recipient(
    delivery=0, fence=0, subscriber=0, token_id="specimen-reader0", address="reader@example.org"
)


@dataclass(frozen=True, slots=True)
class Specimen:
    """One subscriber's copy, byte for byte as it would be sent, and its parts decoded."""

    message: bytes
    headers: tuple[tuple[str, str], ...]
    html: str
    text: str


def specimen(
    newsroom: Newsroom, newsletter: Newsletter, built: Built, recipient: Recipient = SPECIMEN
) -> Specimen:
    """The copy of ``recipient``."""
    desk = desk_of(newsroom, newsletter, built.edition.id, [built.mail])
    return opened(desk.letter(recipient).message())


def opened(message: bytes) -> Specimen:
    """A message with its parts decoded."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    assert html is not None
    assert text is not None
    headers = tuple((name, str(value)) for name, value in parsed.items())
    return Specimen(message, headers, html.get_content(), text.get_content())


def write(newsroom: Newsroom, newsletter: Newsletter, built: Built, folder: Path) -> tuple[Path, ...]:
    """edition.html, .txt, .eml and .json in ``folder``, which is made; the files."""
    copy = specimen(newsroom, newsletter, built)
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "edition.html": copy.html.encode(),
        "edition.txt": copy.text.encode(),
        "edition.eml": copy.message,
        "edition.json": editions.to_json(built.edition, indent=1).encode() + b"\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in contents)
