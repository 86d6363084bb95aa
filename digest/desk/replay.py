"""Decisions as a small YAML file: to keep, to send to a colleague, to replay on another database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from digest.compose.decisions import FIELDS
from digest.errors import UsageError
from digest.model import Decision

VERBS = ("pin", "hide", "move", "order", "merge", "split", "lead", "picture", "edit", "intro", "add")
MOST = 1_000
DEEPEST = 20  # lists and mappings in one another


def exported(newsletter: str, slot: str, decisions: Iterable[Decision], titles: dict[str, str]) -> str:
    """The decisions in force; headlines stand as comments-to-be under ``about``, for people."""
    rows = [_row(d, titles) for d in decisions]
    document = {"newsletter": newsletter, "slot": slot, "decisions": rows}
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


def _row(decision: Decision, titles: dict[str, str]) -> dict[str, Any]:
    about = titles.get(decision.entry, "")
    row = {"verb": decision.verb, "entry": decision.entry, "value": _value(decision.value), "about": about}
    return {key: value for key, value in row.items() if value}


def _value(value: str) -> Any:
    """A JSON object as a mapping, anything else as it is."""
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, dict) else value


def replayed(text: str) -> Sequence[tuple[str, str, str]]:
    """Verb, entry and value of each decision of such a file. Raises UsageError with the place of the first mistake."""
    try:
        _check(yaml.parse(text, yaml.SafeLoader))
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError("The file is not YAML.", " ".join(str(error).split())) from error
    rows = document.get("decisions") if isinstance(document, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST:
        raise UsageError(
            "The file has no list of decisions.", "Export one from the desk to see how it looks."
        )
    return [_wish(number, row) for number, row in enumerate(rows, 1)]


def _check(events: Iterable[yaml.Event]) -> None:
    """Raise UsageError for what no export of ours has: aliases, which a few lines spell out a billion times, and depth."""
    depth = 0
    # Made as they are asked for: what comes after the first that is refused is never read.
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
            raise UsageError(
                "The file is no list of decisions.", "Export one from the desk to see how it looks."
            )


def _wish(number: int, row: Any) -> tuple[str, str, str]:
    if not isinstance(row, dict) or row.get("verb") not in VERBS:
        raise UsageError(f"Decision {number} has no verb that is known.", f"There is {', '.join(VERBS)}.")
    value = row.get("value", "")
    if row["verb"] == "edit" and (not isinstance(value, dict) or set(value) - set(FIELDS)):
        raise UsageError(f"Decision {number} edits no known field.", f"There is {', '.join(FIELDS)}.")
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return row["verb"], str(row.get("entry", "")), said
