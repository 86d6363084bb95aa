"""The size of the HTML against the limit after which Gmail stops, section by section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from digest.checks.draft import Draft, Finding

GMAIL = 102_400  # bytes of HTML; Gmail shows the rest behind a link
NEAR = 0.9


@dataclass(frozen=True, slots=True)
class Share:
    """How many bytes of the HTML a part takes."""

    name: str
    bytes: int


def shares(draft: Draft) -> tuple[Share, ...]:
    """The bytes from each section's first link to the next one's; what stands before and after counts as the frame."""
    body = draft.html.encode()
    starts: list[tuple[str, int]] = []
    at = 0
    for section in draft.edition.sections:
        found = next((p for item in section.items if (p := _place(body, item.url, at)) >= 0), -1)
        if found >= 0:
            starts.append((section.name or "lead", found))
            at = found
    if not starts:
        return (Share("frame", len(body)),)
    end = _after_last(body, draft)
    spans = [
        Share(name, stop - start)
        for (name, start), (_, stop) in zip(starts, [*starts[1:], ("", end)], strict=True)
    ]
    return (*spans, Share("frame", len(body) - sum(s.bytes for s in spans)))


def _place(body: bytes, url: str, after: int) -> int:
    return body.find(f'href="{escape(url)}"'.encode(), after) if url else -1


def _after_last(body: bytes, draft: Draft) -> int:
    """Where the last story's links end."""
    places = [
        _place(body, url, 0)
        for item in draft.edition.items
        for url in (item.url, *(a.url for a in item.also_in))
    ]
    return min(len(body), max(places, default=0) + 400)


def size(draft: Draft) -> Iterator[Finding]:
    """Too large, nearly so, or with stories left to the browser for it."""
    taken = len(draft.html.encode())
    if taken > GMAIL:
        yield Finding(
            "error",
            "size",
            f"{taken / 1024:.0f} KB of HTML: Gmail cuts the mail at 102 KB, with its style.",
            "Print fewer stories: max_stories.",
        )
    elif taken > NEAR * GMAIL:
        yield Finding("note", "size", f"{taken / 1024:.0f} KB of HTML, near the 102 KB at which Gmail cuts.")
    if draft.mail.dropped:
        titles = "; ".join(draft.mail.dropped[:3])
        yield Finding(
            "warning", "size", f"Left to the browser for size: {titles}.", "Hide or shorten stories."
        )
