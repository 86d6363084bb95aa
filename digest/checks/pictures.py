"""Pictures: what they show has a caption, a credit and a text instead, and every client can show them."""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.draft import Draft, Finding, Level
from digest.model import Item, Picture

UNSHOWN = frozenset({"image/webp", "image/avif", "image/svg+xml", "image/heic", "image/jxl", "image/tiff"})
SHARP = 600  # pixels that the lead's picture needs in the column


def pictures(draft: Draft) -> Iterator[Finding]:
    """Missing words and unfit files, story by story."""
    if draft.newsletter.settings.theme.layout == "text-first":
        return
    for place, item in enumerate(draft.edition.items):
        if item.picture is None:
            if place == 0:
                yield Finding("note", "picture", "The lead has no picture.", entry=item.entry)
            continue
        yield from _words(item, item.picture, lead=place == 0)
        yield from _file(item, item.picture, lead=place == 0)


def _words(item: Item, picture: Picture, *, lead: bool) -> Iterator[Finding]:
    if not picture.credit:
        yield Finding("warning", "credit", "no credit", "Write who took the picture.", item.entry)
    if not picture.caption:
        level: Level = "warning" if lead else "note"
        yield Finding(level, "caption", "no caption", "Write what it shows, or leave it without.", item.entry)
    if not picture.alt and not picture.caption:
        advice = "Write what somebody misses who cannot see it."
        yield Finding("warning", "alt", "no alternative text", advice, item.entry)


def _file(item: Item, picture: Picture, *, lead: bool) -> Iterator[Finding]:
    if not picture.url.startswith("https://"):
        yield Finding("note", "picture", "its picture is not on https and is left out", entry=item.entry)
    elif picture.type in UNSHOWN:
        yield Finding("note", "picture", f"its picture is {picture.type} and is left out", entry=item.entry)
    if lead and picture.width is not None and picture.width < SHARP:
        advice = "Choose another picture."
        yield Finding(
            "note", "picture", f"its picture is only {picture.width} pixels wide", advice, item.entry
        )
