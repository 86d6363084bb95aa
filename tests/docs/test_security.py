"""docs/security.md: every fault and every bad input has a row, and every test it names exists once."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "security.md"
FAULTS, INPUTS = 45, 77


def names_in(file: Path) -> list[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        node.name for node in ast.walk(tree) if isinstance(node, functions) and node.name.startswith("test_")
    ]


def rows() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in lines
        if re.match(r"\| [FB]\d+ \|", line)
    ]


def test_every_fault_and_every_bad_input_has_one_row() -> None:
    expected = {*(f"F{n}" for n in range(1, FAULTS + 1)), *(f"B{n}" for n in range(1, INPUTS + 1))}
    assert Counter(row[0] for row in rows()) == Counter(expected)


def test_every_row_says_what_happens_and_names_a_test() -> None:
    odd = [
        row[0] for row in rows() if len(row) != 4 or len(row[2]) < 3 or not re.search(r"`test_\w+`", row[3])
    ]
    assert odd == []


def test_every_test_it_names_exists_once() -> None:
    there = Counter(name for file in (REPOSITORY / "tests").rglob("test_*.py") for name in names_in(file))
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 150
    assert {name: there[name] for name in named if there[name] != 1} == {}
