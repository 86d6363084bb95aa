"""The small print of an entry: categories, kicker, sponsored mark, authors, language."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable

from digest import text

MOST_CATEGORIES = 20
MOST_AUTHORS = 10
LONGEST_LABEL = 80  # characters of a category or an author's name
LONGEST_KICKER = 28


@functools.lru_cache(maxsize=2_000)
def _key(name: str) -> str:
    """A name for comparing: folded, and without accents, which capitals often lose."""
    letters = unicodedata.normalize("NFKD", name)
    if not letters.isascii():
        letters = "".join(c for c in letters if not unicodedata.combining(c))
    return text.fold(letters)


# Section names that say nothing of the story; compared by key.
_EMPTY_WORDS = frozenset(
    _key(name)
    for name in """
    news|home|homepage|home page|front page|frontpage|top stories|top news|latest|latest news|breaking|breaking news|headlines
    |article|articles|story|stories|post|posts|blog|blogs|general|main|other|misc|miscellaneous|featured|feature|features|feed
    |rss|all|default|uncategorized|uncategorised|syndication|premium|paid|free|standard|local|local news|page|web|online|tag
    |editors picks|editor s picks|must read|trending|popular|wire|top|live|text|content|item|news and analysis
    |actualites|actualite|a la une|une|accueil|infos|info|non classe|nachrichten|aktuell|aktuelles|schlagzeilen|startseite
    |allgemein|meldungen|topnews|nicht kategorisiert|neuigkeiten|noticias|portada|ultima hora|ultimas noticias|inicio
    |sin categoria|notizie|primo piano|ultima ora|senza categoria|noticias|ultimas|destaques|sem categoria|geral|nieuws
    |algemeen|geen categorie|wiadomosci|aktualnosci|bez kategorii|nyheter|nyheder|uutiset|hirek|stiri|zpravy|haberler|gundem
    |новости|новини|أخبار|الأخبار|新闻|新聞|ニュース|뉴스|noriichten|aktualiteit
    """.replace("\n", "").split("|")
)
_SPONSORED = frozenset(
    _key(name)
    for name in """
    sponsored|sponsored content|sponsored post|sponsored article|sponsor content|sponsor post|advertisement|advertising feature
    |advertisement feature|advertorial|paid post|paid content|paid partnership|paid program|paid for|partner content
    |partnercontent|brand content|branded content|brandvoice|brand voice|promoted|promoted content|promotion|native advertising
    |anzeige|werbung|gesponsert|gesponserter inhalt|gesponserter beitrag|bezahlter inhalt|partnerinhalt|publireportage
    |publi reportage|publirreportage|contenu sponsorise|sponsorise|contenu partenaire|publicite|communique|publicidad
    |patrocinado|contenido patrocinado|publirreportaje|publicidade|conteudo patrocinado|conteudo de marca|informe publicitario
    |sponsorizzato|contenuto sponsorizzato|pubblicita|informazione pubblicitaria|gesponsord|gesponsorde inhoud|advertentie
    |partnerbijdrage|sponsorowany|artykul sponsorowany|material sponsorowany|material partnera|tekst sponsorowany|reklama
    |annons|annonse|annonce|sponsoreret|sponset|gesponsorten inhalt|annoncen|محتوى مدفوع|مادة إعلانية|إعلان|реклама|広告|pr記事
    """.replace("\n", "").split("|")
)
_MARK_BEFORE = re.compile(
    r"(?:[\[(]([^\])]{2,40})[\])]\s*[:|–—-]?|([^:|–—\[(]{2,40}?)\s*(?::|\||\s[–—-]\s))\s*(?=\S)"
)
_MARK_AFTER = re.compile(r"\s*(?:[\[(]([^\[(]{2,40})[\])]|[|–—-]\s([^|–—]{2,40}))$")
_SPONSORED_PATH = re.compile(
    r"/(?:sponsored|sponsored-content|sponsor-content|paid-?posts?|paid-content|advertorials?|advertisement|brand-?voice"
    r"|partner-?content|brand-?content|publireportages?|anzeige|ad-feature)/",
    re.IGNORECASE,
)
_SHORT_AD = re.compile(r"\s*[\[(](?:ad|pub|anz\.?|sponsored)[\])]\s*", re.IGNORECASE)

_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)+")
_IN_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_ID = re.compile(r"[0-9a-f]{8,}(?:-[0-9a-f]+)*|https?:.*|[\d\W]*", re.IGNORECASE)
_BY = re.compile(r"^(?:by|von|par|por|door|di|written by|text:?|de la redaction)\s+", re.IGNORECASE)
_MAIL = re.compile(r"\S+@\S+|https?://\S+")
_AND = re.compile(r"\s*;\s*|\s+(?:and|und|et|y|e|i|en|an|och|og|&)\s+")
_AROUND = ' ,;|/<>"“”-'
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.].*)?")


def categories(terms: Iterable[str]) -> tuple[str, ...]:
    """Clean terms, each once, without addresses and numbers for machines."""
    clean = (text.clean(term) for term in terms)
    kept = (term for term in clean if term and len(term) <= LONGEST_LABEL and not _ID.fullmatch(term))
    return tuple({text.fold(term) or term: term for term in reversed([*kept])}.values())[::-1][
        :MOST_CATEGORIES
    ]


def kicker(terms: Iterable[str], title: str = "", *papers: str) -> str:
    """The first category short enough to stand over a headline and not too empty to; "" for none."""
    said = {_key(name) for name in (title, *papers)}
    for term in terms:
        if (name := _kicker(term)) and _key(name) not in said:
            return name
    return ""


@functools.lru_cache(maxsize=2_000)
def _kicker(term: str) -> str:
    """A category as a kicker, "" when it cannot be one. Papers use the same few hundred over and over."""
    name = _IN_BRACKETS.sub("", term.rstrip("/").rpartition("/")[2]).strip()
    if _SLUG.fullmatch(name):
        name = re.sub(r"[-_]", " ", name)
    if name.islower():
        name = name[0].upper() + name[1:]
    fits = _stands_over_headline(name) and _key(name) not in _EMPTY_WORDS and _key(name) not in _SPONSORED
    return name if fits else ""


def _stands_over_headline(name: str) -> bool:
    """Short, of words only: "Trump, Donald J" and "type:article" are filing, not kickers."""
    if not 2 <= len(name) <= LONGEST_KICKER or len(name.split()) > 3:
        return False
    return not set(name) & set(",:;_#@=<>{}|\\*?!") and sum(
        c.isalpha() or c in " .'’&-" for c in name
    ) == len(name)


def sponsored(title: str, terms: Iterable[str], url: str) -> tuple[bool, str]:
    """Whether an entry is an advertisement, and its title without the word that says so."""
    marked = any(sign in title for sign in "[(:|–—-")
    if marked and (found := _SHORT_AD.search(title)):
        return True, (title[: found.start()] + " " + title[found.end() :]).strip()
    for found in (_MARK_BEFORE.match(title), _MARK_AFTER.search(title)) if marked else ():
        if found and _key(found[1] or found[2]) in _SPONSORED:
            return True, (title[: found.start()] + title[found.end() :]).strip() or title
    return any(_key(t) in _SPONSORED for t in terms) or bool(_SPONSORED_PATH.search(url)), title


def authors(names: Iterable[str], *papers: str) -> tuple[str, ...]:
    """People's names, each once: "By A and B" is two; addresses and the paper's own name are none."""
    known = {text.fold(name) for name in papers}
    found: dict[str, str] = {}
    for written in names:
        for part in _people(_BY.sub("", _MAIL.sub(" ", text.clean(written)))):
            name = _bare(part)
            if 1 < len(name) <= LONGEST_LABEL and text.fold(name) and text.fold(name) not in known:
                found.setdefault(text.fold(name), name)
    return tuple(found.values())[:MOST_AUTHORS]


def _bare(part: str) -> str:
    """A name without what stands around it: "(Jo Poe)" is Jo Poe, "Jo Poe (Metz)" stays."""
    name = part.strip(_AROUND)
    whole = name.count("(") == name.count(")") and not (name[:1] == "(" and name[-1:] == ")")
    return name if whole else name.strip(f"{_AROUND}()")


def _people(written: str) -> list[str]:
    """Names as written together: "A Poe and B Lee" or "A Poe, B Lee" as two names; "Poe, A" is one."""
    parts = [
        p
        for part in _AND.split(written)
        for p in ([part] if not _full_names(part.split(",")) else part.split(","))
    ]
    return parts if _full_names(parts) else [written]


def _full_names(parts: list[str]) -> bool:
    return all(2 <= len(part.split()) <= 4 for part in parts)


def language(code: str) -> str:
    """A language tag in its usual case (BCP 47), "" when it cannot be one: "en_us" is "en-US"."""
    found = _LANGUAGE.fullmatch(code.strip())
    if not found or found[1].lower() in {"und", "mul", "zxx", "xx", "xxx"}:
        return ""
    script = f"-{found[2].title()}" if found[2] else ""
    return found[1].lower() + script + (f"-{found[3].upper()}" if found[3] else "")
