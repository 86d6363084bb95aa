"""How common a language's words are, from the word lists in this folder (see LICENSE.md)."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib import resources

UNKNOWN = 3.2  # Zipf value of a word that is not among a language's 10,000 commonest


@lru_cache(maxsize=64)
def zipf_values(language: str) -> dict[str, float]:
    """Folded word -> Zipf value for a primary subtag, empty where we have no list."""
    file = resources.files(__package__).joinpath(f"{'nb' if language in ('no', 'nn') else language}.txt.gz")
    if not language.isalpha() or not file.is_file():
        return {}
    values: dict[str, float] = {}
    for line in gzip.decompress(file.read_bytes()).decode().splitlines():
        value, *words = line.split()
        values.update(dict.fromkeys(words, float(value)))
    return values


def zipf(word: str, language: str) -> float:
    """How common a folded word is: log10 of its occurrences in 10^9 words."""
    if word.isdigit():
        if len(word) == 4 and word[:2] in ("19", "20"):
            return 4.8  # a year
        return {1: 5.5, 2: 5.0}.get(len(word), 3.5)
    return zipf_values(language).get(word, UNKNOWN)
