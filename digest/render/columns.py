"""Lines of plain text as wide as they look: Chinese, Japanese and Korean characters take two columns."""

from __future__ import annotations

import re
import textwrap
import unicodedata

_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
_HAS_WIDE = re.compile(f"[{_WIDE}]")
# Lines break between these; Korean, as wide, has spaces between its words.
_BETWEEN = "\u2e80-\u2fdf\u3005-\u3007\u3041-\u318f\u31a0-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
# What stays with the character before it, or after it (JIS X 4051, GB/T 15834).
_CLOSING = "、。，．：；？！）」』】〉》〕｝］”’…—ー～・々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.;:?!)%"
_OPENING = "（「『【〈《〔｛［“‘("
_PIECES = re.compile(
    rf"[ \t\n]+|[{_OPENING}]*(?:[{_BETWEEN}]|[^ \t\n{_BETWEEN}{re.escape(_OPENING)}]+|[{_OPENING}])[{re.escape(_CLOSING)}]*"
    rf"(?:\u00a0[^ \t\n{_BETWEEN}]*)*"  # a headline's footnote mark
)


def width(line: str) -> int:
    """How many columns of a terminal or a mail in a fixed font a line takes."""
    if line.isascii():
        return len(line)
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line if not unicodedata.combining(c)
    )


def wrapped(words: str, columns: int) -> list[str]:
    """A paragraph in lines of at most so many columns."""
    if not _HAS_WIDE.search(words):
        return textwrap.wrap(words, columns, break_on_hyphens=False, expand_tabs=False)
    lines = [""]
    used = 0
    for piece in _PIECES.findall(words):
        space = not piece.strip(" \t\n")
        wide = 1 if space else width(piece)
        if used and used + wide > columns:
            lines.append("")
            used = 0
        if used or not space:
            lines[-1] += " " if space else piece
            used += wide
    return [stripped for line in lines if (stripped := line.strip(" "))]
