"""The mail as a frame of the desk shows it: in a chosen scheme, without pictures, with the 102 KB line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Literal

from digest.desk.outlook import as_outlook
from digest.model import Picture
from digest.render.urls import ascii_url

View = Literal["html", "text", "source", "headers"]
CLIPPED = 102_400  # bytes of HTML after which Gmail stops
_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_IMG = re.compile(r'<img(?:[^>"]|"[^"]*")*>')
_ATTRIBUTE = re.compile(r'\s([a-z]+)="([^"]*)"')
_BOTH = re.compile(r"color-scheme(\s*:\s*|\" content=\")light dark")


@dataclass(frozen=True, slots=True)
class Look:
    """How an editor looks at the mail."""

    view: View = "html"
    scheme: Literal["light", "dark"] = "light"
    images: bool = True
    client: Literal["browser", "outlook"] = "browser"
    line: bool = False

    @property
    def policy(self) -> str:
        """The frame's Content-Security-Policy: nothing runs, nothing is sent, nothing leads elsewhere."""
        pictures = "'self' https:" if self.images else "'none'"
        return (
            f"default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; form-action 'none'; "
            "base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
        )


def look_of(asked: dict[str, str]) -> Look:
    """The look that a query asks for; what it does not know is as usual."""
    view = asked.get("view", "html")
    return Look(
        view=view if view in ("text", "source", "headers") else "html",  # type: ignore[arg-type]
        scheme="dark" if asked.get("scheme") == "dark" else "light",
        images=asked.get("images") != "off",
        client="outlook" if asked.get("client") == "outlook" else "browser",
        line=asked.get("line") == "on",
    )


def framed(html: str, look: Look, site_url: str, pictures: Iterable[Picture | None] = ()) -> str:
    """The mail's HTML as ``look`` asks for, with a place for each of ``pictures``; hosted ones come from the desk itself."""
    shown = marked(html) if look.line else html
    if look.client == "outlook":
        shown = as_outlook(shown)
    shown = emulated(shown, look.scheme)
    if look.images:
        shown = placed(shown, pictures)
    if site_url:
        shown = shown.replace(f'"{site_url}/pictures/', '"/pictures/')
    return shown


def placed(html: str, pictures: Iterable[Picture | None]) -> str:
    """The mail with the heights of its pictures, so that nothing jumps when they come.

    The mail itself has their widths alone: where pictures are blocked, a height leaves a hole.
    """
    shapes = {ascii_url(p.url): p.height / p.width for p in pictures if p and p.width and p.height}

    def place(tag: re.Match[str]) -> str:
        has = dict(_ATTRIBUTE.findall(tag[0]))
        shape = shapes.get(unescape(has.get("src", "")))
        width = has.get("width", "")
        if shape is None or not width.isdecimal() or "height" in has:
            return tag[0]
        return f'{tag[0][:-1]} height="{round(int(width) * shape)}">'

    return _IMG.sub(place, html)


def emulated(html: str, scheme: str) -> str:
    """The mail as a reader with that colour scheme sees it, whatever the editor's own is."""
    condition = f"({'min' if scheme == 'dark' else 'max'}-width: 0)"
    return _BOTH.sub(rf"color-scheme\g<1>{scheme}", _DARK.sub(condition, html))


def marked(html: str) -> str:
    """The mail with a row where Gmail would stop, or at its end when it is shorter."""
    body = html.encode()
    size = f"{len(body) / 1024:.0f} KB"
    words = (
        f"Gmail stops here, at 102 of {size}" if len(body) > CLIPPED else f"The mail ends here: {size} of 102"
    )
    row = (
        '<div style="border-top:2px dashed #B3261E;color:#B3261E;background:#FFF;font:700 13px/20px sans-serif;'
        f'padding:4px 8px;text-align:center" data-desk="line">{words}</div>'
    )
    if len(body) <= CLIPPED:
        return html.replace("</body>", row + "</body>")
    head = body[:CLIPPED].decode(errors="ignore")
    rest = html[len(head) :]
    before, found, after = rest.partition("<tr>")
    return head + before + (f"<tr><td>{row}</td></tr>" if found else row) + found + after
