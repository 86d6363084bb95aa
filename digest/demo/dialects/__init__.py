"""The formats in which the sample papers serve their feeds, as varied as real ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from digest.demo.dialects import atom, jsonfeed, rdf, rss
from digest.demo.newsroom import Paper, Piece

Dialect = Callable[[Paper, tuple[Piece, ...], dt.datetime], bytes]

DIALECTS: dict[str, Dialect] = {
    "media-rss": rss.media,
    "media-group": rss.group,
    "media-loose": rss.loose,
    "wordpress": rss.wordpress,
    "enclosure": rss.enclosure,
    "plain": rss.plain,
    "atom-html": atom.html,
    "atom-xhtml": atom.xhtml,
    "rdf": rdf.rdf,
    "json": jsonfeed.jsonfeed,
}
