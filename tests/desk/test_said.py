"""What the desk says of why a member is in its story."""

from __future__ import annotations

import pytest

from digest.desk.story import said
from digest.model import FIT, Reason


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason("own", "its own report, not an agency's", 0.5), "its own report, not an agency's"),
        (Reason("score", "tells what Herald tells", 0.9123, 0.5), "tells what Herald tells 0.91 over 0.50"),
        (Reason("score", "tells what Herald tells", 0.4, 0.5), "tells what Herald tells 0.40 under 0.50"),
        (Reason("cut", "below the cut: 1.20 against 1.50", 1.2, 1.5), "below the cut: 1.20 against 1.50"),
        (Reason(FIT, "its worth as a lead", 4.249), "its worth as a lead 4.2"),
    ],
)
def test_figures_stand_where_they_tell_something(reason: Reason, words: str) -> None:
    assert said(reason) == words
