"""The parts members play in a story: who leads it, who reports, who prints the same text, what stands beside."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import fmean
from types import MappingProxyType

from digest.agencies import ANY_WIRE, NAMES
from digest.group.reasons import headline, shared, terms
from digest.group.words import TITLE_CHARACTERS, fold
from digest.model import FIT, Entry, Member, Reason, Role, Story

SAME_TEXT = 0.8  # of the runs of four words of the shorter text, for two texts to be one text printed twice
SAME_HEADLINE = (
    0.6  # of the words of two headlines of one paper, for one to be the earlier edition of the other
)
ENOUGH = 50  # members tell what a story is about
CENTRAL = 3.0  # what a headline counts of which every word is everywhere
TYPICAL = 4.0  # what a text counts that all the others have too
_AGENCY = re.compile(rf"(?:^|[\s(/,–—-])({ANY_WIRE})(?=$|[\s)/,:.–—-])")
_WORDS = re.compile(r"\w+")
_BESIDE = {
    "column": """opinion|comment|column|editorial|op-ed|analysis|analyse|kommentar|meinung|kolumne|leitartikel|glosse
        |opinión|columna|análisis|tribune|chronique|édito|éditorial|opinião|coluna|análise|commento|analisi|editoriale
        |opinie|commentaar|opinia|komentarz|мнение|колонка|комментарий|评论|社论|社説""",
    "explainer": """explainer|explained|q ?& ?a|what we know|what you need to know|all you need to know|fact.?check
        |how it works|timeline|erklärt|was wir wissen|faktencheck|die wichtigsten fragen|fragen und antworten
        |ce que l'on sait|décryptage|explication|lo que se sabe|claves|o que se sabe|entenda|cosa sappiamo|wat we weten
        |co wiemy|что известно|что мы знаем""",
    "profile": """profile|who is|who was|obituary|portrait|porträt|wer ist|wer war|nachruf|qui est|qui était|perfil
        |quién es|quem é|chi è|wie is|kim jest|кто такой|кто такая""",
    "live": """live|live blog|live updates|liveblog|liveticker|ticker|en direct|en directo|ao vivo|diretta|na żywo
        |онлайн""",
    "pictures": """photos|pictures|in pictures|gallery|video|watch|podcast|bilder|fotos|vidéo|en images|galería
        |cartoon""",
    "reaction": """reacts?|reactions?|slams?|blasts?|responds?|reagiert|reaktionen|réagit|réactions|reacciona|reage
        |reagisce|реакция""",
}
_LABELS = (re.compile(r"^\s*([^:|–—]{2,28}?)\s*[:|–—]"), re.compile(r"[|–—]\s*([^:|–—]{2,28})\s*$"))
_ASKS = re.compile(
    r"\W*(?:why|how|what|who|where|when|explaining|pourquoi|comment|warum|wieso|weshalb|wie|wer|por qué|cómo|quién"
    r"|perché|come|chi|porque|como|quem|waarom|hoe|wie|dlaczego|jak|kto|почему|как|кто)\b",
    re.IGNORECASE,
)  # "Why the order could harm him", under which nobody looks for the order
_SHOUTED_NAME = re.compile(r"^[A-Z][A-Z'’.-]+ [A-Z][A-Z'’. -]+:")  # "JANE DOE: Why …", a columnist's headline


def _pattern(words: str) -> re.Pattern[str]:
    """Any of some alternatives, written over several lines, as whole words."""
    return re.compile(r"(?<!\w)(?:" + re.sub(r"\s*\n\s*", "", words) + r")(?!\w)", re.IGNORECASE)


_KINDS = {kind: _pattern(words) for kind, words in _BESIDE.items()}
_PHRASES = {
    "explainer",
    "profile",
    "reaction",
}  # told by words anywhere in a headline; the others by its label


_ALONE = (Reason("alone", "no other entry tells it"),)


def package(
    name: str,
    entries: Sequence[Entry],
    weights: Mapping[str, float],
    ties: Mapping[str, tuple[str, float, float]] = MappingProxyType({}),
) -> Story:
    """The story of ``entries``, with roles and reasons.

    ``weights`` are those of feeds, 1 where absent; ``ties`` are those of ``Index.ties``.
    """
    if len(entries) == 1:
        return Story(name, (Member(entries[0], "lead", _ALONE),))
    beside = {e.id: beside_kind(e) for e in entries}
    told = _told(entries)
    scored = sorted(((*_lead_score(e, told[e.id], beside[e.id], weights), e) for e in entries), key=_by_score)
    lead = scored[0][2]
    papers = {e.id: e.paper for e in entries}
    fit = {e.id: _fit(reasons) for _, reasons, e in scored}
    members = [Member(lead, "lead", (*scored[0][1], fit[lead.id], *_tie(lead, papers, ties)))]
    for entry in sorted((e for _, _, e in scored[1:]), key=lambda e: (e.published, e.id)):
        role, reason = _role(entry, members, beside[entry.id])
        reasons = (reason, *_tie(entry, papers, ties), *shared(entry, lead), fit[entry.id])
        members.append(Member(entry, role, reasons))
    order = {"lead": 0, "report": 1, "copy": 2, "sidebar": 3}
    return Story(name, tuple(sorted(members, key=lambda m: order[m.role])))


def beside_kind(entry: Entry) -> str:
    """What kind of sidebar an entry says it is: "column", "explainer", "profile", "live", … or "" for a report."""
    title = entry.title[:TITLE_CHARACTERS]
    labels = [match.group(1) for match in (label.search(title) for label in _LABELS) if match]
    labels += filter(None, (entry.kicker, *entry.categories))
    for kind, pattern in _KINDS.items():
        if any(pattern.search(label) for label in labels) or (kind in _PHRASES and pattern.search(title)):
            return kind
    return "column" if _SHOUTED_NAME.match(title) else ""


def is_live_page(entry: Entry) -> bool:
    """Whether the headline says that the page is written on and on: a log of the day, not of one event."""
    return bool(_KINDS["live"].search(entry.title[:TITLE_CHARACTERS])) and beside_kind(entry) == "live"


def agency(entry: Entry) -> str:
    """The news agency an entry names as its author or source, "" for none."""
    for text in (*entry.authors, entry.standfirst[:60], entry.standfirst[-40:], entry.text[:120]):
        if match := _AGENCY.search(text):
            return NAMES[match.group(1)]
    return ""


def same_text(a: Entry, b: Entry) -> float:
    """How much of the shorter of two texts the other repeats word for word, from 0 to 1."""
    ours, theirs = _runs(a), _runs(b)
    return len(ours & theirs) / min(len(ours), len(theirs)) if ours and theirs else 0.0


@lru_cache(maxsize=1024)
def _runs(entry: Entry) -> frozenset[tuple[str, ...]]:
    """The runs of four words of what stands below the headline, or of the headline where nothing does."""
    words = _WORDS.findall(fold((entry.standfirst or entry.text or entry.title)[:1000]))
    return frozenset(zip(words, words[1:], words[2:], words[3:], strict=False)) or frozenset(
        [tuple(words)] if words else []
    )


def _by_score(scored: tuple[float, tuple[Reason, ...], Entry]) -> tuple[float, object, str]:
    score, _, entry = scored
    return (-round(score, 6), entry.published, entry.id)


def _lead_score(
    entry: Entry, told: tuple[float, float], beside: str, weights: Mapping[str, float]
) -> tuple[float, tuple[Reason, ...]]:
    """How well an entry would lead, and the reasons that count for or against it."""
    weight = weights.get(entry.feed, 1.0)
    reasons = [
        Reason("headline", "how clear its headline is", clarity(entry.title[:TITLE_CHARACTERS])),
        Reason("central", "how much of its headline the others tell too", round(CENTRAL * told[0], 3)),
        Reason("typical", "how much of its text they do", round(TYPICAL * told[1], 3)),
        Reason(
            "picture", "its picture has a caption" if _captioned(entry) else "its picture", _picture(entry)
        ),
        Reason("own", "its own report, not an agency's", 0.0 if agency(entry) else 0.5),
        Reason("weight", "the weight of its feed", round(weight - 1, 3)),
        Reason("standfirst", "it says more than the headline", 0.3 if entry.standfirst else 0.0),
    ]
    if beside:
        reasons.append(Reason("sidebar", beside, -2.0))
    return sum(r.value or 0.0 for r in reasons), tuple(r for r in reasons if r.value)


def _fit(reasons: Sequence[Reason]) -> Reason:
    """What counts for a lead in one figure, but for the weight of its feed, which each newsletter sets anew."""
    return Reason(
        FIT, "its worth as a lead", round(sum(r.value or 0.0 for r in reasons if r.kind != "weight"), 3)
    )


def clarity(title: str) -> float:
    """How clear a headline is, from -1 to 1: neither cut short nor rambling, no question, riddle or shouting."""
    if not title.strip():
        return -1.0
    unspaced = (
        2.5 if ord(max(title)) > 0x2E80 else 1.0
    )  # Chinese and Japanese say as much in fewer characters
    length = len(title) * unspaced
    score = 1.0 if 35 <= length <= 95 else 0.5 if 20 <= length <= 130 else 0.0
    letters = [*filter(str.isalpha, title)]
    score -= 0.6 if title.rstrip().endswith(("?", "？", "…", "...")) or _ASKS.match(title) else 0.0
    score -= 0.4 if letters and sum(map(str.isupper, letters)) > 0.5 * len(letters) else 0.0
    score -= 0.2 if title.lstrip()[0] in "\"'“‘«„「" else 0.0
    return round(max(-1.0, score), 3)


def _told(entries: Sequence[Entry]) -> dict[str, tuple[float, float]]:
    """For each entry id how much of its headline's telling words, and of all its, other papers have, from 0 to 1.

    The mean over the papers of the mean over their entries, so that an affair's outskirts, of which one paper has
    much, do not lead it. Another print of one text says nothing about either. Where all members are of one paper,
    its other entries count instead.
    """
    words = {e.id: terms(e).keys() for e in entries}
    alone = len({e.paper for e in entries}) == 1
    some = entries[: ENOUGH + 1]
    told: dict[str, tuple[float, float]] = {}
    for entry in entries:
        title, ours = headline(entry), words[entry.id]
        shares: dict[str, list[tuple[float, float]]] = {}
        for other in some:
            another = other.id != entry.id and (alone or other.paper != entry.paper)
            if another and same_text(entry, other) < SAME_TEXT:
                theirs = words[other.id]
                text = len(ours & theirs) / math.sqrt(max(1, len(ours) * len(theirs)))
                share = (len(title & theirs) / max(1, len(title)), text)
                shares.setdefault(other.id if alone else other.paper, []).append(share)
        means = [tuple(map(fmean, zip(*of_paper, strict=True))) for of_paper in shares.values()]
        central, typical = map(fmean, zip(*means, strict=True)) if means else (0.0, 0.0)
        told[entry.id] = central, typical
    return told


def _captioned(entry: Entry) -> bool:
    return bool(entry.pictures and entry.pictures[0].caption)


def _picture(entry: Entry) -> float:
    return (0.3 if entry.pictures else 0.0) + (0.3 if _captioned(entry) else 0.0)


def _tie(
    entry: Entry, papers: Mapping[str, str], ties: Mapping[str, tuple[str, float, float]]
) -> tuple[Reason, ...]:
    """The score that tied an entry to the story, against the threshold."""
    tie = ties.get(entry.id)
    if tie is None or tie[0] not in papers:
        return ()
    other, chance, threshold = tie
    return (Reason("score", f"tells what {papers[other]} tells", round(chance, 4), round(threshold, 4)),)


def _role(entry: Entry, members: Sequence[Member], beside: str) -> tuple[Role, Reason]:
    """The role of a member that does not lead, and the reason for it."""
    for member in members[:ENOUGH]:
        if member.role != "copy" and same_text(entry, member.entry) >= SAME_TEXT:
            wire = agency(entry) or agency(member.entry)
            return "copy", Reason(
                "copy", wire or f"the text that {member.entry.paper} has", same_text(entry, member.entry)
            )
    if beside:
        return "sidebar", Reason("sidebar", beside)
    for member in members[:ENOUGH]:
        if member.entry.paper == entry.paper and _same_headline(entry, member.entry):
            return "sidebar", Reason("edition", "another edition of the same paper's report")
    return "report", Reason("report", f"{entry.paper}'s own account")


def _same_headline(a: Entry, b: Entry) -> bool:
    ours, theirs = (set(_WORDS.findall(fold(e.title[:TITLE_CHARACTERS])) if e.title else ()) for e in (a, b))
    return len(ours & theirs) >= SAME_HEADLINE * max(1, min(len(ours), len(theirs)))
