"""YAML as a tree of texts that knows its lines. The settings decide what a text means, not YAML.

YAML 1.1 reads ``17:30`` as 1050, ``no`` as false and ``0123`` as 83; here every scalar stays the text that
was typed until the setting it stands for turns it into a number or a time. The tree is built from events,
without recursion, so that a hostile file can exhaust neither the stack nor the memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from digest.errors import Problem

DEEPEST = 40
LARGEST = 500_000  # nodes, aliases spelled out

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# Control characters but tab and line feed, and halves of surrogate pairs, which "\\uD800" makes.
_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ENV = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_ENV_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_ADVICE = (  # what libyaml says -> what to do
    ("cannot start any token", "indent with spaces, never tabs; put quotes around @, ` and %"),
    ("mapping values are not allowed", "put quotes around a value that contains a colon and a space"),
    ("could not find expected ':'", "a key needs a colon and a space after it"),
    ("expected ',' or", "close the brackets and quotes here or just above"),
    ("did not find expected", "look at the indentation and the quotes here and just above"),
    ("control characters", "delete the invisible character, or save the file as UTF-8"),
    ("undefined alias", "a text that starts with * needs quotes"),
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the file; lines count from 1, columns from 0."""

    line: int
    column: int


@dataclass(slots=True)
class Node:
    """A value in the file: a text (None for nothing), a mapping or a list."""

    kind: Literal["text", "mapping", "list"]
    start: Place
    end: Place
    text: str | None = None
    mapping: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    flow: bool = False  # written with braces or brackets
    from_env: bool = False
    size: int = 1


def plain(node: Node | None) -> Any:
    """The data without places: dict, list and str. A key without a value is as good as absent."""
    if node is None or node.kind == "text":
        return None if node is None else node.text
    if node.kind == "list":
        return [plain(item) for item in node.items]
    values = ((key, plain(value)) for key, value in node.mapping.items())
    return {key: value for key, value in values if value is not None}


def key_path(loc: Sequence[str | int]) -> str:
    """``("newsletters", "evening", "sections", 0)`` -> ``newsletters.evening.sections[0]``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a key path: the part of the path that exists, the line of its last key, the value."""

    path: tuple[str | int, ...]
    line: int | None
    node: Node | None  # None when only a part of the path exists


def find(root: Node | None, loc: Sequence[str | int]) -> Found:
    """Look ``loc`` up. An index into something written without its list ("smtp: {host: …}") is passed over."""
    node, line = root, None
    path: list[str | int] = []
    for part in loc:
        if node is not None and isinstance(part, str) and part in node.mapping:
            line, node = node.keys[part].line, node.mapping[part]
        elif node is not None and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            line = node.start.line
        elif node is not None and isinstance(part, int) and node.kind != "list":
            continue
        else:
            return Found(tuple(path), line, None)
        path.append(part)
    return Found(tuple(path), line, node)


def parse(body: bytes, env: Mapping[str, str] | None) -> tuple[Node | None, list[Problem]]:
    """The tree of a file with ``${NAME}`` filled in from ``env`` (None: left as typed), and its problems."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        return None, [Problem("", line, "is not UTF-8", "save the file as UTF-8")]
    builder = _Builder(env)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or "it ends too early"
        if "nesting depth" in said:  # libyaml's own limit, met before ours when everything stands in one line
            return None, [_too_deep(mark.line + 1 if mark else None)]
        return None, [_syntax(said, text, mark.line + 1 if mark else None)]
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        return None, [_syntax(str(error.reason), text, line)]
    except _TooMuchError as error:
        return None, [error.problem]
    return builder.root, builder.problems


def _too_deep(line: int | None) -> Problem:
    return Problem("", line, f"is nested more than {DEEPEST} deep", "flatten it")


def _syntax(said: str, text: str, line: int | None) -> Problem:
    advice = next((advice for start, advice in _ADVICE if start in said), "")
    there = (text.splitlines()[line - 1 :] or [""])[0] if line else ""
    flow = re.search(r"[{\[,]", there)
    if flow and re.search(r"[\s,\[{]\$\{", there[flow.end() :]):
        advice = "inside braces and brackets put quotes around ${NAME}"
    return Problem("", line, f"is not YAML: {said}", advice)


class _TooMuchError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class _Frame:
    """A collection that has not ended."""

    node: Node
    anchor: str | None
    key: Node | None = None  # waiting for its value
    merges: list[Node] = field(default_factory=list)


class _Builder:
    """Takes YAML events one by one and grows the tree."""

    def __init__(self, env: Mapping[str, str] | None) -> None:
        self.env = env
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._frames: list[_Frame] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        """One event of ``yaml.parse``."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._start_document(_mark(event.start_mark))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(_mark(event.end_mark))
        elif isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _complain(self, line: int, message: str, advice: str = "") -> None:
        path: list[str | int] = []
        for frame in self._frames:
            if frame.node.kind == "list":
                path.append(len(frame.node.items))
            elif frame.key:
                path.append(frame.key.text or "")
        self.problems.append(Problem(key_path(path), line, message, advice))

    def _start_document(self, start: Place) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _TooMuchError(Problem("", start.line, "holds a second document", "take the line --- out"))

    def _start(self, event: Any) -> None:
        kind: Literal["mapping", "list"] = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
        start = _mark(event.start_mark)
        self._check_tag(event)
        if len(self._frames) >= DEEPEST:
            raise _TooMuchError(_too_deep(start.line))
        self._frames.append(_Frame(Node(kind, start, start, flow=bool(event.flow_style)), event.anchor))

    def _end(self, end: Place) -> None:
        frame = self._frames.pop()
        frame.node.end = end
        for source in frame.merges:  # the merge key of YAML 1.1: what stands in the mapping itself wins
            for name, value in source.mapping.items():
                frame.node.mapping.setdefault(name, value)
                frame.node.keys.setdefault(name, source.keys[name])
        self._put(frame.node, frame.anchor)

    def _alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        start = _mark(event.start_mark)
        if node is None:
            self._complain(start.line, f"*{event.anchor} is not known here", "define it above, or quote it")
            node = Node("text", start, start)
        self._put(node, None)

    def _put(self, node: Node, anchor: str | None) -> None:
        """Put a finished node where it belongs."""
        if anchor:
            self._anchors[anchor] = node
        if not self._frames:
            self.root = node
            return
        frame = self._frames[-1]
        if frame.node.kind == "mapping" and frame.key is None:
            frame.key = self._as_key(node)
            return
        frame.node.size += node.size
        if frame.node.size > LARGEST:
            message = f"has more than {LARGEST:,} values"
            raise _TooMuchError(Problem("", node.start.line, message, "put the feeds into an OPML file"))
        if frame.node.kind == "list":
            frame.node.items.append(node)
        else:
            self._enter(frame, node)

    def _as_key(self, node: Node) -> Node:
        if node.kind == "text":
            return Node("text", node.start, node.end, node.text or "")
        self._complain(node.start.line, "has a list or a mapping as a key", "keys are single words")
        return Node("text", node.start, node.end, "?")

    def _enter(self, frame: _Frame, value: Node) -> None:
        key = frame.key
        assert key is not None
        name = key.text or ""
        if name == "<<" and value.kind != "text":
            frame.merges += value.items if value.kind == "list" else [value]
        elif name in frame.node.mapping:
            first = frame.node.keys[name].line
            self._complain(key.start.line, "is there twice", f"the first is in line {first}; keep one")
        else:
            frame.node.mapping[name], frame.node.keys[name] = value, key.start
        frame.key = None

    def _scalar(self, event: Any) -> Node:
        self._check_tag(event)
        node = Node("text", _mark(event.start_mark), _mark(event.end_mark), event.value)
        if not event.style and event.value in _NULLS:
            node.text = None
        elif self.env is not None and "${" in event.value:
            node.from_env = True
            node.text = _ENV.sub(lambda found: self._filled(found, node.start.line), event.value)
        if _UNUSABLE.search(node.text or ""):
            self._complain(node.start.line, "holds a control character", "delete it")
            node.text = _UNUSABLE.sub("", node.text or "")
        return node

    def _filled(self, found: re.Match[str], line: int) -> str:
        if found[0] == "$${":
            return "${"
        assert self.env is not None
        name = _ENV_NAME.fullmatch(found[1])
        if not name or not found[0].endswith("}"):
            self._complain(line, f"{found[0]} is not ${{NAME}}", "write $${ for the signs themselves")
            return found[0]
        if name[2] is not None:
            return self.env.get(name[1]) or name[2]
        if name[1] not in self.env:
            advice = f"set it, or give a default: ${{{name[1]}:-something}}"
            self._complain(line, f"the environment variable {name[1]} is not set", advice)
            return found[0]
        return self.env[name[1]]

    def _check_tag(self, event: Any) -> None:
        if event.tag and not event.tag.startswith("tag:yaml.org,2002:") and event.tag != "!":
            self._complain(event.start_mark.line + 1, f"the tag {event.tag} means nothing here", "delete it")


def _mark(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column)
