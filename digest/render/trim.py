"""Cutting text where a reader does not mind: at sentences and at words."""

from __future__ import annotations

import re

_END = re.compile(r"""[.!?…؟。]["'”’»)\]]*\s+(?=["'“‘«¿¡(\[]?[^\W_a-z])""")
# A full stop after these, or after a single capital, does not end a sentence.
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-ZÀ-Þ]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|No|Nr|vs|Gen|Sen|Rep|Gov|Mme|Mlle|Hr|Fr|Sra|Dott|dhr|mevr)"
    r"|\b\d{1,2}|\.[A-Za-z])\.$"
)


def sentences(text: str, count: int) -> str:
    """The first ``count`` sentences of ``text``."""
    found = 0
    for match in _END.finditer(text):
        end = text[: match.end()].rstrip()
        if not _ABBREVIATION.search(end):
            found += 1
            if found == count:
                return end
    return text


def clip(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters, cut after a whole word and marked with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cut = head.rfind(" ") if not text[limit - 1].isspace() else len(head)
    # A language without spaces, or one endless word, is cut where the room ends.
    head = head[:cut] if cut > limit // 2 else head
    return head.rstrip(" ,;:·–—-") + "…"


_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """``text`` without controls: libxml2 stops at a NUL, and Gmail cuts a mail at U+0092."""
    return _UNPRINTABLE.sub("", text)


def folded(text: str) -> str:
    """``text`` for comparing: letters and digits alone, without case."""
    return re.sub(r"[\W_]+", " ", text).strip().casefold()
