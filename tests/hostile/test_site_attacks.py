"""Attacks on the public site, one of each kind that OWASP's guides list, against a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
import uvicorn

from digest.config.load import load
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand
from digest.pipeline.tick import tick
from digest.site.app import site
from digest.site.server import Impatient, configured
from digest.store import consent
from digest.store.tables import subscribers, subscriptions
from digest.tokens import LETTERS, Purpose, seal
from tests.hostile.checker import wrong_in_html
from tests.pipeline.conftest import CONFIG, MORNING, subscribe_readers
from tests.site.conftest import Answer, Browser, browser, hand, newsroom, served
from tests.site.test_site import confirmation, link, notes, whose

__all__ = ["browser", "hand", "newsroom"]

INJECTIONS = ("' OR '1'='1", "'; DROP TABLE subscribers; --", '" OR ""="', "%' UNION SELECT * FROM subscribers --",
              "\\'; --", "1) OR (1=1", "{{7*7}}", "${7*7}", "\x00", "'||(SELECT 1)||'")  # fmt: skip
MARKUP = ("<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "</title><svg/onload=alert(1)>", "javascript:alert(1)",
          '"><form action=//evil.example><input>', "<!--", "&lt;script&gt;")  # fmt: skip
EVERYWHERE = ("/", "/site.css", "/style/evening.css", "/subscribe/evening", "/archive/evening", "/archive/evening/feed.xml",
              "/archive/evening/feed.json", "/archive/evening/2026-11-23/morning", "/nowhere", "/pictures/none.jpg")  # fmt: skip


def everybody(newsroom: Newsroom) -> list[tuple[object, ...]]:
    """All that the database says of people."""
    with newsroom.store.read() as connection:
        found = [*connection.execute(sa.select(subscribers)), *connection.execute(sa.select(subscriptions))]
    return [tuple(row) for row in found]


def quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def raw(port: int, request: bytes, seconds: float = 5) -> bytes:
    """What the server says to bytes that no library would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        found = b""
        while chunk := connection.recv(65_536):
            found += chunk
    return found


# --- injection and script -------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", INJECTIONS)
def test_injection_is_a_value_like_any_other(newsroom: Newsroom, browser: Browser, attack: str) -> None:
    before = everybody(newsroom)
    path = quoted(attack)
    places = (f"/archive/{path}", f"/archive/evening/{path}", f"/archive/evening/2026-11-23/{path}", f"/u/{path}", f"/style/{path}.css",
              f"/subscribe/{path}", f"/pictures/{path}", f"/?q={path}", f"/archive/evening/feed.{path}")  # fmt: skip
    answers = [browser.get(place) for place in places]
    answers.append(browser.post("/subscribe/evening", address=attack))
    answers.append(browser.post(link(newsroom, "preferences"), evening="1", paused_until=attack))
    assert {answer.status for answer in answers} <= {200, 400, 404}
    assert everybody(newsroom) == before
    browser.post(link(newsroom, "unsubscribe"), reason=attack)
    browser.post(link(newsroom, "preferences"), **{attack: attack, "evening": "1"})
    assert len(everybody(newsroom)) == len(before)


@pytest.mark.parametrize("attack", MARKUP)
def test_what_a_visitor_sends_comes_back_escaped_or_not_at_all(
    newsroom: Newsroom, browser: Browser, attack: str
) -> None:
    asked = [browser.post("/subscribe/evening", address=a) for a in (attack, f'"{attack}"@a.example')]
    asked += [browser.get(f"/subscribe/evening?address={quoted(attack)}"), browser.get(f"/{quoted(attack)}")]
    asked.append(browser.post(link(newsroom, "preferences"), evening="1", paused_until=attack))
    asked.append(browser.post(link(newsroom, "unsubscribe"), reason=attack))
    for answer in asked:
        odd = wrong_in_html(answer.text, styles=frozenset())
        assert [w for w in odd if not w.startswith(FORMS)] == []
        assert "<script" not in answer.text
        assert "evil.example" not in answer.text.replace("&#34;&gt;&lt;form action=//evil.example&gt;", "")


FORMS = ("tag form", "tag label", "tag input", "tag button", "tag fieldset", "tag legend", "tag textarea", "tag nav", "tag select",
         "tag option", "tag code", "tag bdi", "attribute ")  # fmt: skip


# --- other sites, other hosts -----------------------------------------------------------------------------


def test_another_site_can_make_a_browser_do_nothing(newsroom: Newsroom, browser: Browser) -> None:
    """CSRF needs something that the browser adds by itself: there is no cookie, no login, and no address to guess."""
    before = everybody(newsroom)
    for path in EVERYWHERE:
        answer = browser.ask("GET", path, Cookie="session=1", Origin="https://evil.example")
        assert "set-cookie" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
        assert "www-authenticate" not in answer.headers
    for path in ("/u/", "/p/", "/c/", "/", "/archive/evening"):
        assert browser.ask("POST", path, "leave=1", Origin="https://evil.example").status in {404, 405}
    assert everybody(newsroom) == before


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Original-Host", "Forwarded"])
def test_links_come_from_the_config_whatever_host_is_asked_for(
    newsroom: Newsroom, browser: Browser, hand: Hand, name: str
) -> None:
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    value = "host=evil.example" if name == "Forwarded" else "evil.example"
    for path in (*EVERYWHERE, link(newsroom, "preferences"), "/subscribe/evening/", "/archive/evening/"):
        answer = browser.ask("GET", path, **{name: value})
        assert "evil.example" not in answer.text + str(answer.headers)
    body = "address=new%40example.org"
    form = {"Content-Type": "application/x-www-form-urlencoded", name: value}
    browser.ask("POST", "/subscribe/evening", body, **form)
    confirmation(newsroom, browser)  # leads to the site of the config
    assert all(b"evil.example" not in note.read_bytes() for note in notes(newsroom))


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/%5cevil.example", "//evil.example/%2e%2e", "/archive//evil.example", "/archive/evening/", "/subscribe/evening/",
     "/?next=//evil.example", "/u/?next=https://evil.example", "/https://evil.example", "/%0d%0aLocation:%20//evil.example"],
)  # fmt: skip
def test_the_site_redirects_nowhere(browser: Browser, path: str) -> None:
    answer = browser.ask("GET", path, Host="evil.example")
    assert answer.status in {200, 404}
    assert "location" not in answer.headers


# --- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["/pictures/", "/archive/", "/archive/evening/", "/style/", "/site.css/", "/"])
@pytest.mark.parametrize(
    "path",
    ["../config.yaml", "..%2fconfig.yaml", "%2e%2e%2fconfig.yaml", "..%5cconfig.yaml", "..%252fconfig.yaml", "....//config.yaml", "%2fetc%2fpasswd",
     "config.yaml%00.jpg", "..%c0%afconfig.yaml", "var/secret.key", "..%2fvar%2fdigest.sqlite3", "./config.yaml", "~root/.bashrc"],
)  # fmt: skip
def test_no_path_leads_out_of_the_archive_or_the_pictures(
    newsroom: Newsroom, browser: Browser, at: str, path: str
) -> None:
    answer = browser.get(f"{at}{path}")
    assert answer.status == 404
    assert "newsletters" not in answer.text.replace('href="/"', "")
    assert "root:" not in answer.text


def test_what_a_database_refuses_to_be_asked_is_nowhere(
    tmp_path: Path, hand: Hand, database_url: str
) -> None:
    (tmp_path / "config.yaml").write_text(f"{CONFIG}\ndatabase: {database_url}\n")
    with (
        open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as newsroom,
        served(newsroom) as browser,
    ):
        subscribe_readers(newsroom, hand.now, ("one@example.org",))
        for path in (
            "/archive/evening/%00",
            "/forward/evening/2026-11-23/morning%00",
            f"/archive/evening/{'a' * 9000}",
        ):
            assert browser.get(path).status == 404
        leave = link(newsroom, "unsubscribe")
        assert browser.post(leave).status == 200
        assert browser.post(leave, reason="too\0much").status == 200


def test_a_link_in_the_pictures_folder_to_elsewhere_is_not_followed(
    newsroom: Newsroom, browser: Browser, tmp_path: Path
) -> None:
    folder = newsroom.path(newsroom.config.pictures.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.jpg").write_bytes(b"a picture")
    (folder / "b.jpg").symlink_to(tmp_path / "config.yaml")
    assert browser.get("/pictures/a.jpg").status == 200
    assert browser.get("/pictures/b.jpg").status == 404


# --- tokens -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made_for", LETTERS)
@pytest.mark.parametrize("used_at", ["/u/", "/p/", "/c/"])
def test_a_token_of_one_purpose_opens_no_other_page(
    newsroom: Newsroom, browser: Browser, made_for: Purpose, used_at: str
) -> None:
    token = link(newsroom, made_for)[3:]
    answer = browser.post(used_at + token, leave="1")
    if used_at[1] != LETTERS[made_for]:
        assert answer.status == 404
        assert whose(newsroom).takes("evening")


def test_nobody_reaches_another_by_changing_their_own_link(newsroom: Newsroom, browser: Browser) -> None:
    mine, other = whose(newsroom, "one@example.org"), whose(newsroom, "two@example.org")
    token = seal(newsroom.keys, mine.token_id, "evening", "preferences")
    changed = [f"{token}/", token.replace(mine.token_id, other.token_id), token.replace("evening", "morning"), token.replace("ap", "au", 1),
               token + ".99999999", token.replace("a", "b", 1), token.swapcase(), token[:-1], token + "%00", f"{token}?x"]  # fmt: skip
    for one in changed[:-1]:
        assert browser.post(f"/p/{one}").status == 404
    assert browser.get(f"/p/{changed[-1]}").status == 200  # a query means nothing
    assert whose(newsroom, "two@example.org") == other
    page = browser.get(f"/p/{token}").text
    assert "two@example.org" not in page
    assert other.token_id not in page


def test_a_confirmation_used_again_does_nothing_new(newsroom: Newsroom, browser: Browser) -> None:
    browser.post("/subscribe/evening", address="new@example.org")
    path = confirmation(newsroom, browser)
    browser.post(path, confirm="1")
    after = everybody(newsroom)
    assert browser.post(path, confirm="1").status == 200
    assert everybody(newsroom) == after
    browser.post(link(newsroom, "unsubscribe", whose(newsroom, "new@example.org")), leave="1")
    assert browser.post(path, confirm="1").status == 404
    assert not whose(newsroom, "new@example.org").takes("evening")


def test_checking_a_token_takes_the_same_steps_however_wrong_it_is(
    newsroom: Newsroom, browser: Browser
) -> None:
    """One comparison in constant time and one look into the database, for good, forged and foreign ones alike."""
    good = link(newsroom, "unsubscribe")[3:]
    early, late = "b" if good[18] != "b" else "c", "b" if good[39] != "b" else "c"
    tokens = [
        good,
        good[:18] + early + good[19:],
        good[:39] + late + good[40:],
        "z" + good[1:],
        good[0] + "x" + good[2:],
    ]
    steps = []
    for token in tokens:
        with patch("digest.tokens.hmac.compare_digest", side_effect=hmac.compare_digest) as compared, \
             patch("digest.store.consent.person", side_effect=consent.person) as looked:  # fmt: skip
            browser.get(f"/u/{token}")
            steps.append((compared.call_count, looked.call_count))
    assert steps == [(1, 1)] * len(tokens)


# --- too much, too slow -----------------------------------------------------------------------------------


def test_many_who_ask_share_one_budget_however_they_dress(browser: Browser) -> None:
    """What a robot writes into X-Forwarded-For stands before what the trusted proxy adds, and counts for nothing."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    statuses = [
        browser.ask("POST", "/subscribe/evening", f"address=r{n}%40a.example", **form, **{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.7"}).status
        for n in range(25)
    ]  # fmt: skip
    assert statuses[:20] == [200] * 20
    assert set(statuses[20:]) == {429}


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 999999999999\r\n", b"Content-Length: 20000\r\n", b"Transfer-Encoding: chunked\r\n",
     b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
     b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 15000000\r\n"],
)  # fmt: skip
def test_a_body_that_is_too_large_or_does_not_say_is_never_waited_for(browser: Browser, head: bytes) -> None:
    began = time.monotonic()
    said = raw(
        browser.port, b"POST /subscribe/evening HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + head + b"\r\n"
    )
    assert said.split(b" ")[1] in {b"400", b"413"}
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "head", [b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
             b"GET / HTTP/1.1\r\nX: " + b"y" * 300_000, b"\x16\x03\x01\x02\x00" * 1_000 + b"\r\n\r\n"]
)  # fmt: skip
def test_a_head_without_measure_is_refused(browser: Browser, head: bytes) -> None:
    try:
        said = raw(browser.port, head)
    except ConnectionError:
        said = b""
    assert said == b"" or said.split(b" ")[1] in {b"400", b"404", b"431"}
    assert browser.get("/").status == 200


@pytest.fixture
def hurried(newsroom: Newsroom) -> Iterator[uvicorn.Server]:
    """The site on a server with a fraction of its patience."""
    with patch.multiple(Impatient, whole=0.3, taken=0.3):
        server = uvicorn.Server(configured(site(newsroom), "127.0.0.1", 0, lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield server
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"POST /subscribe/evening HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\naddr",
             b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nX"]
)  # fmt: skip
def test_who_sends_too_slowly_is_hung_up_on(hurried: uvicorn.Server, sent: bytes) -> None:
    began = time.monotonic()
    with socket.create_connection((hurried.servers[0].sockets[0].getsockname()), timeout=5) as connection:
        connection.sendall(sent)
        with contextlib.suppress(OSError):  # a byte now and then does not help
            while time.monotonic() - began < 5:
                connection.sendall(b"a" if sent else b"")
                connection.settimeout(0.1)
                with contextlib.suppress(TimeoutError):
                    if not connection.recv(65_536):
                        break
    assert time.monotonic() - began < 2


def test_who_never_reads_the_answer_is_hung_up_on(hurried: uvicorn.Server, newsroom: Newsroom) -> None:
    folder = newsroom.path(newsroom.config.pictures.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "large.jpg").write_bytes(b"x" * 30_000_000)
    with socket.create_connection((hurried.servers[0].sockets[0].getsockname()), timeout=5) as connection:
        connection.sendall(b"GET /pictures/large.jpg HTTP/1.1\r\nHost: a\r\n\r\n")
        began = time.monotonic()
        eventually(lambda: hurried.server_state.connections)
        eventually(lambda: not hurried.server_state.connections)
    assert time.monotonic() - began < 3


def eventually(holds: Callable[[], object]) -> None:
    until = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


# --- what every answer says -------------------------------------------------------------------------------


def test_every_answer_carries_the_headers(newsroom: Newsroom, browser: Browser, hand: Hand) -> None:
    hand.now = MORNING
    asyncio.run(tick(newsroom, stop=asyncio.Event()))
    for method in ("GET", "HEAD", "POST", "PUT", "TRACE"):
        for path in (*EVERYWHERE, link(newsroom, "preferences")):
            answer = browser.ask(method, path)
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'")
            assert "unsafe" not in policy
            assert "script-src" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["referrer-policy"] == "no-referrer"  # a token is in the address of its page
            if path.startswith(("/p/", "/subscribe/")) or answer.status != 200:
                assert answer.headers["cache-control"] == "no-store", (method, path)
                assert "noindex" in answer.headers["x-robots-tag"]
            assert "server" not in answer.headers
    assert browser.get("/archive/evening/2026-11-23/morning").text.count("style=") == 0


@pytest.fixture
def broken(newsroom: Newsroom) -> Iterator[None]:
    """A defect of ours in the middle of an answer."""
    with patch("digest.store.consent.person", side_effect=RuntimeError("secret words")):
        yield


def test_a_defect_of_ours_shows_nothing_of_itself(newsroom: Newsroom, browser: Browser, broken: None) -> None:
    answer: Answer = browser.get(link(newsroom, "preferences"))
    assert answer.status in {500, 503}
    assert "secret words" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_http_libraries_of_pythons_own_are_fine_with_it(browser: Browser) -> None:
    """HEAD has no body, and a second request on the connection is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=5)
    for method in ("HEAD", "GET"):
        connection.request(method, "/")
        answer = connection.getresponse()
        assert answer.status == 200
        assert (answer.read() == b"") == (method == "HEAD")
    connection.close()
