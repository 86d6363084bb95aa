"""The reference of config.yaml as Markdown, made from the settings: docs/configuration.md."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from digest.config import theme, values
from digest.config.settings import Config, Name
from digest.config.values import LANGUAGES, duration_text

_HEAD = f"""\
# config.yaml

Made from the settings themselves by `make reference`; do not edit it here.

One file holds everything. `digest config check` names every problem at once, with its line and what to write
instead; `digest config show` prints the effective values; `digest config schema` prints a JSON Schema, which
editors use to complete and check while you type:

```yaml
# yaml-language-server: $schema=digest.schema.json
```

- **Where it is looked for**: `--config FILE`, else `$DIGEST_CONFIG`, else `config.yaml` here.
- **Paths** start from the folder the file is in.
- **Secrets** never stand in it: write `${{NAME}}` and set NAME in the environment, or `${{NAME:-default}}`.
  `$${{` stands for the signs themselves.
- **Durations** are numbers with a unit: `20s`, `90m`, `24h`, `2d`, `1w`, `1h30m`.
- **Every value is the text you typed** until the setting gives it a type: `17:30`, `no` and `0123` need no quotes.
- **Anchors and merge keys** (`&daily`, `<<: *daily`) work, for newsletters that are almost alike.
- **Short names** (of newsletters, slots and feeds) are small letters, digits and hyphens.
- **Languages** of a newsletter: {", ".join(f"`{code}` {name}" for code, name in LANGUAGES.items())}.
"""
_TYPES: tuple[tuple[Any, str], ...] = (
    (values.Duration, "duration"),
    (values.LongDuration, "duration"),
    (values.TimeOfDay, "time of day"),
    (values.Moment, "date and time"),
    (values.Dates, "list of dates"),
    (values.Zone, "time zone"),
    (values.Language, "language"),
    (values.Tag, "language"),
    (values.Address, "mail address"),
    (values.OptionalAddress, "mail address"),
    (values.WebUrl, "address"),
    (values.SecureUrl, "https address"),
    (values.SiteUrl, "https address"),
    (values.FeedUrl, "address"),
    (theme.Colour, "colour"),
    (Name, "short name"),
    (SecretStr, "secret"),
    (dt.datetime, "date and time"),
    (str, "text"),
    (bool, "true or false"),
    (int, "whole number"),
    (float, "number"),
)


def reference() -> str:
    """Every setting with its type, default and meaning."""
    parts = [_HEAD]
    for path, model in _models(Config, ""):
        title = f"`{path}`" if path else "At the top"
        about = " ".join((model.__doc__ or "").split())
        rows = [_row(name, field, model) for name, field in model.model_fields.items()]
        head = ["| key | what it is | default | what it means |", "|---|---|---|---|"]
        parts.append("\n".join([f"## {title}", "", about, "", *head, *rows, ""]))
    return "\n".join(parts)


def _models(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every settings class with the key path where it stands, in the order of the file."""
    yield path, model
    for name, field in model.model_fields.items():
        inner, suffix = _inner(field.annotation)
        if inner is not None:
            yield from _models(inner, f"{path}.{name}{suffix}" if path else f"{name}{suffix}")


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """The settings class inside an annotation, and how its key path goes on."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin = get_origin(annotation)
    suffix = ".NAME" if origin is dict else "[]" if origin is tuple else ""
    for argument in reversed(get_args(annotation)):
        found, further = _inner(argument)
        if found is not None:
            return found, suffix + further
    return None, ""


def _row(name: str, field: FieldInfo, model: type[BaseModel]) -> str:
    meaning = " ".join((field.description or "").split())
    # As written: FieldInfo.annotation has lost what tells a duration from a positive one.
    annotation = get_type_hints(model, include_extras=True)[name]
    cells = (f"`{name}`", _type(annotation), _default(field), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    known = next((word for type_, word in _TYPES if annotation == type_), "")
    if known:
        return known
    if origin is Annotated:
        return _type(arguments[0]) + _bounds(arguments[1:])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if origin in (tuple, dict):
        return _collection(origin, arguments)
    return _type(arguments[0]) if type(None) in arguments else "keys below"


def _collection(origin: Any, arguments: tuple[Any, ...]) -> str:
    if origin is dict:
        return "names, each with keys below"
    return "list, each with keys below" if _inner(arguments[0])[0] else f"list of {_type(arguments[0])}"


def _bounds(metadata: tuple[Any, ...]) -> str:
    found = {
        key: value
        for field in metadata
        for part in getattr(field, "metadata", ())
        for key, value in _limits(part)
    }
    if "ge" in found and "le" in found:
        return f", {found['ge']:g} to {found['le']:g}"
    if "ge" in found:
        return f", at least {int(found['ge']):,}"
    return f", more than {found['gt']:g}" if "gt" in found else ""


def _limits(part: Any) -> Iterator[tuple[str, float]]:
    for key in ("ge", "gt", "le"):
        value = getattr(part, key, None)
        if isinstance(value, int | float):
            yield key, value


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "**needed**"
    if isinstance(value, BaseModel) or value in (None, "", (), {}, frozenset()):
        return ""
    if isinstance(value, SecretStr):
        return ""
    if isinstance(value, dt.timedelta):
        return f"`{duration_text(value)}`"
    if isinstance(value, tuple):
        return (
            "`["
            + ", ".join(duration_text(v) if isinstance(v, dt.timedelta) else str(v) for v in value)
            + "]`"
        )
    return f"`{json.dumps(value)}`" if isinstance(value, bool) else f"`{value}`"
