"""Why two entries do or do not tell one story, as data: shared rare terms, names and numbers, and what differs."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from digest.group.frequencies import zipf
from digest.group.languages import guess, primary, stemmer, stop_words
from digest.group.words import compound_parts, fold_spelling, split, texts
from digest.model import Entry, Reason

RARE = 4.7  # Zipf value below which sharing a word says something
MOST_TERMS = 5


class Term(NamedTuple):
    """A word of an entry: its stem, its spelling there, how common it is, whether it looks like a name or a number."""

    stem: str
    spelling: str
    zipf: float
    kind: str  # "name", "number" or "term"


@lru_cache(maxsize=1024)
def terms(entry: Entry) -> dict[str, Term]:
    """Stem -> term, for the words that tell one entry from another."""
    title, body = texts(entry)
    language = primary(entry.language) or guess(f"{title} {body}")
    found: dict[str, Term] = {}
    start = True
    for spelling in [*split(title), ".", *split(body)]:
        for term in _known(spelling, language):
            if start and term.kind == "name":  # the first word of a sentence has a capital anyhow
                found.setdefault(term.stem, term._replace(kind="term"))
            elif term.stem not in found or (term.kind == "name" and found[term.stem].kind == "term"):
                found[term.stem] = term
        start = not spelling[0].isalnum()
    return found


@lru_cache(maxsize=1024)
def headline(entry: Entry) -> frozenset[str]:
    """The stems of the telling words of an entry's headline."""
    language = primary(entry.language) or guess(" ".join(texts(entry)))
    return frozenset(term.stem for word in split(texts(entry)[0]) for term in _known(word, language))


@lru_cache(maxsize=65536)
def _known(spelling: str, language: str) -> tuple[Term, ...]:
    """The term of a spelling, with those of its parts; none for function words and pauses."""
    word = fold_spelling(spelling) if spelling[0].isalnum() else ""
    if not word or word in stop_words(language):
        return ()
    if word[0].isdigit():
        return (Term(word, spelling, zipf(word, language), "number"),)
    kind = "name" if spelling[0].isupper() else "term"
    parts = compound_parts(word, language)
    return (_term(spelling, word, language, kind), *(_term(part, part, language, "term") for part in parts))


def _term(spelling: str, word: str, language: str, kind: str) -> Term:
    stem = stemmer(language)
    return Term(stem(word) if stem else word, spelling, zipf(word, language), kind)


def shared(a: Entry, b: Entry) -> tuple[Reason, ...]:
    """The rarest terms, names and numbers that both have, rarest first; ``value`` is the Zipf value."""
    ours, theirs = terms(a), terms(b)
    common = sorted((ours[s].zipf, s) for s in ours.keys() & theirs.keys() if ours[s].zipf < RARE)
    kinds = {s: ours[s].kind if ours[s].kind != "term" else theirs[s].kind for _, s in common}
    return tuple(Reason(kinds[s], ours[s].spelling, value) for value, s in common[:MOST_TERMS])


def explain(
    a: Entry, b: Entry, odds: tuple[float, float] | None, fellow: Entry | None = None
) -> tuple[Reason, ...]:
    """The score of a pair against the threshold, who tells of both, what both share, and what speaks against it."""
    if odds is None:
        score = Reason("score", "too little in common to be compared", 0.0)
    else:
        verdict = "alike enough" if odds[0] >= odds[1] else "not alike enough"
        score = Reason("score", verdict, round(odds[0], 4), round(odds[1], 4))
    between = (Reason("fellow", f"{fellow.paper} has words of both: {fellow.title}"),) if fellow else ()
    return (score, *between, *shared(a, b), *against(a, b))


def against(a: Entry, b: Entry) -> tuple[Reason, ...]:
    """What speaks against one story: other numbers, days between, the same feed, another language."""
    found: list[Reason] = []
    numbers = [{s for s, t in terms(e).items() if t.kind == "number"} for e in (a, b)]
    if all(numbers) and not numbers[0] & numbers[1]:
        found.append(Reason("against", f"different numbers: {_list(numbers[0])} and {_list(numbers[1])}"))
    hours = abs((a.published - b.published).total_seconds()) / 3600
    if hours >= 18:
        found.append(Reason("against", "hours between them", round(hours, 1)))
    if a.feed == b.feed:
        found.append(Reason("against", "both from one feed, which rarely tells a story twice"))
    languages = [primary(e.language) or guess(" ".join(texts(e))) for e in (a, b)]
    if all(languages) and languages[0] != languages[1]:
        found.append(Reason("against", f"different languages: {languages[0]} and {languages[1]}"))
    return tuple(found)


def _list(numbers: set[str]) -> str:
    return ", ".join(sorted(numbers)[:3])
