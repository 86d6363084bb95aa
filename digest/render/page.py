"""The edition as a web page: the same blocks and context, wider, and nothing that belongs to one subscriber."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from digest.config.newsletter import Newsletter
from digest.model import Edition
from digest.render.context import SITE, Links
from digest.render.mail import values
from digest.render.present import fonts, present
from digest.render.templates import fill
from digest.render.words import words


def page(
    edition: Edition,
    newsletter: Newsletter,
    *,
    site_url: str,
    template_dir: Path | None = None,
    links: Links = SITE,
    stylesheet: str = "",
) -> str:
    """A whole HTML document. With the address of a ``stylesheet`` it carries no style of its own (strict CSP)."""
    context = present(edition, newsletter, site_url=site_url, links=links, marks=None)
    context = dataclasses.replace(context, stylesheet=stylesheet)
    return fill(template_dir, context.language, f"mail/{context.layout}.html", values(context))


def page_css(newsletter: Newsletter, *, language: str = "", template_dir: Path | None = None) -> str:
    """The style sheet of such pages, for the site to serve; ``language`` when it is not the newsletter's own."""
    speech = words(language or newsletter.settings.language)
    names = {
        "theme": newsletter.settings.theme,
        "fonts": fonts(newsletter.settings.theme),
        "language": speech.language,
        "direction": speech.direction,
    }
    return fill(template_dir, speech.language, "page/page.css", names)
