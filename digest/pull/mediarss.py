"""Pictures in a feed's XML: Media RSS, enclosures and the odd elements of single feeds, each with its own words.

Captions and credits are paired by element (Media RSS 1.5.1): what stands inside a ``media:content`` is its
own; what stands in its ``media:group`` or beside it in the item holds where it has none of its own.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

from digest.pull import links, markup
from digest.pull.candidates import Candidate, media_type, pixels

_WORDS = {"description", "text", "title", "credit", "copyright"}
_IMAGE_ELEMENTS = {
    "image",
    "thumbnail",
    "thumb",
    "picture",
    "photo",
    "img",
    "foto",
    "imagen",
    "imagem",
    "storyimage",
}
_PARAGRAPH = re.compile(r"\n\s*\n")
_HASHTAGS = re.compile(r"(?:\s*#\w+)+\s*$")
_STILLS_OF_VIDEO = {"video", "audio", "document", "executable"}
MOST = 200  # elements of an entry that are looked at


def name(element: Any) -> str:
    """``media:content`` for an element of Media RSS, whatever prefix or misspelt namespace; else its local name."""
    return _name(element.tag) if isinstance(element.tag, str) else ""


@functools.lru_cache(maxsize=1_000)
def _name(tag: str) -> str:
    space, _, local = tag.rpartition("}")
    if "search.yahoo.com/mrss" in space or local.startswith(
        "media:"
    ):  # "//search.yahoo.com/mrss/": Los Angeles Times
        return f"media:{local.removeprefix('media:').lower()}"
    if "itunes" in space or local.startswith("itunes:"):
        return f"itunes:{local.removeprefix('itunes:').lower()}"
    return local.lower()


def find(children: Iterable[tuple[str, Any]], base: str) -> list[Candidate]:
    """The pictures among the children of an ``item`` or ``entry``, each with its ``name``, in document order."""
    media: list[Any] = []
    others: list[Candidate] = []
    for kind, element in children:
        if len(media) + len(others) >= MOST:
            break
        if kind.startswith("media:"):
            media.append(element)
        elif kind in {"enclosure", "link"}:
            others += _enclosure(element, base)
        elif kind in _IMAGE_ELEMENTS or kind == "itunes:image":
            others += _element(element, base, minor=kind == "itunes:image")
    return _media(media, base) + others


def _media(elements: list[Any], base: str) -> list[Candidate]:
    """The pictures among an item's Media RSS children, with the words that stand beside them."""
    pictures = [e for e in elements if name(e) in {"media:content", "media:group"}]
    found: list[Candidate] = []
    beside = _words_beside(elements, pictures)
    for number, element in enumerate(pictures):
        words = beside.get(number, {})
        if name(element) == "media:group":
            found += _group(element, base, words, f"group {number}")
        else:
            found += _content(element, base, words, "")
    thumbnails = [e for e in elements if name(e) == "media:thumbnail"]
    # One picture and one thumbnail are the same picture; several stand for themselves.
    group = found[0].group if len({c.group for c in found}) == 1 else ""
    alone = beside.get(0, {}) if len(pictures) <= 1 and not _is_video(pictures) else {}
    for number, element in enumerate(thumbnails):
        found += _candidate(element, base, alone if number == 0 else {}, group)
    return found


def video_text(group: Any) -> str:
    """What a video site says of a video: the first paragraph of its description that has no address in it.

    In YouTube's feeds nothing else is said; other paragraphs ask to subscribe, and hashtags end them.
    """
    if not _is_video([group]):
        return ""
    written = next((e.text or "" for e in group if name(e) == "media:description"), "")
    paragraphs = _PARAGRAPH.split(written.strip())
    return _HASHTAGS.sub("", next((p for p in paragraphs if "://" not in p), ""))


def _is_video(pictures: list[Any]) -> bool:
    return any(
        _of_video(e) for element in pictures for e in [element, *element] if name(e) == "media:content"
    )


def _words_beside(elements: list[Any], pictures: list[Any]) -> dict[int, dict[str, str]]:
    """Which words at item level belong to which picture.

    Followed each by its own words, pictures and words alternate; else the words hold for the first picture
    alone: with several, a missing caption is better than a wrong one.
    """
    runs: dict[int, dict[str, str]] = {}
    current = -1
    for element in elements:
        if any(element is p for p in pictures):
            current += 1
        elif (kind := name(element).removeprefix("media:")) in _WORDS and (written := _text(element)):
            runs.setdefault(max(current, 0), {}).setdefault(kind, written)
    if len(pictures) > 1 and len(runs) == 1:
        last = runs.pop(next(iter(runs)))
        same = len({c.group for p in pictures for c in _content(p, "", {}, "")}) <= 1
        return dict.fromkeys(range(len(pictures)), last) if same else {0: last}
    return runs


def _group(group: Any, base: str, outer: dict[str, str], key: str) -> list[Candidate]:
    """The forms of one picture (section "media:group"), or the still of a video."""
    words = {**outer, **_own_words(group)}
    found: list[Candidate] = []
    video = _is_video([group])
    for element in group.iterdescendants():
        if name(element) == "media:content" and not _of_video(element):
            own = _own_words(element)
            found += _candidate(element, base, {**words, **own} if own else words, key)
        elif name(element) == "media:thumbnail":
            found += _candidate(element, base, _still(words) if video else words, key)
    return found


def _content(content: Any, base: str, outer: dict[str, str], key: str) -> list[Candidate]:
    """A picture with its thumbnails; of a video, only these, and its description is not their caption."""
    words = {**outer, **_own_words(content)}
    video = _of_video(content)
    found = [] if video else _candidate(content, base, words, key)
    key = key or (found[0].group if found else "")
    for element in content.iterdescendants():
        if name(element) == "media:thumbnail":
            found += _candidate(element, base, _still(words) if video else words, key)
    return found


def _still(words: dict[str, str]) -> dict[str, str]:
    return {kind: word for kind, word in words.items() if kind in {"credit", "copyright"}}


def _of_video(content: Any) -> bool:
    kind = content.get("medium") or ""
    if kind == "image":
        return False
    written = content.get("type") or media_type(content.get("url") or "")
    return kind in _STILLS_OF_VIDEO or (bool(written) and not written.startswith("image"))


def _own_words(element: Any) -> dict[str, str]:
    words: dict[str, str] = {}
    for child in element if len(element) else ():
        kind = name(child).removeprefix("media:")
        if kind in _WORDS and (written := _text(child)):
            words.setdefault(kind, written)
    return words


def _candidate(element: Any, base: str, words: dict[str, str], group: str) -> list[Candidate]:
    url = links.picture(element.get("url") or element.get("href") or (element.text or "").strip(), base)
    if not url:
        return []
    return [
        Candidate(
            url,
            group,
            caption=words.get("description") or words.get("text") or "",
            credit=words.get("credit") or words.get("copyright") or "",
            alt=words.get("title", ""),
            width=pixels(element.get("width")),
            height=pixels(element.get("height")),
            type=element.get("type") or "",
            default=(element.get("isDefault") or "").lower() == "true",
        )
    ]


def _enclosure(element: Any, base: str) -> list[Candidate]:
    """An RSS enclosure or an Atom link of that kind, when it is a picture."""
    if name(element) == "link" and element.get("rel") not in {"enclosure", "image", "preview", "thumbnail"}:
        return []
    kind = element.get("type") or ""
    url = links.picture(element.get("url") or element.get("href") or "", base)
    if not url or not (kind.startswith("image") or media_type(url).startswith("image")):
        return []
    words = {"title": markup.line(element.get("title") or ""), **_own_words(element)}
    return _candidate(element, base, words, "")


def _element(element: Any, base: str, *, minor: bool) -> list[Candidate]:
    """``<image>URL</image>``, ``<image><url>URL</url></image>``, ``<thumbnail url="URL"/>``, ``<itunes:image href="URL"/>``."""
    inner = next((c.text for c in element if name(c) in {"url", "link", "src", "loc"} and c.text), "")
    written = (
        element.get("url")
        or element.get("href")
        or element.get("src")
        or inner
        or (element.text or "").strip()
    )
    url = links.picture(written, base) if ":" in written or media_type(written) else ""
    size = pixels(element.get("width")), pixels(element.get("height"))
    return [Candidate(url, width=size[0], height=size[1], minor=minor)] if url else []


def _text(element: Any) -> str:
    return markup.line("".join(element.itertext()))
