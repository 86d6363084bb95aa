"""The memory of earlier editions: what was printed of a story, and what of it is new now.

A story is the same when its id is, or when an entry of it was in the earlier one. It comes back only with a
number, a name or a sentence that nobody had then, in a report newer than everything known then. Typing errors,
new dates and a changed order of words are not news.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from digest.compose.kinds import kind_of
from digest.compose.survey import Survey
from digest.compose.words import bare, is_calendar, known, names, numbers, of_a_place, stem, terms
from digest.model import Edition, Entry, Reason, SentItem, Story
from digest.text import sentences

_KEPT_CHARACTERS = 20_000  # of what was known of one story
_READ_SENTENCES = 12  # of a report's full text
_NEW_WORDS, _NEW_SHARE = 5, 0.6  # a sentence is new with so many unknown words, and so large a share of them
_BESIDE_A_NAME = 3  # unknown words in the sentence, a single name among them
_NOUN_CAPITALS = ("de", "lb")


@dataclass(frozen=True, slots=True)
class News:
    """What is new in a story that was printed before."""

    entry: Entry  # the report that has it
    sentence: str  # verbatim
    reason: Reason


def memory(edition: Edition, stories: Sequence[Story]) -> tuple[SentItem, ...]:
    """What to remember of a sent edition: one for each item, with all that was known of its story.

    ``stories`` are those the edition was composed of; an item added by hand is remembered by its own words.
    """
    entries = {entry.id: entry for story in stories for entry in story.entries()}
    return tuple(
        SentItem(
            edition=edition.id,
            sent=edition.composed,
            story=item.story,
            entry=item.entry,
            members=item.members,
            headline=item.headline,
            url=item.url,
            paper=item.paper,
            words=_words(
                f"{item.headline}\n{item.standfirst}\n{item.updated}",
                [entries[member] for member in (item.entry, *item.members) if member in entries],
            ),
        )
        for item in edition.items
    )


def _words(printed: str, entries: Sequence[Entry]) -> str:
    distinct = {entry.id: entry for entry in entries}.values()
    parts = [
        printed,
        *(f"{e.title}\n{e.standfirst}" for e in distinct),
        *(e.text for e in distinct if e.text),
    ]
    return "\n".join(parts)[:_KEPT_CHARACTERS]


class Archive:
    """Earlier editions, to be asked for a story."""

    def __init__(self, earlier: Sequence[SentItem]) -> None:
        self._by_story: Mapping[str, list[SentItem]] = defaultdict(list)
        self._by_entry: Mapping[str, list[SentItem]] = defaultdict(list)
        for item in sorted(earlier, key=lambda i: (i.sent, i.edition, i.entry)):
            self._by_story[item.story].append(item)
            for entry in {item.entry, *item.members}:
                self._by_entry[entry].append(item)

    def of(self, story: Story) -> tuple[SentItem, ...]:
        """What earlier editions printed of ``story``, the latest first."""
        found = list(self._by_story.get(story.id, ()))
        for entry in story.entries():
            found += self._by_entry.get(entry.id, ())
        distinct = {(item.edition, item.entry): item for item in found}
        return tuple(sorted(distinct.values(), key=lambda i: (i.sent, i.edition, i.entry), reverse=True))


def news(
    story: Story, able: Collection[str], lead: str, sent: Sequence[SentItem], survey: Survey
) -> News | None:
    """What is new in ``story`` since ``sent`` (latest first): in the entry ``lead``, else in the newest report.

    ``able`` are the ids of the entries that may be printed; of them, only sentences that their feed's text rights
    let us print are looked at.
    """
    seen = {entry for item in sent for entry in (item.entry, *item.members)}
    horizon = max((e.published for e in story.entries() if e.id in seen), default=sent[0].sent)
    told = Told("\n".join(item.words for item in sent))
    reports = sorted(story.entries("lead", "report"), key=lambda e: (e.id == lead, _moment(e), e.id))
    for entry in reversed(reports):
        rewritten = entry.id in seen and entry.updated is not None and entry.updated > sent[0].sent
        joined = entry.id not in seen and entry.published > horizon
        if entry.id not in able or not (rewritten or joined) or not kind_of(entry).opens:
            continue  # a column or a film is not what has happened since
        for sentence in _printable(entry, survey):
            if reason := told.new(sentence, entry.language or survey.feed(entry).language):
                return News(entry, sentence, reason)
    return None


def _moment(entry: Entry) -> dt.datetime:
    return max(entry.published, entry.updated or entry.published)


def _printable(entry: Entry, survey: Survey) -> tuple[str, ...]:
    """The sentences that may be printed as the news, standfirst first, since a headline is not a sentence."""
    rights = survey.feed(entry).text
    standfirst = sentences(entry.standfirst)
    if rights == "headline":
        return (entry.title,)
    if rights == "sentence":
        return (*standfirst[:1], entry.title)
    return (*standfirst, entry.title, *sentences(entry.text)[:_READ_SENTENCES])


class Told:
    """Words that readers have had."""

    def __init__(self, words: str) -> None:
        self._words = set(bare(words).split())
        self._stems = {stem(word) for word in self._words}
        self._numbers = self._words.union(numbers(words))

    def new(self, sentence: str, language: str = "") -> Reason | None:
        """Why a sentence is new: its number, its name, or most of its words. None when it is not."""
        for number in numbers(sentence):
            if number not in self._numbers:
                return Reason("new number", f"new since then: {number}")
        words = [word for word in terms(sentence) if not is_calendar(word)]
        unknown = [word for word in words if not self._has(word)]
        named = names(sentence, nouns=language.lower().split("-")[0] in _NOUN_CAPITALS)
        fresh = [name for name in named if not self._has(name) and not of_a_place(name)]
        # One capital alone may be an office or a place known by another name: it takes more to be news.
        if len(fresh) > 1 or (fresh and len(unknown) >= _BESIDE_A_NAME):
            return Reason("new name", f"new since then: “{' '.join(fresh[:3])}”")
        if len(unknown) >= _NEW_WORDS and len(unknown) >= _NEW_SHARE * len(words):
            return Reason("new sentence", f"new since then: {', '.join(unknown[:5])}", float(len(unknown)))
        return None

    def _has(self, word: str) -> bool:
        return stem(word) in self._stems or known(word, self._words)
