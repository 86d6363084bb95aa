"""Where papers are at home, and which countries a report names: as far as addresses and names tell.

The names are those of the Unicode CLDR, in the language of the report.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from digest.compose.words import UNSPACED, bare
from digest.model import Entry

# A paper -> its country, ISO 3166-1 alpha-2; papers whose country is not known are absent.
Homes = Mapping[str, str]

# Two letters that are sold to everybody, whatever country they are of.
_FOR_ALL = frozenset(("ac", "ai", "am", "cc", "cd", "co", "dj", "eu", "fm", "gg", "io", "la", "ly", "me", "ms", "nu", "sh", "st", "to", "tv", "ws"))  # fmt: skip
_SPELT_OTHERWISE = {"uk": "GB"}
_NO_COUNTRIES = frozenset(("AC", "CP", "DG", "EA", "EZ", "IC", "QO", "TA", "XA", "XB", "ZZ"))
_SHORT = {"US": "US", "USA": "US", "UK": "GB", "EU": "EU", "UE": "EU", "UN": "UN", "ONU": "UN"}
# What papers call countries beside their names in the CLDR.
_ALSO = {
    "america": "US",
    "amerika": "US",
    "britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "congo": "CD",
    "turkey": "TR",
    "grossbritannien": "GB",
    "grande bretagne": "GB",
    "gran bretana": "GB",
    "gran bretagna": "GB",
    "gra bretanha": "GB",
    "groot brittannie": "GB",
    "hong kong": "HK",
    "hongkong": "HK",
}
_ADJECTIVES = ("n", "i", "an", "is", "ian", "ese", "ish")  # Nigerian is of Nigeria, not of Niger
_LEAST = 4  # letters of a name that an adjective may be made of
_READ = 2_000  # characters; a 10 MB headline names no more countries than its beginning
_TOKEN = re.compile(r"[^\W\d_]+")
_LONG_NAME = re.compile(r" SAR | \(")  # Hong Kong SAR China, Myanmar (Burma)
_TWO_NAMES = re.compile(r"(.+) \((.+)\)")  # Myanmar (Burma); not Cocos (Keeling) Islands


def homes(entries: Iterable[Entry]) -> Homes:
    """The country of each paper: the one that all its addresses with a country have."""
    hosts = {(entry.paper, entry.url.partition("//")[2].partition("/")[0]) for entry in entries}
    found: dict[str, set[str]] = {}
    for paper, host in hosts:
        if country := country_of(f"//{host}"):
            found.setdefault(paper, set()).add(country)
    return {paper: min(countries) for paper, countries in found.items() if len(countries) == 1}


def country_of(url: str) -> str:
    """The country whose letters end the host of an address, "" where they say nothing."""
    try:
        last = (urlsplit(url).hostname or "").rpartition(".")[2]
    except ValueError:  # "http://[::1"
        return ""
    if len(last) != 2 or not last.isalpha() or last in _FOR_ALL:
        return ""
    return _SPELT_OTHERWISE.get(last, last.upper())


def abroad(papers: Homes) -> float:
    """The share of the pairs of papers that are of two countries: 0 for the papers of one country."""
    pairs = math.comb(len(papers), 2)
    at_home = sum(math.comb(count, 2) for count in Counter(papers.values()).values())
    return 1 - at_home / pairs if pairs else 0.0


def called(country: str) -> str:
    """The English name of a country by its code."""
    from babel import Locale

    name: str = Locale.parse("en").territories.get(country, country)
    return _LONG_NAME.split(name)[0]


@lru_cache(maxsize=65_536)  # the desk composes the same entries after every decision
def named(text: str, language: str) -> frozenset[str]:
    """The countries, and the union of some and of all, that a text in a language names."""
    names, text = _names(language.replace("-", "_")), text[:_READ]
    if UNSPACED.search(text):
        return frozenset(code for name, code in names.items() if UNSPACED.match(name) and name in text)
    shouted = text.isupper()
    spellings = _TOKEN.findall(text.replace("U.S.", "US").replace("U.K.", "UK").replace("U.N.", "UN"))
    words = [bare(spelling) for spelling in spellings]
    found = set()
    for at, spelling in enumerate(spellings):
        if spelling in _SHORT and not shouted:
            found.add(_SHORT[spelling])
        elif spelling[0].isupper():
            found.add(
                next((code for n in (3, 2, 1) if (code := names.get(" ".join(words[at : at + n])))), "")
            )
            found.add(_of_adjective(words[at], names))
    return frozenset(found - {""})


def _of_adjective(word: str, names: Mapping[str, str]) -> str:
    """The country that an English adjective is made of: "brazilian" is of "brazil"; "chinese" is of none."""
    stems = (word.removesuffix(ending) for ending in _ADJECTIVES)
    return next((names[stem] for stem in stems if len(stem) >= _LEAST and stem in names), "")


@lru_cache(maxsize=32)
def _names(language: str) -> Mapping[str, str]:
    """The bare names of countries in a language with their codes; the English ones where nobody knows the language."""
    names = dict(_ALSO)
    for code, name in _locale(language).territories.items():
        if len(code) == 2 and code not in _NO_COUNTRIES:
            two = _TWO_NAMES.fullmatch(name)
            names |= {bare(one): code for one in (two.groups() if two else (name,))}
    return names


def _locale(language: str) -> Any:
    """What the CLDR knows of a language: of "zh_Hant_TW", else of "zh_Hant", else of English."""
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.rpartition("_")[0]):
        with suppress(UnknownLocaleError, ValueError):
            return Locale.parse(tag)
    return Locale.parse("en")
