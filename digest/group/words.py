"""Entries turned into numbers: every token's hash, where it stands and what it is, in reading order.

Words are folded, stop words marked and the rest stemmed by the language of the entry. Scripts that put no
spaces between words (Han, Kana, Thai, Lao, Khmer, Burmese) give overlapping pairs of characters instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from digest.group.languages import guess, primary, stemmer, stop_words
from digest.model import Entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

TITLE_CHARACTERS = 300  # a 10 MB title says no more than its beginning
BODY_CHARACTERS = 500
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(r"[.!?:;…。！？：；|]|[^\W_]+(?:['’.&][^\W_]+)*")
_RUN = re.compile(rf"[{_UNSPACED}]+")
_POSSESSIVE = re.compile(r"['’][sS]$")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|dell|nell|all|sull|dall|un)['’](?=\w)", re.IGNORECASE)

# What a token is, as bits of ``Words.flags``.
STOP, PAUSE, NUMBER, CAPITAL, TITLE, INITIAL, CASED = 1, 2, 4, 8, 16, 32, 64


def fold(word: str) -> str:
    """``word`` in lower case, in compatibility form and, where they are ornament, without accents."""
    if word.isascii():
        return word.lower()
    word = unicodedata.normalize("NFKC", word).casefold()
    if word[0] > "\u04ff":
        return word  # vowel signs carry meaning in other scripts
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


class _Lexicon(dict[str, int]):
    """Spellings of one language, numbered when first met, so that reading an entry is one pass in C."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.spellings: list[str] = []
        self._stop = stop_words(language)
        self._stem = stemmer(language)

    def __missing__(self, spelling: str) -> int:
        number = self[spelling] = len(self.spellings)
        self.spellings.append(spelling)
        return number

    def columns(self) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
        """The hash and the flags of every spelling."""
        looked = [self._look(spelling) for spelling in self.spellings]
        hashes = np.array([h for h, _ in looked], dtype=np.uint64)
        return hashes, np.array([f for _, f in looked], dtype=np.uint8)

    def _look(self, spelling: str) -> tuple[int, int]:
        if not spelling[0].isalnum():
            return 0, PAUSE
        word = fold(_ELISION.sub("", _POSSESSIVE.sub("", spelling)))
        if word in self._stop or not word:
            return term_hash(word), STOP | (CAPITAL if spelling[0].isupper() else 0)
        if word[0].isdigit():
            return term_hash(word), NUMBER
        stem = self._stem(word) if self._stem else word
        return term_hash(stem), CAPITAL if spelling[0].isupper() else 0


def term_hash(term: str) -> int:
    """A term's number, the same on every machine and every day."""
    return int.from_bytes(blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class Words:
    """The tokens of a batch of entries, concatenated; those of entry ``i`` are ``start[i]:start[i + 1]``."""

    start: NDArray[np.int64]
    term: NDArray[np.uint64]
    flags: NDArray[np.uint8]
    language: tuple[str, ...]


def read(entries: Sequence[Entry]) -> Words:
    """The tokens of ``entries``, title first."""
    lexicons: dict[str, _Lexicon] = {}
    languages, pieces, lexicon_of = [], [], []
    for entry in entries:
        title, body = texts(entry)
        language = primary(entry.language) or guess(f"{title} {body}")
        lexicon = lexicons.get(language)
        if lexicon is None:
            lexicon = lexicons[language] = _Lexicon(language)
        languages.append(language)
        lexicon_of.append(lexicon)
        pieces.append((_numbers(title, lexicon), _numbers(body, lexicon)))
    columns = {id(lexicon): lexicon.columns() for lexicon in lexicons.values()}
    terms, flags, lengths = [], [], []
    for (title_numbers, body_numbers), lexicon in zip(pieces, lexicon_of, strict=True):
        hashes, kinds = columns[id(lexicon)]
        for numbers, bit in ((title_numbers, TITLE), (body_numbers, 0)):
            terms.append(hashes[numbers])
            flags.append(_in_context(kinds[numbers], bit))
        lengths.append(len(title_numbers) + len(body_numbers))
    start = np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int64))])
    return Words(start, _joined(terms, np.uint64), _joined(flags, np.uint8), tuple(languages))


def texts(entry: Entry) -> tuple[str, str]:
    """What is compared of an entry: its headline and the beginning of what it says below."""
    return entry.title[:TITLE_CHARACTERS], (entry.standfirst or entry.text)[:BODY_CHARACTERS]


def _numbers(text: str, lexicon: _Lexicon) -> NDArray[np.int64]:
    if not text.isascii():
        text = _RUN.sub(_pairs, text)
    return np.fromiter(map(lexicon.__getitem__, _TOKEN.findall(text)), dtype=np.int64)


def _pairs(run: re.Match[str]) -> str:
    text = run.group()
    return f" {' '.join(text[i : i + 2] for i in range(max(1, len(text) - 1)))} "


def _in_context(kinds: NDArray[np.uint8], bit: int) -> NDArray[np.uint8]:
    """``kinds`` with what only the sentence tells: its first words, and whether capitals mean anything."""
    if not len(kinds):
        return kinds
    pause = (kinds & PAUSE) > 0
    first = np.concatenate([[True], pause[:-1]])
    plain = (kinds & (STOP | PAUSE | NUMBER)) == 0
    capital = (kinds & CAPITAL) > 0
    inside = plain & ~first
    cased = bool(inside.any()) and float(capital[inside].mean()) < 0.6
    return (
        kinds | np.uint8(bit) | np.where(first, INITIAL, 0).astype(np.uint8) | np.uint8(CASED if cased else 0)
    )


def _joined(parts: list[Any], dtype: Any) -> Any:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)
