"""Pages: a template in the newsletter's language, under headers that leave no room for tricks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from digest.config.newsletter import Newsletter
from digest.pipeline.newsroom import Newsroom
from digest.render.templates import fill
from digest.render.words import base, words

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' https:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # tokens stand in addresses
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


def page(
    newsroom: Newsroom,
    newsletter: Newsletter,
    template: str,
    values: Mapping[str, Any],
    *,
    status: int = 200,
    private: bool = True,
) -> Response:
    """A page of the site about one newsletter, in its language."""
    language = newsletter.settings.language
    speech = words(language)
    context = {
        "newsletter": newsletter.name,
        "title": newsletter.settings.title,
        "language": speech.language,
        "direction": speech.direction,
        "imprint": newsletter.settings.imprint_url,
        "privacy": newsletter.settings.privacy_url,
        "postal_address": newsletter.settings.postal_address,
        **values,
    }
    html = fill(newsroom.template_dir, language, f"site/{template}.html", context)
    return HTMLResponse(html, status, headers={**HEADERS, **(PRIVATE if private else {})})


def preferred(newsroom: Newsroom, request: Request) -> Newsletter:
    """The newsletter that speaks for a page about none: the first in a language that the browser asks for."""
    every = list(newsroom.newsletters.values())
    for language in accepted(request.headers.get("accept-language", "")):
        for newsletter in every:
            if base(newsletter.settings.language) == language:
                return newsletter
    return every[0]


def accepted(header: str) -> list[str]:
    """The primary languages of an Accept-Language header, the most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        tag, _, weight = part.partition(";")
        try:
            wanted.append((-float(weight.strip().removeprefix("q=") or 1), base(tag.strip())))
        except ValueError:
            continue
    return [language for quality, language in sorted(wanted, key=lambda pair: pair[0]) if quality < 0]
