"""A story as the edition prints it: words cut to sense, a picture with its own caption, links to the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from digest.agencies import WIRES, either
from digest.compose.survey import Survey
from digest.compose.words import bare, repeats, same_words
from digest.model import Entry, Item, Link, Picture, Reason, SentItem, Story
from digest.text import sentences, truncate

_LEAD_SENTENCES, _LEAD_CHARACTERS = 3, 420
_SENTENCES, _CHARACTERS = 2, 240
_LONGEST_SENTENCE = 480  # beyond it even the first sentence is cut, and marked so
_WHOLE_TEXT = 1500  # characters of a notice that links nowhere
_MORE = 3

_CUT_OFF = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?)\s*$")
_FILE_NAME = re.compile(
    r"^\S+\.(?:jpe?g|png|gif|webp|avif|tiff?|bmp|svg)$|^(?:IMG|DSC|DSCF|PXL|MVI)[_-]?\d+", re.IGNORECASE
)
_NOT_A_CAPTION = re.compile(
    r"^(?:image|photo|picture|bild|foto|file|untitled|thumbnail|[\W\d_]*)$", re.IGNORECASE
)
_BYLINES = tuple(
    (name, re.compile(rf"(?:^|[\s/(,])(?:{either(spellings)})(?:$|[\s/),])")) for name, spellings in WIRES
)
# "PARIS (AFP) -", "(Reuters) –", "Berlin (dpa)": an agency in brackets near the start, or at the very end.
_DATELINES = tuple(
    (name, re.compile(rf"^[^.!?]{{0,60}}\((?:{words})\)|[(/–—-] ?(?:{words})\)?$"))
    for name, words in ((name, either(spellings)) for name, spellings in WIRES)
)
# Agencies we do not know are signed in the same places: "ATHENS (XY) –", "(XY)", "Source: XY".
_SIGNED = re.compile(r"^[^\W\d_][\w .,'’-]{1,50}\(([A-Z]{2,6})\)\s*[–—-]|(?:\(|\w: )([A-Z]{2,6})\)?\.?$")


def item(story: Story, survey: Survey, *, opens: bool, sent: Sequence[SentItem] = ()) -> Item:
    """``story`` without an editor's words: ``opens`` for the edition's lead, ``sent`` its earlier printings."""
    entry = story.lead
    others = _also_in(story, survey, {printed.url for printed in sent})
    return Item(
        story=story.id,
        entry=entry.id,
        url=entry.url,
        headline=entry.title,
        paper=entry.paper,
        published=entry.published,
        kicker="" if same_words(entry.kicker, entry.title) else entry.kicker,
        standfirst=standfirst(entry, survey.feed(entry).text, opens=opens),
        picture=picture(entry),
        language=entry.language or survey.feed(entry).language,
        minutes=entry.minutes,
        also_in=others,
        more=_more(story, sent, {entry.url, *(link.url for link in others)}),
        copies=len(_copying_papers(story)),
        wire=_wire(story),
        sponsored=entry.sponsored,
    )


def standfirst(entry: Entry, rights: str, *, opens: bool) -> str:
    """The standfirst in whole sentences: up to three for the lead, two for others, one or none by right.

    Sentences that repeat the headline go; so does a last one that the feed itself cut off, unless it is alone.
    """
    if rights == "headline":
        return ""
    if not entry.url:  # made by hand, and there is no page to read on
        return truncate(entry.standfirst or entry.text, _WHOLE_TEXT)
    given = list(sentences(entry.standfirst or entry.text))
    while given and repeats(given[0], entry.title):
        del given[0]
    if len(given) > 1 and _CUT_OFF.search(given[-1]):
        del given[-1]
    if rights == "sentence":
        return _whole(given, 1, _CHARACTERS)
    return _whole(given, *((_LEAD_SENTENCES, _LEAD_CHARACTERS) if opens else (_SENTENCES, _CHARACTERS)))


def _whole(given: Sequence[str], count: int, characters: int) -> str:
    kept = list(given[:1])
    for sentence in given[1:count]:
        if len(" ".join((*kept, sentence))) > characters:
            break
        kept.append(sentence)
    return truncate(_CUT_OFF.sub("…", " ".join(kept)), _LONGEST_SENTENCE)


def picture(entry: Entry) -> Picture | None:
    """The entry's best picture, with a caption only if it adds something to the headline; the credit stays."""
    return captioned(entry.pictures[0], entry.title) if entry.pictures else None


def captioned(picture: Picture, headline: str) -> Picture:
    """``picture`` without a caption that is a file name, a bare word like "image", or the headline again."""
    caption = picture.caption
    useless = _FILE_NAME.search(caption) or _NOT_A_CAPTION.search(caption) or same_words(caption, headline)
    return replace(picture, caption="") if useless or bare(caption) in bare(headline) else picture


def _also_in(story: Story, survey: Survey, printed: set[str]) -> tuple[Link, ...]:
    """Independent papers with a report of their own: weightiest first, then the earliest; one link each.

    A report that an earlier edition printed is not "also in" but "more on this topic".
    """
    reports = sorted(
        (e for e in story.entries("report") if not e.sponsored and e.paper != story.lead.paper and e.url),
        key=lambda e: (-survey.feed(e).weight, e.published, e.paper, e.id),
    )
    first: dict[str, Entry] = {}
    for entry in reports:
        if entry.url not in {story.lead.url, *printed}:
            first.setdefault(entry.paper, entry)
    return tuple(_link(entry) for entry in first.values())


def _link(entry: Entry) -> Link:
    return Link(entry.url, entry.title, entry.paper, entry.language, entry.published)


def _more(story: Story, sent: Sequence[SentItem], used: set[str]) -> tuple[Link, ...]:
    """Sidebars, newest first, the lead's own paper's further reports, then what earlier editions printed."""
    newest = sorted(story.entries(), key=lambda e: (e.published, e.id), reverse=True)
    aside = {e.id for e in story.entries("sidebar")}
    further = {e.id for e in story.entries("report") if e.paper == story.lead.paper}
    links = [_link(e) for ids in (aside, further) for e in newest if e.id in ids and not e.sponsored]
    links += [Link(i.url, i.headline, i.paper, when=i.sent) for i in sent]
    found: dict[str, Link] = {}
    for link in links:
        if link.url and link.url not in used and not same_words(link.title, story.lead.title):
            found.setdefault(link.url, link)
    return tuple(found.values())[:_MORE]


def _copying_papers(story: Story) -> set[str]:
    return {e.paper for e in story.entries("copy")} - set(story.papers)


def _wire(story: Story) -> str:
    """The agency of a text that several papers printed: from the authors, else from the dateline."""
    if not _copying_papers(story):
        return ""
    entries = (story.lead, *story.entries("copy"))
    for name, byline in _BYLINES:
        if any(byline.search(author) for entry in entries for author in entry.authors):
            return name
    for name, dateline in _DATELINES:
        if any(dateline.search(text.strip()) for e in entries for text in (e.standfirst, e.text[:200])):
            return name
    return _signed(entries)


def _signed(entries: Sequence[Entry]) -> str:
    """What two printings of a text are signed with; one alone may have any abbreviation in brackets.

    The whole name, where the agency's own feed is among them.
    """
    signs = Counter(sign for entry in entries for sign in _signs(entry))
    sign = next((sign for sign, times in signs.most_common() if times > 1), "")
    return next((e.paper for e in entries if sign and _initials(e.paper) == sign), sign)


def _initials(paper: str) -> str:
    return "".join(word[0] for word in paper.split()).upper()


def _signs(entry: Entry) -> set[str]:
    texts = (entry.standfirst, entry.text[:200], entry.text[-20:])
    return {found[1] or found[2] for text in texts if (found := _SIGNED.search(text.strip()))}


def edited(item: Item, words: dict[str, str], reasons: tuple[Reason, ...]) -> Item:
    """``item`` with an editor's final words and the reasons for its place."""
    shown = item.picture
    if shown:
        shown = replace(
            shown,
            caption=words.get("caption", shown.caption),
            credit=words.get("credit", shown.credit),
            alt=words.get("alt", shown.alt),
        )
    return replace(
        item,
        picture=shown,
        kicker=words.get("kicker", item.kicker),
        headline=words.get("headline") or item.headline,  # a story always has one
        standfirst=words.get("standfirst", item.standfirst),
        reasons=reasons,
    )
