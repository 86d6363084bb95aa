"""HTML, or what feeds take for it, to clean plain text; nothing that could be read as a tag is left."""

from __future__ import annotations

import functools
import html
import re
from typing import TYPE_CHECKING

from digest import text

if TYPE_CHECKING:
    import nh3

LONGEST = 400_000  # characters of markup read; a long book chapter
DEEPEST = 5_000  # tags read; nh3 takes quadratic time over deeply nested ones

# What ends a line. Every other tag vanishes without a trace, so that "f<b>oo</b>" stays one word.
_BLOCKS = frozenset(
    """
    address article aside blockquote br caption center dd details div dl dt fieldset footer h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section summary table tbody td th thead tr ul
    """.split()  # noqa: SIM905 - a list of words reads better than 40 quoted strings
)
# What is not the entry's own text: code, embeds, forms, and pictures with their captions.
_NOT_TEXT = frozenset(
    """
    applet audio button canvas embed figcaption figure form frameset head iframe map math noembed noframes
    noscript object script select style svg template textarea title video xmp
    """.split()  # noqa: SIM905
)
_BREAK = re.compile(r"<br ?/?>")
_TAG = re.compile(r"<[^>]*>")
_LIKE_TAG = re.compile(r"<+(?=[A-Za-z/!?])")
# Tags that texts escaped too often still show as words; of others only the "<" goes: "a <b" may be mathematics.
_SHOWN_TAG = re.compile(
    r"</?(?:a|b|br|div|em|h[1-6]|i|img|li|ol|p|span|strong|u|ul)(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE
)
_LIKE_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_ENOUGH = 3  # rounds of decoding: what is still encoded then was meant to be


def line(markup: str) -> str:
    """The text of markup as one clean line. Text that was escaped twice or thrice is decoded as often."""
    if "<" not in markup and "&" not in markup:
        return text.clean(markup[:LONGEST])
    return text.clean(_decoded(markup, " "))


def prose(markup: str) -> str:
    """The same, each paragraph but the last ended by a full stop: the Guardian sets none below its headlines."""
    if not _LIKE_TAG.search(html.unescape(markup[:LONGEST])):
        return line(markup)
    blocks = _decoded(markup.replace("\r", " ").replace("\n", " "), "\n\n")
    *ended, last = text.clean_paragraphs(blocks).split("\n\n")
    return " ".join((*map(_ended, ended), last)).strip()


def _ended(paragraph: str) -> str:
    # In scripts with capitals; others have marks of their own.
    return f"{paragraph}." if paragraph[-1:].lower() != paragraph[-1:].upper() else paragraph


def _decoded(markup: str, gap: str) -> str:
    for _ in range(_ENOUGH):
        markup = html.unescape(_TAG.sub(gap, _BREAK.sub(" ", _blocks(markup))))
        if not (_LIKE_TAG.search(markup) or _LIKE_ENTITY.search(markup)):
            break
    return _without_tags(markup)


def paragraphs(markup: str) -> str:
    """The text of markup, its paragraphs separated by a blank line; without tags, its own line ends count."""
    if not _LIKE_TAG.search(markup):
        return _lines(html.unescape(markup[:LONGEST]))
    flat = _blocks(markup).replace("\r", " ").replace("\n", " ")
    return _lines(html.unescape(_TAG.sub("\n\n", _BREAK.sub("\n", flat))))


def _lines(plain: str) -> str:
    return text.clean_paragraphs(_without_tags(plain))


def _without_tags(plain: str) -> str:
    """Plain text in which no "<" starts a tag, whatever was left of one."""
    plain = text.clean_paragraphs(plain) if "<" in plain else plain  # "<\u200bb>" is a tag once it is clean
    return _LIKE_TAG.sub("", _SHOWN_TAG.sub(" ", plain) if "<" in plain else plain)


def _blocks(markup: str) -> str:
    """The markup with nothing but bare block tags, escaped text and spaces."""
    bounded = _bounded(markup)
    try:
        return _cleaner().clean(bounded)
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can spell
        return _cleaner().clean(bounded.encode("utf-8", "ignore").decode())


def _bounded(markup: str) -> str:
    markup = markup[:LONGEST]
    if markup.count("<") > DEEPEST:
        markup = "<".join(markup.split("<", DEEPEST)[:DEEPEST])
    return markup


@functools.cache
def _cleaner() -> nh3.Cleaner:
    import nh3

    return nh3.Cleaner(tags=set(_BLOCKS), clean_content_tags=set(_NOT_TEXT), attributes={}, link_rel=None)
