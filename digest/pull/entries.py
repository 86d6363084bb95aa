"""A draft to an entry: clean words, a canonical link, a date, a kicker, its pictures. Pure; knows no clock."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from digest import text
from digest.model import Entry, Picture
from digest.pull import dates, labels, links, markup, pictures, tails
from digest.pull.draft import Draft, DraftFeed
from digest.pull.ids import entry_id
from digest.pull.parsed import Origin

LONGEST_TITLE = 300  # characters
LONGEST_STANDFIRST = 500
LONGEST_TEXT = 100_000
LONGEST_GUID = 500
WORDS_A_MINUTE = 230
FEW_ENTRIES = 5  # fewer may share a category by chance
LEAST_GLUED = (
    4  # words of a headline that a site may have glued to what follows; a shorter one begins a longer word
)
LEAST_FULL = 120  # words that make a text more than a teaser
UNKNOWN_DATE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # the model's own; first_seen stands in for it later


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    standfirst: str
    text: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class _Feed:
    """What the entries of one document share."""

    origin: Origin
    site: str
    language: str
    everywhere: frozenset[str]  # folded categories


def build(feed: DraftFeed, origin: Origin) -> tuple[Entry, ...]:
    """The clean entries of a document in its order, without those that have no words at all."""
    site = links.absolute(feed.site, origin.base) or links.site(origin.base)
    shared = _Feed(origin, site, labels.language(feed.language), _everywhere(feed.drafts))
    made: list[Entry] = []
    for draft in feed.drafts:
        if entry := _entry(draft, shared, len(made)):
            made.append(entry)
    return tuple(made)


def _everywhere(drafts: Sequence[Draft]) -> frozenset[str]:
    """The folded categories that every entry has: "Chinese simplified" over each headline of BBC Chinese tells nobody anything."""
    if len(drafts) < FEW_ENTRIES:
        return frozenset()
    shared = frozenset(drafts[0].categories).intersection(*(draft.categories for draft in drafts[1:]))
    return frozenset(text.fold(markup.line(term)) for term in shared)


def _entry(draft: Draft, feed: _Feed, position: int) -> Entry | None:
    origin, site = feed.origin, feed.site
    words = _words(draft)
    url = _url(draft, origin.base) or site
    found = [*draft.pictures, *pictures.find((draft.content, draft.summary), origin.base)]
    chosen = pictures.choose(found, words.title, words.standfirst)
    title = (
        words.title
        or text.truncate(text.first_sentence(words.standfirst or words.text), 120)
        or _caption(chosen)
    )
    if not title or not url:
        return None
    categories = labels.categories(map(markup.line, draft.categories))
    sponsored, title = labels.sponsored(title, categories, url)
    told = [term for term in categories if text.fold(term) not in feed.everywhere]
    guid = text.clean(draft.guid)[:LONGEST_GUID]
    return Entry(
        id=entry_id(origin.feed, guid or _own_link(url, site) or f"{title}\n{words.standfirst}"),
        feed=origin.feed,
        paper=origin.paper,
        url=url,
        title=title,
        standfirst=words.standfirst,
        text=words.text,
        authors=labels.authors(map(markup.line, draft.authors), origin.paper),
        published=_published(draft),
        categories=categories,
        kicker=labels.kicker(told, title, origin.paper),
        language=labels.language(draft.language) or labels.language(origin.language) or feed.language,
        minutes=words.minutes,
        sponsored=sponsored,
        pictures=chosen,
        position=position,
        guid=guid,
    )


def _own_link(url: str, site: str) -> str:
    return "" if links.same(url) == links.same(site) else url


def _url(draft: Draft, base: str) -> str:
    """The entry's page: its link, else its guid where that is one."""
    for link in draft.links:
        if made := links.canonical(links.target(link.strip()) if "google.com" in link else link, base):
            return made
    if draft.guid.startswith(("http://", "https://")) or (draft.guid_is_link and draft.guid.startswith("/")):
        return links.canonical(draft.guid, base)
    return ""


def _caption(chosen: tuple[Picture, ...]) -> str:
    """A title for an entry that is only a picture."""
    words = next((p.caption or p.alt for p in chosen if p.caption or p.alt), "")
    return text.truncate(text.first_sentence(words), 120) or _name_of_file(chosen)


def _name_of_file(chosen: tuple[Picture, ...]) -> str:
    name = unquote(urlsplit(chosen[0].url).path.rpartition("/")[2]).rpartition(".")[0] if chosen else ""
    return markup.line(name.replace("-", " ").replace("_", " "))[:120]


def _published(draft: Draft) -> dt.datetime:
    for written in draft.dates:
        if when := dates.parse(written):
            return when
    return UNKNOWN_DATE


def _words(draft: Draft) -> _Words:
    """Title, standfirst and full text, each once: feeds repeat one in the other."""
    title = text.truncate(markup.line(draft.title), LONGEST_TITLE)
    title = title if text.is_seen(title) else ""
    summary = tails.trim(_without_title(markup.prose(draft.summary), title))
    content = tails.trim(markup.paragraphs(draft.content)) if draft.content else tails.Trimmed("", cut=False)
    body, cut = content
    if not body or body.casefold() == summary.text.casefold():
        body, cut = (
            tails.trim(markup.paragraphs(draft.summary))
            if len(summary.text) > LONGEST_STANDFIRST
            else ("", False)
        )
    full = bool(body) and not cut and _is_full(body, summary.text)
    standfirst = _standfirst(summary.text or _without_title(" ".join(body.split()), title))
    minutes = math.ceil(text.word_count(body) / WORDS_A_MINUTE) if full else None
    return _Words(title, standfirst, body[:LONGEST_TEXT] if full else "", minutes)


def _is_full(body: str, summary: str) -> bool:
    """Whether a text is the article: long enough, and clearly longer than its own standfirst."""
    return text.word_count(body) >= max(LEAST_FULL, 2 * text.word_count(summary[:LONGEST_STANDFIRST]))


def _without_title(words: str, title: str) -> str:
    """A standfirst that does not begin by saying the headline again, as those of Google News do.

    A sentence that begins with the words of the headline and goes on is one of its own, and stays whole.
    """
    if not title or not words.startswith(title):
        return words
    after = words[len(title) :]
    rest = after.lstrip(" .:|–—-\n")
    goes_on = after.lstrip() == rest and after[:1].isspace() and rest[:1].islower()
    if goes_on or rest[:1] in tuple(",;") or (after[:1].isalnum() and len(title.split()) < LEAST_GLUED):
        return words
    return rest if len(rest.split()) > 5 else ""


def _standfirst(words: str) -> str:
    """At most the first sentences of a long text that fit; one sentence too long is cut between words."""
    if len(words) <= LONGEST_STANDFIRST:
        return words
    kept = ""
    for sentence in text.sentences(words[: 4 * LONGEST_STANDFIRST]):
        if len(kept) + 1 + len(sentence) > LONGEST_STANDFIRST:
            break
        kept = f"{kept} {sentence}".lstrip()
    return kept or text.truncate(words, LONGEST_STANDFIRST)
