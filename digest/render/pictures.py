"""How a story's picture is printed: its size, its alternative text, and a caption only if it adds something."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from digest.model import Item, Picture
from digest.render.context import PictureView
from digest.render.trim import clip, folded
from digest.render.urls import ascii_url

THUMBNAIL = 176  # CSS pixels
_TALLEST = 1.5  # height over width; a taller thumbnail pushes the next story off the screen
# Outlook for Windows and older Gmail proxies show none of these: rather no picture than a broken one.
_UNSHOWN_TYPES = frozenset(
    {"image/webp", "image/avif", "image/svg+xml", "image/heic", "image/jxl", "image/tiff"}
)
_UNSHOWN_SUFFIX = re.compile(r"\.(?:webp|avif|svgz?|heic|heif|jxl|tiff?)$", re.IGNORECASE)
_FILE_NAME = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg)$|^(?:img|dsc|dscf|image|photo|picture|untitled)[\W_]*\d*$|^[\w-]*\d{5,}[\w-]*$",
    re.IGNORECASE,
)

_INITIAL = re.compile(r"\b([^\W\d_]\.) (?=\w)")  # "M. Thill" stays on one line below a thumbnail


def printable(picture: Picture | None) -> bool:
    """Whether every mail client can show it: https, and neither WebP nor AVIF nor SVG."""
    if picture is None or not picture.url.startswith("https://"):
        return False
    if picture.type:
        return picture.type.startswith("image/") and picture.type not in _UNSHOWN_TYPES
    return not _UNSHOWN_SUFFIX.search(urlsplit(picture.url).path)


def picture_view(item: Item, *, column: int, lead: bool) -> PictureView | None:
    """The picture of ``item`` in a column of so many pixels, large for the lead where it is large enough."""
    picture = item.picture
    if picture is None or not printable(picture):
        return None
    large = lead and _fills(picture, column)
    width = column if large else THUMBNAIL
    caption = picture.caption if _adds(picture.caption, item) else ""
    return PictureView(
        url=ascii_url(picture.url),
        width=_narrowed(picture, width),
        height=_height(picture, _narrowed(picture, width)),
        large=large,
        alt=_alt(picture, item),
        caption=clip(caption, 240 if large else 100),
        credit=_INITIAL.sub("\\1\N{NO-BREAK SPACE}", clip(picture.credit, 80)),
    )


def _fills(picture: Picture, column: int) -> bool:
    # A portrait or a small picture blown up to the column would fill the screen, or blur.
    if picture.width is None or picture.height is None:
        return picture.width is None or picture.width >= column * 0.7
    return picture.width >= column * 0.7 and picture.height <= picture.width


def _narrowed(picture: Picture, width: int) -> int:
    if not picture.width or not picture.height or picture.height <= picture.width * _TALLEST:
        return width
    return max(1, round(width * _TALLEST * picture.width / picture.height))


def _height(picture: Picture, width: int) -> int | None:
    if not picture.width or not picture.height:
        return None
    return max(1, round(width * picture.height / picture.width))


def _adds(caption: str, item: Item) -> bool:
    """Whether a caption says anything that headline and standfirst do not."""
    said = folded(caption)
    return (
        bool(said)
        and said not in folded(f"{item.headline} {item.standfirst}")
        and not _FILE_NAME.search(caption)
    )


def _alt(picture: Picture, item: Item) -> str:
    # Screen readers read headline and caption anyway; a second time is noise, a file name is worse.
    alt = picture.alt.strip()
    heard = {folded(picture.caption), folded(item.headline), folded(item.standfirst), folded(picture.credit)}
    if not folded(alt) or folded(alt) in heard or _FILE_NAME.search(alt):
        return ""
    return clip(alt, 140)
