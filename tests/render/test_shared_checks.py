"""The independent checkers, where they are at hand; our own statements of the same stand in the other files."""

from __future__ import annotations

import contextlib
import io
import runpy
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from digest.render.words import LANGUAGES
from tests.render.conftest import receive
from tests.render.newsroom import LAYOUTS, everything, large, native, newsletter

# Can I email counts clients that ignore these; they lose nothing by ignoring them, and <body> only its colour,
# which the outermost table has too.
HARMLESS = "html-aria-hidden,html-body,css-border-radius,css-box-shadow"


def lint(corpora: Path, file: Path) -> str:
    """What the linter prints; it runs in this process, for it is started dozens of times."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(sys, "argv", ["eml_lint.py", str(file)])
        with warnings.catch_warnings(action="ignore"), pytest.raises(SystemExit) as left:
            runpy.run_path(str(corpora / "checks" / "eml_lint.py"))
    assert left.value.code == 0, printed.getvalue()
    return printed.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_linter_finds_no_must_and_at_most_three_shoulds(
    corpora: Path | None, tmp_path: Path, language: str
) -> None:
    for layout in LAYOUTS if corpora else ():
        letter = receive(native(language), newsletter(language, layout))
        file = tmp_path / f"{layout}.eml"
        file.write_bytes(letter.raw)
        found = lint(corpora, file)
        assert "MUST failed 0" in found
        # Three of its wishes look for English, French or German words.
        assert found.count("FAIL SHOULD") <= (0 if language in {"en", "fr"} else 3), found


@pytest.mark.slow
def test_the_mail_linter_passes_the_fullest_and_the_largest_edition(
    corpora: Path | None, tmp_path: Path
) -> None:
    for number, edition in enumerate((everything(), large(30), large(100, words=60)) if corpora else ()):
        file = tmp_path / f"{number}.eml"
        file.write_bytes(receive(edition).raw)
        assert "MUST failed 0" in lint(corpora, file)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_client_family_is_left_behind(corpora: Path | None, tmp_path: Path, layout: str) -> None:
    if corpora is None:
        return
    file = tmp_path / "mail.html"
    file.write_text(receive(everything(), newsletter("en", layout)).html)
    checks = corpora / "checks"
    command = [sys.executable, checks / "caniemail_lint.py", checks / "caniemail.json", file, "--min", "70"]
    done = subprocess.run(
        [*map(str, command), "--allow", HARMLESS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
