"""RSS 2.0 in six dialects: https://www.rssboard.org/rss-specification and https://www.rssboard.org/media-rss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import format_datetime

from digest.demo.dialects.markup import (
    SIZE,
    captioned,
    cdata,
    credit_pattern,
    escape,
    figure,
    paragraphs,
    picture_url,
    xml,
)
from digest.demo.newsroom import Paper, Piece, Shot

NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)
ItemWriter = Callable[[Paper, Piece], list[str]]


def media(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """Media RSS in full: each picture's description, credit and alternative text nested in its media:content."""
    return _document(paper, pieces, now, _media_item)


def group(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """Media RSS with a media:group of sizes, the caption beside them, its credit at the caption's end."""
    return _document(paper, pieces, now, _group_item)


def loose(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """Media RSS with everything at item level, and titles and descriptions in CDATA."""
    return _document(paper, pieces, now, _loose_item)


def wordpress(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """What a well-known publishing system writes: figures in content:encoded, and a tail on both texts."""
    return _document(paper, pieces, now, _wordpress_item)


def enclosure(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """Escaped HTML in the description, the picture as an enclosure too, the credit in the caption."""
    return _document(paper, pieces, now, _enclosure_item)


def plain(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime) -> bytes:
    """The least a feed can be: title, link, description and date. No guid, no namespaces used."""
    return _document(paper, pieces, now, _plain_item)


def _document(paper: Paper, pieces: tuple[Piece, ...], now: dt.datetime, item: ItemWriter) -> bytes:
    built = pieces[0].updated if pieces else now
    head = [
        xml("title", paper.title),
        xml("link", f"{paper.site}/"),
        xml("description", paper.about),
        xml("language", paper.language),
        xml("lastBuildDate", format_datetime(max([built, *(p.updated for p in pieces)]))),
        xml("atom_link", href=f"{paper.site}/feed.xml", rel="self", type="application/rss+xml"),
    ]
    items = ["<item>\n" + "\n".join(filter(None, item(paper, piece))) + "\n</item>" for piece in pieces]
    body = "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', f'<rss version="2.0" {NAMESPACES}>', "<channel>"]
    )
    return "\n".join([body, *head, *items, "</channel>", "</rss>", ""]).encode()


def _common(piece: Piece) -> list[str]:
    """Link, guid, dates, authors, categories: alike in every dialect but the plain one."""
    changed = piece.updated.isoformat() if piece.updated > piece.published else ""
    return [
        xml("link", f"{piece.link}?utm_source=rss&utm_medium=feed"),
        xml("guid", piece.link, isPermaLink="false"),
        xml("pubDate", format_datetime(piece.published)),
        xml("dcterms_modified", changed) if changed else "",
        *(xml("dc_creator", name) for name in piece.by),
        *(xml("category", name) for name in piece.categories),
        xml("dc_language", piece.language) if piece.language else "",
    ]


def _media_item(_paper: Paper, piece: Piece) -> list[str]:
    shot = piece.picture
    return [
        xml("title", piece.title),
        xml("description", piece.standfirst),
        *_common(piece),
        _nested(shot) if shot else "",
        cdata("content_encoded", paragraphs(piece)) if piece.text else "",
    ]


def _nested(shot: Shot) -> str:
    inside = [
        xml("media_description", shot.caption, type="plain") if shot.caption else "",
        xml("media_credit", shot.credit, role="photographer", scheme="urn:ebu") if shot.credit else "",
        xml("media_text", shot.alt, type="plain") if shot.alt else "",
    ]
    return _open_content(shot) + "".join(inside) + "</media:content>"


def _open_content(shot: Shot, width: int = SIZE[0]) -> str:
    url = picture_url(shot, width if width != SIZE[0] else 0)
    height = SIZE[1] * width // SIZE[0]
    return xml(
        "media_content", url=url, type="image/jpeg", medium="image", width=str(width), height=str(height)
    ).replace("/>", ">")


def _group_item(paper: Paper, piece: Piece) -> list[str]:
    shot = piece.picture
    return [
        xml("title", piece.title),
        cdata("description", f"<p>{escape(piece.standfirst)}</p>"),
        *_common(piece),
        _sizes(shot, credit_pattern(paper)) if shot else "",
        cdata("content_encoded", paragraphs(piece)) if piece.text else "",
    ]


def _sizes(shot: Shot, pattern: str) -> str:
    contents = [_open_content(shot, width) + "</media:content>" for width in (320, 640, SIZE[0])]
    words = xml("media_description", captioned(shot, pattern), type="plain")
    thumbnail = xml("media_thumbnail", url=picture_url(shot, 160), width="160", height="90")
    return "<media:group>" + "".join([*contents, words, thumbnail]) + "</media:group>"


def _loose_item(_paper: Paper, piece: Piece) -> list[str]:
    shot = piece.picture
    pictures = (
        [
            _open_content(shot) + "</media:content>",
            xml("media_thumbnail", url=picture_url(shot, 320), width="320", height="180"),
            xml("media_description", shot.caption) if shot.caption else "",
            xml("media_credit", shot.credit) if shot.credit else "",
        ]
        if shot
        else []
    )
    return [
        cdata("title", escape(piece.title)),
        cdata("description", f"{escape(piece.standfirst)}"),
        *_common(piece),
        *pictures,
        cdata("content_encoded", paragraphs(piece)) if piece.text else "",
    ]


def _wordpress_item(paper: Paper, piece: Piece) -> list[str]:
    shot = piece.picture
    tail = (
        f'<p>The post <a href="{piece.link}">{escape(piece.title)}</a> appeared first on '
        f'<a href="{paper.site}">{escape(paper.paper)}</a>.</p>'
    )
    image = figure(shot, captioned(shot, "Photo: {}")) if shot else ""
    body = "\n".join(filter(None, [image, paragraphs(piece) or f"<p>{escape(piece.standfirst)}</p>", tail]))
    return [
        xml("title", piece.title),
        *_common(piece),
        cdata("description", f"<p>{escape(piece.standfirst)}</p>\n{tail}"),
        cdata("content_encoded", body),
    ]


def _enclosure_item(paper: Paper, piece: Piece) -> list[str]:
    shot = piece.picture
    image = figure(shot, captioned(shot, credit_pattern(paper))) if shot else ""
    length = "40000"  # papers guess it; nothing may rely on it
    return [
        xml("title", piece.title),
        xml("description", f"{image}<p>{escape(piece.standfirst)}</p>"),
        *_common(piece),
        xml("enclosure", url=picture_url(shot), type="image/jpeg", length=length) if shot else "",
        xml("content_encoded", paragraphs(piece)) if piece.text else "",
    ]


def _plain_item(_paper: Paper, piece: Piece) -> list[str]:
    return [
        xml("title", piece.title),
        xml("link", piece.link),
        xml("description", piece.standfirst),
        xml("pubDate", format_datetime(piece.published)),
    ]
