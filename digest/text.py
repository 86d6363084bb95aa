"""Plain-text helpers for every stage: cleaning, folding, sentences, words, cutting.

All of them are pure, take Unicode and return Unicode; none of them knows markup.
"""

from __future__ import annotations

import math
import re
import unicodedata

# Characters that are not text: they hide words, turn lines round or break a header. Tab, line ends and the
# Unicode separators are white space and handled as such; ZWNJ and ZWJ have their own rule below.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # C0 and C1 controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, blank letters
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidi marks, embeddings, overrides, isolates
    "\u3164\uffa0\ufe00-\ufe0d\ufeff\ufff0-\ufffc\ufffe\uffff"  # fillers, selectors, BOM, annotations
    "\U00013430-\U00013438\U0001bca0-\U0001bca3"  # controls of hieroglyphs and of shorthand
    "\ud800-\udfff\ue000-\uf8ff"  # lone surrogates, private use
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"  # tags, selectors, private use
    "]"
)
# Printable for Python yet invisible or blank for a reader.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\ufe00-\ufe0d\ufffc]")
# ZWNJ and ZWJ shape Persian, Urdu, Kurdish, the Indic scripts and composed emoji; elsewhere they only hide.
_STRAY_JOINER = re.compile(
    "(?<![\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\ufe0f\U0001f000-\U0001faff\u2600-\u27bf])"
    "[\u200c\u200d]+|[\u200c\u200d]+(?![\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff"
    "\u2600-\u27bf\U0001f000-\U0001faff])"
)
# Marks above and below a letter, which pile up into the lines around it: no language writes more than a few of these
# on one letter (three in Latin, Greek and Cyrillic; five in pointed Hebrew, Arabic, Thai and Tibetan).
_LATIN_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u2de0-\u2dff\ua66f-\ua672\ua674-\ua67d\ufe20-\ufe2f"
_OTHER_MARKS = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u08d3-\u08e1\u08e3-\u0902\u093c\u0941-\u0948\u094d\u0951-\u0957\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f7e\u0f80-\u0f84\u0f8d-\u0fbc\u102d-\u1030\u1032-\u1037\u1039\u103a"
    "\u17b7-\u17bd\u17c6\u17c9-\u17d3\ufe0e\ufe0f"
)
_SUSPECT = re.compile(
    f"[{_LATIN_MARKS}{_OTHER_MARKS}\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0d\ufffc]"
)  # what _INVISIBLE and the patterns of piles look for, in one pass
_ASCII_CONTROLS = dict.fromkeys([*range(0x09), *range(0x0E, 0x1C), 0x7F])
_PILED_MARKS = re.compile(f"([{_LATIN_MARKS}]{{3}})[{_LATIN_MARKS}]+")
_TOWERS = re.compile(f"([{_OTHER_MARKS}{_LATIN_MARKS}]{{5}})[{_OTHER_MARKS}{_LATIN_MARKS}]+")
# What drives a terminal, turns a line of a log round or breaks it, and halves of surrogate pairs, which nobody can print.
_DRIVING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]+"
)
_NOT_WORD = re.compile(r"[\W_]+")
_ASCII_NOT_WORD = {code: " " for code in range(0x80) if not chr(code).isalnum()}
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")

# Looked for where a row of marks begins alone: tried again at each of them, a row of 40,000 took 13 seconds.
_END = re.compile(
    r"((?<![.!?…])[.!?…]+[\"'”’»«)\]]*)(\s+)(?=[\"'“‘«»(\[¿¡-]*(?:\w|$))|([。！？｡]+[」』”’）]*)|((?<![؟۔।])[؟۔।]+)\s+"
)
# Words that end in a full stop and rarely end a sentence: en, de, then fr, es, it, pt, nl, pl.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr st prof rev hon gen col lt sgt capt cmdr gov sen rep pres supt jr sr vs ltd corp bros
    jan feb mar apr jun jul aug sep sept oct nov dec mt ft approx dept
    bzw ca evtl ggf inkl nr hr fr hl mio mrd str tel usw vgl zzgl dipl ing
    mme mlle env sra srta dra dña lic pág núm dott avv ecc exmo mevr dhr drs bijv tzw np
    """.split()  # noqa: SIM905 - a list of words reads better than 90 quoted strings
)


def clean(text: str) -> str:
    """One line of clean text: no control, bidi, zero-width or private characters, single spaces, NFC."""
    return " ".join(_strip(text).split())


def clean_paragraphs(text: str) -> str:
    """Clean text whose paragraphs are separated by one blank line; single line ends become spaces."""
    paragraphs: list[list[str]] = [[]]
    for line in _strip(text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n\n")).split("\n"):
        if words := line.split():
            paragraphs[-1] += words
        elif paragraphs[-1]:
            paragraphs.append([])
    return "\n\n".join(" ".join(words) for words in paragraphs if words)


def _strip(text: str) -> str:
    """The text without what is none. Most texts of news need nothing done, and that is found out at C speed."""
    plain = text.replace("\n", " ")
    if text.isascii():
        return text if plain.isprintable() else text.translate(_ASCII_CONTROLS)
    for space in "\xa0\u202f\u2009":
        plain = plain.replace(space, " ")
    if not plain.isprintable():
        text = _UNWANTED.sub("", text)
        if "\u200c" in text or "\u200d" in text:
            text = _STRAY_JOINER.sub("", text)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if not _SUSPECT.search(text):
        return text
    return _TOWERS.sub(r"\1", _PILED_MARKS.sub(r"\1", _INVISIBLE.sub("", text)))


def tame(text: str) -> str:
    """Anybody's words for a terminal or a log: they move no cursor, turn no line round; tabs and line ends stay."""
    return text if text.isprintable() else _DRIVING.sub(" ", text)


def spelt(json: str) -> str:
    """JSON with the same characters as escapes: it drives no terminal either, and says the same."""
    return json if json.isprintable() else _DRIVING.sub(_escaped, json)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in found[0])


def is_seen(text: str) -> bool:
    """Whether a reader sees anything of a text: not marks without a letter, selectors, or Braille's empty cell alone."""
    return any(c != "\u2800" and unicodedata.category(c)[0] not in "CMZ" for c in text)


def fold(text: str) -> str:
    """The words of a text alone, for comparing: NFKC, case folded, every other character a space."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_NOT_WORD).split())
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of clean text, each with its end mark; abbreviations, initials and ordinals do not end one."""
    found, start = [], 0
    for end in _END.finditer(text):
        if end[1] and not _ends_sentence(text, start, end):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return tuple(filter(None, found))


def _ends_sentence(text: str, start: int, end: re.Match[str]) -> bool:
    if "\n" in end[2]:
        return True
    following = text[end.end() : end.end() + 2].lstrip("\"'“‘«»([¿¡-")[:1]
    if end[1] != "." or following.islower():
        # "Yahoo! said" and "… he said" go on; "…" and "?!" before a capital end.
        return not following.islower()
    word = text[max(start, end.start() - 20) : end.start()].rpartition(" ")[2].lstrip("(\"'“‘«[")
    if word.isdigit() and len(word) <= 2:  # "am 3. Mai", "on page 4. The": ordinals are the commoner
        return False
    if len(word) == 1 and word.isalpha() and word != "I":  # J. K. Rowling
        return False
    return not (word.casefold() in _ABBREVIATIONS or "." in word.strip("."))  # U.S. officials, z.B. Paris


def first_sentence(text: str) -> str:
    """The first sentence of clean text, "" for none."""
    return next(iter(sentences(text)), "")


def word_count(text: str) -> int:
    """Words to read. Scripts written without spaces count two characters a word."""
    if text.isascii() or not (dense := len(_CJK.findall(text))):
        return len(text.split())
    return len(_CJK.sub(" ", text).split()) + math.ceil(dense / 2)


def truncate(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut between words and ended with "…" when anything is left out."""
    if len(text) <= limit:
        return text
    kept = text[: max(limit - 1, 0)]
    if not text[len(kept)].isspace():
        head, space, _ = kept.rpartition(" ")
        # One endless word, or a script without spaces: cut anywhere rather than leave nothing.
        kept = head if space and len(head) >= limit // 2 else kept
    return kept.rstrip(" .,;:!?–—-…(\"'“‘«") + "…"
