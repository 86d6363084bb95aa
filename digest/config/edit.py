"""Editing the feeds of config.yaml as text, so that comments, order and layout stay the person's own.

Every edit is checked by reading the result: the data must be what was asked for, or nothing is changed.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from digest.config.document import Node, find, key_path, parse, plain
from digest.errors import UsageError

Loc = tuple[str | int, ...]
Fields = Mapping[str, str]


def add_feeds(text: str, feeds: Mapping[str, Fields], into: Loc | None = None) -> str:
    """The text with further feeds; ``into`` is the key path of a list that shall name them.

    Raises UsageError when the file is written in a way that cannot be added to safely.
    """
    root = _root(text)
    wanted = _data(root)
    taken = wanted.get("feeds") or {}
    for name in feeds:
        if name in taken:
            raise UsageError(f"There is a feed {name} already.", "Choose another name with --name.")
    edited = _Lines(text)
    if into is not None:
        _extend(edited, root, into, list(feeds))
        _list_at(wanted, into).extend(feeds)
    _append(edited, root, feeds)
    wanted["feeds"] = taken | {
        name: {key: literal(value) for key, value in fields.items()} for name, fields in feeds.items()
    }
    return _checked(edited, wanted)


def name_feed(text: str, name: str, into: Loc) -> str:
    """The text with a feed that it has named in one more list, by the list's key path.

    Raises UsageError when it is named there, or when the file is written in a way that cannot be added to safely.
    """
    root = _root(text)
    wanted = _data(root)
    edited = _Lines(text)
    _extend(edited, root, into, [name])
    if name in _list_at(wanted, into):
        raise UsageError(
            f"{name} is named in {key_path(into)} already.", "digest feeds list shows who reads it."
        )
    _list_at(wanted, into).append(name)
    return _checked(edited, wanted)


def remove_feed(text: str, name: str) -> str:
    """The text without a feed, and without its name in sections and newsletters.

    Raises UsageError when there is none of that name, when a section would be left without feeds (it would
    take every other story), or when the file is written in a way that cannot be taken from safely.
    """
    root = _root(text)
    wanted = _data(root)
    feeds = root.mapping.get("feeds")
    if feeds is None or name not in feeds.mapping:
        known = ", ".join(feeds.mapping) if feeds else "none"
        raise UsageError(f"There is no feed {name}.", f"There is {known}.")
    if feeds.flow:
        raise _unusual("feeds: is written in braces")
    edited = _Lines(text)
    for loc in _lists(wanted):
        if name in _list_at(wanted, loc):
            _drop(edited, root, loc, name)
            _list_at(wanted, loc).remove(name)
    value = feeds.mapping[name]
    first = feeds.keys[name].line
    edited.delete(first, edited.end_of_block(max(first, _last_line(value)), feeds.keys[name].column + 1))
    del wanted["feeds"][name]
    if not wanted["feeds"]:
        del wanted["feeds"]
    return _checked(edited, wanted)


# --- the tree -----------------------------------------------------------------------------------------


def _root(text: str) -> Node:
    root, problems = parse(text.encode(), None)
    if root is None or problems or root.kind != "mapping" or root.flow:
        raise _unusual("it does not hold as it stands") if problems else _unusual("it is no block of keys")
    return root


def _data(root: Node) -> dict[str, Any]:
    found: dict[str, Any] = plain(root)
    return copy.deepcopy(found)


def _unusual(why: str) -> UsageError:
    return UsageError(f"The config cannot be edited safely: {why}.", "Edit it by hand; nothing was changed.")


def _lists(data: Mapping[str, Any]) -> list[Loc]:
    """The key paths of every list of feeds in the newsletters."""
    found: list[Loc] = []
    for name, newsletter in (data.get("newsletters") or {}).items():
        at: Loc = ("newsletters", name)
        if isinstance(newsletter, dict):
            if isinstance(newsletter.get("feeds"), list):
                found.append((*at, "feeds"))
            for index, section in enumerate(newsletter.get("sections") or []):
                if isinstance(section, dict) and isinstance(section.get("feeds"), list):
                    found.append((*at, "sections", index, "feeds"))
    return found


def _list_at(data: Any, loc: Loc) -> list[str]:
    for part in loc:
        data = data[part]
    found: list[str] = data
    return found


def _last_line(node: Node) -> int:
    """The last line with anything of the node's own; libyaml's end mark lies beyond comments and blank lines."""
    inside = [*node.mapping.values(), *node.items]
    if node.flow or not inside:
        return node.end.line - (1 if node.end.column == 0 and node.end.line > node.start.line else 0)
    keys = [place.line for place in node.keys.values()]
    return max([*keys, *map(_last_line, inside)])


def _checked(edited: _Lines, wanted: Mapping[str, Any]) -> str:
    text = edited.text()
    root, problems = parse(text.encode(), None)
    if problems or plain(root) != wanted:
        raise _unusual("its layout is unusual")
    return text


# --- lines --------------------------------------------------------------------------------------------


class _Lines:
    """The file's lines with the edits made to them; line numbers stay those of the file as it was."""

    def __init__(self, text: str) -> None:
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._lines: list[str | None] = [line.removesuffix("\r") for line in text.split("\n")]
        self._after: dict[int, list[str]] = {}

    def text(self) -> str:
        """The edited file."""
        lines: list[str] = []
        for number, line in enumerate(self._lines, 1):
            if line is not None:
                lines.append(line)
            lines += self._after.get(number, [])
        return self._newline.join(lines)

    def line(self, number: int) -> str:
        """A line as it stands now."""
        return self._lines[number - 1] or ""

    def last(self) -> int:
        """The number of the last line with anything on it."""
        numbers = [number for number, line in enumerate(self._lines, 1) if line and line.strip()]
        return numbers[-1] if numbers else 1

    def replace(self, number: int, line: str) -> None:
        """Another text for a line."""
        self._lines[number - 1] = line

    def delete(self, first: int, last: int) -> None:
        """Take lines out."""
        self._lines[first - 1 : last] = [None] * (last - first + 1)

    def insert(self, after: int, lines: Sequence[str]) -> None:
        """Put lines behind a line."""
        self._after.setdefault(after, []).extend(lines)

    def end_of_block(self, number: int, column: int) -> int:
        """The last of the comments that follow line ``number`` at ``column`` or deeper: they belong to it."""
        while number < len(self._lines):
            line = self._lines[number] or ""
            if not line.lstrip().startswith("#") or len(line) - len(line.lstrip()) < column:
                break
            number += 1
        return number


# --- feeds --------------------------------------------------------------------------------------------


def _append(edited: _Lines, root: Node, feeds: Mapping[str, Fields]) -> None:
    block = root.mapping.get("feeds")
    if block is None:
        edited.insert(edited.last(), ["", "feeds:", *_written(feeds, "  ")])
        return
    key = root.keys["feeds"]
    if block.kind == "text" or (block.flow and not block.mapping):
        if block.flow:
            bare = edited.line(key.line)
            edited.replace(key.line, bare[: block.start.column].rstrip() + bare[block.end.column :])
        edited.insert(edited.end_of_block(key.line, 1), _written(feeds, "  "))
        return
    if block.flow or block.kind != "mapping":
        raise _unusual("feeds: is written in braces")
    column = max(place.column for place in block.keys.values())
    edited.insert(edited.end_of_block(_last_line(block), column), _written(feeds, " " * column))


def _written(feeds: Mapping[str, Fields], indent: str) -> list[str]:
    lines = []
    for name, fields in feeds.items():
        lines.append(f"{indent}{name}:")
        lines += [f"{indent}  {key}: {scalar(value)}" for key, value in fields.items()]
    return lines


def literal(text: str) -> str:
    """A text whose ``${…}`` asks for no environment variable: a feed that calls itself ${SMTP_PASSWORD} gets none."""
    return text.replace("${", "$${")


def scalar(text: str) -> str:
    """A text as YAML writes it on one line, literally, in quotes only where it must."""
    import yaml

    written: str = yaml.safe_dump(literal(text), allow_unicode=True, width=1_000_000)
    return written.removesuffix("\n").removesuffix("\n...")


# --- lists of names -----------------------------------------------------------------------------------


def _extend(edited: _Lines, root: Node, loc: Loc, names: Sequence[str]) -> None:
    node = find(root, loc).node
    if node is None or node.kind != "list":
        raise UsageError(f"{key_path(loc)} is no list.", "Write it as a list first: feeds: []")
    if not node.flow:
        lines = [" " * node.start.column + f"- {name}" for name in names]
        edited.insert(edited.end_of_block(_last_line(node), node.start.column + 1), lines)
        return
    line = edited.line(node.end.line)
    at = node.items[-1].end if node.items else None
    if at is not None and at.line == node.end.line:
        edited.replace(at.line, line[: at.column] + "".join(f", {n}" for n in names) + line[at.column :])
    elif at is None and node.start.line == node.end.line:
        edited.replace(
            node.end.line, line[: node.start.column] + f"[{', '.join(names)}]" + line[node.end.column :]
        )
    else:
        raise _unusual(f"{key_path(loc)} runs over several lines")


def _drop(edited: _Lines, root: Node, loc: Loc, name: str) -> None:
    node = find(root, loc).node
    assert node is not None
    if len(node.items) == 1:
        advice = "Name another one there first, or take that part out."
        raise UsageError(f"{name} is the only feed of {key_path(loc)}.", advice)
    index = next(at for at, item in enumerate(node.items) if item.text == name)
    item = node.items[index]
    if not node.flow:
        edited.delete(item.start.line, item.end.line)
        return
    following = index + 1 < len(node.items)
    start, end = (
        (item.start, node.items[index + 1].start) if following else (node.items[index - 1].end, item.end)
    )
    if start.line != end.line:
        raise _unusual(f"{key_path(loc)} runs over several lines")
    line = edited.line(start.line)
    edited.replace(start.line, line[: start.column] + line[end.column :])
