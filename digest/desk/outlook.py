"""A mail as Outlook for Windows shows it, roughly: what Word's engine ignores is taken out.

Sources: Microsoft's "Word HTML and CSS rendering capabilities" and our own trials; it is an approximation.
"""

from __future__ import annotations

import re

from lxml import etree

_MSO = re.compile(r"<!--\[if [^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL | re.IGNORECASE)
_NOT_MSO = re.compile(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", re.DOTALL | re.IGNORECASE)
_MEDIA = re.compile(r"@(?:media|supports)[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.DOTALL)
_IGNORED = frozenset(
    (
        *("animation", "background-image", "background-position", "background-repeat", "background-size"),
        *("border-radius", "bottom", "box-shadow", "box-sizing", "clear", "clip", "color-scheme", "content"),
        *("cursor", "filter", "flex", "flex-wrap", "float", "gap", "grid", "height", "left", "max-height"),
        *("max-width", "min-height", "min-width", "object-fit", "opacity", "outline", "overflow"),
        *("overflow-wrap", "position", "right", "text-overflow", "text-shadow", "top", "transform"),
        *("transition", "visibility", "word-break", "z-index"),
    )
)
_BOXES = frozenset({"div", "p", "span", "a", "h1", "h2", "h3"})  # padding holds on table cells only
_CELL = frozenset({"padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "width"})


def as_outlook(html: str) -> str:
    """``html`` without what Word ignores: media queries, rounded corners, floats, padding outside of cells."""
    opened = _MSO.sub(r"\1", _NOT_MSO.sub("", html))
    root = etree.fromstring(opened.encode(), etree.HTMLParser(encoding="utf-8"))
    for style in root.iter("style"):
        style.text = _MEDIA.sub("", style.text or "")
    for element in root.xpath("//*[@style]"):
        element.set("style", kept(element.tag, element.get("style")))
    for picture in root.iter("img"):
        _sized(picture)
    return str(etree.tostring(root, method="html", encoding="unicode", doctype="<!DOCTYPE html>"))


def kept(tag: str, style: str) -> str:
    """The declarations that Word heeds on an element."""
    found = []
    for declaration in style.split(";"):
        name = declaration.partition(":")[0].strip().lower()
        if not name or name in _IGNORED or (tag in _BOXES and name in _CELL):
            continue
        found.append(declaration)
    return ";".join(found)


def _sized(picture: etree._Element) -> None:
    """Word draws a picture at its attributes' size, never at its style's."""
    size = "".join(
        f"{name}:{value}px;" for name in ("width", "height") if (value := picture.get(name, "")).isdecimal()
    )
    picture.set("style", f"{picture.get('style', '')};{size}")
