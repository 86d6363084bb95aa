"""Small pieces of XML and HTML that the dialects share."""

from __future__ import annotations

import html

from digest.demo.newsroom import Paper, Piece, Shot

SIZE = (1200, 675)  # of every sample picture


def xml(name: str, text: str = "", /, **attributes: str) -> str:
    """An element; ``media_content`` becomes ``media:content``, in names of attributes too."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", ":")}="{html.escape(value)}"' for key, value in attributes.items()
    )
    tag = name.replace("_", ":")
    return f"<{tag}{pairs}>{escape(text)}</{tag}>" if text else f"<{tag}{pairs}/>"


def escape(text: str) -> str:
    """``text`` as XML or HTML character data."""
    return html.escape(text, quote=False)


def cdata(name: str, text: str) -> str:
    """An element whose text stands in a CDATA section."""
    tag = name.replace("_", ":")
    return f"<{tag}><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></{tag}>"


def picture_url(shot: Shot, width: int = 0) -> str:
    """Where the sample serves a picture; narrower with ``width`` in pixels."""
    return f"demo:pictures/{shot.file}.jpg" + (f"?w={width}" if width else "")


def paragraphs(piece: Piece) -> str:
    """The full text as HTML, "" where the paper gives none."""
    return "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in piece.text)


def figure(shot: Shot, caption: str) -> str:
    """A picture with its caption, as HTML that is XML too."""
    width, height = SIZE
    image = (
        f'<img src="{picture_url(shot)}" alt="{html.escape(shot.alt)}" width="{width}" height="{height}"/>'
    )
    return (
        f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"
        if caption
        else f"<p>{image}</p>"
    )


CREDITS = {"en": "(Photo: {})", "fr": "(Photo : {})", "de": "(Foto: {})"}


def captioned(shot: Shot, pattern: str) -> str:
    """The caption with its credit at the end, as papers without a field for it write it."""
    credit = pattern.format(shot.credit) if shot.credit else ""
    return f"{shot.caption} {credit}".strip()


def credit_pattern(paper: Paper) -> str:
    """How a paper writes a credit in its own language."""
    return CREDITS.get(paper.language[:2], CREDITS["en"])
