"""The pictures of an entry, best first, each with its own caption, credit, alternative text and size."""

from __future__ import annotations

import re
from collections.abc import Iterable

from digest import text
from digest.model import Picture
from digest.pull import candidates, figures
from digest.pull.candidates import Candidate
from digest.pull.credits import bare, split

MOST = 5  # pictures kept of one entry
LONGEST_CAPTION = 600  # characters
LONGEST_ALT = 250
LEAST_GOOD_WIDTH = 300  # narrower ones come after the others

_FILE_NAME = re.compile(r"\S+\.(?:jpe?g|png|gif|webp|avif|tiff?)|\S*(?:IMG|DSC|image|photo|foto)[-_]?\d+\S*|\S*[\d_]{5,}\S*|\w+(?:[-_]\w+){2,}",
                        re.IGNORECASE)  # fmt: skip
_EMPTY_ALT = frozenset({"image", "photo", "picture", "foto", "bild", "img", "thumbnail", "none", "null"})


def find(html: Iterable[str], base: str) -> list[Candidate]:
    """Everything in an entry's HTML texts that can be a picture of its story."""
    return [candidate for body in html for candidate in figures.find(body, base)]


def choose(found: Iterable[Candidate], title: str, *texts: str) -> tuple[Picture, ...]:
    """One picture for each group of forms, best first; words that only repeat the entry's own are dropped."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in found:
        groups.setdefault(_joined(groups, candidate), []).append(candidate)
    if not groups:
        return ()
    said = {text.fold(t) for t in (title, *texts)}
    ranked = sorted(
        filter(None, map(_forms, groups.values())), key=_tier
    )  # stable: the feed's order within a tier
    pictures = (_picture(forms, said) for forms in ranked[:MOST])
    return tuple({picture.url: picture for picture in pictures}.values())


def _forms(group: list[Candidate]) -> list[Candidate]:
    """The forms of one picture, fittest first; none when the fittest address is not a picture's."""
    forms = sorted((c for c in group if candidates.is_large(c)), key=candidates.fitness, reverse=True)
    while forms and not candidates.is_picture(forms[0]):
        del forms[0]
    return forms


def _joined(groups: dict[str, list[Candidate]], candidate: Candidate) -> str:
    """The group of a form: its own, or that of the same picture met elsewhere (an enclosure beside Media RSS)."""
    if candidate.group in groups:
        return candidate.group
    key = candidates.same_picture(candidate.url)
    for group, forms in groups.items():
        if any(key == candidates.same_picture(form.url) for form in forms):
            return group
    return candidate.group


def _tier(forms: list[Candidate]) -> int:
    if all(form.minor for form in forms):
        return 2
    return 0 if candidates.fitness(forms[0]) >= LEAST_GOOD_WIDTH else 1


def _picture(forms: list[Candidate], said: set[str]) -> Picture:
    best = forms[0]
    given = next((f.credit for f in forms if bare(f.credit)), "")
    caption, credit = split(next((f.caption for f in forms if f.caption), ""), given)
    if text.fold(caption) in said or _is_file_name(caption):
        caption = ""
    alt = next((f.alt for f in forms if _says_something(f.alt, {*said, text.fold(caption)})), "")
    return Picture(
        url=best.url,
        caption=text.truncate(caption, LONGEST_CAPTION),
        credit=credit,
        alt=text.truncate(alt, LONGEST_ALT),
        width=best.width,
        height=best.height,
        type=best.type,
    )


def _says_something(alt: str, said: set[str]) -> bool:
    key = text.fold(alt)
    return bool(key) and key not in said and key not in _EMPTY_ALT and not _is_file_name(alt)


def _is_file_name(words: str) -> bool:
    return " " not in words and bool(_FILE_NAME.fullmatch(words))
