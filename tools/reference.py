"""Write the reference pages of docs/ anew, from the code itself: settings, commands, template context, metrics, states."""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import inspect
import io
import tokenize
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

from prometheus_client.metrics import MetricWrapperBase

import digest.model
import digest.slots
from digest.cli.reference import commands
from digest.config.reference import reference as configuration
from digest.daemon.metrics import Metrics
from digest.model import FINAL
from digest.render import context as views
from digest.slots import FINISHED, NEXT
from digest.store.figures import Figures

DOCS = Path(__file__).parent.parent / "docs"
MADE = "Made from the code by `make reference`; do not edit it here."
NOW = dt.datetime(2026, 5, 4, 17, 0, tzinfo=dt.UTC)
VIEWS = (
    "Context",
    "CorrectionView",
    "SectionView",
    "StoryView",
    "PictureView",
    "LinkView",
    "LinksView",
    "FontsView",
)


def remarks(module: ModuleType) -> Mapping[int, str]:
    """The remark at the end of each line of a module's source, by line number."""
    tokens = tokenize.generate_tokens(io.StringIO(inspect.getsource(module)).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}


def tree(module: ModuleType) -> ast.Module:
    """A module's source, parsed."""
    return ast.parse(inspect.getsource(module))


def row(*cells: str) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


# --- what templates see -------------------------------------------------------------------------------


def template_context() -> str:
    """docs/context.md."""
    parts = [
        "# What templates can name\n",
        f"{MADE} How templates are written: [Templates](templates.md).\n",
        "Text is plain; templates escape it. A name that does not exist is an error with file and line.\n",
    ]
    classes = {node.name: node for node in tree(views).body if isinstance(node, ast.ClassDef)}
    said = remarks(views)
    for name in VIEWS:
        about = (ast.get_docstring(classes[name]) or "").split("\n")[0]
        parts += [f"## `{name}`\n", f"{about}\n", "| name | type | what it is |\n|---|---|---|"]
        parts += [*_fields(classes[name], said), ""]
    return "\n".join(parts)


def _fields(view: ast.ClassDef, said: Mapping[int, str]) -> Iterator[str]:
    for node in view.body:
        if isinstance(node, ast.AnnAssign):
            yield row(f"`{ast.unparse(node.target)}`", _type(node.annotation), said[node.lineno])
        elif isinstance(node, ast.FunctionDef):  # a property
            about = (ast.get_docstring(node) or "").rstrip(".")
            yield row(f"`{node.name}`", _type(cast("ast.expr", node.returns)), about)


def _type(annotation: ast.expr) -> str:
    """``tuple[StoryView, ...]`` -> "list of `StoryView`"; ``int | None`` -> "`int` or none"."""
    text = ast.unparse(annotation).removesuffix(" | None")
    many = text.removeprefix("tuple[").removesuffix(", ...]")
    shown = f"`{many}`" if many == text else f"list of `{many}`"
    return f"{shown} or none" if ast.unparse(annotation) != text else shown


# --- metrics ------------------------------------------------------------------------------------------


def metrics() -> str:
    """docs/metrics.md."""
    lines = [
        "# Metrics\n",
        f"{MADE} Where they are served, and which deserve an alarm: [Operating](operating.md#see).\n",
        "| metric | kind | labels | what it says |\n|---|---|---|---|",
    ]
    made = Metrics(cast("Any", _well()))
    for counted in (part for part in vars(made).values() if isinstance(part, MetricWrapperBase)):
        counted.labels(*counted._labelnames)  # noqa: SLF001 - a label that was never used is in no sample
    for family in made.registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = ", ".join(f"`{label}`" for label in _labels(family))
        lines.append(row(f"`{name}`", family.type, labels, family.documentation))
    return "\n".join(lines) + "\n"


def _labels(family: Any) -> list[str]:
    found = {label for sample in family.samples for label in sample.labels if label != "le"}
    return sorted(found or getattr(family, "_labelnames", ()))


def _well() -> SimpleNamespace:
    """A daemon's health on a good day: something in every figure."""
    figures = Figures(1, 1, 0, 0, NOW, {"accepted": 1}, NOW, {("moselle", "done"): 1}, {"moselle": 1.0}, 0)
    newsroom = SimpleNamespace(clock=lambda: NOW, newsletters={})
    return SimpleNamespace(newsroom=newsroom, leader=True, held="", figures=lambda: figures)


# --- states -------------------------------------------------------------------------------------------


_DELIVERIES = """\
One edition to one person; how they follow each other: [Delivery](delivery.md#the-states). At the end the final
ones sum to the audience."""


def states() -> str:
    """docs/states.md."""
    slots, deliveries = _members(digest.slots, "State"), _members(digest.model, "DeliveryState")
    lines = [
        "# States\n",
        f"{MADE}\n",
        "## A slot and its edition\n",
        "What each means, and what may follow. `digest slots list` shows them.\n",
        "| state | what it means | may become |\n|---|---|---|",
        *(row(f"`{s}`", about, _following(s)) for s, about in slots.items()),
        "\n## A delivery\n",
        f"{_DELIVERIES}\n",
        "| state | what it means | final |\n|---|---|---|",
        *(row(f"`{s}`", about, "yes" if s in FINAL else "") for s, about in deliveries.items()),
    ]
    return "\n".join(lines) + "\n"


def _following(state: str) -> str:
    then = NEXT[cast("digest.slots.State", state)]
    ordered = [f"`{s}`" for s in NEXT if s in then]
    return "nothing: final" if state in FINISHED else ", ".join(ordered)


def _members(module: ModuleType, alias: str) -> dict[str, str]:
    """The strings of a ``Literal[...]`` of a module, with the remark beside each."""
    said = remarks(module)
    (found,) = (
        node.value
        for node in tree(module).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == alias
    )
    return {
        node.value: said[node.lineno]
        for node in ast.walk(found)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


PAGES: Mapping[str, Callable[[], str]] = {
    "configuration.md": configuration,
    "commands.md": commands,
    "context.md": template_context,
    "metrics.md": metrics,
    "states.md": states,
}


def undocumented() -> set[str]:
    """Views of digest/render/context.py that the page leaves out; nothing, unless one is new."""
    found = {name for name, value in vars(views).items() if dataclasses.is_dataclass(value)}
    return found - set(VIEWS) - {"Links", "SITE"}


def main() -> None:
    """Write them all."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
