"""Templates: found file by file, sandboxed, and documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.render.templates import builtin_folder
from tests.conftest import REPOSITORY
from tests.render.conftest import receive
from tests.render.newsroom import front

DOCUMENTATION = (REPOSITORY / "docs" / "templates.md").read_text()


def test_the_documentation_names_every_block() -> None:
    blocks = {path.name for path in (builtin_folder() / "mail" / "blocks").iterdir()}
    assert blocks == set(re.findall(r"^\| `([\w-]+\.html)`", DOCUMENTATION, re.MULTILINE))


def override(folder: Path, name: str, text: str) -> Path:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return folder


def test_a_publishers_file_replaces_one_block_and_leaves_the_others(tmp_path: Path) -> None:
    own = override(tmp_path, "mail/blocks/end-mark.html", "<tr><td>FIN {{ edition }}</td></tr>")
    letter = receive(front(), template_dir=own)
    assert "FIN evening edition" in letter.html
    assert "That’s your" not in letter.html
    assert "Lakeside Courier" in letter.html


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    import os

    own = override(tmp_path, "mail/blocks/end-mark.html", "<tr><td>one</td></tr>")
    assert "<td>one</td>" in receive(front(), template_dir=own).html
    override(tmp_path, "mail/blocks/end-mark.html", "<tr><td>two</td></tr>")
    os.utime(tmp_path / "mail/blocks/end-mark.html", (1, 1))
    assert "<td>two</td>" in receive(front(), template_dir=own).html


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<tr>\n\n{{ no_such_name }}</tr>", 3),
        ("<tr>\n{% if %}</tr>", 2),
        ("{{ stories[0].nothing }}", 1),
        ("\n\n\n{{ 1 / 0 }}", 4),
        ("{{ title.__class__.__mro__ }}", 1),
        ('{% include "mail/blocks/absent.html" %}', 1),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, text: str, line: int) -> None:
    own = override(tmp_path, "mail/blocks/end-mark.html", text)
    with pytest.raises(TemplateError) as caught:
        receive(front(), template_dir=own)
    assert caught.value.file == str(tmp_path / "mail/blocks/end-mark.html")
    assert caught.value.line == line
    assert "docs/context.md" in caught.value.advice


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("{{ titel }}", "Did you mean title?"),
        ("{{ sections[0].stories[0].headlin }}", "Did you mean headline?"),
    ],
)
def test_a_name_that_is_nearly_right_is_told(tmp_path: Path, text: str, near: str) -> None:
    own = override(tmp_path, "mail/blocks/end-mark.html", text)
    with pytest.raises(TemplateError) as caught:
        receive(front(), template_dir=own)
    assert caught.value.advice.startswith(near)


def test_a_template_cannot_change_what_it_is_given(tmp_path: Path) -> None:
    own = override(tmp_path, "mail/blocks/end-mark.html", "{{ sections.__setattr__('x', 1) }}")
    with pytest.raises(TemplateError):
        receive(front(), template_dir=own)
