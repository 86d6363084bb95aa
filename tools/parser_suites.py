"""How much of what other parsers' suites say of a feed we give, beside plain feedparser on the same files.

    python -m tools.parser_suites FOLDER [--differences] [--json]

FOLDER has a folder for each suite (tools/peer_cases.py says which carry statements). A suite without statements
is compared with what feedparser itself reads. A statement counts as given when the words, the page, the instant
or the name are the same: we print plain text where others keep markup, and addresses without tracking.
Ends with 1 when feedparser gives something that we do not and no reason is known for it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import sys
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from digest.errors import ParseError
from digest.pull import dates, entries, jsonfeed, labels, links, markup, tails, xmlfeed
from digest.pull.decode import decode
from digest.pull.draft import Draft, DraftFeed
from digest.pull.parsed import Origin
from tools.peer_cases import FIELDS, READERS, Case, Wanted, cases

UNTITLED = "Ohne Worte 9f3c"  # stands in where an entry has no title: a case may be about its date alone
MOST = 5_000  # entries of a file
LONGEST = 15_000_000


@dataclass(frozen=True)
class Reading:
    """What a parser says an entry's fields are; several where it keeps several."""

    title: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    content: tuple[str, ...] = ()

    def of(self, field: str) -> tuple[str, ...]:
        """What it says of one field."""
        found: tuple[str, ...] = getattr(self, field)
        return found


@dataclass(frozen=True)
class Difference:
    """A statement that one of the two gives and the other does not."""

    suite: str
    name: str
    wanted: Wanted
    ours: tuple[str, ...]
    reason: str  # "" when none is known


# --- the two readings ----------------------------------------------------------------------------------


def ours(case: Case) -> list[Reading]:
    """What we make of each entry, one without a title included."""
    try:
        document = decode(case.body, case.content_type, LONGEST)
        reader = {"json": jsonfeed, "xml": xmlfeed}.get(document.kind)
        if reader is None:
            return []
        feed: DraftFeed = reader.read(document.text, case.base, MOST)
    except ParseError:
        return []
    return [_ours(feed, draft, case.base) for draft in feed.drafts]


def _ours(feed: DraftFeed, draft: Draft, base: str) -> Reading:
    titled = replace(draft, title=draft.title if markup.line(draft.title) else UNTITLED)
    made = entries.build(replace(feed, drafts=[titled]), Origin("http://suite.example/feed", base=base))
    if not made:
        return Reading()
    entry = made[0]
    instants = [when.isoformat() for written in draft.dates if (when := dates.parse(written))]
    title = "" if entry.title == UNTITLED else entry.title
    return Reading((title,), (entry.url,), tuple(instants), entry.authors, (entry.standfirst, entry.text))


def theirs(case: Case) -> list[Reading]:
    """What plain feedparser makes of them, with its own sanitiser and its own joining of addresses."""
    import feedparser

    headers = {"content-location": case.base}
    if case.content_type:
        headers["content-type"] = case.content_type
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = feedparser.parse(case.body, response_headers=headers)
    return [_theirs(entry) for entry in parsed.entries[:MOST]]


def _theirs(entry: Mapping[str, Any]) -> Reading:
    def own(key: str) -> Any:
        return dict.get(entry, key)  # type: ignore[arg-type] - without its aliases

    tuples = [own(f"{key}_parsed") for key in ("published", "updated", "created")]
    contents = [own("summary"), *(c.get("value") for c in own("content") or ())]
    people = [a.get("name") for a in own("authors") or ()]
    return Reading(
        tuple(filter(None, [own("title")])),
        tuple(filter(None, [own("link")])),
        tuple(when for t in tuples if t and (when := _instant(t))),
        tuple(filter(None, [own("author"), *people])),
        tuple(filter(None, contents)),
    )


def _instant(parts: Any) -> str:
    try:
        return dt.datetime(*parts[:6], tzinfo=dt.UTC).isoformat()
    except ValueError:
        return ""


# --- the same or not -----------------------------------------------------------------------------------


def gives(reading: Reading, wanted: Wanted, base: str) -> bool:
    """Whether a reading has what a suite wants."""
    said = reading.of(wanted.field)
    if wanted.field == "date":
        return wanted.value in said
    if wanted.field == "link":
        return page(wanted.value, base) in {page(one, base) for one in said}
    if wanted.field == "author":
        return person(wanted.value) in {person(one) for one in (*said, " and ".join(said))}
    if wanted.field == "title":
        return plain(wanted.value) in {plain(one) for one in said}
    return any(_same_words(letters(wanted.value), letters(one)) for one in said)


def page(url: str, base: str) -> str:
    """The page that an address means, whatever it carries along; itself where that is none of the web's."""
    return links.same(links.canonical(url, base)) or url.strip()


def person(written: str) -> str:
    """The letters of a name without the address beside it; the address where it is all there is."""
    seen = _seen(unescape(written)) if "<" in unescape(written) else written
    bare = re.sub(r"[\s(<]*[^\s()<>]+@[^\s()<>]+[)>]*", " ", seen)
    return "".join(re.findall(r"\w+", (bare if re.search(r"\w", bare) else seen).casefold())).removeprefix(
        "by"
    )


_HIDDEN = ("script", "style", "template", "noscript", "title", "textarea", "select", "option", "object", "iframe",
           "applet", "button", "canvas", "svg", "math", "audio", "video", "figcaption", "xmp", "noembed")  # fmt: skip


def plain(written: str) -> str:
    """The words a reader sees of markup that was escaped up to three times, by lxml and not by our own cleaner."""
    for _ in range(3):
        if "<" in written:
            written = _seen(written)
        if "&" not in written:
            break
        written = unescape(written)
    written = written.replace("...", "…")
    written = unicodedata.normalize(
        "NFC", "".join(c if c.isprintable() or c.isspace() else "" for c in written)
    )
    return "".join(written.casefold().split())  # white space between blocks is a matter of taste


def letters(written: str) -> str:
    """Letters and digits alone: we end a paragraph as a sentence where a standfirst runs on."""
    return re.sub(r"[\W_]", "", plain(written))


def _seen(markup_text: str) -> str:
    try:
        tree = lxml_html.fromstring(f"<div>{markup_text}</div>")
    except (ValueError, lxml_html.etree.LxmlError):
        return markup_text
    for element in list(tree.iter(*_HIDDEN)):
        element.drop_tree()
    return str(tree.text_content())


def _same_words(wanted: str, said: str) -> bool:
    """The same text, or one cut short: the same beginning, at least 60 letters or what is left of it before the cut."""
    if wanted == said:
        return True
    head = said[:200]
    return len(head) >= min(60, len(wanted)) and wanted.startswith(head)


# --- why not -------------------------------------------------------------------------------------------

_TAG = re.compile(r"<[^>]*>|&(?:lt|#60|#x3c);", re.IGNORECASE)
_OPEN = re.compile(r"<(?:object|iframe|applet)\b", re.IGNORECASE)


def reason(wanted: Wanted, mine: Reading | None, other: Reading, case: Case) -> str:
    """Why we do not give what feedparser gives; "" when that would be a defect."""
    if mine is None:
        return "an entry without words, link and picture is left out"
    return _REASONS[wanted.field](wanted.value, mine, other, case)


def _why_title(value: str, _mine: Reading, _other: Reading, case: Case) -> str:
    if not re.search(r"\w", plain(value)):
        return "a title without letters is none"
    return _embedded(case) or ("what looks like a tag is taken out of a title" if _TAG.search(value) else "")


def _embedded(case: Case) -> str:
    text = unescape(unescape(case.body.decode("utf-8", "replace")))
    return "what stands in an object or frame that never ends is not read" if _OPEN.search(text) else ""


def _why_link(value: str, mine: Reading, _other: Reading, case: Case) -> str:
    if not links.canonical(value, case.base):
        return "not an address of the web"
    if b"origlink" in case.body.lower() or links.target(value) != value:
        return "the paper's own address instead of a redirector's"
    if value.partition("?")[0] not in case.body.decode("utf-8", "replace"):
        return "an id that is no address is not made one"
    if any(link and link.rstrip("/").encode() in case.body for link in mine.link):
        return "of several links the first is taken"
    return ""


def _why_date(value: str, _mine: Reading, _other: Reading, _case: Case) -> str:
    when = dt.datetime.fromisoformat(value)
    return "no date of news: before 1990 or far ahead" if not dates.EARLIEST <= when < dates.LATEST else ""


def _why_author(value: str, mine: Reading, _other: Reading, _case: Case) -> str:
    if not labels.authors([value]):
        return "an e-mail address is not a name"
    if person(value) and all(person(name) in person(value) for name in mine.author) and len(mine.author) > 1:
        return "several names in one element are several people"
    return ""


def _why_content(value: str, mine: Reading, other: Reading, case: Case) -> str:
    wanted = letters(re.sub(r"<[^>]*>", "", plain(value)))
    said = [letters(one) for one in mine.content if one]
    known: list[tuple[str, Callable[[], bool]]] = [
        ("no words in it", lambda: not wanted),
        (
            "a standfirst that only repeats the headline is none",
            lambda: not said and any(wanted.startswith(letters(title)[:40]) for title in mine.title if title),
        ),
        (
            "only what programs add: comments, submitted by",
            lambda: not said and not tails.trim(markup.line(value)).text,
        ),
        ("of several texts of the entry another one is taken", lambda: _another(said, other, case)),
        (
            "the headline said again, captions, forms, code and what blogs add are left out",
            lambda: any(len(one) >= 12 and _is_part(one, wanted) for one in said),
        ),
        ("the caption of a picture is not the text", lambda: b"media:" in case.body and not said),
    ]
    return next((why for why, holds in known if holds()), _embedded(case))


def _another(said: list[str], other: Reading, case: Case) -> bool:
    """Whether the entry has several texts and we say another of them; of a podcast feedparser keeps but one."""
    texts = {letters(text) for text in other.content}
    if len(texts) > 1 and any(_same_words(text, one) for text in texts for one in said):
        return True
    whole = re.sub(r"[\W_]", "", unescape(case.body.decode("utf-8", "replace")).casefold())
    return b"itunes:" in case.body and any(one[:30] in whole for one in said)


def _is_part(said: str, wanted: str) -> bool:
    """Whether nearly all of what we say is in what is wanted, in pieces of twelve letters."""
    pieces = [said[at : at + 12] for at in range(0, max(len(said) - 11, 1), 12)]
    return sum(piece in wanted for piece in pieces) >= 0.9 * len(pieces)


_REASONS = {
    "title": _why_title,
    "link": _why_link,
    "date": _why_date,
    "author": _why_author,
    "content": _why_content,
}


# --- the count -----------------------------------------------------------------------------------------


def judged(case: Case) -> tuple[Counter[str], list[Difference]]:
    """How many statements of a case each of the two gives, and where they differ."""
    mine, feedparsers = ours(case), theirs(case)
    wanted = case.wanted if case.suite in READERS else tuple(_as_wanted(feedparsers))
    count: Counter[str] = Counter()
    found: list[Difference] = []
    for one in wanted:
        reading = mine[one.index] if -len(mine) <= one.index < len(mine) else None
        other = feedparsers[one.index] if -len(feedparsers) <= one.index < len(feedparsers) else None
        we = reading is not None and gives(reading, one, case.base)
        they = other is not None and gives(other, one, case.base)
        count += Counter({f"{one.field} wanted": 1, f"{one.field} ours": we, f"{one.field} theirs": they})
        if they and not we:
            said = reading.of(one.field) if reading else ()
            found.append(
                Difference(case.suite, case.name, one, said, reason(one, reading, other or Reading(), case))
            )
    return count + Counter({"cases": 1}), found


def _as_wanted(readings: Iterable[Reading]) -> Iterator[Wanted]:
    """What feedparser reads, as if a suite had stated it."""
    for index, reading in enumerate(readings):
        for field in FIELDS:
            for value in reading.of(field)[:1]:
                if value.strip():
                    yield Wanted(index, field, value)


def measure(found: Iterable[Case]) -> tuple[dict[str, Counter[str]], list[Difference]]:
    """The counts by suite, and every difference against us."""
    counts: dict[str, Counter[str]] = {}
    differences: list[Difference] = []
    for case in found:
        count, differs = judged(case)
        counts[case.suite] = counts.get(case.suite, Counter()) + count
        differences += differs
    return counts, differences


def table(counts: Mapping[str, Counter[str]]) -> str:
    """Markdown: for each suite and field what was wanted, what we give, what feedparser gives."""
    lines = ["| suite | files | " + " | ".join(FIELDS) + " |", "|---|---|" + "---|" * len(FIELDS)]
    for suite, c in sorted(counts.items()):
        cells = [
            f"{c[f'{f} ours']} / {c[f'{f} theirs']} of {c[f'{f} wanted']}" if c[f"{f} wanted"] else "–"
            for f in FIELDS
        ]
        lines.append(f"| {suite} | {c['cases']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    """Print how our reading differs from feedparser's; 1 when a difference is not explained."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--differences", action="store_true", help="every statement that only feedparser gives"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    counts, differences = measure(cases(options.folder))
    if options.json:
        print(json.dumps({"counts": counts, "reasons": Counter(d.reason for d in differences)}, indent=1))
    else:
        print(table(counts))
        for why, number in Counter(
            f"{d.suite}: {d.wanted.field}: {d.reason or 'NO REASON KNOWN'}" for d in differences
        ).most_common():
            print(f"{number:6} {why}")
    unexplained = [d for d in differences if not d.reason]
    for one in differences if options.differences else unexplained:
        print(
            f"{one.suite}/{one.name} [{one.wanted.index}] {one.wanted.field}: {one.wanted.value[:160]!r}\n    ours {[o[:160] for o in one.ours]} {one.reason}"
        )
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
