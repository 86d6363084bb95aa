"""An entry's id, from its feed and what identifies it there."""

from __future__ import annotations

import hashlib

from digest.pull import links


def entry_id(feed: str, key: str) -> str:
    """16 hex digits from a feed's address and an entry's key in it; the same over http and https."""
    return hashlib.sha256(f"{feed}\n{links.same(key)}".encode("utf-8", "replace")).hexdigest()[:16]
