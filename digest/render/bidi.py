"""Direction of text, so that a Latin name in an Arabic line (and the reverse) does not drag its neighbours along."""

from __future__ import annotations

import unicodedata

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_MARKS = {"ltr": "\u200e", "rtl": "\u200f"}


def way(text: str) -> str:
    """The direction of the first strong character of ``text``, "" without one (UAX #9, rules P2 and P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in _RIGHT_TO_LEFT:
            return "rtl"
    return ""


def settled(text: str, direction: str) -> str:
    """``text``, followed by an invisible mark where it would end a run against ``direction``.

    Without it "La Rive · 12:55 · 4 دقائق" shows the time on the wrong side of the paper.
    """
    last = way(text[::-1])
    return text + _MARKS[direction] if last and last != direction else text
