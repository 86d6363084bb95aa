"""Opens ``demo:`` addresses: sample feeds as their papers would serve them at a moment, and sample pictures."""

from __future__ import annotations

import datetime as dt
import difflib
import io
from urllib.parse import parse_qs, urlsplit

from digest.demo.dialects import DIALECTS
from digest.demo.newsroom import paper_names, picture_names, read_paper, read_picture
from digest.errors import FetchError


def open_demo(url: str, now: dt.datetime) -> bytes:
    """The bytes behind a ``demo:`` address at ``now`` (aware); the same arguments give the same bytes.

    ``demo:lakeside-courier`` is a feed, ``demo:pictures/lake.jpg`` a picture, and
    ``demo:pictures/lake.jpg?w=320`` the same picture 320 pixels wide. Anything else is a FetchError.
    """
    parts = urlsplit(url)
    if parts.scheme != "demo":
        raise FetchError(f"{url} is not a demo: address.", _advice(url), kind="not_found")
    if parts.path.startswith("pictures/"):
        return _picture(url, parts.path.removeprefix("pictures/"), parse_qs(parts.query))
    if parts.path not in paper_names():
        raise FetchError(f"There is no sample feed {url}.", _advice(parts.path), kind="not_found")
    paper = read_paper(parts.path)
    return DIALECTS[paper.dialect](paper, paper.at(now), now)


def demo_feeds() -> tuple[str, ...]:
    """The addresses of every sample feed."""
    return tuple(f"demo:{name}" for name in paper_names())


def _picture(url: str, name: str, query: dict[str, list[str]]) -> bytes:
    if name not in picture_names():
        raise FetchError(
            f"There is no sample picture {url}.",
            _near(name, picture_names(), "demo:pictures/"),
            kind="not_found",
        )
    width = query.get("w", ["0"])[0]
    return _narrow(read_picture(name), int(width)) if width.isdecimal() and int(width) else read_picture(name)


def _narrow(body: bytes, width: int) -> bytes:
    """A JPEG at most ``width`` pixels wide, as a paper's picture server makes it."""
    from PIL import Image

    with Image.open(io.BytesIO(body)) as picture:
        picture.thumbnail((width, picture.height))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def _advice(name: str) -> str:
    return f"{_near(name, paper_names(), 'demo:')} The sample feeds: {', '.join(demo_feeds())}."


def _near(name: str, names: tuple[str, ...], prefix: str) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {prefix}{close[0]}?" if close else f"There is {prefix}{names[0]}, for example."
