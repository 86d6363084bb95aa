"""How often feeds are pulled between slots."""

from __future__ import annotations

import datetime as dt

import pytest

from digest.config.newsletter import Newsletter
from digest.config.settings import NewsletterSettings, PullSettings, SenderSettings, SlotSettings
from digest.model import Feed, FeedState
from digest.rhythm import Activity, due_feeds, interval, stale_for, wanted_since

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
SETTINGS = PullSettings(every=15 * MINUTE, at_least=2 * HOUR)
QUIET = Activity(50, 0)
URL = "https://a.example/feed"


def newsletter(*urls: str, slot: str = "17:30") -> Newsletter:
    slots = {"evening": SlotSettings(time=dt.time.fromisoformat(slot))}
    settings = NewsletterSettings(title="T", slots=slots, sender=SenderSettings(address="a@example.org"))
    return Newsletter("n", settings, tuple(Feed(url, "A") for url in urls), ())


@pytest.mark.parametrize(
    ("length", "arrivals", "expected"),
    [
        (50, 0, 2 * HOUR),  # asleep
        (0, 0, 2 * HOUR),
        (50, 1800, HOUR),  # 25 an hour: half of the 50 is replaced in an hour
        (1, 7200, 15 * MINUTE),
        (20, 7200, 15 * MINUTE),  # a torrent: as often as allowed
        (100, 5, 2 * HOUR),
    ],
)
def test_a_feed_is_pulled_before_half_of_it_is_replaced(
    length: int, arrivals: int, expected: dt.timedelta
) -> None:
    assert interval(Activity(length, arrivals), SETTINGS) == expected


def pulled(ago: dt.timedelta, **more: object) -> dict[str, FeedState]:
    return {URL: FeedState(URL, last_pull=NOW - ago, **more)}  # type: ignore[arg-type]


def due(states: dict[str, FeedState], slot: str = "17:30", activity: Activity = QUIET) -> bool:
    return bool(due_feeds([newsletter(URL, slot=slot)], states, {URL: activity}, SETTINGS, NOW))


def test_a_feed_is_due_when_its_interval_is_over_and_at_once_when_it_is_new() -> None:
    assert due({})
    assert due(pulled(2 * HOUR))
    assert not due(pulled(2 * HOUR - MINUTE))
    assert due(pulled(16 * MINUTE), activity=Activity(20, 7200))


def test_a_feed_that_asked_for_quiet_or_is_gone_is_left_alone() -> None:
    assert not due(pulled(5 * HOUR, next_pull=NOW + MINUTE))
    assert due(pulled(5 * HOUR, next_pull=NOW))
    assert not due(pulled(5 * HOUR, retired=True))


def test_in_the_lead_time_of_a_slot_every_feed_is_pulled_once() -> None:
    assert due(pulled(16 * MINUTE), slot="12:15")
    assert not due(pulled(0 * MINUTE), slot="12:15")
    assert not due(pulled(16 * MINUTE), slot="12:16")


def test_a_feed_of_two_newsletters_is_pulled_once() -> None:
    both = [newsletter(URL), newsletter(URL, "https://b.example/feed")]
    assert [f.url for f in due_feeds(both, {}, {}, SETTINGS, NOW)] == [URL, "https://b.example/feed"]


def test_stale_are_the_feeds_not_pulled_since_then_that_may_be() -> None:
    letter = newsletter(URL)
    assert [f.url for f in stale_for(letter, {}, NOW, NOW)] == [URL]
    assert stale_for(letter, pulled(MINUTE), NOW - 2 * MINUTE, NOW) == ()
    assert stale_for(letter, pulled(5 * MINUTE, next_pull=NOW + MINUTE), NOW - 2 * MINUTE, NOW) == ()


def test_a_feed_is_stale_from_the_end_of_its_interval_on() -> None:
    assert due(pulled(2 * HOUR))
    assert not due(pulled(2 * HOUR - MINUTE))
    assert due({})


def test_a_feed_that_named_a_time_is_pulled_from_then_on() -> None:
    assert due(pulled(9 * HOUR, next_pull=NOW))
    assert not due(pulled(9 * HOUR, next_pull=NOW + MINUTE))
    assert not due(pulled(9 * HOUR, retired=True))


def test_a_feed_without_known_activity_is_pulled_at_its_rarest() -> None:
    states = pulled(2 * HOUR - MINUTE)
    assert due_feeds([newsletter(URL)], states, {}, SETTINGS, NOW) == ()
    assert due_feeds([newsletter(URL)], pulled(2 * HOUR), {}, SETTINGS, NOW) == (Feed(URL, "A"),)


def test_a_lead_time_begins_so_long_before_the_slot() -> None:
    letter = newsletter(URL)
    lead = letter.settings.lead_time
    at = dt.datetime(2026, 11, 24, 17, 30, tzinfo=dt.UTC)
    assert wanted_since(letter, at - lead) == at - lead
    assert wanted_since(letter, at - MINUTE) == at - lead
    assert wanted_since(letter, at - lead - MINUTE) is None


def test_stale_for_a_slot_is_what_was_last_pulled_before_the_moment() -> None:
    letter = newsletter(URL)
    for ago, stale in ((HOUR, False), (HOUR + MINUTE, True)):
        assert bool(stale_for(letter, pulled(ago), NOW - HOUR, NOW)) is stale
    assert stale_for(letter, {}, NOW, NOW) == letter.feeds
    assert stale_for(letter, pulled(9 * HOUR, retired=True), NOW, NOW) == ()
