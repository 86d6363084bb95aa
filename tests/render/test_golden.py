"""Golden editions, stored decoded, so that a change of the mail is a readable diff.

``DIGEST_GOLDEN=1 pytest tests/render/test_golden.py`` rewrites them (``make golden``). A missing one is
written and fails, so that it is looked at before it is committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from digest.model import Edition, Layout
from tests.render.conftest import Received, receive
from tests.render.newsroom import LAYOUTS, everything, native, newsletter

FOLDER = Path(__file__).parent.parent / "golden"
CASES: dict[str, tuple[Edition, str, Layout]] = {
    f"{language}-{layout}": (native(language), language, layout)
    for language in ("en", "fr", "ar")
    for layout in LAYOUTS
} | {"everything": (everything(), "en", "front-page")}


def decoded(letter: Received) -> dict[str, str]:
    """The three files of a golden edition."""
    headers = "\n".join(f"{name}: {value}" for name, value in letter.message.items())
    boundary = str(letter.message.get_boundary())
    return {
        "headers.txt": headers.replace(boundary, "BOUNDARY") + "\n",
        "body.txt": letter.text,
        "body.html": pretty(letter.html),
    }


def pretty(html: str) -> str:
    """One tag a line, one style rule a line."""
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"(?<=>)\s*(?=<)", "\n", html).replace("} .", "}\n."))


@pytest.mark.parametrize("name", CASES)
def test_the_mail_is_as_it_was_agreed(name: str) -> None:
    edition, language, layout = CASES[name]
    files = decoded(receive(edition, newsletter(language, layout)))
    folder = FOLDER / name
    rewrite = bool(os.environ.get("DIGEST_GOLDEN"))
    missing = [] if rewrite else [file for file in files if not (folder / file).exists()]
    for file in files if rewrite else missing:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(files[file], encoding="utf-8")
    assert not missing, f"{name} lacked {missing}, written now: look at them, then commit them"
    for file, text in files.items():
        assert text == (folder / file).read_text(encoding="utf-8"), (
            f"{name}/{file}: `make golden` rewrites it"
        )


def test_there_is_no_golden_edition_that_nothing_checks() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(CASES)


def test_everything_uses_every_block() -> None:
    """Each block's own words or class must show in the golden edition, or nobody would see it change."""
    html = (FOLDER / "everything" / "body.html").read_text(encoding="utf-8")
    for sign in (
        "mso-hide:all",
        "Change edition",
        "Good evening.",
        'class="section"',
        'class="lead-headline"',
        'class="thumbnail"',
        'class="kicker"',
        ">New:<",
        "Photo: ",
        "Also in",
        "More on this topic:",
        "❦",
        "Unsubscribe",
        'lang="ar" dir="rtl"',
        'lang="de"',
    ):
        assert sign in html, sign
