"""An edition with what was mended since: other words, and without the stories that were taken down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from digest.compose.item import edited
from digest.model import Correction, Edition, Item


def mended(edition: Edition, corrections: Sequence[Correction]) -> Edition:
    """``edition`` after its own ``corrections``, in their order, which it then carries."""
    if not corrections:
        return edition
    words: dict[str, dict[str, str]] = {}
    for correction in corrections:
        if correction.verb == "amend":
            words.setdefault(correction.entry, {}).update(json.loads(correction.value or "{}"))
    gone = {c.entry for c in corrections if c.verb == "remove"}
    sections = tuple(
        replace(section, items=tuple(_amended(i, words) for i in section.items if i.entry not in gone))
        for section in edition.sections
    )
    return replace(
        edition,
        sections=tuple(section for section in sections if section.items),
        corrections=(*told(corrections, gone), *edition.corrections),
    )


def _amended(item: Item, words: dict[str, dict[str, str]]) -> Item:
    mine = words.get(item.entry)
    return edited(item, mine, item.reasons) if mine else item


def told(corrections: Sequence[Correction], gone: set[str]) -> tuple[Correction, ...]:
    """What readers are told, newest first: nothing that names a story which is gone."""
    return tuple(c for c in reversed(corrections) if c.verb == "remove" or c.entry not in gone)
