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
