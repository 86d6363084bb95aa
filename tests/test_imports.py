"""Imports go one way: the order of the design, read from the source."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "digest"
STAGES = {"pull", "group", "compose", "render", "deliver"}
SHELLS = {"cli", "daemon", "jobs", "desk", "site", "__main__"}
TOP = {"pipeline", "store", "demo", "testing", *SHELLS}


def imports(file: Path) -> set[str]:
    """The parts of ``digest`` that a module imports, at whatever depth."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and node.module == "digest":
            names = [f"digest.{alias.name}" for alias in node.names]
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("digest.")}
    return found


def part(file: Path) -> str:
    """``pull`` for digest/pull/fetch.py, ``slots`` for digest/slots.py."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_imports_go_one_way() -> None:
    wrong = []
    for file in PACKAGE.rglob("*.py"):
        here = part(file)
        if here in SHELLS | {"__init__"}:
            continue
        banned = set(SHELLS)
        if here in STAGES:
            banned |= TOP | STAGES
        elif here == "store":
            banned |= STAGES | {"pipeline", "demo"}
        elif here not in TOP:  # the bottom: model, errors, config, and the small pure helpers
            banned |= TOP | STAGES
        wrong += [f"{file.relative_to(PACKAGE)} imports {name}" for name in (imports(file) & banned) - {here}]
    assert wrong == []


def test_model_and_errors_import_nothing_of_ours() -> None:
    assert imports(PACKAGE / "model.py") == set()
    assert imports(PACKAGE / "errors.py") == set()
