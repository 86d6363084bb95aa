"""Words for comparing: terms without marks, word-boundary matches, names, numbers and calendar words.

Everything here works on clean text in any language. ``terms`` and ``bare`` remember their last results,
because the desk composes the same entries again after every decision.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from digest.text import fold

_REMEMBERED = 65_536
# Scripts written without spaces between words: Thai, Lao, Khmer, kana, ideographs.
UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_TOKEN = re.compile(r"[^\W\d_][\w'’]*")
_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")
_GROUPS = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))")
_CLOCK = re.compile(
    r"\b\d{1,2}(?::\d\d|h\d\d|\.\d\d (?:Uhr|uur))\b|\b\d{1,2} ?(?:[ap]\.?m\b|Uhr\b)", re.IGNORECASE
)
_AGO = re.compile(
    r"\b(?:il y a |vor |hace |há )?\d+ (?:h|hrs?|hours?|min|mins|minutes?|heures?|Stunden?|Minuten?|horas?|"
    r"minutos?|ore|minuti|uur|minuten)\b(?: ago| geleden| fa| atrás)?"
)

# Months and weekdays by their first letters, en fr de es it pt nl pl: re-dating a story is not news.
_CALENDAR = frozenset(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    today tomorrow yesterday tonight
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    lundi mardi mercredi jeudi vendredi samedi dimanche aujourd hier demain
    januar februar marz juni juli oktober dezember
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute gestern morgen
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    lunes martes miercoles jueves viernes sabado domingo hoy ayer
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
    lunedi martedi mercoledi giovedi venerdi sabato domenica oggi ieri
    janeiro fevereiro marco maio junho julho setembro outubro novembro dezembro
    segunda terca quarta quinta sexta hoje ontem
    januari februari maart mei augustus
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag gisteren
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia
    poniedzialek wtorek sroda czwartek piatek sobota niedziela dzis wczoraj
    """.split()  # noqa: SIM905 - a list of words reads better than 150 quoted strings
)
# Words that are a number in one language and something else in another: articles, "once", "due", "sept.".
_AMBIGUOUS = frozenset("one un eins uno um een once due sei sept neuf elf".split())  # noqa: SIM905
# Written-out numbers: "two dead" becoming "2 dead" is not news.
_SPELT = {
    word: str(number)
    for row in (
        "one two three four five six seven eight nine ten eleven twelve",
        "un deux trois quatre cinq six sept huit neuf dix onze douze",
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "uno due tre quattro cinque sei sette otto nove dieci undici dodici",
        "um dois três quatro cinco seis sete oito nove dez onze doze",
        "een twee drie vier vijf zes zeven acht negen tien elf twaalf",
    )
    for number, word in enumerate(row.split(), 1)
    if word not in _AMBIGUOUS
}
# Grammar alone: words that say nothing of what a text is about, en fr de es it pt nl.
_GRAMMAR = frozenset(
    """
    the and for are was were with from that this has have had his her its their they will who what when where how
    why not but out into over after before about than then them been being more most says said say new can could
    would should your you our all off one two may amid also just like get gets
    les des une dans pour par sur avec est sont qui que aux son ses ces cette plus pas ont ete
    der die das den dem des und ein eine einen einem einer ist sind mit von vom zum zur auf fur nach bei uber aus
    nicht auch sich wird werden hat haben wie was als noch
    los las del una con por para que como mas esta sus tras entre desde sobre
    che con per una del della dei delle nel nella sono dal alla piu
    dos das uma com para por mais como sao nao pelo pela
    het een van voor met zijn niet ook naar aan door over
    """.split()  # noqa: SIM905
)


@lru_cache(maxsize=_REMEMBERED)
def bare(text: str) -> str:
    """Folded words without accents and marks, separated by single spaces: "Élysée : non" -> "elysee non"."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return fold(text)


def mentions(text: str, words: Collection[str]) -> str:
    """The first of ``words`` (or phrases) that stands in ``text`` as a whole word, "" for none.

    Neither case nor accents matter. In scripts without spaces a word may stand anywhere.
    """
    padded = f" {bare(text)} "
    for word in words:
        sought = bare(word)
        if sought and (f" {sought} " in padded or (UNSPACED.search(sought) and sought in padded)):
            return word
    return ""


@lru_cache(maxsize=_REMEMBERED)
def terms(text: str) -> tuple[str, ...]:
    """The distinct words a text is about, in order: no grammar, no single letters, no bare numbers.

    Scripts written without spaces give pairs of characters instead.
    """
    found: dict[str, None] = {}
    for word in bare(text).split():
        if UNSPACED.search(word):
            found |= dict.fromkeys(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        elif len(word) > 2 and word not in _GRAMMAR and not word.isdigit():
            found[word] = None
    return tuple(found)


def same_words(one: str, other: str) -> bool:
    """Whether two texts are equal but for case, accents, punctuation and the order of their words."""
    return sorted(bare(one).split()) == sorted(bare(other).split())


def repeats(text: str, headline: str) -> bool:
    """Whether ``text`` says nothing that the headline does not say already."""
    said = set(bare(headline).split())
    words = bare(text).split()
    return all(word in said for word in words) if len(words) > 2 else bare(text) in bare(headline)


def numbers(text: str) -> tuple[str, ...]:
    """The figures of a text, written-out ones too; dates, years, times of day and "3 hours ago" are left out."""
    text = _AGO.sub(" ", _CLOCK.sub(" ", text))
    found = []
    for match in _NUMBER.finditer(text):
        around = bare(f"{_last_word(text[: match.start()])} {_first_word(text[match.end() :])}").split()
        figure = _GROUPS.sub("", match[0]).replace(",", ".")
        year = figure.isdigit() and 1900 <= int(figure) <= 2100 and len(match[0]) == 4
        if not year and _CALENDAR.isdisjoint(around):
            found.append(figure)
    found += [_SPELT[word] for word in fold(text).split() if word in _SPELT]
    return tuple(dict.fromkeys(found))


def _last_word(text: str) -> str:
    return text[-20:].rstrip().rpartition(" ")[2]


def _first_word(text: str) -> str:
    return re.sub(r"^(?:\s|\.|st\b|nd\b|rd\b|th\b|er\b|º|of\b|de\b)+", "", text[:24]).partition(" ")[0]


def names(sentence: str, *, nouns: bool = False) -> tuple[str, ...]:
    """The capitalised words of a sentence but its first, without weekdays and months.

    ``nouns`` is for languages that capitalise every noun (de, lb): only words that follow or precede another
    capitalised one count. A headline in title case has no names we could tell: nothing.
    """
    words = _TOKEN.findall(sentence)
    upper = [word[:1].isupper() for word in words]
    if len(words) > 3 and sum(upper) > (0.9 if nouns else 0.6) * len(words):
        return ()
    found = []
    for i in range(1, len(words)):
        beside = (i > 1 and upper[i - 1]) or (i + 1 < len(words) and upper[i + 1])
        if upper[i] and (beside or not nouns):
            found += bare(words[i]).split()
    return tuple(w for w in dict.fromkeys(found) if len(w) > 2 and w not in _CALENDAR and w not in _GRAMMAR)


def of_a_place(word: str) -> bool:
    """Whether a bare word looks like an English adjective of a place: "Chinese" is no name that was not there."""
    return word.endswith(("ese", "ian", "ish"))


def stem(word: str) -> str:
    """A rough stem, equal for most forms of a word: its first five letters, or all of a shorter one's but the s."""
    return word[:5] if len(word) > 5 else word.removesuffix("s")


def known(word: str, words: Collection[str]) -> bool:
    """Whether a bare word, or one that differs only by a slip of the pen, is among ``words``."""
    return word in words or bool(difflib.get_close_matches(word, words, n=1, cutoff=0.84))


def is_calendar(word: str) -> bool:
    """Whether a bare word is a month, a weekday or a word like "today"."""
    return word in _CALENDAR
