"""config.yaml -> Config: every problem reported at once, with key path, line and advice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from digest.config.checks import Checks, exposed
from digest.config.document import Node, parse, plain
from digest.config.explain import explained
from digest.config.resolve import newsletters, rooted
from digest.config.settings import Config
from digest.errors import ConfigError, Problem

__all__ = ["Loaded", "load", "load_text", "newsletters"]

LARGEST = 10_000_000  # bytes
# Stands in for a required value that is missing, so that the other checks can still look at the rest.
_STAND_INS: Mapping[str, Any] = {
    "newsletters": {
        "newsletter": {"title": "?", "slots": {"morning": "06:30"}, "sender": {"address": "a@b.invalid"}}
    },
    "title": "?",
    "slots": {"morning": "06:30"},
    "time": "06:30",
    "name": "?",
    "sender": {"address": "nobody@newsletter.invalid"},
    "address": "nobody@newsletter.invalid",
    "url": "https://feed.invalid/",
    "host": "?",
    "domain": "?",
    "selector": "?",
    "key_file": "",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A config that holds, what to mind about it, and the folder its relative paths start from."""

    config: Config
    warnings: tuple[Problem, ...]
    folder: Path


def load(
    path: Path, env: Mapping[str, str], *, folder: Path | None = None, today: dt.date | None = None
) -> Loaded:
    """Read and check a config file; raises ConfigError with every problem.

    ``folder`` is where relative paths start, the file's own by default; the config's paths come out absolute.
    """
    body, mode = _read(path)
    return load_text(body, path, env, mode=mode, folder=folder, today=today)


def load_text(
    body: bytes,
    path: Path,
    env: Mapping[str, str],
    *,
    mode: int = 0,
    folder: Path | None = None,
    today: dt.date | None = None,
) -> Loaded:
    """The same for what a file at ``path`` with permissions ``mode`` would hold; nothing is read."""
    root, problems = parse(body, env)
    start = (folder or path.parent).resolve()
    broken = root is None and bool(problems)
    config, more = (None, []) if broken else check(root, start, today or dt.datetime.now(dt.UTC).date())
    found = _sorted([*problems, *_unsaid(more, problems), *exposed(root, mode)])
    errors = tuple(problem for problem in found if not problem.warning)
    if errors or config is None:
        raise ConfigError(str(path), errors)
    return Loaded(rooted(config, start), tuple(p for p in found if p.warning), start)


def _read(path: Path) -> tuple[bytes, int]:
    """The file's bytes and its mode."""
    try:
        status = path.stat()
        if status.st_size > LARGEST:
            raise ConfigError(str(path), (Problem("", None, "is larger than 10 MB", "put feeds into OPML"),))
        return path.read_bytes(), status.st_mode
    except FileNotFoundError as error:
        advice = "digest init makes one; --config names another"
        raise ConfigError(str(path), (Problem("", None, "there is no such file", advice),)) from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise ConfigError(str(path), (Problem("", None, f"cannot be read: {said}"),)) from error


def check(root: Node | None, folder: Path, today: dt.date) -> tuple[Config | None, list[Problem]]:
    """The config and its problems; None instead of a config when single values do not hold."""
    if root is not None and (root.kind == "list" or root.text is not None):
        return None, [Problem("", root.start.line, "is not a mapping", "start with newsletters: and feeds:")]
    data = plain(root) or {}
    _keep_names(root, data)
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        problems = explained(error, root)
        rest = _salvaged(data, error)
        further = Checks(rest, root, folder, today).run() if rest else []
        return None, [*problems, *_unsaid(further, problems)]
    return config, Checks(config, root, folder, today).run()


def _keep_names(root: Node | None, data: dict[str, Any]) -> None:
    """A feed or newsletter with nothing below its name is a mistake, not an absence."""
    for part in ("feeds", "newsletters"):
        names = root.mapping.get(part) if root else None
        for name in names.mapping if names else ():
            data[part].setdefault(name, {})


def _unsaid(problems: Iterable[Problem], said: Iterable[Problem]) -> list[Problem]:
    """The problems that do not merely follow from one already named, at the same key or around it."""
    paths = [problem.path for problem in said if problem.path]
    return [
        p for p in problems if not any(p.path == q or p.path.startswith((f"{q}.", f"{q}[")) for q in paths)
    ]


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.line or 0, p.path))


def _salvaged(data: dict[str, Any], error: ValidationError) -> Config | None:
    """What is left of a config without the values that do not hold; None when nothing can be made of it."""
    for _ in range(3):  # taking the only slot away makes a newsletter without slots
        for found in error.errors():
            loc = [part for part in found["loc"] if part != "[key]"]
            _repair(data, loc, missing=found["type"] == "missing")
        try:
            return Config.model_validate(data)
        except ValidationError as again:
            error = again
    return None


def _repair(data: Any, loc: list[str | int], *, missing: bool) -> None:
    holder, last = _holder(data, loc)
    if not isinstance(holder, dict):
        return
    if missing or last in _STAND_INS:
        holder[last] = deepcopy(_STAND_INS.get(str(last), "?"))
    else:
        holder.pop(last, None)


def _holder(data: Any, loc: list[str | int]) -> tuple[Any, str | int | None]:
    """The innermost mapping on the way to ``loc``, and its key there."""
    found: tuple[Any, str | int | None] = (None, None)
    for part in loc:
        if isinstance(data, dict) and isinstance(part, str):
            found = data, part
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
    return found
