"""What pydantic found, told to the person who wrote the file: where it is, what is wrong, what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from digest.config.document import Node, find, key_path
from digest.config.settings import Config
from digest.config.values import nearest
from digest.errors import Problem
from digest.names import short_name

_NOUNS = {  # pydantic's error type -> what is needed, and how to write it
    "int_parsing": ("a whole number", ""),
    "int_type": ("a whole number", ""),
    "int_from_float": ("a whole number", ""),
    "float_parsing": ("a number", ""),
    "float_type": ("a number", ""),
    "finite_number": ("a number", ""),
    "bool_parsing": ("true or false", ""),
    "bool_type": ("true or false", ""),
    "string_type": ("a text", "put it on the key's own line, in quotes when it holds colons or brackets"),
    "dict_type": ("a mapping", "write its keys below it, each with two more spaces in front"),
    "model_type": ("a mapping", "write its keys below it, each with two more spaces in front"),
    "model_attributes_type": ("a mapping", "write its keys below it, each with two more spaces in front"),
    "tuple_type": ("a list", "write it in brackets: [one, two]"),
    "frozen_set_type": ("a list", "write it in brackets: [one, two]"),
    "list_type": ("a list", "write it in brackets: [one, two]"),
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least {}"),
    "greater_than": ("gt", "more than {}"),
    "less_than_equal": ("le", "at most {}"),
    "less_than": ("lt", "less than {}"),
}


def explained(error: ValidationError, root: Node | None) -> list[Problem]:
    """Every problem that pydantic found, with the line of its key."""
    found = error.errors()
    # "titel" explains already why there is no title.
    misspelt = {(*e["loc"][:-1], _near_here(e["loc"])) for e in found if e["type"] == "extra_forbidden"}
    return [_problem(e, root) for e in found if e["type"] != "missing" or e["loc"] not in misspelt]


def _problem(error: Any, root: Node | None) -> Problem:
    loc = tuple(part for part in error["loc"] if part != "[key]")
    found = find(root, loc)
    # A list that was written without its brackets has no indices of its own.
    path = key_path(found.path if found.node else loc)
    return Problem(path, found.line, *_words(error, loc))


def _words(error: Any, loc: Sequence[str | int]) -> tuple[str, str]:
    """Message and advice."""
    kind, value = error["type"], error["input"]
    context = error.get("ctx", {})
    match kind:
        case "digest":
            said = context["said"], context["advice"]
        case "missing":
            said = "is missing", meaning(loc)
        case "too_short":
            said = "is empty", meaning(loc)
        case "extra_forbidden":
            said = "is not known", _unknown(loc)
        case "literal_error":
            choices = re.findall(r"'([^']*)'", context["expected"])
            said = f"is {value!r}", nearest(str(value), choices) or f"use {' or '.join(choices)}"
        case "string_pattern_mismatch":
            said = _mismatch(str(value), error["loc"])
        case _ if kind in _LIMITS:
            key, limit = _LIMITS[kind]
            said = f"is {value}", f"use {limit.format(_number(context[key]))}"
        case _:
            needed, advice = _NOUNS.get(kind, ("", meaning(loc)))
            said = f"{_shown(value)}is not {needed}" if needed else error["msg"], advice
    return said


def _mismatch(value: str, loc: Sequence[str | int]) -> tuple[str, str]:
    if loc[-1] != "[key]":
        return f"{value!r} is not a colour", 'write # and six hexadecimal digits in quotes, such as "#9B1C1C"'
    name = short_name(value)
    return "is not a short name", f"use small letters, digits and hyphens: {name}" if name else ""


def _shown(value: object) -> str:
    """A short text as typed; of a list or a mapping nothing, its line is enough."""
    return f"{value!r} " if isinstance(value, str) and len(value) <= 60 else ""


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _near_here(loc: Sequence[str | int]) -> str:
    """The known key nearest to an unknown one, "" for none."""
    model = model_at(loc[:-1])
    return nearest(str(loc[-1]), model.model_fields, "{}") if model else ""


def _unknown(loc: Sequence[str | int]) -> str:
    """The nearest key here, or where a key of that name belongs."""
    elsewhere = [place for place in _known_places() if place.rpartition(".")[2] == str(loc[-1])]
    if near := _near_here(loc):
        return f"did you mean {near}?"
    if elsewhere:
        return f"it belongs to {' or '.join(elsewhere[:3])}"
    model = model_at(loc[:-1])
    return f"known here: {', '.join(model.model_fields)}" if model else ""


def model_at(loc: Sequence[str | int]) -> type[BaseModel] | None:
    """The settings class at a key path of config.yaml, None where there is none."""
    annotation: Any = Config
    for part in loc:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(part))
            annotation = _bare(field.annotation if field else None)
        else:
            inner = [a for a in get_args(annotation) if a is not Ellipsis]
            annotation = _bare(inner[-1]) if get_origin(annotation) in (dict, tuple) else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Without Annotated and Optional."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    choices = [a for a in get_args(annotation) if a is not type(None)]
    if type(None) in get_args(annotation) and len(choices) == 1:
        return _bare(choices[0])
    return annotation


def meaning(loc: Sequence[str | int]) -> str:
    """The first sentence of what a setting means, from its own docstring."""
    model = model_at(loc[:-1]) if loc else None
    field = model.model_fields.get(str(loc[-1])) if model else None
    sentence = re.split(r"(?<=\.)\s", " ".join((field.description or "").split()))[0] if field else ""
    return sentence.rstrip(".")


@cache
def _known_places() -> tuple[str, ...]:
    return tuple(path for path, _model, _name in walk(Config, ""))


def walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, type[BaseModel], str]]:
    """Every setting below ``model``: its key path with NAME for names, the class it stands in, its own name."""
    for name, field in model.model_fields.items():
        path = f"{prefix}.{name}" if prefix else name
        yield path, model, name
        annotation = _bare(field.annotation)
        if get_origin(annotation) is dict:
            path, annotation = f"{path}.NAME", _bare(get_args(annotation)[1])
        elif get_origin(annotation) is tuple:
            path, annotation = f"{path}[]", _bare(get_args(annotation)[0])
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from walk(annotation, path)
