"""The photographer's or agency's name: split from the caption it hangs on, and bared of "Photo:" and "©"."""

from __future__ import annotations

import functools
import re

from digest.agencies import ANY_IN_CREDITS

LONGEST = 120  # characters of a credit

# "Photo" and its like in the languages of newspapers.
_LABEL = r"""(?:
    photo(?:graph(?:er|y|ie|s)?|s)?\.? | pictures? | images? | credits? | illustration | graphic | composite | handout
    | foto(?:s|grafie|graf|grafin|nachweis|credit|['’]s)? | bild(?:er|nachweis|quelle|rechte)? | quelle | source | grafik
    | cr[ée]dit(?:s|o|os|i)? | fotograf[ií]a | imagen | imagem | divulga[çc][ãa]o | reprodu[çc][ãa]o | immagine
    | beeld | afbeelding | fot\. | zdj[ęe]cie | zdj\. | [źz]r[óo]d[łl]o | kuva | fot[óo] | fotoğraf | zdroj
    | billede | bilde | kredit | фото(?:графия)? | снимка | φωτο(?:γραφ[ίι]α)? | صورة | الصورة | تصوير | 写真 | 撮影
    | 图片来源 | 图 | 图片 | 圖 | 圖片 | 摄影 | 사진
)"""
_BY = r"(?:\s*\b(?:by|par|von|por|door|di|de|da|przez|av|credits?|should\s+read|photos?|cr[ée]dito?s?|courtesy(?:\s+of)?|cortes[ií]a)\b)"
_BY_ALONE = r"(?:\s+(?:credit\s+should\s+read|by|par|von|por|door|przez|courtesy(?:\s+of)?)\b)"

_LABELLED = re.compile(
    rf"{_LABEL}(?:{_BY}*\s*(?:[:：|/]|\s[–-]\s|©)|{_BY_ALONE})\s*(?=\S)", re.IGNORECASE | re.VERBOSE
)
_LABEL_ALONE = re.compile(rf"(?:{_LABEL}{_BY}*|{_BY}+)\s*(?:[:：|/–©-]\s*)*", re.IGNORECASE | re.VERBOSE)
_LABEL_END = re.compile(rf"(?:{_LABEL}{_BY}*|{_BY}+)\s*[:：|/–©-]*\s*$", re.IGNORECASE | re.VERBOSE)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|\bcopyright\b(?:\s*©)?)\s*:?\s*(?:(?:19|20)\d\d\s*,?\s*)?", re.IGNORECASE
)
_FROM_AGENCY = re.compile(
    rf"(?:^|[/|,–-]\s*|\bvia\s+|\bfor\s+){ANY_IN_CREDITS}\s*(?:$|[/|,–-]|\bvia\b)", re.VERBOSE
)  # "X/AFP", "X, AFP", "X via Getty Images", "AP Photo/X"
_TWO_NAMES = re.compile(
    r"[^\W\d_a-z][\w.'’& -]*\s?/\s?(?:(?:for|para|pour|für|via)\s)?[^\W\d_a-z][\w.'’&/ -]*"
)
_FOR_PAPER = re.compile(r"[^\W\d_a-z][\w.'’& -]* (?:for|via) (?:The )?[^\W\d_a-z][\w.'’&/ -]*")

_BRACKETED = re.compile(r"\s*[(\[（]([^()\[\]（）]{2,140})[)\]）]?[\s.]*$")
_SENTENCE = re.compile(r"(?:(?<=[.!?…\"”»)\]])\s+|(?<=。))(?=\S)")
_DASH = re.compile(r"\s+(?:[–—|-]+|/)\s*(?=\S)|(?<=[.!?…\"”»])\s*[–—|]\s*(?=\S)")
_MARK = re.compile(r"[©/|()\[\]（）:：]|\b[A-Z]{2,}\b|\b(?i:by|via|von|par|copyright|courtesy)\b")
_FOR_DESKS = re.compile(r"\s*\*\*.{1,80}?\*\*\s*$")  # "** OUTS - ELSENT, FPG, TCN - OUTS **"
# Agencies file by it, and their captions say the same again in words: "LONDON, ENGLAND - MAY 27: …".
_DATELINE = re.compile(
    r"""[A-Z]{2}[A-Z .,'’()-]{1,50}(?:[A-Z][a-z.]{1,12})?[\s.,–—-]*(?i:(?:mon|tues|wednes|thurs|fri|satur|sun)day,\s*)?
    (?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]*\.?\s+\d{1,2}(?:,?\s*\d{4})?[\s:.?–—-]{1,6}(?=[A-Z])""",
    re.VERBOSE,
)
_CHECKED = re.compile(r"\s*\([Cc][Qq]\)")  # a note to the desk that a name is spelt so
_WEB = re.compile(r"\s*(?:https?://|www\.)\S+")
_RIGHTS = re.compile(r"[\s.,]*\ball rights reserved\b\.?", re.IGNORECASE)
_SHORTENED = re.compile(r"\b(?:Jr|Sr|Inc|Ltd|Co|Corp|Dept|Bros|St|\w)\.$")
_INITIALS = re.compile(r"\b\w{1,3}\.|\.\w")
_STOP = re.compile(r"[.!?]\s")
_NOBODY = frozenset({"none", "null", "nan", "n/a", "na", "unknown", "undefined", "no credit", "not provided"})
_EDGE = " \t-–—|/,;:·•"


def split(caption: str, credit: str = "") -> tuple[str, str]:
    """A clean caption without the credit at its end, and the bare credit: the given one, else the one found."""
    caption, found = _for_readers(_FOR_DESKS.sub("", caption)), ""
    given = bare(credit)
    for _ in range(3):  # "(Photo by X / AFP) (Photo by X/AFP via Getty Images)"
        rest, tail = _cut(caption, given)
        if not tail:
            break
        caption, found = rest, tail
    return caption, given or bare(found)


def _for_readers(caption: str) -> str:
    found = _DATELINE.match(caption)
    return _CHECKED.sub("", caption[found.end() :] if found else caption)


def _cut(caption: str, given: str) -> tuple[str, str]:
    """The caption before a credit, and the credit as written; "" where its end is not one."""
    if given and caption.rstrip(" .)]").endswith(given):
        end = caption.rindex(given)
        head = caption[:end].rstrip(_EDGE + "([")
        if not head or head[-1] in ".!?…\"”»’'" or caption[end - 1 :][:1] in "([—–-|/:":
            return _LABEL_END.sub("", head).rstrip(_EDGE + "(["), caption[end:]
    if not _MARK.search(caption, max(0, len(caption) - 160)):
        return caption, ""
    if (found := _BRACKETED.search(caption)) and _is_credit(found[1], bracketed=True):
        return caption[: found.start()].rstrip(_EDGE), found[1]
    for start, body in _tails(caption):
        if _is_credit(caption[body:], bracketed=False):
            return caption[:start].rstrip(_EDGE), caption[body:]
    return caption, ""


def _tails(caption: str) -> list[tuple[int, int]]:
    """Where a credit could begin: (end of the caption, start of the credit). The longest first, the whole last."""
    near = max(0, len(caption) - 150)
    starts = {(m.start(), m.end()) for pattern in (_SENTENCE, _DASH) for m in pattern.finditer(caption, near)}
    starts |= {(m.start(), m.start()) for m in _COPYRIGHT.finditer(caption, near)}
    starts |= {
        (m.start(), m.start()) for m in _LABELLED.finditer(caption, near) if ":" in m[0] or "©" in m[0]
    }
    whole = {(0, 0)} if near == 0 else set()
    return [*sorted(starts - whole), *whole]


def _is_credit(words: str, *, bracketed: bool) -> bool:
    words = words.strip(" .")
    if not words or len(words) > LONGEST:
        return False
    if _COPYRIGHT.match(words):
        return True
    if label := _LABELLED.match(words):
        return _is_name(words[label.end() :])
    if _FROM_AGENCY.search(words):
        return _is_name(words)
    return bracketed and bool(_TWO_NAMES.fullmatch(words) or _FOR_PAPER.fullmatch(words))


def _is_name(words: str) -> bool:
    """Whether words are a name rather than a sentence: short, with a capital, and no full stop but initials'."""
    if not words or len(words.split()) > 14:
        return False
    named = not words.islower() or "." in words.strip(".")  # a capital, a script without them, or a domain
    return named and not _STOP.search(_INITIALS.sub("", words))


def bare(credit: str) -> str:
    """The name alone: "Photograph: X/AFP" is "X/AFP", "© 2020 X." is "X", "None" is ""."""
    return _bare(credit) if len(credit) <= LONGEST else _bare.__wrapped__(credit)


@functools.lru_cache(maxsize=500)
def _bare(credit: str) -> str:
    credit = _RIGHTS.sub("", _WEB.sub("", credit)).strip(_EDGE)
    if credit[:1] in "([（" and credit[-1:] in ")]）":
        credit = credit[1:-1]
    for pattern in (_LABEL_ALONE, _COPYRIGHT, _LABEL_ALONE):
        found = pattern.match(credit)
        if found and (found.end() == len(credit) or not credit[found.end() - 1 : found.end() + 1].isalnum()):
            credit = credit[found.end() :]
    credit = _once_each(credit.strip(_EDGE))
    if credit.endswith(".") and not _SHORTENED.search(credit):
        credit = credit[:-1]
    return "" if credit.casefold() in _NOBODY else credit[:LONGEST].strip()


def _once_each(credit: str) -> str:
    """The Los Angeles Times writes "Al Seib/Al Seib/Los Angeles Times"."""
    parts = [p.strip() for p in credit.split("/")]
    kept = list(dict.fromkeys(filter(None, parts)))
    if len(kept) == len(parts):
        return credit
    return (" / " if " / " in credit else "/").join(kept)
