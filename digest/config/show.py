"""The settings shown: effective values without secrets, and the JSON Schema for editors."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic.json_schema import GenerateJsonSchema

from digest.config.settings import Config
from digest.config.values import duration_text, nearest
from digest.errors import UsageError

MASK = "********"
_FROM_ENV = {"type": "string", "pattern": r"\$\{"}
_SECRET_PARAMETER = re.compile(
    r"(?i)([?&;][^=&;#]*(?:key|token|secret|password|passwd|auth)[^=&;#]*=)[^&;#]+"
)


def shown(config: Config) -> dict[str, Any]:
    """The effective values as YAML and JSON can hold them; secrets and passwords in addresses are masked."""
    masked: dict[str, Any] = _masked(config.model_dump(mode="json"))
    return masked


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return mask(value) if isinstance(value, str) and "://" in value else value


def mask(url: str) -> str:
    """An address without its password, and without the values of parameters named like secrets."""
    try:
        parts = urlsplit(url)
        if parts.password is not None:
            user, host = parts.netloc.rpartition("@")[0].partition(":")[0], parts.netloc.rpartition("@")[2]
            url = urlunsplit(parts._replace(netloc=f"{user}:{MASK}@{host}"))
    except ValueError:
        return MASK
    return _SECRET_PARAMETER.sub(rf"\g<1>{MASK}", url)


class _Generator(GenerateJsonSchema):
    def encode_default(self, dft: Any) -> Any:
        """Durations as they are written in the file."""
        if isinstance(dft, dt.timedelta):
            return duration_text(dft)
        if isinstance(dft, tuple):
            return [self.encode_default(item) for item in dft]
        return super().encode_default(dft)


def schema() -> dict[str, Any]:
    """The JSON Schema of config.yaml (draft 2020-12), for editors that complete and check YAML."""
    made = Config.model_json_schema(schema_generator=_Generator)
    smtp = made["$defs"]["DeliverSettings"]["properties"]["smtp"]
    made["$defs"]["DeliverSettings"]["properties"]["smtp"] = {
        "description": smtp["description"],
        "anyOf": [smtp["items"], {"type": "array", "items": smtp["items"]}],
    }
    polished: dict[str, Any] = _polished(made)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "config.yaml of digest",
        **polished,
    }


def _polished(part: Any, *, names: bool = False) -> Any:
    """Without pydantic's titles, closed to unknown names, and with ${ENV} allowed for numbers and choices.

    ``names`` is true for a mapping of names to schemas, where "title" and "type" are names like any other.
    """
    if isinstance(part, list):
        return [_polished(item) for item in part]
    if not isinstance(part, dict):
        return part
    found = {
        key: value if key == "default" else _polished(value, names=key in ("properties", "$defs"))
        for key, value in part.items()
        if names or key != "title"
    }
    if names:
        return found
    if "patternProperties" in found:
        found["additionalProperties"] = False
    typed = found.get("type") in ("integer", "number", "boolean") or "enum" in found or "pattern" in found
    if not typed or found == _FROM_ENV:
        return found
    kept = {key: found.pop(key) for key in ("description", "default") if key in found}
    return {**kept, "anyOf": [found, _FROM_ENV]}


def part(values: Any, path: str) -> Any:
    """The values at a key path such as ``newsletters.daily.sections[0]``, all of them without one.

    Raises UsageError with the nearest key.
    """
    for key in re.findall(r"[^.\[\]]+", path):
        if isinstance(values, list) and key.isdecimal() and int(key) < len(values):
            values = values[int(key)]
        elif isinstance(values, dict) and key in values:
            values = values[key]
        else:
            known = list(values) if isinstance(values, dict) else []
            advice = nearest(key, known) or (
                f"There is {', '.join(known)}." if known else "Name a key above it."
            )
            raise UsageError(f"There is no {key} in {path}.", advice[:1].upper() + advice[1:])
    return values
