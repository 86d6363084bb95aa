"""The reference pages are the code's own words: a change of the code without them fails here."""

from __future__ import annotations

import pytest

from tests.conftest import REPOSITORY
from tools.reference import PAGES, undocumented


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str) -> None:
    page = (REPOSITORY / "docs" / name).read_text(encoding="utf-8")
    assert page == PAGES[name](), "the code has changed: run `make reference`"


def test_no_view_of_the_template_context_is_left_out() -> None:
    assert undocumented() == set()
