"""What other parsers' suites say of a feed, we give, or there is a reason: tools/parser_suites.py has the count."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.hostile.test_corpora import WHOLE
from tools.parser_suites import measure, ours, reason, table, theirs
from tools.peer_cases import Case, Wanted, cases

FEED = b"""<rss version="2.0"><channel><item><title>One &amp;lt;b&gt; two</title><link>javascript:alert(1)</link>
<author>jo@paper.example</author><pubDate>Mon, 04 May 2026 10:00:00 GMT</pubDate><description>Words.</description></item></channel></rss>"""


@pytest.mark.slow
def test_whatever_only_feedparser_gives_has_a_reason(corpora: Path | None) -> None:
    if corpora is None:
        return
    counts, differences = measure(islice(cases(corpora / "corpora/peers"), 0, None, 1 if WHOLE else 12))
    print(table(counts))  # noqa: T201 - pytest -s shows it, for docs/security.md
    assert sum(count["cases"] for count in counts.values()) > 300
    assert [d for d in differences if not d.reason] == []


def test_both_readings_are_of_the_same_feed() -> None:
    case = Case("made", "made.xml", FEED, "http://paper.example/feed")
    (mine,), (feedparsers,) = ours(case), theirs(case)
    assert mine.date == feedparsers.date == ("2026-05-04T10:00:00+00:00",)
    assert mine.content[0] == feedparsers.content[0] == "Words."
    assert (mine.link[0], feedparsers.link[0]) == ("http://paper.example/", "javascript:alert(1)")


def test_a_difference_without_a_reason_is_told() -> None:
    case = Case("made", "made.xml", FEED, "http://paper.example/feed")
    (mine,), (feedparsers,) = ours(case), theirs(case)
    lost = Wanted(0, "content", "Words that went away.")
    assert reason(lost, mine, feedparsers, case) == ""
    assert reason(Wanted(0, "link", "javascript:alert(1)"), mine, feedparsers, case)
    assert reason(Wanted(0, "author", "jo@paper.example"), mine, feedparsers, case)
