"""Pulling over HTTP: conditions, pauses, moves, failures."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace

import pytest
from aiohttp import web

from digest.config.settings import PullSettings
from digest.errors import ParseError
from digest.model import Feed, FeedState
from digest.pull import pull
from tests.pull.conftest import NOW, Newsstand, rss

HOUR = dt.timedelta(hours=1)


def answer(status: int = 200, body: str = "", **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, text=body, headers=named)


def test_a_feed_gives_its_entries(stand: Newsstand) -> None:
    stand.set({"/feed": rss("Rain in Metz", "Sun in Trier")})
    pulled = stand.pull()
    assert (pulled.outcome, pulled.error, pulled.note) == ("new", None, "")
    assert [(e.title, e.url, e.position) for e in pulled.entries] == [
        ("Rain in Metz", "https://paper.example/0", 0),
        ("Sun in Trier", "https://paper.example/1", 1),
    ]
    entry = pulled.entries[0]
    assert (entry.paper, entry.feed, entry.first_seen) == ("The Paper", pulled.feed.url, NOW)
    assert entry.published == dt.datetime(2026, 5, 4, 10, 0, tzinfo=dt.UTC)
    assert (pulled.state.title, pulled.state.site) == ("The Paper", "https://paper.example/")
    assert (pulled.state.last_success, pulled.state.failures) == (NOW, 0)


def test_we_say_who_we_are_and_what_we_read(stand: Newsstand) -> None:
    stand.set({"/feed": rss("A")})
    stand.pull()
    assert stand.headers("User-Agent") == ["digest/test"]
    assert stand.headers("Accept-Encoding") == ["gzip, deflate, br"]


# --- conditions ---------------------------------------------------------------------------------------


def test_validators_are_sent_back_verbatim_and_304_is_unchanged(stand: Newsstand) -> None:
    async def conditional(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == 'W/"é, odd"' and "If-Modified-Since" in request.headers:
            return answer(304)
        return answer(200, rss("A"), ETag='W/"é, odd"', Last_Modified="yesterday, about noon")

    stand.set({"/feed": conditional})
    first = stand.pull()
    again = stand.pull(state=first.state)
    assert stand.headers("If-Modified-Since") == [None, "yesterday, about noon"]
    assert (again.outcome, again.entries, again.state.etag) == ("unchanged", (), first.state.etag)


def test_the_same_body_is_not_parsed_again(stand: Newsstand) -> None:
    stand.set({"/feed": rss("A")})
    first = stand.pull()
    again = stand.pull(state=first.state, now=NOW + HOUR)
    assert (again.outcome, again.entries, again.state.last_success) == ("unchanged", (), NOW + HOUR)


def test_a_changed_body_is_new(stand: Newsstand) -> None:
    stand.set({"/feed": rss("A")})
    first = stand.pull()
    stand.set({"/feed": rss("A", "B")})
    assert len(stand.pull(state=first.state).entries) == 2


def test_304_to_a_first_request_is_an_error(stand: Newsstand) -> None:
    stand.set({"/feed": answer(304)})
    assert stand.pull().outcome == "failed"


def test_validators_go_only_to_the_address_that_sent_them(stand: Newsstand) -> None:
    stand.set({"/feed": answer(302, Location="/b"), "/b": answer(200, rss("A"), ETag='"b"')})
    state = stand.pull().state
    assert state.validators_url == f"{stand.url}/b"
    stand.requests.clear()
    stand.pull(state=state)
    assert stand.headers("If-None-Match") == [None, '"b"']


# --- pauses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"Cache_Control": "max-age=3600"}, HOUR),
        ({"Cache_Control": "public, max-age=7200", "Age": "3600"}, HOUR),
        ({"Cache_Control": "max-age=999999999999999"}, 24 * HOUR),
        ({"Cache_Control": "no-cache, max-age=3600"}, None),
        ({"Cache_Control": "max-age=soon"}, None),
        ({"Expires": "Mon, 04 May 2026 18:00:00 GMT", "Date": "Mon, 04 May 2026 17:00:00 GMT"}, HOUR),
        ({"Expires": "Mon, 04 May 2026 16:00:00 GMT", "Date": "Mon, 04 May 2026 17:00:00 GMT"}, None),
        ({"Expires": "0"}, None),
    ],
)
def test_a_feed_is_left_alone_while_it_is_fresh(
    stand: Newsstand, headers: dict[str, str], pause: dt.timedelta | None
) -> None:
    stand.set({"/feed": answer(200, rss("A"), **headers)})
    assert stand.pull().state.next_pull == (NOW + pause if pause else None)


def test_a_feed_that_is_not_due_waits_unless_forced(stand: Newsstand) -> None:
    stand.set({"/feed": rss("A")})
    state = FeedState(f"{stand.url}/feed", next_pull=NOW + HOUR)
    assert (stand.pull(state=state).outcome, stand.requests) == ("waiting", [])
    assert stand.pull(state=state, force=True).outcome == "new"
    assert stand.pull(state=state, now=NOW + HOUR).outcome == "new"


@pytest.mark.parametrize(
    ("status", "header", "least", "most"),
    [
        (429, "7200", 2 * HOUR, 2 * HOUR),
        (503, "Mon, 04 May 2026 20:00:00 GMT", 3 * HOUR, 3 * HOUR),
        (429, "315360000", 24 * HOUR, 24 * HOUR),
        (429, "Mon, 04 May 2036 20:00:00 GMT", 24 * HOUR, 24 * HOUR),
        (429, "-5", HOUR / 15, HOUR / 10),
        (429, "soon", HOUR / 15, HOUR / 10),
        (429, "", HOUR / 15, HOUR / 10),
        (500, "7200", HOUR / 15, HOUR / 10),
    ],
)
def test_retry_after_is_honoured_within_a_day(
    stand: Newsstand, status: int, header: str, least: dt.timedelta, most: dt.timedelta
) -> None:
    stand.set({"/feed": answer(status, **({"Retry_After": header} if header else {}))})
    pause = stand.pull().state.next_pull
    assert pause is not None
    assert NOW + least <= pause <= NOW + most


def test_pauses_double_with_each_failure_up_to_six_hours_and_spread() -> None:
    from digest.pull.caching import backoff

    pauses = [backoff(n, "https://a.example/") for n in range(1, 40)]
    assert all(dt.timedelta(minutes=4.5) * 2**n <= p for n, p in enumerate(pauses[:6]))
    assert max(pauses) <= 6.6 * HOUR
    assert len({backoff(3, f"https://{n}.example/") for n in range(20)}) > 10


# --- failures -----------------------------------------------------------------------------------------


def test_a_failure_is_remembered_until_the_feed_is_well(stand: Newsstand) -> None:
    stand.set({"/feed": answer(500)})
    first = stand.pull()
    second = stand.pull(state=first.state, now=NOW + HOUR)
    assert (first.outcome, first.state.failures, second.state.failures) == ("failed", 1, 2)
    assert second.state.problem == "127.0.0.1:PORT fails (HTTP 500).".replace(
        "PORT", stand.url.rpartition(":")[2]
    )
    assert (second.state.problem_since, second.state.last_success) == (NOW, None)
    stand.set({"/feed": rss("A")})
    well = stand.pull(state=second.state, now=NOW + 2 * HOUR).state
    assert (well.failures, well.problem, well.problem_since) == (0, "", None)


def test_one_bad_feed_costs_only_itself(stand: Newsstand) -> None:
    stand.set({"/a": rss("A"), "/b": "no feed", "/d": rss("D")})
    found = stand.pull_all("/a", "/b", "/c", "/d", "nonsense:", "http://[::1")
    assert [p.outcome for p in found] == ["new", "failed", "failed", "new", "failed", "failed"]
    assert all(p.error and p.error.message for p in found if p.outcome == "failed")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("<html><title>Log in</title><body>Please log in</body></html>", "web page"),
        ("<!DOCTYPE HTML PUBLIC '-//IETF//DTD HTML 2.0//EN'><HTML><HEAD>403</HEAD></HTML>", "web page"),
        ("Internal Server Error", "not a feed"),
        ('{"error": 1}', "not a JSON Feed"),
        ("{broken", "neither"),
        ("<note>no feed</note>", "not a feed"),
        ("\x00\x01\x02", "not a feed"),
    ],
)
def test_what_is_not_a_feed_says_so_and_keeps_what_is_known(stand: Newsstand, body: str, words: str) -> None:
    stand.set({"/feed": rss("A")})
    state = stand.pull().state
    stand.set({"/feed": body})
    pulled = stand.pull(state=state)
    assert pulled.outcome == "failed"
    assert isinstance(pulled.error, ParseError)
    assert words in pulled.error.message
    assert (pulled.state.body_hash, pulled.state.title) == (state.body_hash, "The Paper")


def test_credentials_are_sent_to_their_own_host_and_shown_nowhere(stand: Newsstand) -> None:
    stand.set(
        {
            "/feed": rss("A"),
            "/moved": answer(302, Location=stand.url.replace("127.0.0.1", "localhost") + "/feed"),
        }
    )
    secret = stand.url.replace("://", "://jo:s%20ecret@")
    assert stand.pull(f"{secret}/feed").outcome == "new"
    assert stand.pull(f"{secret}/moved").outcome == "new"
    assert stand.headers("Authorization") == ["Basic am86cyBlY3JldA==", "Basic am86cyBlY3JldA==", None]
    failed = stand.pull(f"{secret}/missing")
    assert "ecret" not in f"{failed.error}{failed.state.problem}{failed.note}"


def test_proxies_in_the_environment_are_ignored(stand: Newsstand, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    stand.set({"/feed": rss("A")})
    assert stand.pull().outcome == "new"


# --- moves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_is_remembered_and_reported(stand: Newsstand, status: int) -> None:
    stand.set({"/feed": answer(status, Location="/new"), "/new": rss("A")})
    pulled = stand.pull()
    assert pulled.state.moved_to == f"{stand.url}/new"
    assert "/new" in pulled.note
    stand.requests.clear()
    again = stand.pull(state=pulled.state)
    assert ([r.path for r in stand.requests], again.note) == (["/new"], "")
    assert again.state.moved_to == pulled.state.moved_to


@pytest.mark.parametrize("chain", [(302,), (303,), (307,), (302, 301), (301, 302)])
def test_a_temporary_redirect_anywhere_is_followed_but_not_remembered_beyond_it(
    stand: Newsstand, chain: tuple[int, ...]
) -> None:
    names = ["/feed", "/b", "/c"][: len(chain) + 1]
    stand.set(
        {
            here: answer(status, Location=there)
            for here, there, status in zip(names, names[1:], chain, strict=False)
        }
    )
    stand.set({names[-1]: rss("A")})
    pulled = stand.pull()
    assert pulled.outcome == "new"
    assert pulled.state.moved_to == (f"{stand.url}/b" if chain == (301, 302) else "")


def test_redirects_end(stand: Newsstand) -> None:
    stand.set({"/feed": answer(302, Location="/feed")})
    pulled = stand.pull()
    assert (pulled.error and pulled.error.kind, len(stand.requests)) == ("redirects", 6)


def test_a_move_that_keeps_failing_is_forgotten_now_and_then(stand: Newsstand) -> None:
    stand.set({"/feed": rss("A")})
    state = FeedState(f"{stand.url}/feed", moved_to=f"{stand.url}/gone-again")
    outcomes = []
    for _ in range(4):
        pulled = stand.pull(state=state, force=True)
        outcomes.append(pulled.outcome)
        state = pulled.state
    assert outcomes == ["failed", "failed", "failed", "new"]


def test_gone_retires_the_feed(stand: Newsstand) -> None:
    stand.set({"/feed": answer(410)})
    pulled = stand.pull()
    assert (pulled.outcome, pulled.state.retired, pulled.error and pulled.error.kind) == (
        "retired",
        True,
        "gone",
    )
    stand.requests.clear()
    assert (stand.pull(state=pulled.state).outcome, stand.requests) == ("retired", [])
    stand.set({"/feed": rss("A")})
    assert stand.pull(state=pulled.state, force=True).state.retired is False


def test_gone_at_the_end_of_a_move_sends_us_back_first(stand: Newsstand) -> None:
    stand.set({"/feed": rss("A"), "/new": answer(410)})
    pulled = stand.pull(state=FeedState(f"{stand.url}/feed", moved_to=f"{stand.url}/new"))
    assert (pulled.state.retired, pulled.state.moved_to) == (False, "")
    assert stand.pull(state=pulled.state).outcome == "new"


# --- pages --------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html><head><title>The Paper</title>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
<link rel="alternate" type="application/rss+xml" title="News" href="/feed"></head><body>News</body></html>"""


def test_a_sites_page_leads_to_its_feed(stand: Newsstand) -> None:
    stand.set({"/": PAGE, "/feed": rss("A")})
    pulled = stand.pull("/")
    assert (pulled.outcome, len(pulled.entries), pulled.state.moved_to) == ("new", 1, f"{stand.url}/feed")
    assert "/feed" in pulled.note
    assert pulled.entries[0].feed == f"{stand.url}/"


def test_a_page_where_a_feed_used_to_be_is_an_error_that_names_its_feed(stand: Newsstand) -> None:
    stand.set({"/": PAGE, "/feed": rss("A")})
    state = replace(FeedState(f"{stand.url}/"), last_success=NOW)
    pulled = stand.pull("/", state=state)
    assert pulled.outcome == "failed"
    assert f"{stand.url}/feed" in str(pulled.error)


# --- many at once -------------------------------------------------------------------------------------


def test_one_host_is_asked_by_two_at_once_and_waiting_is_not_timing_out(stand: Newsstand) -> None:
    under_way = most = 0

    async def slow(_: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return answer(200, rss("A"))

    paths = [f"/{n}" for n in range(12)]
    stand.set(dict.fromkeys(paths, slow), timeout=dt.timedelta(seconds=0.25))
    assert {p.outcome for p in stand.pull_all(*paths)} == {"new"}
    assert most == 2


def test_feeds_are_told_as_soon_as_they_are_done_and_leaving_early_stops_the_rest(stand: Newsstand) -> None:
    async def never(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return answer(200)

    stand.set({"/quick": rss("A"), "/never": never})

    async def first() -> str:
        feeds = [Feed(f"{stand.url}/never", ""), Feed(f"{stand.url}/quick", "")]
        made = pull(feeds, {}, PullSettings(**stand.settings), now=NOW, user_agent="t")
        try:
            async for pulled in made:
                return pulled.feed.url
        finally:
            await made.aclose()  # type: ignore[attr-defined]
        return ""

    assert asyncio.run(first()).endswith("/quick")


def test_further_schemes_come_from_the_caller(stand: Newsstand) -> None:
    def demo(url: str, now: dt.datetime) -> bytes:
        return rss(f"{url} at {now:%H:%M}").encode()

    pulled = stand.pull("demo:paper/feed.xml", sources={"demo": demo})
    assert [e.title for e in pulled.entries] == ["demo:paper/feed.xml at 17:00"]
    assert stand.pull("demo:paper/feed.xml").outcome == "failed"
