"""Entries turned into numbers: every token's term, where it stands and what it is, in reading order.

Words are folded, stop words marked and the rest stemmed by the language of the entry. Scripts that put no
spaces between words (Han, Kana, Thai, Lao, Khmer, Burmese) give overlapping pairs of characters instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from zlib import adler32, crc32

import numpy as np

from digest.group.frequencies import UNKNOWN, zipf, zipf_values
from digest.group.languages import guess, primary, stemmer, stop_words
from digest.model import Entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

TITLE_CHARACTERS = 300  # a 10 MB title says no more than its beginning
BODY_CHARACTERS = 480
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SIGNED = "\u0300-\u036f\u064b-\u0652\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # vowel signs
_WORD = rf"(?:[^\W_]++|[{_SIGNED}]++)++"
_THOUSANDS = r"[0-9]{1,3}(?:[,.'’\u00a0\u202f][0-9]{3})++(?![0-9])"  # 60,000 in London, 60.000 in Berlin
_TOKEN = re.compile(rf"[.!?:;…。！？：；|]|{_THOUSANDS}|{_WORD}(?:['’.&]{_WORD})*+")
_ASCII_TOKEN = re.compile(rf"[.!?:;|]|{_THOUSANDS}|[A-Za-z0-9]++(?:['.&][A-Za-z0-9]++)*+")
_GROUPED = re.compile(_THOUSANDS)
_RUN = re.compile(rf"[{_UNSPACED}]+")
PAUSES = frozenset(".!?:;…。！？：；|")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_POSSESSIVE = re.compile(r"['’][sS]$")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|dell|nell|all|sull|dall|un)['’](?=\w)", re.IGNORECASE)
_WRITTEN_OUT = re.compile(r"(?<![aeoq])([aou])e")  # umlauts in German addresses: kuerzungen
_SLUG_END = re.compile(r"\.\w{2,6}$")
_SLUG_WORD = re.compile(r"[-_+]+")

COMPOUNDING = frozenset(("de", "nl", "sv", "da", "nb", "no", "nn", "fi", "hu"))  # write compounds as one word
MOST_SPELLINGS = (
    400_000  # a Reader begins anew beyond, for memory; a language has some 100,000 in a month of news
)
LEAST_COMPOUND, LEAST_PART = 9, 4  # letters
JOINTS = ("", "s", "n", "en", "es", "e")  # letters between the parts

# What a token is, as bits of ``Words.flags``.
STOP, PAUSE, NUMBER, CAPITAL, TITLE, INITIAL, CASED = 1, 2, 4, 8, 16, 32, 64
TERM_FIELDS = np.dtype([("hash", "<u8"), ("start", "<u8"), ("end", "<u8"), ("zipf", "<f4")])


@dataclass(frozen=True, slots=True)
class Words:
    """The tokens of some entries, concatenated; those of entry ``i`` are ``offset[i]:offset[i + 1]``."""

    offset: NDArray[np.int64]
    term: NDArray[np.int32]  # rows of ``terms``
    flags: NDArray[np.uint8]
    terms: NDArray[
        Any
    ]  # TERM_FIELDS: a term's hash, the hashes of its first and last letters, its Zipf value
    language: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.language)

    @property
    def entry(self) -> NDArray[np.int64]:
        """The entry that each token belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offset))

    def entry_of(self, tokens: slice) -> NDArray[np.int64]:
        """The entries that some tokens belong to, which begin and end with an entry."""
        first, last = np.searchsorted(self.offset, [tokens.start, tokens.stop])
        return np.repeat(np.arange(first, last), np.diff(self.offset[first : last + 1]))

    def part(self, which: NDArray[np.int64]) -> Words:
        """The words of some of the entries, in the order given, with only their terms."""
        length = np.diff(self.offset)[which]
        offset = np.concatenate([[0], np.cumsum(length)])
        token = np.repeat(self.offset[:-1][which] - offset[:-1], length) + np.arange(offset[-1])
        used, term = np.unique(self.term[token], return_inverse=True)
        language = tuple(self.language[i] for i in which.tolist())
        return Words(offset, term.astype(np.int32), self.flags[token], self.terms[used], language)


def joined(parts: Sequence[Words]) -> Words:
    """The entries of all parts, one part after the other."""
    terms, where = distinct(np.concatenate([part.terms for part in parts]))
    begins = np.cumsum([0, *(len(part.terms) for part in parts)])
    tokens = np.cumsum([0, *(len(part.term) for part in parts)])
    return Words(
        np.concatenate([[0], *(part.offset[1:] + at for part, at in zip(parts, tokens[:-1], strict=True))]),
        np.concatenate([where[begin + part.term] for part, begin in zip(parts, begins[:-1], strict=True)]),
        np.concatenate([part.flags for part in parts]),
        terms,
        tuple(chain.from_iterable(part.language for part in parts)),
    )


def fold(word: str) -> str:
    """``word`` in lower case, in compatibility form, in simplified characters and, where they are ornament, without accents."""
    if word.isascii():
        return word.lower()
    word = unicodedata.normalize("NFKC", word).casefold()
    if word[:1] > "\u04ff":  # vowel signs carry meaning in other scripts
        return word.translate(simplified())
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


@lru_cache(maxsize=1)
def simplified() -> dict[int, int]:
    """What the traditional characters of Taipei and Hong Kong became in Peking and Singapore, by code points."""
    lines = resources.files("digest.group").joinpath("simplified.txt").read_bytes().decode().splitlines()
    characters = [line for line in lines if not line.startswith("#")]
    return str.maketrans("".join(characters[::2]), "".join(characters[1::2]))


def term_hash(term: str) -> int:
    """A term's number, the same on every machine and every day."""
    data = term.encode("utf-8", "replace")
    return crc32(data) << 32 | adler32(data)


def numbers_of(names: Iterable[str]) -> NDArray[np.int64]:
    """The numbers of some names, to be compared with each other."""
    return np.array([term_hash(name) for name in names], dtype=np.uint64).view(np.int64)


class Hashes(dict[str, int]):
    """The numbers of letters that many words begin or end with, computed once."""

    def __missing__(self, letters: str) -> int:
        found = self[letters] = term_hash(letters)
        return found


class Lexicon(dict[str, int]):
    """Spelling -> number in one language, given when first met, so that reading an entry is one pass in C."""

    def __init__(self, language: str, ends: Hashes, spellings: list[str], owners: list[Lexicon]) -> None:
        """``spellings`` are those of all languages, in the order of their numbers; ``owners`` say whose."""
        super().__init__()
        self._spellings, self._owners = spellings, owners
        self.language = language
        self._stop = stop_words(language)
        self._stem = stemmer(language)
        self._zipf = zipf_values(language)
        self._ends = ends
        self.compounds = language in COMPOUNDING
        self._parts: dict[str, tuple[str, ...]] = {}

    def __missing__(self, spelling: str) -> int:
        number = self[spelling] = len(self._spellings)
        self._spellings.append(spelling)
        self._owners.append(self)
        return number

    def parts(self, spellings: list[str]) -> list[str]:
        """The words that the compounds among some spellings are made of, after a pause; none when there are none."""
        found: list[str] = []
        for spelling in spellings:
            if spelling not in self._parts:
                self._parts[spelling] = compound_parts(fold(spelling), self.language)
            found += self._parts[spelling]
        return ["|", *found] if found else []

    def look(self, spelling: str) -> tuple[int, int, int, float, int]:
        """The TERM_FIELDS and the flags of one spelling."""
        if spelling[0] in PAUSES:
            return 0, 0, 0, 9.0, PAUSE
        word = fold_spelling(spelling)
        if self.language == "de" and word not in self._zipf:
            word = _WRITTEN_OUT.sub(r"\1", word)
        capital = CAPITAL if spelling[0].isupper() else 0
        if word in self._stop or not word:
            return term_hash(word), 0, 0, 9.0, STOP | capital
        if word[0].isdigit():
            return term_hash(word), 0, 0, zipf(word, self.language), NUMBER
        term = self._stem(word) if self._stem else word
        start, end = self._ends["^" + word[:5]], self._ends[word[-5:] + "$"]
        return term_hash(term), start, end, self._zipf.get(word, UNKNOWN), capital


class Reader:
    """Reads entries; what it has learnt of a spelling serves the entries read after."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._lexicons: dict[str, Lexicon] = {}
        self._ends = Hashes()
        self._spellings: list[str] = []
        self._owners: list[Lexicon] = []
        self._terms = np.zeros(0, TERM_FIELDS)  # of the spellings looked at
        self._kinds = np.zeros(0, np.uint8)

    def read(self, entries: Sequence[Entry]) -> Words:
        """The tokens of ``entries``, title first."""
        if len(self._spellings) > MOST_SPELLINGS:
            self._forget()
        numbers: list[int] = []
        lengths: list[int] = []  # of a title, of its body, of the next title, …
        languages: list[str] = []
        for entry in entries:
            title, body = texts(entry)
            language = primary(entry.language) or guess(f"{title} {body}")
            lexicon = self._lexicons.get(language) or self._lexicon(language)
            for text in (title, body):
                tokens = split(text)
                if lexicon.compounds:
                    tokens += lexicon.parts(tokens)
                numbers += map(lexicon.__getitem__, tokens)
                lengths.append(len(tokens))
            languages.append(language)
        return self._words(np.array(numbers, np.int64), np.array(lengths, np.int64), tuple(languages))

    def _lexicon(self, language: str) -> Lexicon:
        return self._lexicons.setdefault(
            language, Lexicon(language, self._ends, self._spellings, self._owners)
        )

    def _words(
        self, spelling: NDArray[np.int64], lengths: NDArray[np.int64], languages: tuple[str, ...]
    ) -> Words:
        """The tokens whose spellings are numbered, so many in each entry's title and in its body."""
        self._look()
        used = np.zeros(len(self._spellings), dtype=bool)
        used[spelling] = True
        unique, where = distinct(self._terms[used])
        term = where[np.cumsum(used)[spelling] - 1]
        offset = np.concatenate([[0], np.cumsum(lengths)[1::2]])
        field = np.tile(np.array([TITLE, 0], dtype=np.uint8), len(languages)).repeat(lengths)
        text = np.arange(len(lengths)).repeat(lengths)
        flags = _in_context(self._kinds[spelling] | field, text)
        return Words(offset, term, flags, unique, languages)

    def _look(self) -> None:
        """Look at the spellings that are new."""
        first = len(self._kinds)
        found: tuple[list[Any], ...] = (
            [],
            [],
            [],
            [],
            [],
        )  # columns: a tuple a spelling would keep the collector busy
        terms, starts, ends, values, kinds = (column.append for column in found)
        for lexicon, spelling in zip(self._owners[first:], self._spellings[first:], strict=True):
            term, start, end, value, kind = lexicon.look(spelling)
            terms(term)
            starts(start)
            ends(end)
            values(value)
            kinds(kind)
        looked = np.empty(len(found[0]), TERM_FIELDS)
        for name, column in zip(("hash", "start", "end", "zipf"), found, strict=False):
            looked[name] = np.array(column, dtype=TERM_FIELDS[name])
        self._terms = np.concatenate([self._terms, looked])
        self._kinds = np.concatenate([self._kinds, np.array(found[-1], dtype=np.uint8)])


def fold_spelling(spelling: str) -> str:
    """A spelling without elided article, possessive ending, capitals, accents and marks between thousands."""
    if spelling[0].isdigit() and _GROUPED.fullmatch(spelling):
        return "".join(filter(str.isdigit, spelling))
    if "'" not in spelling and "’" not in spelling:
        return spelling.lower() if spelling.isascii() else fold(spelling)
    return fold(_ELISION.sub("", _POSSESSIVE.sub("", spelling)))


def compound_parts(word: str, language: str) -> tuple[str, ...]:
    """The two words of a folded compound that is not itself common: "grossbrand" is "gross" and "brand"."""
    if len(word) < LEAST_COMPOUND or language not in COMPOUNDING:
        return ()
    common = zipf_values(language)
    if word in common:
        return ()
    best: tuple[float, tuple[str, ...]] = (0.0, ())
    for at in range(LEAST_PART, len(word) - LEAST_PART + 1):
        if word[at:] in common:
            for joint in JOINTS:
                head = word[: at - len(joint)]
                if word[:at].endswith(joint) and len(head) >= LEAST_PART and head in common:
                    score = min(common[head], common[word[at:]]) - 0.3 * bool(joint)
                    best = max(best, (score, (head, word[at:])))
    return best[1]


def texts(entry: Entry) -> tuple[str, str]:
    """What is compared of an entry: its headline, and the beginning of what it says below with its URL's words."""
    body = (entry.standfirst or entry.text)[:BODY_CHARACTERS]
    if "http" in body or "www." in body:
        body = _LINK.sub(" ", body)
    return entry.title[:TITLE_CHARACTERS], f"{body} . {slug(entry.url)}"


def slug(url: str) -> str:
    """The words in the last parts of a URL's path, "" when there are fewer than three.

    Many papers change a headline and keep the slug of the first one, which names the event more plainly.
    """
    path = url[:600].partition("?")[0].partition("#")[0].split("//", 1)[-1]
    best: list[str] = []
    for part in path.split("/")[1:][-3:]:
        if "-" not in part and "_" not in part and "+" not in part and "%" not in part:
            continue
        words = [w for w in _SLUG_WORD.split(_SLUG_END.sub("", unquote(part))) if w.isalpha() and len(w) < 20]
        if len(words) >= 3 and len(words) > len(best):
            best = words
    return " ".join(best)


def split(text: str) -> list[str]:
    """The tokens of a text: words, numbers, pairs of characters and pauses."""
    if text.isascii():
        return _ASCII_TOKEN.findall(text)
    return _TOKEN.findall(_RUN.sub(_pieces, text))


def _pieces(run: re.Match[str]) -> str:
    """Overlapping pieces of a run without spaces: pairs of Chinese characters, four letters of an alphabet."""
    text = run.group()
    length = 4 if text[0] < "\u3040" else 2
    return f" {' '.join(text[i : i + length] for i in range(max(1, len(text) - length + 1)))} "


def read(entries: Sequence[Entry]) -> Words:
    """The tokens of ``entries``, title first."""
    return Reader().read(entries)


def distinct(terms: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Each term once, by hash, as common as its commonest spelling; and where each of ``terms`` went."""
    order = np.lexsort((terms["end"], terms["start"], -terms["zipf"], terms["hash"]))
    _, first, inverse = np.unique(terms["hash"][order], return_index=True, return_inverse=True)
    where = np.empty(len(terms), dtype=np.int32)
    where[order] = inverse
    return terms[order][first], where


def _in_context(flags: NDArray[np.uint8], text: NDArray[np.int64]) -> NDArray[np.uint8]:
    """``flags`` with what only the sentence tells: its first words, and whether capitals mean anything.

    ``text`` numbers the text each token stands in; most capitals mean nothing in a Headline Like This.
    """
    if not len(flags):
        return flags
    pause = (flags & PAUSE) > 0
    first = np.concatenate([[True], pause[:-1] | (text[1:] != text[:-1])])
    inside = ((flags & (STOP | PAUSE | NUMBER)) == 0) & ~first
    capitals = np.bincount(text, weights=inside & ((flags & CAPITAL) > 0))
    cased = capitals < 0.6 * np.bincount(text, weights=inside)
    return (
        flags
        | np.where(first, np.uint8(INITIAL), np.uint8(0))
        | np.where(cased[text], np.uint8(CASED), np.uint8(0))
    )
