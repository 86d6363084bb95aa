"""Pages: a template in the newsletter's language, under headers that leave no room for tricks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import HTMLResponse, Response

from digest.config.newsletter import Newsletter
from digest.pipeline.newsroom import Newsroom
from digest.render.templates import fill
from digest.render.words import words

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
    context = {
        "newsletter": newsletter.name,
        "title": newsletter.settings.title,
        "language": words(language).language,
        "direction": words(language).direction,
        "imprint": newsletter.settings.imprint_url,
        "privacy": newsletter.settings.privacy_url,
        "postal_address": newsletter.settings.postal_address,
        **values,
    }
    html = fill(newsroom.template_dir, language, f"site/{template}.html", context)
    return HTMLResponse(html, status, headers={**HEADERS, **(PRIVATE if private else {})})
