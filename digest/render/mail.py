"""Edition -> Mail: once per variant, the same bytes every time, small enough that Gmail shows all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from digest.config.newsletter import Newsletter
from digest.model import Edition, Mail
from digest.render.context import SITE, Context, Links
from digest.render.inline import inline
from digest.render.mime import Wire, message
from digest.render.placeholders import Placeholders, derive
from digest.render.present import Fit, present
from digest.render.templates import fill
from digest.render.text import plain
from digest.render.trim import printable
from digest.render.words import words

LARGEST = 99_999  # bytes of HTML after inlining; Gmail cuts at about 102,400, and then without any style
_ATTEMPTS = 6


def render(
    edition: Edition,
    newsletter: Newsletter,
    *,
    site_url: str,
    key: bytes,
    template_dir: Path | None = None,
    links: Links = SITE,
    largest: int = LARGEST,
) -> Mail:
    """Render, inline and encode ``edition`` for all its subscribers.

    ``site_url`` is the public site ("" when there is none), ``key`` the installation's secret, ``largest`` the
    bytes the HTML may take. Raises ``TemplateError`` with file and line.
    """
    marks = Placeholders(derive(key, "placeholder", edition.id))
    maker = _Maker(edition, newsletter, site_url, links, marks, template_dir)
    context, html, dropped = _fitting(maker, largest)
    text = printable(plain(context, words(context.language)))
    wire = message(
        edition,
        newsletter,
        subject=context.subject,
        text=text,
        html=html,
        links=context.links,
        marks=marks,
        boundary=f"=_{derive(key, 'boundary', edition.id)}",
    )
    return _mail(context, html, text, wire, dropped=dropped)


def _mail(context: Context, html: str, text: str, wire: Wire, *, dropped: tuple[str, ...]) -> Mail:
    return Mail(
        edition=context.id,
        variant=f"{context.language}/{context.layout}",
        subject=context.subject,
        preheader=context.preheader,
        html=html,
        text=text,
        segments=wire.segments,
        tokens=wire.tokens,
        quoted=wire.quoted,
        html_bytes=len(html.encode()),
        dropped=dropped,
    )


def values(context: Context) -> dict[str, Any]:
    """The names a template sees: the context's fields, as they are."""
    return {field.name: getattr(context, field.name) for field in fields(context)}


@dataclass(frozen=True, slots=True)
class _Maker:
    edition: Edition
    newsletter: Newsletter
    site_url: str
    links: Links
    marks: Placeholders
    template_dir: Path | None

    def make(self, fit: Fit) -> tuple[Context, str]:
        context = present(
            self.edition, self.newsletter, site_url=self.site_url, links=self.links, marks=self.marks, fit=fit
        )
        html = fill(self.template_dir, context.language, f"mail/{context.layout}.html", values(context))
        return context, inline(printable(html))


def _fitting(maker: _Maker, largest: int) -> tuple[Context, str, tuple[str, ...]]:
    """The fullest rendering that fits: whole, then tighter, then without the least secondary stories."""
    for fit in (Fit(), Fit(tight=True)):
        context, html = maker.make(fit)
        if len(html.encode()) <= largest:
            return context, html, ()
    order = list(_least_first(maker.edition))
    count = 0
    for _ in range(_ATTEMPTS):
        size = len(html.encode())
        kept = max(1, len(maker.edition.items) - count)
        # A story's share of the bytes tells how many must go; the next attempt corrects it.
        count = min(len(order), count + max(1, round((size - largest) * 1.1 / (size / kept) + 0.5)))
        left = frozenset(order[:count])
        context, html = maker.make(Fit(tight=True, left=left))
        if len(html.encode()) <= largest or count == len(order):
            break
    titles = tuple(item.headline for item in maker.edition.items if item.story in left)
    return context, html, titles


def _least_first(edition: Edition) -> Iterator[str]:
    """Stories that may be left to the browser: never the lead, a section's first only after all others."""
    ranked = []
    for number, section in enumerate(edition.sections):
        for place, item in enumerate(section.items):
            if number or place:
                ranked.append((place == 0, item.score, -number, -place, item.story))
    yield from (story for *_, story in sorted(ranked))
