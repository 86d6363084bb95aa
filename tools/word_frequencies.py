"""Writes digest/group/frequencies/LANGUAGE.txt.gz: the commonest words of a language, by how common they are.

The figures come from the package wordfreq 3.1.1 (Robyn Speer; data CC BY-SA 4.0), which is needed here only:
`pip install wordfreq==3.1.1 && python tools/word_frequencies.py`. Each line of a file is a Zipf value
(log10 of occurrences in 10^9 words, one decimal) and the folded words that have it.
"""

from __future__ import annotations

import gzip
from pathlib import Path

LANGUAGES = "cs da de en es fi fr hu id it nb nl pl pt ro ru sv tr uk".split()  # noqa: SIM905
WORDS = 10_000
FOLDER = Path(__file__).parent.parent / "digest" / "group" / "frequencies"


def table(language: str) -> dict[float, list[str]]:
    """Zipf value -> folded words, for the ``WORDS`` commonest words without digits."""
    import wordfreq

    from digest.group.words import fold

    best: dict[str, float] = {}
    for word in wordfreq.top_n_list(language, WORDS * 2):
        folded = fold(word)
        if folded not in best and folded.isalpha():
            best[folded] = round(wordfreq.zipf_frequency(word, language), 1)
        if len(best) == WORDS:
            break
    by_value: dict[float, list[str]] = {}
    for word, value in best.items():
        by_value.setdefault(value, []).append(word)
    return by_value


def main() -> None:
    """Write the table of each language, and print how large it is."""
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        rows = [f"{value} {' '.join(sorted(words))}\n" for value, words in sorted(table(language).items())]
        data = gzip.compress("".join(reversed(rows)).encode(), 9, mtime=0)
        (FOLDER / f"{language}.txt.gz").write_bytes(data)
        print(language, len(data), "bytes")


if __name__ == "__main__":
    main()
