"""What publishing systems hang on a text: "Continue reading", "The post … appeared first on …", "[…]"."""

from __future__ import annotations

import re
from typing import NamedTuple

# WordPress signs every entry of its feeds, in the language of the site.
_SIGNED = re.compile(
    r"""(?:^|\s+)(?:
    (?:The\spost|Der\sBeitrag|L['’]article|Cet\sarticle|La\sentrada|L['’]articolo|Il\spost|O\spost|O\sconteúdo
      |A\snotícia|Het\sbericht|Het\sartikel|Artykuł|Inlägget|ظهرت\s(?:المقالة|التدوينة)|المقالة|Запись|Сообщение
      |This\s(?:article|story|post))
    \s.{0,300}?
    (?:appeared\sfirst\son|(?:first|originally)\sappeared\s(?:first\s)?on|erschien\szuerst\sauf|est\sapparu\sen\spremier\ssur
      |(?:se\spublicó|aparece|apareció)\sprimero\sen|proviene\sda|sembra\sessere\sil\sprimo\ssu
      |(?:apareceu|aparece|foi\spublicado)\sprimeiro\s(?:em|no)|verscheen\seerst\sop|pochodzi\sz\sserwisu
      |pojawił\ssię\s(?:najpierw|po\sraz\spierwszy)\s(?:w|na)|dök\sförst\supp\spå|أولاً?\sعلى|впервые\sпоявилась
      |появились\sсначала\sна)
    )\s.{0,120}$""",
    re.VERBOSE | re.DOTALL,
)
# "Read more" as the last words is a link's text, never a sentence of the story.
_MORE = re.compile(
    r"""(?:^|[\s.…\[\](|–—·»→\u2026>-]+)(?:
      click\shere\s(?:to\s(?:continue|read)|for\sthe\sfull)\b[^.]{0,40} | click\sto\scontinue | keep\sreading
      | (?<=[.!?…\])”"»]\s)(?:read\son|see\smore|learn\smore|full\s(?:story|article))
      | continue\sreading(?:\s["“‘'].{0,200}["”’']|\s(?:at|on|the)\s[^.]{1,60})?
      | read\s(?:the\s)?(?:full|whole|entire|complete)\s(?:article|story|post|text|report)(?:\son\s(?:\S+|[^.]{1,60})|\scomments)?
      | read\smore(?:\s(?:at|on|about|here)\b[^.]{0,60})? | read\sthe\srest\b[^.]{0,80}
      | view\s(?:full\s)?(?:article|post|story)
      | weiterlesen | weiter\slesen | mehr\s(?:lesen|dazu|erfahren) | zum\s(?:artikel|beitrag)
      | lire\s(?:la\ssuite|plus|l['’]article)(?:\s[^.]{1,60})? | la\ssuite\ssur\s[^.]{1,40} | en\ssavoir\splus
      | (?:leer|ver)\smás | (?:seguir|sigue|continuar)\sleyendo | leer\s(?:la\snoticia|el\sartículo)(?:\scomplet[oa])?
      | (?:leia|ler|saiba|ver)\smais | continue\s(?:lendo|a\sler) | continuar\s(?:lendo|a\sler)
      | (?:continua|prosegui)\sa\sleggere | leggi\s(?:tutto|anche|di\spiù|l['’]articolo(?:\scompleto)?) | continua\sla\slettura
      | lees\s(?:meer|verder|het\s(?:hele|volledige)\s(?:artikel|bericht)) | verder\slezen
      | czytaj\s(?:więcej|dalej|cały\sartykuł) | läs\s(?:mer|hela\sartikeln) | læs\smere | les\smer | méi\sliesen | lue\slisää
      | citește\smai\s(?:mult|departe) | číst\s(?:dál|více) | devamını\soku | читать\s(?:далее|дальше|полностью)
      | читати\s(?:далі|більше) | اقرأ\s(?:المزيد|أيضا) | متابعة\sالقراءة | 続きを読む | 阅读(?:全文|更多) | 閱讀全文 | 查看全文
    )[\s.…\])|»>→›▸]*$""",
    re.VERBOSE | re.IGNORECASE,
)
# Written by the program that lists the link: Hacker News, Reddit.
_LISTED = re.compile(
    r"(?:^|\s)(?:submitted by\s+/?u/\S+.{0,80}|\[link\]\s*\[comments?\]|^comments)$",
    re.IGNORECASE | re.DOTALL,
)
_CUT = re.compile(r"\s*(?:\[\s*(?:…|\.{3})\s*\]|\(\s*(?:…|\.{3})\s*\)|\.{3,}|…+)\s*$")
_CUT_ENDS = frozenset("….])")
_ENDED = re.compile(r"[.!?。！？؟]['\"”’»)\]]*$")


# Cheap signs that a text has a tail at all: nine of ten have none, and the patterns above are slow.
_HINTS = (
    "continu", "read", "click", "full ", "see more", "learn more", "view ", "lesen", "mehr ", "zum ", "lire", "suite",
    "savoir", "leer", "ver más", "leyendo", "mais", "lendo", "ler", "legg", "lettura", "lees", "lezen", "czytaj",
    "läs ", "læs ", "les mer", "méi", "lue ", "citește", "číst", "oku", "читат", "اقرأ", "متابعة", "続き", "全文", "更多",
    "/u/", "comments", "appeared", "erschien", "apparu", "primero", "proviene", "il primo su", "primeiro", "eerst op",
    "serwisu", "pojawił", "dök först", "أول", "впервые", "сначала",
)  # fmt: skip


class Trimmed(NamedTuple):
    """A text without its tails, and whether they said that there is more of it elsewhere."""

    text: str
    cut: bool


def trim(text: str) -> Trimmed:
    """Clean text without what its publishing system hung on; a text that was cut ends in "…"."""
    cut = False
    for _ in range(3):  # "… [&#8230;] Read more The post X appeared first on Y."
        end = text[-150:].casefold()
        if not any(hint in end for hint in _HINTS):
            break
        shorter = _without(_LISTED, _without(_SIGNED, text, 500), 150)
        if more := _MORE.search(shorter, max(0, len(shorter) - 240)):
            cut, shorter = True, shorter[: more.start()] + _end_mark(more[0])
        if shorter == text:
            break
        text = shorter.strip()
    if text[-1:] in _CUT_ENDS and (mark := _CUT.search(text, max(0, len(text) - 20))):
        head = text[: mark.start()].rstrip(" ,;:–—-")
        return Trimmed(head if _ENDED.search(head) else f"{head}…" if head else "", cut=True)
    return Trimmed(text, cut)


def _without(tail: re.Pattern[str], text: str, within: int) -> str:
    found = tail.search(text, max(0, len(text) - within))
    return text[: found.start()] if found else text


def _end_mark(tail: str) -> str:
    """The full stop or ellipsis that stood between a sentence and "Read more"."""
    tail = tail.lstrip()
    if tail.startswith(("…", "...", "[…", "[...", "(…", "(...")):
        return "…"
    return "." if tail.startswith(".") else ""
