"""Atom 1.0 (RFC 4287) with HTML or with XHTML content."""

from __future__ import annotations

import datetime as dt

from digest.demo.dialects.markup import (
    captioned,
    credit_pattern,
    escape,
    figure,
    paragraphs,
    picture_url,
    xml,
)
from digest.demo.newsroom import Paper, Piece


def html(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """Escaped HTML as content and summary, pictures as figures in it."""
    return _document(paper, pieces, now, as_xhtml=False)


def xhtml(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """An XHTML div as content, the picture as an enclosure link too."""
    return _document(paper, pieces, now, as_xhtml=True)


def _document(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime, *, as_xhtml: bool) -> bytes:
    updated = max((piece.updated for piece in pieces), default=now)
    head = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{paper.language}">',
        xml("title", paper.title),
        xml("subtitle", paper.about),
        xml("link", href=f"{paper.site}/"),
        xml("link", href=f"{paper.site}/atom.xml", rel="self"),
        xml("id", f"{paper.site}/atom.xml"),
        xml("updated", updated.isoformat()),
    ]
    entries = [_entry(paper, piece, as_xhtml=as_xhtml) for piece in pieces]
    return "\n".join([*head, *entries, "</feed>", ""]).encode()


def _entry(paper: Paper, piece: Piece, *, as_xhtml: bool) -> str:
    shot = piece.picture
    language = f' xml:lang="{piece.language}"' if piece.language else ""
    parts = [
        f"<entry{language}>",
        xml("title", piece.title),
        xml("link", href=piece.link, rel="alternate", type="text/html"),
        xml("link", href=picture_url(shot), rel="enclosure", type="image/jpeg") if shot and as_xhtml else "",
        xml("id", piece.link),
        xml("published", piece.published.isoformat()),
        xml("updated", piece.updated.isoformat()),
        *(f"<author>{xml('name', name)}</author>" for name in piece.by or (paper.paper,)),
        *(xml("category", term=name) for name in piece.categories),
        xml("summary", piece.standfirst),
        _content(paper, piece, as_xhtml=as_xhtml),
        "</entry>",
    ]
    return "\n".join(filter(None, parts))


def _content(paper: Paper, piece: Piece, *, as_xhtml: bool) -> str:
    """The picture and the text; nothing when the paper gives neither."""
    shot = piece.picture
    pattern = "© {}" if as_xhtml else credit_pattern(paper)
    body = "\n".join(
        filter(None, [figure(shot, captioned(shot, pattern)) if shot else "", paragraphs(piece)])
    )
    if not body:
        return ""
    if as_xhtml:
        return f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{body}</div></content>'
    return f'<content type="html">{escape(body)}</content>'
