"""The ids of stories: kept from pull to pull by what most of their entries were called before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from hashlib import blake2b


def story_ids(
    packages: Sequence[Sequence[str]], known: Mapping[str, str], taken: AbstractSet[str] = frozenset()
) -> list[str]:
    """An id for each package of entry ids: the one most of its entries had.

    Where two packages claim an id, the one with more entries of it keeps it; ids in ``taken`` are free to
    none. A new story's id comes from its first entry, so that two machines give it the same.
    """
    claims: list[tuple[int, int, str]] = []
    for number, package in enumerate(packages if known else ()):
        counts = Counter(known[entry] for entry in package if entry in known)
        claims += [(-count, number, name) for name, count in counts.items()]
    ids: dict[int, str] = {}
    used = set(taken)
    for _, number, name in sorted(claims):
        if number not in ids and name not in used:
            ids[number] = name
            used.add(name)
    return [ids.get(number) or _new_id(package[0], used) for number, package in enumerate(packages)]


def _new_id(seed: str, used: set[str]) -> str:
    """A story id of 16 hex digits that no other story has; adds it to ``used``."""
    name = blake2b(seed.encode("utf-8", "replace"), digest_size=8).hexdigest()
    while name in used:
        name = blake2b(name.encode(), digest_size=8).hexdigest()
    used.add(name)
    return name
