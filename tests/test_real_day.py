"""The main job on real input: a day of real papers, over real HTTP, into mail through a real SMTP server."""

from __future__ import annotations

import asyncio
import datetime as dt
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from lxml import etree

from tools.real_day import Rehearsed, rehearse

NOW = dt.datetime(2020, 5, 28, 20, 0, tzinfo=dt.UTC)
MEDIA = "{http://search.yahoo.com/mrss/}"


@pytest.fixture(scope="module")
def day(corpora: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed | None:
    """2020-05-28 as some twenty papers told it; None where the corpora are not."""
    if corpora is None:
        return None
    return asyncio.run(
        rehearse(corpora / "corpora/sameday/2020-05/2020-05-28", NOW, tmp_path_factory.mktemp("day"))
    )


@pytest.mark.slow
def test_no_real_feed_fails(day: Rehearsed | None) -> None:
    if day is not None:
        assert "failed" not in day.gathered.outcomes


@pytest.mark.slow
def test_every_real_entry_has_a_title_a_link_and_a_sane_date(day: Rehearsed | None) -> None:
    for entry in day.entries if day else ():
        assert entry.title.strip()
        assert entry.url.startswith(("http://", "https://"))
        assert dt.datetime(2010, 1, 1, tzinfo=dt.UTC) < entry.published <= NOW


@pytest.mark.slow
def test_captions_sit_under_their_own_pictures(day: Rehearsed | None, corpora: Path | None) -> None:
    """Read once more, independently: in the New York Times's feed a description stands beside its content."""
    if day is None or corpora is None:
        return
    feed = etree.parse(corpora / "corpora/sameday/2020-05/2020-05-28/nytimes.xml")
    captions = {
        content.get("url"): " ".join((item.findtext(f"{MEDIA}description") or "").split())
        for item in feed.iter("item")
        for content in item.iter(f"{MEDIA}content")
    }
    found = [p for e in day.entries if e.paper == "nytimes" for p in e.pictures]
    assert len(found) > 10
    for picture in found:
        if picture.caption:
            assert captions[picture.url].startswith(picture.caption[:40])


@pytest.mark.slow
def test_the_edition_is_mailed_once_to_each_reader(day: Rehearsed | None) -> None:
    if day is None:
        return
    mails = [message_from_bytes(content, policy=default) for content in day.messages]
    assert len({mail["To"] for mail in mails}) == len(mails) == 3
    assert len(day.built.edition.items) == 12
    html = mails[0].get_body(("html",)).get_content()
    assert all(item.url.split("?")[0] in html for item in day.built.edition.items)


@pytest.mark.slow
def test_some_real_stories_are_told_in_several_feeds_but_not_most(day: Rehearsed | None) -> None:
    if day is not None:
        assert 10 < len(day.shared) < 0.3 * len(day.built.stories)
