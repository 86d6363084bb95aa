"""A front page of a real day, where the corpora are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.front_page import edition, read, stories_of


@pytest.mark.slow
def test_a_real_day_fills_a_front_page_of_several_papers(corpora: Path | None) -> None:
    folder = corpora / "sameday/2020-05/2020-05-28" if corpora else None
    if folder is None or not folder.is_dir():
        return
    day = read(folder, {}, {"foxnewstv": "fox", "cnntv": "cnn"})
    stories = stories_of(day)
    made = edition(day, stories, (), 12)
    assert len(made.items) == 12
    assert len(made.items) + len(made.left_out) == len(stories)
    assert len({item.paper for item in made.items}) >= 4
    assert len(made.items[0].also_in) >= 3
    assert not any(item.sponsored for item in made.items[:1])
