"""What must hold of any bytes at all: the targets of fuzzing, each a function of bytes that raises when it does not."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator
from typing import get_args

from digest.deliver.bounces import identify, read_returned
from digest.deliver.verdict import Verdict
from digest.errors import ParseError
from digest.model import Entry, Picture
from digest.pull import darkroom, markup
from digest.pull.candidates import Candidate
from digest.pull.figures import find
from digest.pull.parse import parse
from digest.pull.parsed import Origin
from digest.pull.wire import LENGTH
from digest.tokens import Keyring

ORIGIN = Origin("https://paper.example/feed", "Paper", "https://paper.example/feed")
KEYS = Keyring((("a", b"k" * 32),))
TAG = re.compile(r"<[A-Za-z/!?]")
# C0 and C1 but for the line ends of paragraphs, overrides, isolates, zero width, surrogates, tags.
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u206f\u2028\u2029\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
ADDRESS = re.compile(r"https?://[!-~]+")
VERDICTS = set(get_args(Verdict))


class Broken(AssertionError):  # noqa: N818 - what fuzzing finds is told by its message
    """An invariant does not hold."""


def hold(condition: object, what: str) -> None:
    """Raise Broken unless ``condition``."""
    if not condition:
        raise Broken(what)


def clean(text: str, *, lines: bool = False) -> None:
    """No tag, nothing unseen; on one line unless ``lines``."""
    hold(not TAG.search(text), f"a tag in {text!r}")
    hold(not UNSEEN.search(text), f"an unseen character in {text!r}")
    hold(lines or "\n" not in text, f"a line end in {text!r}")


def feed(data: bytes) -> None:
    """Parse, pictures and cleaning: a ParseError, or entries that may be printed as they are."""
    try:
        parsed = parse(data, ORIGIN, max_bytes=1_000_000)
    except ParseError:
        return
    clean(parsed.title)
    for entry in parsed.entries:
        _entry(entry)
    hold(len({entry.id for entry in parsed.entries}) <= len(parsed.entries), "more ids than entries")


def _entry(entry: Entry) -> None:
    hold(entry.title.strip(), "an entry without a title")
    for text in (
        entry.title,
        entry.standfirst,
        entry.kicker,
        entry.language,
        entry.guid,
        *entry.authors,
        *entry.categories,
    ):
        clean(text) if text != entry.guid else hold(
            not UNSEEN.search(text), f"an unseen character in the guid {text!r}"
        )
    clean(entry.text, lines=True)
    hold(ADDRESS.fullmatch(entry.url), f"the address {entry.url!r}")
    hold(entry.published.year >= 1970, f"the date {entry.published}")
    for picture in entry.pictures:
        _picture(picture)


def _picture(picture: Picture | Candidate) -> None:
    hold(ADDRESS.fullmatch(picture.url), f"the picture {picture.url!r}")
    for text in (picture.caption, picture.credit, picture.alt):
        clean(text)


def words(data: bytes) -> None:
    """Cleaning alone, which parsing reaches only through well-formed XML; and the pictures in HTML."""
    text = data.decode("utf-8", "surrogateescape")  # what is no UTF-8 comes as lone surrogates
    clean(markup.line(text))
    clean(markup.paragraphs(text), lines=True)
    for candidate in found(text):
        hold(ADDRESS.fullmatch(candidate.url), f"the picture {candidate.url!r}")


def found(text: str) -> Iterator[Candidate]:
    """The pictures in a piece of HTML."""
    yield from find(text, ORIGIN.base)


def bounce(data: bytes) -> None:
    """What came back is read or says nothing; nothing in it proves who it is about without our signature."""
    returned = read_returned(data)
    hold(returned.verdict in VERDICTS, f"the verdict {returned.verdict!r}")
    hold(len(returned.words) <= 500 and returned.words.isprintable(), f"the words {returned.words!r}")
    hold(
        not returned.status or re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", returned.status),
        f"the status {returned.status!r}",
    )
    ours = identify(returned, KEYS)
    hold(ours.delivery is None and ours.scope is None, "a forged signature")


def picture(data: bytes) -> None:
    """Any bytes are a picture of modest size made anew, or none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the process that develops has nobody to warn
        answer = darkroom.answer(b'{"width": 300}', data)
    end = LENGTH.size + LENGTH.unpack(answer[: LENGTH.size])[0]
    facts, copy = json.loads(answer[LENGTH.size : end]), answer[end:]
    if "problem" in facts:
        hold(not copy, "a copy of what is none")
        return
    hold(facts["width"] <= 300 and facts["height"] <= 4 * 300, f"a copy of {facts}")
    hold(copy.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")), "a copy of another kind")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "feed": feed,
    "words": words,
    "bounce": bounce,
    "picture": picture,
}
