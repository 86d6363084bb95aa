"""JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from digest.demo.dialects.markup import captioned, credit_pattern, figure, paragraphs, picture_url
from digest.demo.newsroom import Paper, Piece


def jsonfeed(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:  # noqa: ARG001 (one signature for all)
    """Items with HTML content, the picture as ``image`` too."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": paper.title,
        "home_page_url": f"{paper.site}/",
        "feed_url": f"{paper.site}/feed.json",
        "description": paper.about,
        "language": paper.language,
        "items": [_item(paper, piece) for piece in pieces],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _item(paper: Paper, piece: Piece) -> dict[str, Any]:
    shot = piece.picture
    image = figure(shot, captioned(shot, credit_pattern(paper))) if shot else ""
    item = {
        "id": piece.link,
        "url": piece.link,
        "title": piece.title,
        "summary": piece.standfirst,
        "content_html": "\n".join(filter(None, [image, paragraphs(piece)])) or piece.standfirst,
        "image": picture_url(shot) if shot else "",
        "date_published": piece.published.isoformat(),
        "date_modified": piece.updated.isoformat() if piece.updated > piece.published else "",
        "authors": [{"name": name} for name in piece.by],
        "tags": list(piece.categories),
        "language": piece.language,
    }
    return {key: value for key, value in item.items() if value}
