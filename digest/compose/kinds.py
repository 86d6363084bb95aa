"""What kind of text an entry is, from its address, its categories and its headline: news, or what stands beside it.

Editors put news first. A live page, a briefing, a column or a film is worth printing, and worth less as one of
twelve. The signs are the ones papers use in addresses and headlines, in the languages of the interface; an entry
without any sign is news. Within a newsletter of nothing but columns the factors cancel out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from digest.compose.words import bare
from digest.model import Entry


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of text: what it is called, what its rank is multiplied by, whether it may open an edition."""

    name: str
    factor: float
    opens: bool = True


NEWS = Kind("news", 1.0)
FILM = Kind("a film", 0.5, opens=False)
LOCAL = Kind("local news", 0.7)  # to readers from elsewhere

# Each kind with the folders and categories that bear its name at some paper, then what its headlines say.
# Order decides: a live page about football is a live page.
_KINDS: tuple[tuple[Kind, str, tuple[str, ...]], ...] = (
    (
        Kind("a briefing", 0.3, opens=False),
        """
        briefing briefings newsletter newsletters podcast podcasts audio quiz quizzes crossword crosswords puzzles
        games horoscope horoscopes horoskop weather wetter meteo deals coupons shopping corrections
        """,
        (
            r"^(?:your|the) (?:\w+ ){0,2}brief(?:ing)?\b",
            r"\b(?:morning|evening|daily|weekly) (?:brief(?:ing)?|digest)\b",
            r"\bthings to (?:know|do|watch)\b",
            r"\b(?:podcast|quiz|horoscopes?|newsletter)\b",
            r"^(?:what to watch|tv tonight|on this day|what happened (?:in|on))\b|^the papers:",
            r"\b(?:morning|evening|daily|weekly|world) updates?\b|\bupdates? from around the\b",
            r"\b(?:at|in) a glance\b|\bas it happened\b|\bas the day unfolded\b",
        ),
    ),
    (
        Kind("a live page", 0.5, opens=False),
        "live live-news liveblog live-blog live-updates liveticker live-ticker direct en-direct directo ao-vivo",
        (
            r"\blive ?[:|]|\blive (?:\w+ )?(?:updates?|blog|coverage|stream)\b|\bupdates live\b",
            r"\bliveticker\b|\bliveblog\b|\bminuto a minuto\b",
            r"\b(?:en direct|en directo|em direto|ao vivo)\b ?[:|]",
        ),
    ),
    (
        Kind("an opinion", 0.4, opens=False),
        """
        opinion opinions commentisfree editorial editorials columnists columns column comment letters op-ed
        commentary meinung kommentar kommentare tribune tribunes idees debats chroniques opinione opinioni
        commenti opiniao opinie blogs
        """,
        (
            r"^(?:opinion|op-ed|editorial|comment|column|letters?|kommentar|leitartikel|tribune|éditorial|opinión)\b ?[:|]",
            r"\| (?:opinion|letters?|editorial|\w+ \w+)$",  # "… | Simon Jenkins"
            r"\bletters to the editor\b",
            r"^(?-i:[A-Z]{2,} [A-Z]{2,})(?::| on\b)",  # "JANE DOE: Why the dam should go"
        ),
    ),
    (
        FILM,
        "video videos watch av tv",
        (r"^(?:watch|hear|listen)\b|^video\b ?[:|]", r"\bvideo$", r"\bcaught on (?:camera|video)\b"),
    ),
    (
        Kind("a gallery", 0.5, opens=False),
        "gallery galleries in-pictures pictures photos photo slideshow slideshows bilder fotos fotostrecke diaporama",
        (
            r"\bin pictures\b",
            r"\bphoto (?:essay|gallery)\b",
            r"^photos?\b ?[:|]",
            r"\bdiaporama\b|\bfotostrecke\b",
        ),
    ),
    (
        Kind("an obituary", 0.7),
        "obituary obituaries nachrufe necrologie obituarios",
        (r"^(?:obituary|nachruf)\b", r"\bobituary$"),
    ),
    (
        Kind("an explainer", 0.6, opens=False),
        "explainer explainers explained analysis fact-check faktencheck reality-check decryptage",
        (
            r"[?？؟][\"”’»)]*$",
            r"(?:^|: ?)(?:why|how|what|who|where|when|pourquoi|comment|warum|wie|was|wer|por qué|cómo|perché|waarom|hoe)\b",
            r"^(?:read|see|meet|inside)\b",
            r"^(?:analysis|explainer|explained|fact check)\b ?[:|]|\b(?:explained|what we know)$",
        ),
    ),
    (
        Kind("a feature", 0.6, opens=False),
        """
        style fashion lifestyle life-style life entertainment showbiz tvshowbiz celebrity celebrities femail people
        royals recipes recipe food food-drink dining travel reisen arts music movies film books theater theatre
        television culture kultur kino leben stil reise stars musicals design auto cars driven
        wellness gardening homes real-estate property magazine well t-magazine parenting relationships smarter-living
        modern-love vows wirecutter good-food beauty
        """,
        (r"\brecipes?\b", r"^review\b ?[:|]|\breview$"),
    ),
    (
        Kind("sport", 0.75),
        """
        sport sports football soccer rugby rugby-union rugby-league cricket tennis golf nrl afl nba nfl nhl mlb
        motorsport formula1 formel-1 racing basketball cycling olympics fussball deportes esportes futebol
        """,
        (),
    ),
    (
        LOCAL,
        """
        local local-news locales lokal lokale lokales lokalnews regional regionales regionalnachrichten region regions
        regiones regione regioni regio regiony metro nyregion faits-divers uk-england
        """,
        (),
    ),
)

_SEGMENTS = tuple((kind, frozenset(names.split())) for kind, names, _ in _KINDS)
_HEADLINES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE)) for kind, _, patterns in _KINDS for pattern in patterns
)
_ANY_SIGN = re.compile(
    "|".join(pattern.pattern for _, pattern in _HEADLINES), re.IGNORECASE
)  # most have none
_NUMBERED = re.compile(r"([a-z]+(?:-[a-z]+){0,2})-\d{6,}")  # of a headline there would be more words
_NOT_LETTERS = re.compile(r"[^a-z]+")  # of an address
_FILM_HOSTS = ("youtube.com", "youtu.be", "vimeo.com")


def _section(segment: str) -> list[str]:
    """The section that a numbered address is named after: "entertainment-arts-52797700", "uk-england-dorset-52864454"."""
    found = _NUMBERED.fullmatch(segment)
    words = found[1].split("-") if found else []
    return [*words, "-".join(words[:2])]


def kind_of(entry: Entry) -> Kind:
    """The kind of an entry: by its headline, else by its address, else by its categories; news without a sign."""
    return _kind(entry.url, entry.title, (*entry.categories, entry.kicker))


@lru_cache(maxsize=65_536)  # the desk composes the same entries after every decision
def _kind(url: str, title: str, labels: tuple[str, ...]) -> Kind:
    address = urlsplit(url)
    host = (address.hostname or "").removeprefix("www.")
    if host in _FILM_HOSTS or host.startswith(("video.", "videos.")):
        return FILM
    slug = _NOT_LETTERS.sub(" ", address.path.rpartition("/")[2].partition(".")[0]).strip()
    for words in filter(_ANY_SIGN.search, (title, slug)):
        return next(kind for kind, pattern in _HEADLINES if pattern.search(words))
    *above, last = address.path.casefold().split("/")
    folders = {*above, *_section(last)}
    for signs in (folders, {bare(label).replace(" ", "-") for label in labels}):
        for kind, names in _SEGMENTS:
            if not names.isdisjoint(signs):
                return kind
    return NEWS
