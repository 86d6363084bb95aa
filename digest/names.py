"""Short names: what config.yaml calls a feed or a newsletter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

_LONGEST = 40


def short_name(text: str) -> str:
    """A short name for anything with a name: small letters, digits and hyphens, at most 40; "" for none."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    name = re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")
    return name[:_LONGEST].strip("-")


def unique(name: str, taken: Container[str]) -> str:
    """``name``, or ``name-2``, ``name-3`` and so on when it is taken."""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate


_SEPARATOR = re.compile(r"\s+[-–—|·•»>:]+\s+|:\s+")


def paper_name(title: str, host: str) -> str:
    """The publisher's part of a feed's title: "World - The Post" at thepost.example is The Post.

    The part that the server's name resembles, else the first.
    """
    parts = [part.strip() for part in _SEPARATOR.split(title) if part.strip()]
    letters = re.sub(r"[^a-z0-9]", "", host.lower())
    for part in parts:
        bare = short_name(part).replace("-", "")
        if len(bare) > 2 and (
            bare in letters or any(len(w) > 3 and w in letters for w in short_name(part).split("-"))
        ):
            return part
    return parts[0] if parts else ""
