"""What the sample papers publish and when, read from the YAML files beside this module."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

# The papers' local time. The sample plays on two November days, so one offset is enough.
ZONE = dt.timezone(dt.timedelta(hours=1))
DAYS = {"sun": dt.date(2026, 11, 22), "mon": dt.date(2026, 11, 23)}
MOST_ENTRIES = 40  # a feed serves its newest forty

# PyYAML's C parser reads the newsroom in a tenth of the time; it is not in every build.
Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as a paper prints it. ``file`` is its name without ``.jpg``."""

    file: str
    caption: str = ""
    credit: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One version of one entry."""

    slug: str
    title: str
    published: dt.datetime
    updated: dt.datetime
    standfirst: str = ""
    kicker: str = ""
    tags: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    text: tuple[str, ...] = ()  # paragraphs
    picture: Shot | None = None
    language: str = ""  # where it differs from its paper's
    link: str = ""

    @property
    def categories(self) -> tuple[str, ...]:
        """The kicker first, then the other tags."""
        return tuple(name for name in (self.kicker, *self.tags) if name)


@dataclass(frozen=True, slots=True)
class Paper:
    """A feed of a sample paper: who publishes it, in which dialect, and every version of every piece."""

    name: str
    paper: str
    title: str
    site: str
    about: str
    language: str
    dialect: str
    pieces: tuple[tuple[Piece, ...], ...]  # of each piece its versions, oldest first

    def at(self, now: dt.datetime) -> tuple[Piece, ...]:
        """What its feed holds at ``now``: the newest published pieces, newest first, in their words of then."""
        out = [[v for v in versions if v.updated <= now] for versions in self.pieces]
        current = [versions[-1] for versions in out if versions]
        newest = sorted(current, key=lambda piece: (piece.published, piece.slug), reverse=True)
        return tuple(newest[:MOST_ENTRIES])


def paper_names() -> tuple[str, ...]:
    """The names of every sample feed, in order."""
    names = [file.name for file in _folder("newsroom").iterdir()]
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def picture_names() -> tuple[str, ...]:
    """The names of every sample picture, with ``.jpg``, in order."""
    return tuple(sorted(f.name for f in _folder("pictures").iterdir() if f.name.endswith(".jpg")))


def read_picture(name: str) -> bytes:
    """The bytes of a sample picture, by a name of ``picture_names()``."""
    return (_folder("pictures") / name).read_bytes()


@cache
def read_paper(name: str) -> Paper:
    """Read one sample feed's YAML file, by a name of ``paper_names()``."""
    raw = yaml.load((_folder("newsroom") / f"{name}.yaml").read_text("utf-8"), Loader)  # noqa: S506 (safe loaders both)
    entries = raw.pop("entries")
    pieces = tuple(_versions(entry, raw["site"]) for entry in entries)
    return Paper(name=name, pieces=pieces, **raw)


def _folder(name: str) -> Traversable:
    return files("digest.demo") / name


def _versions(entry: dict[str, Any], site: str) -> tuple[Piece, ...]:
    """The versions of one entry: as first published, then each of ``later`` with only what it changes."""
    later = entry.pop("later", [])
    published = _moment(entry.pop("at"))
    slug = entry.pop("slug")
    link = f"{site}/{published:%Y/%m/%d}/{slug}"
    first = Piece(slug=slug, published=published, updated=published, link=link, **_fields(entry))
    versions = [first]
    for change in later:
        moment = _moment(change.pop("at"))
        versions.append(dataclasses.replace(versions[-1], updated=moment, **_fields(change)))
    return tuple(versions)


def _fields(raw: dict[str, Any]) -> dict[str, Any]:
    """YAML values as ``Piece`` has them."""
    fields: dict[str, Any] = {
        key: value.strip() if isinstance(value, str) else value for key, value in raw.items()
    }
    for name in ("by", "tags"):
        if name in fields:
            fields[name] = tuple(fields[name])
    if "text" in fields:
        fields["text"] = tuple(" ".join(paragraph.split()) for paragraph in fields["text"].split("\n\n"))
    if "standfirst" in fields:
        fields["standfirst"] = " ".join(fields["standfirst"].split())
    if "picture" in fields:
        fields["picture"] = Shot(**fields["picture"])
    return fields


def _moment(text: str) -> dt.datetime:
    """``mon 17:05`` as an instant."""
    day, time = text.split()
    return dt.datetime.combine(DAYS[day], dt.time.fromisoformat(time), ZONE)
