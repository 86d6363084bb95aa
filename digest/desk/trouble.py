"""What stands in the way of an edition, for the page: what, where, and the lines around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from digest.errors import ConfigError, DigestError, TemplateError

AROUND = 4  # lines before and after


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file."""

    number: int
    text: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One mistake and where it is."""

    message: str
    file: str = ""
    line: int | None = None
    source: tuple[SourceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no edition to show."""

    title: str
    places: tuple[Place, ...]
    advice: str = ""


def trouble(error: Exception) -> Trouble:
    """An error as the page tells it."""
    if isinstance(error, ConfigError):
        places = tuple(
            Place(
                f"{p.path}: {p.message}" if p.path else p.message,
                error.file,
                p.line,
                excerpt(error.file, p.line),
            )
            for p in error.problems
        )
        return Trouble("The config has a problem", places, error.problems[0].advice if error.problems else "")
    if isinstance(error, TemplateError):
        place = Place(error.message, error.file, error.line, excerpt(error.file, error.line))
        return Trouble("A template has a problem", (place,), error.advice)
    if isinstance(error, DigestError):
        return Trouble("The edition cannot be made", (Place(error.message),), error.advice)
    return Trouble("Something unexpected happened", (Place(f"{type(error).__name__}: {error}"),))


def excerpt(file: str, line: int | None) -> tuple[SourceLine, ...]:
    """The lines around one; none when the file cannot be read."""
    try:
        lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines() if line else []
    except OSError:
        return ()
    wrong = line or 0
    numbers = range(max(1, wrong - AROUND), min(len(lines), wrong + AROUND) + 1)
    return tuple(SourceLine(number, lines[number - 1], number == wrong) for number in numbers)
