"""RDF Site Summary 1.0 with Dublin Core and the content module: https://web.resource.org/rss/1.0/spec."""

from __future__ import annotations

import datetime as dt

from digest.demo.dialects.markup import captioned, cdata, credit_pattern, figure, paragraphs, xml
from digest.demo.newsroom import Paper, Piece

NAMESPACES = (
    'xmlns="http://purl.org/rss/1.0/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
)


def rdf(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """A channel, its table of contents, and the items beside it."""
    updated = max((piece.updated for piece in pieces), default=now)
    contents = "".join(f'<rdf:li rdf:resource="{piece.link}"/>' for piece in pieces)
    channel = [
        f'<channel rdf:about="{paper.site}/index.rdf">',
        xml("title", paper.title),
        xml("link", f"{paper.site}/"),
        xml("description", paper.about),
        xml("dc_language", paper.language),
        xml("dc_date", updated.isoformat()),
        f"<items><rdf:Seq>{contents}</rdf:Seq></items>",
        "</channel>",
    ]
    head = ['<?xml version="1.0" encoding="UTF-8"?>', f"<rdf:RDF {NAMESPACES}>"]
    return "\n".join([*head, *channel, *(_item(paper, piece) for piece in pieces), "</rdf:RDF>", ""]).encode()


def _item(paper: Paper, piece: Piece) -> str:
    shot = piece.picture
    image = figure(shot, captioned(shot, credit_pattern(paper))) if shot else ""
    body = "\n".join(filter(None, [image, paragraphs(piece)]))
    parts = [
        f'<item rdf:about="{piece.link}">',
        xml("title", piece.title),
        xml("link", piece.link),
        xml("description", piece.standfirst),
        xml("dc_date", piece.published.isoformat()),
        *(xml("dc_creator", name) for name in piece.by),
        *(xml("dc_subject", name) for name in piece.categories),
        cdata("content_encoded", body) if body else "",
        "</item>",
    ]
    return "\n".join(filter(None, parts))
