"""Pictures in an entry's HTML: figures with their captions, and the first picture that stands alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from digest.pull import links, markup
from digest.pull.candidates import IDEAL_WIDTH, Candidate, pixels

MOST = 10  # pictures read from one text
LONGEST = 400_000  # characters of HTML read

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file", "data-image-src", "data-hi-res-src")
_CAPTION = re.compile(
    r"(?:^|[\s_-])(?:caption|legend|legende|bildunterschrift)|caption(?:$|[\s_-])|tr-caption", re.IGNORECASE
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$|!)",
    re.IGNORECASE,
)
_WIDTH = re.compile(
    r"([0-9]{1,6})(?:\.[0-9]{0,6})?w"
)  # of a srcset; others write "5.1.1w", ".w" or a number without end
_CREDIT = re.compile(r"credit|copyright|byline|photographer|source|urheber|fotograf", re.IGNORECASE)


def find(html: str, base: str) -> list[Candidate]:
    """The pictures of HTML text in reading order: every one with a caption, and the first without."""
    if "<img" not in html and "<IMG" not in html:
        return []
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(
        recover=True, no_network=True, huge_tree=False, remove_comments=True, encoding="utf-8"
    )
    try:
        root = lxml_html.document_fromstring(html[:LONGEST].encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return []
    found: list[Candidate] = []
    alone = False
    for image in _images(root):
        candidates = _candidates(image, base)
        if not candidates or (alone and not candidates[0].caption):
            continue
        alone = alone or not candidates[0].caption
        found += candidates
    return found


def _images(root: Any) -> Iterator[Any]:
    for number, image in enumerate(root.iter("img")):
        if number >= MOST:
            return
        if not _is_hidden(image):
            yield image


def _is_hidden(image: Any) -> bool:
    """Whether nobody is meant to see it: a counter. Lazy pages hide pictures too, until their script runs."""
    if any(image.get(name) for name in _LAZY):
        return False
    sizes = {(image.get(name) or "").strip().removesuffix("px") for name in ("width", "height")}
    return bool(sizes & {"0", "1"} or _HIDDEN.search(image.get("style") or ""))


def _candidates(image: Any, base: str) -> list[Candidate]:
    """The forms of one picture: its src, and the best of its srcset and of the <source>s beside it."""
    parent = image.getparent()
    sources = [image, *parent.iter("source")] if parent is not None and parent.tag == "picture" else [image]
    forms = [form for element in sources for form in _forms(element, base)]
    if not forms:
        return []
    caption, credit = _words(image)
    group = Candidate(forms[0][0]).group
    return [
        Candidate(url, group, caption, credit, markup.line(image.get("alt") or ""), width, height, kind)
        for url, width, height, kind in forms
    ]


def _forms(element: Any, base: str) -> list[tuple[str, int | None, int | None, str]]:
    """Address, width, height and media type of each form an element offers."""
    kind = element.get("type") or ""
    width, height = pixels(element.get("width")), pixels(element.get("height"))
    # On lazy pages src is a placeholder; which one that is shows later.
    written = [links.picture(element.get(name) or "", base) for name in ("src", *_LAZY)]
    forms = [(url, width, height, kind) for url in dict.fromkeys(filter(None, written))]
    if best := _srcset(element.get("srcset") or element.get("data-srcset") or "", base):
        forms.append((*best, None, kind))
    return forms


def _srcset(written: str, base: str) -> tuple[str, int | None] | None:
    """The smallest picture of a srcset that is wide enough, else the widest (HTML, section 4.8.4.2.1)."""
    choices = []
    for url, size in re.findall(r"([^\s,]\S*[^\s,])(?:\s+([^\s,]+))?\s*(?:,|$)", written[:8_000]):
        if made := links.picture(url, base):
            told = _WIDTH.fullmatch(size)
            choices.append((made, int(told[1]) if told else None))
    wide = sorted(
        choices, key=lambda c: (c[1] or 0) if (c[1] or 0) < IDEAL_WIDTH else 3 * IDEAL_WIDTH - (c[1] or 0)
    )
    return wide[-1] if wide else None


def _words(image: Any) -> tuple[str, str]:
    """The caption and the credit that stand with a picture: in its figure, or in a box of WordPress or Blogger."""
    for box in image.iterancestors():
        if box.tag == "figure":
            return _caption_and_credit(next(box.iter("figcaption"), None))
        names = box.get("class") or ""
        if "caption" in names and sum(1 for _ in box.iter("img")) == 1:
            return _caption_and_credit(_inside(box, _CAPTION))
        if box.tag == "body":
            break
    return "", ""


def _inside(box: Any, pattern: re.Pattern[str]) -> Any:
    return next(
        (e for e in box.iterdescendants() if pattern.search(e.get("class") or "") and len(e.text_content())),
        None,
    )


def _caption_and_credit(element: Any) -> tuple[str, str]:
    if element is None:
        return "", ""
    credit = _inside(element, _CREDIT)
    if credit is None:
        return markup.line(element.text_content()), ""
    name = credit.text_content()
    tail, credit.tail = credit.tail, None
    for child in list(credit):
        credit.remove(child)
    credit.text, credit.tail = None, tail
    return markup.line(element.text_content()), markup.line(name)
